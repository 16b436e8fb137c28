"""What a network gains by not answering where it is unsure: risk against coverage.

    curve = risk_coverage(labels, probabilities)
    curve.answered_at(0.999)    # the share it may answer to be right in 99.9 %

Confidence is the probability of the predicted class. The curve is measured on the very answers
given: a threshold that is to be used should be chosen on validation data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ziffern.evaluation.metrics import Floats, Integers, checked


@dataclass(frozen=True, eq=False)
class RiskCoverage:
    """What happens when only answers of at least some confidence are given, for K thresholds.

    threshold: float64 (K,), falling; every confidence that occurs is one.
    answered: int64 (K,), how many answers are given, rising to all.
    wrong: int64 (K,), how many of these are wrong.
    """

    threshold: Floats
    answered: Integers
    wrong: Integers

    @property
    def coverage(self) -> Floats:
        """Share of pictures that are answered, float64 (K,), rising to 1."""
        shares: Floats = self.answered / self.answered[-1]
        return shares

    @property
    def risk(self) -> Floats:
        """Share of wrong ones among the answers given, float64 (K,), 0…1."""
        shares: Floats = self.wrong / self.answered
        return shares

    @property
    def aurc(self) -> float:
        """Area under the risk–coverage curve, 0…1; smaller is better, 0 is without a mistake.

        The mean of the risks at coverages 1/N, 2/N … 1 (Geifman, Uziel, El-Yaniv 2019,
        "Bias-Reduced Uncertainty Estimation for Deep Neural Classifiers"). Answers of equal
        confidence count as if they came in random order.
        """
        place = np.arange(1, self.answered[-1] + 1)
        wrong = np.interp(place, np.r_[0, self.answered], np.r_[0, self.wrong])
        return float((wrong / place).mean())

    def answered_at(self, accuracy: float) -> float | None:
        """Return the greatest coverage at which the share of right answers is `accuracy` or more.

        None if no threshold reaches it.
        """
        reached = np.flatnonzero(1 - self.risk >= accuracy)
        return float(self.coverage[reached[-1]]) if len(reached) else None


def risk_coverage(labels: NDArray[np.integer], probabilities: NDArray[np.floating]) -> RiskCoverage:
    """Leave out the least confident answers step by step and count what is still wrong.

    Selective classification after Geifman, El-Yaniv 2017, "Selective Classification for Deep
    Neural Networks", with the softmax response as confidence.

    Raises:
        InputError: as `metrics.checked` does.
        WorkError: as `metrics.checked` does.
    """
    checked(labels, probabilities)
    confidence = probabilities.max(axis=1).astype(np.float64)
    wrong = probabilities.argmax(axis=1) != labels
    order = np.argsort(-confidence, kind="stable")
    # a threshold cannot part equal confidences: only the last of each counts
    ends = np.flatnonzero(np.diff(confidence[order], append=-1.0))
    return RiskCoverage(confidence[order][ends], ends + 1, wrong[order].cumsum()[ends])
