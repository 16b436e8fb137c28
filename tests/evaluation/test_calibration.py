import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ziffern.errors import InputError, WorkError
from ziffern.evaluation.calibration import (
    brier_score,
    expected_calibration_error,
    reliability_table,
)


def two_classes(confidence):
    confidence = np.asarray(confidence, dtype=np.float64)
    return np.stack([confidence, 1 - confidence], axis=1)


def test_a_table_by_hand():
    probabilities = two_classes([0.55, 0.65, 0.95, 0.95])
    table = reliability_table(np.array([0, 1, 0, 0]), probabilities, bins=10)
    np.testing.assert_allclose(table.edges, np.arange(11) / 10)
    assert table.count.tolist() == [0, 0, 0, 0, 0, 1, 1, 0, 0, 2]
    np.testing.assert_allclose(table.confidence[[5, 6, 9]], [0.55, 0.65, 0.95])
    np.testing.assert_allclose(table.accuracy[[5, 6, 9]], [1, 0, 1])
    assert np.isnan(table.accuracy[0])
    assert table.ece == pytest.approx((0.45 + 0.65 + 2 * 0.05) / 4)


def test_the_default_has_15_bins_and_keeps_full_confidence():
    table = reliability_table(np.array([0, 0]), two_classes([1.0, 1.0]))
    assert len(table.count) == 15
    assert table.count[-1] == 2
    assert table.ece == 0


def test_a_calibrated_network_has_a_small_error_and_a_boaster_a_large_one():
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.5, 1, 20_000)
    labels = (rng.random(20_000) > confidence).astype(np.int64)
    assert expected_calibration_error(labels, two_classes(confidence)) < 0.015
    always_sure = two_classes(np.ones(20_000))
    wrong_share = labels.mean()
    assert expected_calibration_error(labels, always_sure) == pytest.approx(wrong_share)


@given(st.integers(1, 300), st.integers(1, 40), st.integers(0, 2**32))
@settings(max_examples=50, deadline=None)
def test_every_answer_is_in_the_bin_of_its_confidence(n, bins, seed):
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet([0.3] * 5, n)
    labels = rng.integers(0, 5, n)
    table = reliability_table(labels, probabilities, bins)
    assert table.count.sum() == n
    filled = table.count > 0
    assert (table.confidence[filled] <= table.edges[1:][filled] + 1e-9).all()
    assert (table.confidence[filled] >= table.edges[:-1][filled] - 1e-9).all()
    right = (probabilities.argmax(axis=1) == labels).sum()
    assert np.nansum(table.accuracy * table.count) == pytest.approx(right)
    assert 0 <= table.ece <= 1


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="at least 1 bin"):
        reliability_table(np.array([0]), two_classes([0.9]), bins=0)
    with pytest.raises(InputError, match="0 samples"):
        expected_calibration_error(np.array([], dtype=int), np.zeros((0, 2)))
    with pytest.raises(WorkError, match="NaN"):
        expected_calibration_error(np.array([0]), np.array([[np.nan, np.nan]]))


def test_the_brier_score_by_hand():
    probabilities = np.array([[0.7, 0.2, 0.1], [0.0, 1.0, 0.0]])
    # (0.3² + 0.2² + 0.1²) and, sure of something wrong, 1² + 1²
    assert brier_score(np.array([0, 0]), probabilities) == pytest.approx((0.14 + 2) / 2)
    assert brier_score(np.array([1]), probabilities[1:]) == 0
    assert probabilities[0, 0] == 0.7  # what was given is left alone
    with pytest.raises(InputError, match="0 samples"):
        brier_score(np.array([], dtype=int), np.zeros((0, 2)))
