"""Is one network better than another, or may the difference be chance?

    found = pairs([Group("quick", evaluations), Group("marvin", others)])
    print(found[0].sentence)

A group is what the seeds of one recipe reached. Two single networks are compared on the same
digits, one by one; groups with several seeds by their accuracies. Which runs may be compared is
decided in `ziffern.evaluation.comparable`, drawing is done in `ziffern.figures.compare`.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ziffern.errors import InputError
from ziffern.evaluation.metrics import Floats
from ziffern.evaluation.seeds import Group

LEVEL = 0.05
"""A difference is shown if chance alone would make one as large less often than this."""

Test = Literal["mcnemar", "welch", "student", "digits"]
TESTS: dict[Test, str] = {
    "mcnemar": "exact McNemar test",
    "welch": "Welch's t-test over seeds",
    "student": "Student's t-test of one seed against several",
    "digits": "paired t-test over digits",
}
CAUTION = "These are two trained models, not two recipes: other seeds may turn out otherwise."


@dataclass(frozen=True)
class Pair:
    """Two groups compared; `better` has the higher mean accuracy.

    means, seeds: mean accuracy and number of seeds of both; n: digits that each seed answered.
    difference: of the means, at least 0, with its 95 % interval.
    p: how often chance alone makes a difference as large (two-sided); None where no test can tell.
    p_digits: for several seeds, how often the choice of the digits alone does; None where they did
    not answer the same digits, or `test` is about digits itself.
    Both are corrected for the number of pairs that were compared at once.
    only_better, only_worse: digits that one alone reads right; None for groups of several seeds.
    """

    better: str
    worse: str
    means: tuple[float, float]
    seeds: tuple[int, int]
    n: int
    test: Test
    p: float | None
    interval95: tuple[float, float] | None = None
    p_digits: float | None = None
    only_better: int | None = None
    only_worse: int | None = None

    @property
    def difference(self) -> float:
        """Difference of the mean accuracies."""
        return self.means[0] - self.means[1]

    @property
    def shown(self) -> bool:
        """Whether a difference is shown."""
        return _small(self.p)

    @property
    def sentence(self) -> str:
        """Say plainly what the comparison shows."""
        if self.shown:
            verdict = f"{self.better} is better than {self.worse}"
            if self.p_digits is not None:
                verdict += f" on these {self.n:,} digits"
        else:
            verdict = f"No difference is shown between {self.better} and {self.worse}"
        found = self._by_digits if self.test == "mcnemar" else self._by_seeds
        text = f"{verdict}: {found} ({TESTS[self.test]}, {_chance(self.p)})."
        if self.test == "mcnemar":
            return f"{text} {CAUTION}"
        if self.shown and self.p_digits is not None:
            same = "too" if _small(self.p_digits) else "no difference is shown"
            text += f" On other digits {same} ({TESTS['digits']}, {_chance(self.p_digits)})."
        return text

    @property
    def _by_digits(self) -> str:
        return (
            f"of {self.n:,} digits {self.only_better} are read right by {self.better} alone, "
            f"{self.only_worse} by {self.worse} alone"
        )

    @property
    def _by_seeds(self) -> str:
        one, other = self.seeds
        seeds = f"{one} seeds each" if one == other else f"{one} and {other} seeds"
        text = f"{self.means[0]:.2%} and {self.means[1]:.2%} on average over {seeds}"
        if self.interval95 is None:
            return text
        low, high = (f"{100 * end:.2f}".replace("-", "−") for end in self.interval95)
        return f"{text}, {100 * self.difference:.2f} points apart ({low} to {high})"

    def as_dict(self) -> dict[str, Any]:
        """Return everything as JSON can hold it."""
        return {
            "better": self.better,
            "worse": self.worse,
            "difference": self.difference,
            "interval95": None if self.interval95 is None else list(self.interval95),
            "test": self.test,
            "p": self.p,
            "p_digits": self.p_digits,
            "only_better": self.only_better,
            "only_worse": self.only_worse,
            "shown": self.shown,
            "sentence": self.sentence,
        }


def _small(p: float | None) -> bool:
    return p is not None and p < LEVEL


def _chance(p: float | None) -> str:
    if p is None:
        return "which cannot tell, as no seed differs from another"
    return "p < 0.0001" if p < 1e-4 else f"p = {p:.2g}"


def pairs(groups: Sequence[Group], *, same_pictures: bool = True) -> list[Pair]:
    """Compare all groups with each other, the best first.

    Two single networks: exact McNemar test (McNemar 1947, with the binomial distribution), which
    asks whether the digits that one of them alone reads right are evenly shared. Several seeds on
    both sides: Welch's t-test on their accuracies (Welch 1947). One seed against several: Student's
    t-test, which has to take the spread of the several for that of the one. These two are about
    other seeds on the same digits; a paired t-test over the digits says whether other digits would
    show it too, and stands alone where no seed differs from another. Among more than two groups
    some difference is found by chance; Holm's correction (1979) of p makes up for it.

    Args:
        groups: at least one.
        same_pictures: whether all seeds answered the same pictures in the same order.

    Raises:
        InputError: two single networks did not.
    """
    ranked = sorted(groups, key=lambda group: -group.spread.mean)
    found = [_pair(one, other, same_pictures) for one, other in combinations(ranked, 2)]
    p = _holm([pair.p for pair in found])
    digits = _holm([pair.p_digits for pair in found])
    return [
        replace(pair, p=one, p_digits=other)
        for pair, one, other in zip(found, p, digits, strict=True)
    ]


def differing(one: Group, other: Group) -> NDArray[np.int64]:
    """Return the digits that more seeds of `one` read right than of `other`, indices.

    Those with the greatest difference come first, among equals those on which the probabilities
    of the true class differ most.
    """
    gain = one.share_right - other.share_right
    found = np.flatnonzero(gain > 1e-9)
    surer = (one.certainty - other.certainty)[found]
    return found[np.lexsort((-surer, -gain[found]))].astype(np.int64)


def _pair(better: Group, worse: Group, same_pictures: bool) -> Pair:
    seeds = (better.size, worse.size)
    known: dict[str, Any] = {
        "better": better.name,
        "worse": worse.name,
        "means": (better.spread.mean, worse.spread.mean),
        "seeds": seeds,
        "n": better.evaluations[0].n,
    }
    if seeds == (1, 1):
        if not same_pictures:
            raise InputError(
                f"{better.name} and {worse.name} did not answer the same pictures, so they cannot "
                "be compared digit by digit"
            )
        return Pair(**known, **_by_digits(better, worse))
    p_digits = None
    if same_pictures:
        p_digits = _t_test("ttest_rel", better.share_right, worse.share_right)[0]
    test: Test = "welch" if min(seeds) > 1 else "student"
    if len(set(better.accuracies)) == len(set(worse.accuracies)) == 1:
        # no spread over seeds to measure the difference with
        return Pair(**known, test=test if p_digits is None else "digits", p=p_digits)
    p, interval = _t_test(
        "ttest_ind", better.accuracies, worse.accuracies, equal_var=test == "student"
    )
    return Pair(**known, test=test, p=p, interval95=interval, p_digits=p_digits)


def _by_digits(one: Group, other: Group) -> dict[str, Any]:
    """Return what McNemar's test tells of two single networks."""
    from scipy import stats

    only_one = int((one.share_right > other.share_right).sum())
    only_other = int((other.share_right > one.share_right).sum())
    found = {"test": "mcnemar", "only_better": only_one, "only_worse": only_other}
    differ, n = only_one + only_other, one.evaluations[0].n
    if differ == 0:
        return {**found, "p": 1.0, "interval95": (0.0, 0.0)}
    test = stats.binomtest(only_one, differ)
    # of the digits that differ, given that so many do (Clopper & Pearson 1934)
    low, high = ((2 * end - 1) * differ / n for end in test.proportion_ci(0.95, method="exact"))
    return {**found, "p": float(test.pvalue), "interval95": (float(low), float(high))}


def _t_test(
    name: str, one: Sequence[float] | Floats, other: Sequence[float] | Floats, **options: bool
) -> tuple[float, tuple[float, float]]:
    """Return p and the 95 % interval of the difference of the means."""
    from scipy import stats

    if np.array_equal(one, other):
        return 1.0, (0.0, 0.0)
    with warnings.catch_warnings():
        # said where the seeds of one group agree exactly; the other one's spread is enough
        warnings.filterwarnings("ignore", "Precision loss", RuntimeWarning)
        test = getattr(stats, name)(one, other, **options)
    low, high = test.confidence_interval(0.95)
    return float(test.pvalue), (float(low), float(high))


def _holm(given: Sequence[float | None]) -> list[float | None]:
    """Correct p for the number of tests, the smallest one most; None stays."""
    order = sorted((p, place) for place, p in enumerate(given) if p is not None)
    corrected: list[float | None] = [None] * len(given)
    highest = 0.0
    for rank, (p, place) in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - rank) * p))
        corrected[place] = highest
    return corrected
