"""What may be said of an answer: sure, unsure, or that the picture shows no digit.

    states(model.predict(images), Thresholds(sure=0.998, digit=0.6))   # ["sure", "no-digit", …]

Only the rule; how thresholds are chosen, and what they promise, is `ziffern.evaluation`'s business.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

from ziffern.errors import InputError, RunError

State = Literal["sure", "unsure", "no-digit"]


@dataclass(frozen=True)
class Thresholds:
    """Shares, 0…1: from `sure` on a digit is sure, below `digit` (`digit_shares`) it is none."""

    sure: float = 0.99
    digit: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.digit <= self.sure <= 1:
            raise InputError(
                f"thresholds sure {self.sure} and digit {self.digit}: expected 0 ≤ digit ≤ sure ≤ 1"
            )

    def to_dict(self) -> dict[str, float]:
        """Return the fields as JSON can hold them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Any) -> Self:
        """Make thresholds from what `to_dict` gave.

        Raises:
            RunError: something else.
        """
        try:
            return cls(**values)
        except (InputError, TypeError) as error:
            raise RunError(f"unusable thresholds: {error}") from error


def digit_shares(
    probabilities: npt.NDArray[np.floating], *, background_class: bool
) -> npt.NDArray[np.floating]:
    """Return what speaks for there being a digit at all, 0…1, (N,).

    With a background class it is the probability of all digits together, so that one between two
    digits is one; else it is that of the likeliest, for even shares mean that there is none.
    """
    found: npt.NDArray[np.floating] = (
        probabilities.sum(axis=1) if background_class else probabilities.max(axis=1, initial=0)
    )
    return found


def states(
    probabilities: npt.NDArray[np.floating],
    thresholds: Thresholds,
    *,
    background_class: bool = False,
) -> list[State]:
    """Return the state of each of N answers; sure ones are so by their likeliest class.

    Args:
        probabilities: (N, C), rows sum to 1 or, with a background class, to less.
        thresholds: those of the model.
        background_class: whether the model has one.
    """
    confidence = probabilities.max(axis=1)
    shares = digit_shares(probabilities, background_class=background_class)
    return [
        "sure"
        if value >= thresholds.sure
        else "unsure"
        if share >= thresholds.digit
        else "no-digit"
        for value, share in zip(confidence.tolist(), shares.tolist(), strict=True)
    ]
