"""Spread over seeds, and the seeds' answers together."""

from __future__ import annotations

import numpy as np
import pytest
from made_runs import answers

from ziffern.errors import InputError
from ziffern.evaluation.seeds import Group, spread


def test_mean_deviation_and_interval() -> None:
    found = spread([0.98, 0.99, 0.99, 1.0])
    assert (found.n, found.mean) == (4, pytest.approx(0.99))
    assert found.sd == pytest.approx(0.00816497)
    # 3.182446 is the 97.5 % point of Student's t with 3 degrees of freedom
    half = 3.182446 * 0.00816497 / 2
    assert found.interval95 == pytest.approx((0.99 - half, 0.99 + half))


def test_one_seed_has_no_spread() -> None:
    found = spread([0.98])
    assert (found.n, found.mean, found.sd, found.interval95) == (1, 0.98, None, None)


def test_the_interval_keeps_its_promise() -> None:
    draws = np.random.default_rng(0).normal(0.99, 0.001, (500, 4))
    ends = np.array([spread(list(row)).interval95 for row in draws])
    covered = ((ends[:, 0] <= 0.99) & (ends[:, 1] >= 0.99)).mean()
    assert 0.92 < covered < 0.98


def test_nothing_to_sum_up() -> None:
    with pytest.raises(InputError, match="nothing to sum up"):
        spread([])
    with pytest.raises(InputError, match="quick has no evaluated run"):
        Group("quick", ())


def test_answers_of_several_seeds_together() -> None:
    labels = np.array([3, 1, 4, 1, 5])
    group = Group("quick", tuple(answers(labels, wrong) for wrong in ([], [2], [2, 4])))
    assert group.size == 3
    assert group.accuracies == [1.0, 0.8, 0.6]
    assert group.spread.mean == pytest.approx(0.8)
    np.testing.assert_allclose(group.share_right, [1, 1, 1 / 3, 1, 2 / 3])
    low = np.float32(0.1 / 9)
    np.testing.assert_allclose(group.certainty[2], (0.9 + 2 * low) / 3, rtol=1e-6)
