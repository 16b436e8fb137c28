"""What several seeds of one recipe reached: mean, spread, interval, and their answers together.

    found = spread([0.9948, 0.9951, 0.9946])
    print(found.mean, found.sd, found.interval95)

Comparing groups of seeds is the work of `ziffern.evaluation.compare`.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ziffern.errors import InputError
from ziffern.evaluation.metrics import Floats
from ziffern.evaluation.result import Evaluation


@dataclass(frozen=True)
class Spread:
    """Mean and spread of one figure over seeds.

    sd: sample standard deviation (n − 1), None for a single seed.
    interval95: 95 % interval of the mean by Student's t, None for a single seed.
    """

    n: int
    mean: float
    sd: float | None
    interval95: tuple[float, float] | None


def spread(values: Sequence[float]) -> Spread:
    """Sum up what several seeds reached.

    Raises:
        InputError: there is no value.
    """
    if not values:
        raise InputError("there is nothing to sum up: no seed has this figure")
    n, mean = len(values), statistics.fmean(values)
    if n == 1:
        return Spread(1, mean, None, None)
    from scipy import stats

    sd = statistics.stdev(values)
    half = float(stats.t.ppf(0.975, n - 1)) * sd / math.sqrt(n)
    return Spread(n, mean, sd, (mean - half, mean + half))


@dataclass(frozen=True, eq=False)
class Group:
    """The seeds of one recipe, each evaluated on the same part of the same data.

    Raises:
        InputError: there is no evaluation.
    """

    name: str
    evaluations: tuple[Evaluation, ...]

    def __post_init__(self) -> None:
        if not self.evaluations:
            raise InputError(f"{self.name} has no evaluated run")

    @property
    def size(self) -> int:
        """Number of seeds."""
        return len(self.evaluations)

    @cached_property
    def accuracies(self) -> list[float]:
        """Accuracy of each seed, 0…1."""
        return [evaluation.accuracy for evaluation in self.evaluations]

    @cached_property
    def spread(self) -> Spread:
        """Mean accuracy, its deviation and interval."""
        return spread(self.accuracies)

    @cached_property
    def share_right(self) -> Floats:
        """For each digit the share of seeds that read it right, (N,) in 0…1."""
        right = [each.predictions == each.labels for each in self.evaluations]
        share: Floats = np.mean(right, axis=0, dtype=np.float64)
        return share

    @cached_property
    def certainty(self) -> Floats:
        """For each digit the mean probability of its true class, (N,) in 0…1."""
        labels = self.evaluations[0].labels
        rows = np.arange(len(labels))
        answers = [each.probabilities[rows, labels] for each in self.evaluations]
        mean: Floats = np.mean(answers, axis=0, dtype=np.float64)
        return mean
