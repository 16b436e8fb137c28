"""Which topics there are, and the way to one.

told = explain("optimizers")
told.headline, told.numbers
told.sections[0].figure
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ziffern.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from ziffern.explain.explanation import Explanation

TOPICS = {
    "activations": "activation functions, their derivatives, and errors that fade",
    "optimizers": "eight optimisers race over a saddle",
    "convolution": "three kernels on a digit, stride and padding, one sum in full",
    "batchnorm": "batch normalisation, what it changes, and its three rules",
    "softmax": "from scores to probabilities, temperature, stability, cross-entropy",
    "overfitting": "a small and a large network on few digits, and what helps",
}
"""Every topic and what it is about; the modules here bear their names."""


def check(topic: str) -> None:
    """Raise `InputError`, with the nearest topic, if there is none of this name."""
    if topic not in TOPICS:
        raise InputError(f"unknown topic {topic!r}{did_you_mean(topic, TOPICS)}")


def explain(topic: str) -> Explanation:
    """Compute a topic, in seconds. The same numbers come out each time on one machine.

    Raises:
        InputError: there is no such topic (with the nearest one).
    """
    check(topic)
    told: Explanation = import_module(f"ziffern.explain.{topic}").explain()
    return told
