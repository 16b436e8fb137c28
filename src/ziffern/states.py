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
    """Confidences, 0…1: from `sure` on a digit is sure, below `digit` it is none at all."""

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


def states(probabilities: npt.NDArray[np.floating], thresholds: Thresholds) -> list[State]:
    """Return the state of each of N answers; confidence is the probability of the likeliest class.

    Args:
        probabilities: (N, C), rows sum to 1 or, with a background class, to less.
        thresholds: those of the model.
    """
    confidence = probabilities.max(axis=1)
    return [
        "sure"
        if value >= thresholds.sure
        else "unsure"
        if value >= thresholds.digit
        else "no-digit"
        for value in confidence.tolist()
    ]
