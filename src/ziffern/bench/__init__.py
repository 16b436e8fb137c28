"""The bench: clamp a recipe in, train it, keep everything in a run folder, evaluate it.

run = train("marvin", changes={"train.epochs": 3})
result = evaluate(run)
"""

from ziffern.bench.again import again
from ziffern.bench.training import facts, resume, train
from ziffern.evaluation.ensemble import load
from ziffern.evaluation.evaluate import evaluate

__all__ = ["again", "evaluate", "facts", "load", "resume", "train"]
