import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix as sklearn_confusion
from sklearn.metrics import log_loss, precision_recall_fscore_support

from ziffern.errors import InputError, WorkError
from ziffern.evaluation import metrics

# (correct, n, low, high), as scipy.stats.binomtest(…).proportion_ci(method="wilson") gives them
KNOWN_INTERVALS = [
    (9970, 10000, 0.995721, 0.997898),
    (1, 10, 0.017876, 0.404150),
    (0, 10, 0.0, 0.277533),
    (10, 10, 0.722467, 1.0),
    (50, 100, 0.403832, 0.596168),
]


@st.composite
def answers(draw):
    """Labels and probabilities of 1…60 samples of 2…12 classes."""
    classes = draw(st.integers(2, 12))
    n = draw(st.integers(1, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    labels = rng.integers(0, classes, n)
    probabilities = rng.dirichlet(np.full(classes, draw(st.sampled_from([0.05, 0.5, 5]))), n)
    return labels, probabilities


@pytest.mark.parametrize(("correct", "n", "low", "high"), KNOWN_INTERVALS)
def test_wilson_interval_has_the_known_values(correct, n, low, high):
    assert metrics.wilson_interval(correct, n) == pytest.approx((low, high), abs=1e-6)


@given(st.integers(1, 10**6), st.data())
def test_wilson_interval_holds_the_share_and_stays_in_0_1(n, data):
    correct = data.draw(st.integers(0, n))
    low, high = metrics.wilson_interval(correct, n)
    assert 0 <= low <= correct / n <= high <= 1
    wide_low, wide_high = metrics.wilson_interval(correct, n, confidence=0.99)
    assert wide_low <= low
    assert high <= wide_high
    expected = binomtest(correct, n).proportion_ci(method="wilson")
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-9)
    # mirrored: the interval of the errors is that of the right answers, turned round
    mirrored = metrics.wilson_interval(n - correct, n)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-9)


@pytest.mark.parametrize(("correct", "n"), [(0, 0), (-1, 5), (6, 5)])
def test_wilson_interval_refuses_impossible_counts(correct, n):
    with pytest.raises(InputError, match=f"got {correct} of {n}"):
        metrics.wilson_interval(correct, n)


def test_wilson_interval_refuses_an_impossible_confidence():
    with pytest.raises(InputError, match="95"):
        metrics.wilson_interval(1, 2, confidence=95)


@given(st.integers(1, 10**5), st.floats(0.5, 0.999), st.data())
def test_the_exact_upper_bound_is_that_of_scipy(n, confidence, data):
    count = data.draw(st.integers(0, n))
    found = metrics.clopper_pearson_upper(count, n, confidence)
    exact = binomtest(count, n, alternative="less").proportion_ci(confidence, method="exact").high
    assert found == pytest.approx(exact, rel=1e-9)


def test_the_exact_upper_bound_refuses_what_the_interval_refuses():
    with pytest.raises(InputError, match="got 0 of 0"):
        metrics.clopper_pearson_upper(0, 0)
    with pytest.raises(InputError, match="95"):
        metrics.clopper_pearson_upper(1, 2, confidence=95)


@given(answers())
@settings(max_examples=60, deadline=None)
def test_everything_agrees_with_scikit_learn(sample):
    labels, probabilities = sample
    classes = probabilities.shape[1]
    predictions = probabilities.argmax(axis=1)
    known = np.arange(classes)

    confusion = metrics.confusion_matrix(labels, predictions, classes)
    np.testing.assert_array_equal(confusion, sklearn_confusion(labels, predictions, labels=known))
    scores = metrics.per_class(confusion, [str(c) for c in known])
    expected = precision_recall_fscore_support(labels, predictions, labels=known, zero_division=0)
    ours = [[s.precision, s.recall, s.f1, s.support] for s in scores]
    np.testing.assert_allclose(np.array(ours).T, np.array(expected), atol=1e-12)

    clipped = probabilities.clip(metrics.SMALLEST_PROBABILITY, 1)
    expected_loss = -np.log(clipped[np.arange(len(labels)), labels]).mean()
    assert metrics.cross_entropy(labels, probabilities) == pytest.approx(expected_loss)
    if probabilities.min() > 1e-6:
        assert metrics.cross_entropy(labels, probabilities) == pytest.approx(
            log_loss(labels, probabilities, labels=known)
        )
    assert metrics.accuracy(labels, predictions) == confusion.trace() / len(labels)


def test_a_sure_mistake_costs_a_finite_loss():
    loss = metrics.cross_entropy(np.array([1]), np.array([[1.0, 0.0]]))
    assert loss == pytest.approx(-np.log(1e-7))
    # float32 softmax rows may sum to a little more than 1: still no negative loss
    assert metrics.cross_entropy(np.array([0]), np.array([[1.0000001, 0.0]])) == 0


def test_a_class_score_is_json_with_words_as_class_names():
    scores = metrics.per_class(np.array([[3, 1], [0, 0]]), ["Ankle boot", "Bag"])
    boot, bag = (json.loads(json.dumps(score.as_dict())) for score in scores)
    assert boot == {
        "class": "Ankle boot",
        "precision": 1.0,
        "recall": 0.75,
        "f1": pytest.approx(6 / 7),
        "support": 4,
    }
    assert bag == {"class": "Bag", "precision": 0, "recall": 0, "f1": 0, "support": 0}


def test_metrics_refuse_what_does_not_fit():
    two = np.array([0, 1])
    with pytest.raises(InputError, match="fit"):
        metrics.accuracy(two, np.array([0]))
    with pytest.raises(InputError, match="0 samples"):
        metrics.accuracy(two[:0], two[:0])
    with pytest.raises(InputError, match="fit"):
        metrics.confusion_matrix(two, np.array([0]), 2)
    with pytest.raises(InputError, match="predictions must lie in 0…1"):
        metrics.confusion_matrix(two, np.array([0, 2]), 2)
    with pytest.raises(InputError, match="3 classes"):
        metrics.per_class(np.eye(2, dtype=np.int64), ["a", "b", "c"])


@pytest.mark.parametrize(
    ("labels", "probabilities", "error", "words"),
    [
        ([], np.zeros((0, 2)), InputError, "0 samples"),
        ([0], np.full((2, 2), 0.5), InputError, r"\(1,\) and \(2, 2\)"),
        ([0], np.array([0.5, 0.5]), InputError, "shapes"),
        ([0.0], np.array([[0.5, 0.5]]), InputError, "whole numbers"),
        ([2], np.array([[0.5, 0.5]]), InputError, "0…1 for 2 classes"),
        ([-1], np.array([[0.5, 0.5]]), InputError, "lie in -1"),
        ([0, 1], np.array([[np.nan, 0.5], [1, 0]]), WorkError, "NaN or infinity for 1 of 2"),
        ([0], np.array([[2.0, -1.0]]), WorkError, "apply softmax"),
        ([0], np.array([[3.0, 1.0]]), WorkError, "apply softmax"),
    ],
)
def test_what_cannot_be_evaluated_is_named(labels, probabilities, error, words):
    kind = int if not labels or isinstance(labels[0], int) else float
    with pytest.raises(error, match=words):
        metrics.checked(np.array(labels, dtype=kind), probabilities)
