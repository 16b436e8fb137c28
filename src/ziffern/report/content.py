"""What a report shows, as plain values and arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ziffern.errors import InputError
from ziffern.evaluation.causes import Cause
from ziffern.evaluation.result import Evaluation


class LayerRow(NamedTuple):
    """One line of the layer table; the shape is without the batch."""

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int
    multiply_adds: int


@dataclass(frozen=True, eq=False)
class Printed:
    """Printed digits with the network's answers.

    images: uint8 (M, 28, 28), white on black.
    labels: (M,) true classes.
    fonts: (M,) name of each picture's font.
    predictions: (M,) predicted classes.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.integer]
    fonts: Sequence[str]
    predictions: NDArray[np.integer]


@dataclass(frozen=True, eq=False)
class ReportContent:
    """Everything that a report shows. What is missing (None or empty) is left out of the page.

    title, run, summary: the network's title, the run's name, one sentence about the network.
    notices: sentences that must not be overlooked, such as that the data is only a sample.
    history: rows of `ziffern.history.EpochRow`.
    kept_epoch: the epoch that gave the weights.
    validation, test: the network's answers; test is None as long as the test set is sealed.
    images: uint8 (N, 28, 28), white on black: those of `test`, or of `validation` without it.
    causes: why each answer of `shown.wrong` is wrong, in its order.
    disputed: indices of pictures whose labels people dispute.
    test_looks: how often the test set was looked at.
    reported: accuracy that the network's source reports, 0…1.
    settings, hardware, versions, times: what to print, name to text, in order.
    recipe_toml: the resolved recipe.

    Raises:
        InputError: not one picture per evaluated sample, or not one cause per wrong answer.
    """

    title: str
    run: str
    summary: str = ""
    notices: Sequence[str] = ()
    layers: Sequence[LayerRow] = ()
    history: Sequence[Mapping[str, Any]] = ()
    kept_epoch: int | None = None
    validation: Evaluation | None = None
    test: Evaluation | None = None
    images: NDArray[np.uint8] | None = None
    causes: Sequence[Cause] = ()
    disputed: Sequence[int] = ()
    printed: Printed | None = None
    test_looks: int = 0
    reported: float | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    hardware: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    times: Mapping[str, str] = field(default_factory=dict)
    recipe_toml: str = ""

    def __post_init__(self) -> None:
        if self.shown and self.images is not None and len(self.images) != self.shown.n:
            raise InputError(
                f"the report got {len(self.images)} pictures for {self.shown.n} evaluated samples"
            )
        wrong = 0 if self.shown is None else len(self.shown.wrong)
        if self.causes and len(self.causes) != wrong:
            raise InputError(f"the report got {len(self.causes)} causes for {wrong} wrong answers")

    @property
    def shown(self) -> Evaluation | None:
        """The evaluation that the pictures and tables are about: test if opened."""
        return self.test or self.validation
