"""Whether a network's confidence can be believed: of answers given with 90 %, are 90 % right?

Confidence is the probability of the predicted class. Measuring only; making a network's confidence
better (temperature scaling) does not live here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ziffern.errors import InputError
from ziffern.evaluation.metrics import Floats, Integers, checked

BINS = 15


@dataclass(frozen=True, eq=False)
class ReliabilityTable:
    """Answers sorted by confidence into B bins of equal width.

    edges: float64 (B + 1,) from 0 to 1; bin b holds edges[b] < confidence ≤ edges[b + 1].
    confidence, accuracy: float64 (B,), means over the bin's answers, NaN in an empty bin.
    count: int64 (B,).
    """

    edges: Floats
    confidence: Floats
    accuracy: Floats
    count: Integers

    @property
    def ece(self) -> float:
        """Expected calibration error, 0…1: mean of |accuracy − confidence| over all answers."""
        filled = self.count > 0
        gaps = np.abs(self.accuracy[filled] - self.confidence[filled])
        return float((gaps * self.count[filled]).sum() / self.count.sum())


def reliability_table(
    labels: NDArray[np.integer], probabilities: NDArray[np.floating], bins: int = BINS
) -> ReliabilityTable:
    """Compare confidence with accuracy in `bins` bins of equal width.

    The bins are those of Guo et al. 2017, "On Calibration of Modern Neural Networks".

    Raises:
        InputError: fewer than one bin, or as `metrics.checked` does.
        WorkError: as `metrics.checked` does.
    """
    if bins < 1:
        raise InputError(f"a reliability table needs at least 1 bin, but got {bins}")
    checked(labels, probabilities)
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)
    count = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        mean_confidence = np.bincount(place, weights=confidence, minlength=bins) / count
        mean_accuracy = np.bincount(place, weights=right, minlength=bins) / count
    return ReliabilityTable(edges, mean_confidence, mean_accuracy, count)


def expected_calibration_error(
    labels: NDArray[np.integer], probabilities: NDArray[np.floating], bins: int = BINS
) -> float:
    """Return the expected calibration error (ECE), 0…1; 0 is perfect.

    Raises:
        InputError: as `reliability_table` does.
        WorkError: as `reliability_table` does.
    """
    return reliability_table(labels, probabilities, bins).ece


def brier_score(labels: NDArray[np.integer], probabilities: NDArray[np.floating]) -> float:
    """Return the mean squared distance of the probabilities from the truth, 0…2; 0 is perfect.

    The sum over all classes, as Brier 1950 has it, "Verification of forecasts expressed in terms of
    probability". It grows with wrong answers and with a confidence that does not fit.

    Raises:
        InputError: as `metrics.checked` does.
        WorkError: as `metrics.checked` does.
    """
    checked(labels, probabilities)
    distance = probabilities.astype(np.float64)
    distance[np.arange(len(labels)), labels] -= 1
    return float((distance**2).sum(axis=1).mean())
