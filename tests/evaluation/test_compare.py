"""Tests of differences: against values known otherwise, and against chance itself."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import numpy as np
import pytest
from made_runs import answers

from ziffern.errors import InputError
from ziffern.evaluation.compare import CAUTION, Pair, differing, pairs
from ziffern.evaluation.seeds import Group

LABELS = np.arange(1000) % 10


def group(name: str, *wrong: Sequence[int]) -> Group:
    return Group(name, tuple(answers(LABELS, each) for each in wrong))


def only(found: Sequence[Pair]) -> Pair:
    [pair] = found
    return pair


def test_two_networks_are_compared_on_the_same_digits() -> None:
    pair = only(pairs([group("a", range(5, 25)), group("b", range(12))]))
    assert (pair.better, pair.worse, pair.test) == ("b", "a", "mcnemar")
    # 5 to 11 are wrong for both, 0 to 4 for b alone, 12 to 24 for a alone
    assert (pair.only_better, pair.only_worse) == (13, 5)
    exact = 2 * sum(comb(18, k) for k in range(6)) / 2**18
    assert pair.p == pytest.approx(exact)
    assert pair.difference == pytest.approx(0.008)
    assert pair.interval95 is not None
    low, high = pair.interval95
    assert low < 0 < pair.difference < high
    assert not pair.shown
    assert pair.sentence == (
        "No difference is shown between b and a: of 1,000 digits 13 are read right by b alone, 5 "
        f"by a alone (exact McNemar test, p = 0.096). {CAUTION}"
    )


def test_a_difference_that_is_shown() -> None:
    pair = only(pairs([group("a", range(30)), group("b", range(10))]))
    assert pair.shown
    assert pair.interval95 is not None
    assert pair.interval95[0] > 0
    assert pair.sentence.startswith("b is better than a: of 1,000 digits 20 are read right by b")
    assert "p < 0.0001" in pair.sentence


def test_networks_that_never_differ() -> None:
    pair = only(pairs([group("a", [1, 2]), group("b", [1, 2])]))
    assert (pair.better, pair.p, pair.interval95, pair.shown) == ("a", 1.0, (0.0, 0.0), False)


def test_several_seeds_are_compared_by_their_accuracies() -> None:
    a = group("a", range(10), range(12), range(11))
    b = group("b", range(100, 130), range(100, 132), range(100, 134), range(100, 128))
    pair = only(pairs([b, a]))
    assert (pair.better, pair.test, pair.seeds) == ("a", "welch", (3, 4))
    first, second = np.array([10, 12, 11]) / 1000, np.array([30, 32, 34, 28]) / 1000
    assert pair.difference == pytest.approx(second.mean() - first.mean())
    # by hand, in thousandths: the means' variances are 1/3 and 5/3, so t is 20/√2 with
    # (1/3 + 5/3)² / (1/18 + 25/27) = 4.08 degrees of freedom
    assert pair.p == pytest.approx(1.288e-4, rel=1e-3)
    assert pair.interval95 == pytest.approx((0.0161, 0.0239), abs=1e-4)
    assert pair.p_digits is not None
    assert pair.p_digits < 0.002
    assert pair.sentence.startswith("a is better than b on these 1,000 digits: 98.90% and 96.90% ")
    assert "over 3 and 4 seeds, 2.00 points apart (1.61 to 2.39) (Welch's" in pair.sentence
    assert " On other digits too (paired t-test over digits, p = " in pair.sentence


def test_what_holds_for_these_digits_need_not_hold_for_others() -> None:
    # every seed of a errs on the same few digits, every seed of b on a few more
    a = group("a", *([*range(4), 50 + seed % 2] for seed in range(4)))
    b = group("b", *([*range(100, 107), 50 + seed % 2, 200 + seed // 3] for seed in range(4)))
    pair = only(pairs([a, b]))
    assert not pair.shown or pair.p_digits is not None
    spread = group("c", range(9), range(10), range(9), range(10))
    other = group("d", range(100, 112), range(100, 113), range(100, 112), range(100, 113))
    pair = only(pairs([spread, other]))
    assert pair.shown
    assert pair.p_digits is not None
    assert pair.p_digits > 0.05
    assert " On other digits no difference is shown (paired t-test over digits" in pair.sentence


def test_one_seed_against_several() -> None:
    pair = only(pairs([group("a", range(5)), group("b", range(20), range(22), range(24))]))
    assert (pair.test, pair.seeds) == ("student", (1, 3))
    # t = (22 − 5) / (2 √(1 + 1/3)) = 7.36 with 2 degrees of freedom
    assert pair.p == pytest.approx(0.01796, rel=1e-3)
    assert "(Student's t-test of one seed against several, p = 0.018)" in pair.sentence


def test_seeds_without_spread_leave_the_digits_to_decide() -> None:
    a, b = group("a", [1, 2], [3, 4]), group("b", range(100, 130), range(110, 140))
    pair = only(pairs([a, b]))
    assert (pair.test, pair.p_digits, pair.interval95) == ("digits", None, None)
    assert pair.shown
    assert pair.sentence.endswith("over 2 seeds each (paired t-test over digits, p < 0.0001).")
    pair = only(pairs([a, b], same_pictures=False))
    assert (pair.test, pair.p, pair.shown) == ("welch", None, False)
    assert "which cannot tell, as no seed differs from another" in pair.sentence
    pair = only(pairs([a, group("b", [5, 6], [7, 8])]))
    assert not pair.shown


def test_one_group_without_spread_is_no_hindrance() -> None:
    pair = only(pairs([group("a", [1, 2], [3, 4]), group("b", range(30), range(33))]))
    assert pair.test == "welch"
    assert pair.p is not None


def test_more_groups_are_ranked_and_corrected_for() -> None:
    groups = [group("a", range(30)), group("b", range(10)), group("c", range(12))]
    found = pairs(groups)
    assert [(pair.better, pair.worse) for pair in found] == [("b", "c"), ("b", "a"), ("c", "a")]
    alone = [only(pairs([groups[i], groups[j]])).p for i, j in ((1, 2), (1, 0), (2, 0))]
    assert None not in alone
    # Holm: the smallest times 3, the next times 2, the largest times 1
    assert found[1].p == pytest.approx(3 * (alone[1] or 0))
    assert found[2].p == pytest.approx(2 * (alone[2] or 0))
    assert found[0].p == pytest.approx(alone[0])


def test_corrected_values_keep_their_order_and_stay_probabilities() -> None:
    found = pairs([group(name, range(12 + place)) for place, name in enumerate("abcd")])
    assert all(pair.p is not None and pair.p <= 1 for pair in found)
    assert not any(pair.shown for pair in found)


def test_chance_is_called_a_difference_as_rarely_as_promised() -> None:
    rng = np.random.default_rng(1)
    shown = 0
    for _ in range(200):
        accuracies = [
            [rng.choice(1000, rng.binomial(1000, 0.03), replace=False) for _ in range(3)]
            for _ in range(2)
        ]
        found = pairs([group(name, *wrong) for name, wrong in zip("ab", accuracies, strict=True)])
        shown += found[0].shown
    assert shown <= 20  # of 200; 10 are expected at most


def test_different_pictures_are_not_compared_one_by_one() -> None:
    with pytest.raises(InputError, match="a and b did not answer the same pictures"):
        pairs([group("a", [1]), group("b", [1, 2])], same_pictures=False)


def test_digits_that_tell_two_groups_apart() -> None:
    a = group("a", [1], [1], [1, 2])
    b = group("b", [3, 4], [3], [3, 2, 5])
    np.testing.assert_array_equal(differing(a, b), [3, 4, 5])
    np.testing.assert_array_equal(differing(b, a), [1])
    assert not len(differing(a, a))


def test_among_equals_the_surest_difference_comes_first() -> None:
    one, other = answers(LABELS, []), answers(LABELS, [7, 8])
    other.probabilities[8] = np.where(np.arange(10) == 9, 0.55, 0.05)  # label 8, taken for 9
    found = differing(Group("a", (one,)), Group("b", (other,)))
    np.testing.assert_array_equal(found, [7, 8])


def test_as_dict_is_complete() -> None:
    found = only(pairs([group("a", range(5)), group("b", range(9))])).as_dict()
    assert found.keys() == {
        "better", "worse", "difference", "interval95", "test", "p", "p_digits", "only_better",
        "only_worse", "shown", "sentence",
    }  # fmt: skip
