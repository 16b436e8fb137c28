import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from ziffern.errors import InputError
from ziffern.evaluation.abstention import risk_coverage

LABELS = np.array([0, 0, 1, 0, 1])
# confidences .9 .8 .8 .6 .5; the second and the fifth are wrong
PROBABILITIES = np.array([[0.9, 0.1], [0.2, 0.8], [0.2, 0.8], [0.6, 0.4], [0.5, 0.5]])


def answers(n, seed):
    rng = np.random.default_rng(seed)
    sure = rng.choice(np.arange(50, 101) / 100, n)  # equal confidences are likely
    return rng.integers(0, 2, n), np.stack([sure, 1 - sure], axis=1)


def test_thresholds_part_only_what_differs():
    curve = risk_coverage(LABELS, PROBABILITIES)
    np.testing.assert_allclose(curve.threshold, [0.9, 0.8, 0.6, 0.5])
    assert curve.answered.tolist() == [1, 3, 4, 5]
    assert curve.wrong.tolist() == [0, 1, 1, 2]
    np.testing.assert_allclose(curve.coverage, [0.2, 0.6, 0.8, 1])
    np.testing.assert_allclose(curve.risk, [0, 1 / 3, 1 / 4, 2 / 5])


@given(st.integers(1, 80), st.integers(0, 2**32))
@settings(max_examples=50, deadline=None)
def test_every_threshold_counts_as_a_plain_loop_does(n, seed):
    labels, probabilities = answers(n, seed)
    curve = risk_coverage(labels, probabilities)
    for threshold, answered, wrong in zip(
        curve.threshold, curve.answered, curve.wrong, strict=True
    ):
        given_ = [i for i in range(n) if probabilities[i].max() >= threshold]
        assert answered == len(given_)
        assert wrong == sum(probabilities[i].argmax() != labels[i] for i in given_)
    assert curve.answered[-1] == n
    assert (np.diff(curve.threshold) < 0).all()


def test_the_area_is_the_mean_risk_over_all_orders_of_equal_answers():
    labels, probabilities = answers(60, 3)
    wrong = probabilities.argmax(axis=1) != labels
    rng, areas = np.random.default_rng(0), []
    for _ in range(3000):
        order = np.lexsort([rng.random(60), -probabilities.max(axis=1)])
        areas.append((wrong[order].cumsum() / np.arange(1, 61)).mean())
    assert risk_coverage(labels, probabilities).aurc == pytest.approx(np.mean(areas), rel=0.01)


def test_the_best_order_has_the_smallest_area():
    # all right answers surer than all wrong ones: no order is better (its AUROC is 1)
    labels = np.array([0] * 8 + [1] * 2)
    sure = np.linspace(0.99, 0.6, 10)
    best = risk_coverage(labels, np.stack([sure, 1 - sure], axis=1))
    worst = risk_coverage(labels, np.stack([sure[::-1], 1 - sure[::-1]], axis=1))
    assert roc_auc_score(labels == 0, sure) == 1
    assert best.aurc == pytest.approx((1 / 9 + 2 / 10) / 10)
    assert worst.aurc > 0.4
    assert best.risk[-1] == worst.risk[-1] == pytest.approx(0.2)


def test_how_much_may_be_answered_to_reach_an_accuracy():
    curve = risk_coverage(LABELS, PROBABILITIES)
    assert curve.answered_at(1) == pytest.approx(0.2)
    assert curve.answered_at(0.7) == pytest.approx(0.8)  # though at 60 % it was worse
    assert curve.answered_at(0.5) == 1
    wrong = risk_coverage(1 - LABELS[:1], PROBABILITIES[:1])
    assert wrong.answered_at(0.5) is None
    assert wrong.aurc == 1


def test_without_mistakes_there_is_no_risk():
    curve = risk_coverage(np.zeros(4, int), np.tile([[1.0, 0.0]], (4, 1)))
    assert (curve.aurc, curve.answered_at(1), len(curve.threshold)) == (0, 1, 1)


def test_nothing_to_answer_is_refused():
    with pytest.raises(InputError, match="0 samples"):
        risk_coverage(np.array([], dtype=int), np.zeros((0, 3)))
