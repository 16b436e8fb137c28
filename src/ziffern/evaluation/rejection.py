"""Whether a model knows what is no digit: false accepts on other pictures, false rejects on digits.

    for each in false_accepts(model):
        print(each.kind, each.false, "of", each.n)

The model's own thresholds decide, and nothing is chosen here. The pictures of no digit are of
kinds that nothing of ours has learnt from (`ziffern.datasets.strangers`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ziffern.datasets.strangers import strangers
from ziffern.evaluation.metrics import wilson_interval
from ziffern.evaluation.model import Predictor
from ziffern.states import Thresholds, states

EACH = 200
"""Pictures of each kind: enough to tell 1 % from 5 %."""
SEED = 0
DIGITS = "digits"


class Judged(Predictor, Protocol):
    """A model that says from where on it is sure."""

    @property
    def background_class(self) -> bool:
        """Whether a logit of 0 stands for no class at all."""

    @property
    def thresholds(self) -> Thresholds:
        """From which confidence on an answer is sure, and from which on it is a digit at all."""


@dataclass(frozen=True)
class Called:
    """What n pictures of one kind are called.

    wrong: of those called sure, how many are read wrong; None where the pictures show no digits.
    """

    kind: str
    n: int
    sure: int
    unsure: int
    no_digit: int
    wrong: int | None = None

    @property
    def false(self) -> int:
        """How many are called what they are not: digits none, others digits."""
        return self.sure + self.unsure if self.wrong is None else self.no_digit

    @property
    def wilson95(self) -> tuple[float, float]:
        """95 % Wilson interval of the share of false ones."""
        return wilson_interval(self.false, self.n)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as JSON can hold it."""
        return {
            "kind": self.kind,
            "n": self.n,
            "sure": self.sure,
            "unsure": self.unsure,
            "no_digit": self.no_digit,
            **({} if self.wrong is None else {"sure_and_wrong": self.wrong}),
            "false": self.false,
            "wilson95": list(self.wilson95),
        }


def false_accepts(
    model: Judged,
    digits: NDArray[np.uint8] | None = None,
    labels: NDArray[np.integer] | None = None,
    *,
    each: int = EACH,
) -> list[Called]:
    """Return what each kind of no digit is called.

    Args:
        model: with the thresholds that it is judged by.
        digits: uint8 (N, 28, 28) with their `labels` (N,), which are laid on their side; without
            them that kind is left out.
        labels: see there.
        each: pictures of each kind.
    """
    found = strangers(each, seed=SEED, digits=digits, labels=labels)
    return [_called(model, kind, images) for kind, images in found.items()]


def false_rejects(model: Judged, digits: NDArray[np.uint8], labels: NDArray[np.integer]) -> Called:
    """Return what digits, uint8 (N, 28, 28), are called that the model has not learnt from."""
    return _called(model, DIGITS, digits, labels)


def called(
    kind: str,
    probabilities: NDArray[np.floating],
    thresholds: Thresholds,
    labels: NDArray[np.integer] | None = None,
    *,
    background_class: bool = False,
) -> Called:
    """Count what answers (N, C) are called; with `labels`, how many of the sure ones are wrong."""
    told = np.array(states(probabilities, thresholds, background_class=background_class))
    counts = Counter(told.tolist())
    wrong = None
    if labels is not None:
        wrong = int((probabilities.argmax(axis=1) != labels)[told == "sure"].sum())
    return Called(kind, len(told), counts["sure"], counts["unsure"], counts["no-digit"], wrong)


def _called(
    model: Judged,
    kind: str,
    images: NDArray[np.uint8],
    labels: NDArray[np.integer] | None = None,
) -> Called:
    return called(
        kind,
        model.predict(images),
        model.thresholds,
        labels,
        background_class=model.background_class,
    )
