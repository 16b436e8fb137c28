"""Several networks that answer together, as a model like any other.

    model = load("20261121-190502-ensemble-quick-s0")
    model.predict(images)      # uint8 (N, 28, 28) → float32 (N, 10)

`load` opens single networks too, so it is the one to use where only answers matter; what looks into
a network uses `ziffern.evaluation.model.load`. Making ensembles of runs is the work of
`ziffern.evaluation.combine`.
"""

from __future__ import annotations

import html
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ziffern import ensemblefile
from ziffern.contract import Contract
from ziffern.ensemblefile import SavedEnsemble
from ziffern.evaluation import model as single
from ziffern.evaluation import runtime
from ziffern.evaluation.model import Engine, Model, Precision
from ziffern.evaluation.runtime import RuntimeModel
from ziffern.exchange.onnx import softmax
from ziffern.runs import Run
from ziffern.states import Thresholds

_LEAST = np.float32(1e-6)  # of what is left of 1 beside probabilities; less is their rounding


class Ensemble:
    """Networks that see the same pictures, each scaled as it wants them, and vote."""

    def __init__(self, saved: SavedEnsemble, members: tuple[Model | RuntimeModel, ...]) -> None:
        self.saved = saved
        self.members = members

    @property
    def name(self) -> str:
        """What the ensemble is called: the run's name."""
        return self.saved.name

    @property
    def class_names(self) -> tuple[str, ...]:
        """The name of each output."""
        return self.saved.class_names

    @property
    def contract(self) -> Contract:
        """How pictures are brought into form; their scale is that of the first member only."""
        return self.members[0].contract

    @property
    def temperature(self) -> float:
        """What logits are divided by to become probabilities."""
        return self.saved.temperature

    @property
    def background_class(self) -> bool:
        """Whether all its members have learnt that a logit of 0 stands for no class at all."""
        return all(member.background_class for member in self.members)

    @property
    def thresholds(self) -> Thresholds:
        """From which confidence on an answer is sure, and from which on it is a digit at all."""
        return self.saved.thresholds

    @property
    def averaging(self) -> int:
        """How many pictures are answered for each one by the member that averages most."""
        return max(member.averaging for member in self.members)

    @cached_property
    def alone(self) -> Ensemble:
        """The same networks, none of them averaging over copies."""
        return Ensemble(self.saved, tuple(member.alone for member in self.members))

    @property
    def parameters(self) -> int:
        """Weights of all members together."""
        return sum(member.network.parameters for member in self.members)

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds to answer one picture, copies included."""
        return sum(member.averaging * member.network.multiply_adds for member in self.members)

    def logits(self, images: ArrayLike) -> NDArray[np.float32]:
        """Return the members' mean logits or, where probabilities vote, their mean's logarithm.

        float32 (N, C), for uint8 pictures (N, 28, 28), white on black. With a background class its
        logarithm is subtracted, so that its own logit is 0.

        Raises:
            InputError: another type or shape.
        """
        by_logits = self.saved.vote == "logits"
        answers = [
            member.logits(images) if by_logits else member.predict(images)
            for member in self.members
        ]
        mean: NDArray[np.float32] = np.mean(answers, axis=0, dtype=np.float32)
        if by_logits:
            return mean
        found: NDArray[np.float32] = np.log(np.maximum(mean, np.finfo(np.float32).tiny))
        if self.background_class:
            found -= np.log(np.maximum(1 - mean.sum(axis=1, keepdims=True), _LEAST))
        return found

    def predict(self, images: ArrayLike) -> NDArray[np.float32]:
        """Return probabilities, float32 (N, C), for pictures as in `logits`.

        Rows sum to 1, with a background class to what is left beside the probability of that.
        """
        return softmax(
            self.logits(images), self.temperature, background_class=self.background_class
        )

    def _repr_html_(self) -> str:
        members = "".join(f"<li>{html.escape(member.name)}</li>" for member in self.members)
        return (
            f"<b>{html.escape(self.name)}</b>: {self.parameters:,} parameters in "
            f"{len(self.members)} networks<ul>{members}</ul>"
        )


Answerer = Model | RuntimeModel | Ensemble


def load(
    model: str | Path | Run,
    *,
    runs: str | Path = "runs",
    on: str = "auto",
    precision: Precision = "auto",
    averaging: bool = True,
    engine: Engine = "auto",
) -> Answerer:
    """Load a trained model, a single network or an ensemble.

    Arguments and errors are those of `ziffern.evaluation.model.load`.
    """
    where = single.folder(model, runs)
    if single.is_onnx(where) or not ensemblefile.is_ensemble(where):
        return single.load(where, on=on, precision=precision, averaging=averaging, engine=engine)
    found = read(where, on=on, precision=precision, engine=engine)
    return found if averaging else found.alone


def read(
    folder: Path, *, on: str = "auto", precision: Precision = "auto", engine: Engine = "auto"
) -> Ensemble:
    """Load the ensemble in a folder; errors as for `load`."""
    chosen = single.choose_engine(folder, engine, on=on, precision=precision)
    saved = ensemblefile.read(folder)
    members = tuple(
        Model(member, on=on, precision=precision) if chosen == "torch" else runtime.compiled(member)
        for member in saved.members
    )
    return Ensemble(saved, members)
