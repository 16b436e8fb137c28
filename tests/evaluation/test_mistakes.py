import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ziffern.errors import InputError
from ziffern.evaluation.mistakes import (
    ConfusedPair,
    confused_pairs,
    margins,
    right_indices,
    wrong_indices,
)

LABELS = np.array([0, 1, 2, 2, 1])
PROBABILITIES = np.array(
    [
        [0.5, 0.3, 0.2],  # right, unsure
        [0.9, 0.1, 0.0],  # wrong by 0.8
        [0.5, 0.1, 0.4],  # wrong by 0.1
        [0.0, 0.0, 1.0],  # right, sure
        [0.95, 0.05, 0.0],  # wrong by 0.9
    ]
)


def test_the_most_wrong_comes_first():
    assert wrong_indices(LABELS, PROBABILITIES).tolist() == [4, 1, 2]
    np.testing.assert_allclose(margins(LABELS, PROBABILITIES), [0, 0.8, 0.1, 0, 0.9])


def test_of_the_right_ones_the_hardest_comes_first():
    assert right_indices(LABELS, PROBABILITIES).tolist() == [0, 3]
    assert right_indices(np.array([2]), PROBABILITIES[:1]).tolist() == []
    equal = np.tile([[0.6, 0.4]], (3, 1))
    assert right_indices(np.zeros(3, dtype=int), equal).tolist() == [0, 1, 2]


def test_confused_pairs_are_counted_without_the_diagonal():
    confusion = np.array([[90, 0, 3], [7, 80, 3], [0, 0, 99]])
    pairs = confused_pairs(confusion)
    assert pairs == [(1, 0, 7), (0, 2, 3), (1, 2, 3)]
    assert confused_pairs(confusion, limit=1) == [ConfusedPair(true=1, predicted=0, samples=7)]
    assert confused_pairs(np.diag([5, 6])) == []


@given(st.integers(1, 200), st.integers(0, 2**32))
@settings(max_examples=50, deadline=None)
def test_the_ranking_holds_every_mistake_once_in_falling_order(n, seed):
    rng = np.random.default_rng(seed)
    # rounding makes ties likely
    probabilities = rng.dirichlet([1] * 4, n).round(1)
    probabilities[:, 3] = 1 - probabilities[:, :3].sum(axis=1)
    probabilities = probabilities.clip(0, 1)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    labels = rng.integers(0, 4, n)
    ranked = wrong_indices(labels, probabilities)
    assert set(ranked) == set(np.flatnonzero(probabilities.argmax(axis=1) != labels))
    margin = margins(labels, probabilities)[ranked]
    assert (np.diff(margin) <= 0).all()
    ties = np.diff(margin) == 0
    assert (np.diff(ranked)[ties] > 0).all()


def test_nothing_to_rank_is_an_error():
    with pytest.raises(InputError, match="0 samples"):
        wrong_indices(np.array([], dtype=int), np.zeros((0, 3)))
