"""Models of other programs made ready to answer: which scale of pixels were they trained on?

    choice = choose(read(Path("marvin.h5")), dataset.train)
    choice.model.predict(images)

Keras and ONNX files do not say whether their network wants grey values 0…255, 0…1 or standardised
ones, so all are tried on training pictures. The test set has no part in it: choosing on it would
flatter the model.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ziffern.contract import Contract
from ziffern.datasets import Part
from ziffern.errors import RunError
from ziffern.evaluation import runtime
from ziffern.evaluation.metrics import SMALLEST_PROBABILITY
from ziffern.evaluation.model import Model, Predictor
from ziffern.evaluation.runtime import RuntimeModel
from ziffern.exchange import keras, onnx
from ziffern.exchange.onnx import OnnxModel
from ziffern.modelfile import SavedModel

SUFFIXES = (".keras", ".h5", ".hdf5", ".onnx")
CONTRACTS = {
    "unit": Contract("unit"),
    # mean and deviation of MNIST's training pixels, as PyTorch's own example has them
    "standard": Contract("standard", mean=0.1307, deviation=0.3081),
    "raw": Contract("raw"),
}
"""What networks for MNIST are usually fed, the most usual first."""
TRIED = 500
SURER_BY = 0.3  # nats; label smoothing makes a network less sure than that


@dataclass(frozen=True)
class Choice:
    """A model under the scale that fits it, and what was found out about it, in words."""

    model: Predictor
    found: str


def read(path: Path) -> SavedModel | OnnxModel | RuntimeModel:
    """Open a Keras or ONNX file; one that Ziffern wrote knows its scale, and is a `RuntimeModel`.

    Raises:
        RunError: no such file, another kind of file, damaged, or not in our vocabulary.
        WorkError: the package that reads such files is not installed.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise RunError(f"{path}: expected a file that ends in {', '.join(SUFFIXES)}")
    if suffix != ".onnx":
        return keras.read(path)
    found = onnx.read(path)
    return runtime.of_session(found.session, path) or found


def choose(source: SavedModel | OnnxModel, training: Part) -> Choice:
    """Return the model under the scale with which it answers training pictures best.

    Networks forgive a wrong scale more often than one would think, and a few more right answers may
    be chance. So a more usual scale is given up only for one that is right clearly more often, or
    not clearly less often and much surer of what is right.

    Raises:
        RunError: the model does not take pictures of 28×28.
    """
    # spread over the whole set, for some sets are sorted by class
    chosen = np.unique(np.linspace(0, len(training) - 1, TRIED).astype(np.int64))
    images, labels = training.images[chosen], training.labels[chosen]
    models = _variants(source)
    answers = {scale: _Answers.to(images, labels, model) for scale, model in models.items()}
    best, *others = answers
    for other in others:
        if answers[other].clearly_beat(answers[best]):
            best = other
    shares = ", ".join(f"{scale} {found.right.mean():.1%}" for scale, found in answers.items())
    found = f"pixels in {best} scale (right on {len(chosen)} training pictures: {shares})"
    if not _gives_probabilities(source):
        found += ", softmax added to its logits"
    return Choice(models[best], found)


def _variants(source: SavedModel | OnnxModel) -> dict[str, Predictor]:
    """Return the model under every scale that it may want."""
    if isinstance(source, SavedModel):
        return {
            scale: Model(dataclasses.replace(source, contract=contract), precision="float32")
            for scale, contract in CONTRACTS.items()
        }
    if source.takes_bytes:
        return {"raw": source}
    return {scale: source.with_contract(contract) for scale, contract in CONTRACTS.items()}


def _gives_probabilities(source: SavedModel | OnnxModel) -> bool:
    if isinstance(source, OnnxModel):
        return source.gives_probabilities
    return getattr(source.network.stages[-1].layer, "activation", None) == "softmax"


@dataclass(frozen=True)
class _Answers:
    right: NDArray[np.bool_]
    loss: float

    @classmethod
    def to(cls, images: NDArray[np.uint8], labels: NDArray[np.int64], model: Predictor) -> _Answers:
        """Let a model answer; what is no answer for these classes counts as wrong."""
        with np.errstate(all="ignore"):  # NaN and infinity are looked for here
            probabilities = model.predict(images)
        if probabilities.shape[1] <= labels.max() or not np.isfinite(probabilities).all():
            return cls(np.zeros(len(labels), bool), math.inf)
        p_true = probabilities[np.arange(len(labels)), labels].astype(np.float64)
        loss = -np.log(p_true.clip(SMALLEST_PROBABILITY, 1)).mean()
        return cls(probabilities.argmax(axis=1) == labels, float(loss))

    def clearly_beat(self, others: _Answers) -> bool:
        gained = int((self.right & ~others.right).sum())
        lost = int((others.right & ~self.right).sum())
        # two deviations of what tossing coins for the differing answers would give
        noise = 2 * math.sqrt(gained + lost)
        if abs(gained - lost) > noise:
            return gained > lost
        return self.loss < others.loss - SURER_BY
