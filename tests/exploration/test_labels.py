import numpy as np
import pytest

from ziffern import datasets
from ziffern.errors import InputError
from ziffern.exploration import labels as module
from ziffern.exploration.labels import answers, cross_validated, doubtful_labels, fold_numbers

LABELS = np.array([0, 0, 0, 0, 1, 1, 1, 1])
FIRST = np.array([0.9, 0.8, 0.7, 0.05, 0.1, 0.2, 0.3, 0.6], np.float32)
ANSWERS = np.column_stack([FIRST, 1 - FIRST])


def test_confident_learning_by_hand():
    # thresholds: class 0 (0.9 + 0.8 + 0.7 + 0.05) / 4 = 0.6125, class 1 (0.9+0.8+0.7+0.4)/4 = 0.7
    found = doubtful_labels(LABELS, ANSWERS)
    assert found.thresholds == pytest.approx([0.6125, 0.7])
    # the last one is taken for 0 too, but 0.6 is less than what is usual for a 0
    assert found.indices.tolist() == [3]
    assert found.suggested.tolist() == [1]
    assert found.margins == pytest.approx([-0.9])
    # of those labelled 0, three count for 0 and one for 1; of those labelled 1, three for 1
    assert found.joint == pytest.approx(np.array([[3, 1], [0, 4]]))
    assert found.noise == pytest.approx(1 / 8)


def test_the_most_doubtful_come_first_and_of_several_classes_the_most_probable():
    labels = np.repeat([0, 1, 2], 4)
    rows = np.eye(3, dtype=np.float32)[labels] * 0.4 + 0.2
    rows[0] = [0.05, 0.35, 0.6]
    rows[4] = [0.9, 0.05, 0.05]
    found = doubtful_labels(labels, rows)
    assert found.indices.tolist() == [4, 0]
    assert found.suggested.tolist() == [0, 2]
    assert found.joint.sum(axis=1) == pytest.approx([4, 4, 4])


def test_a_class_without_samples_is_never_suggested():
    rows = np.column_stack([ANSWERS, np.zeros(8, np.float32)])
    rows[0] = [0.0, 0.1, 0.9]
    found = doubtful_labels(LABELS, rows)
    assert 2 not in found.suggested
    assert np.isnan(found.thresholds[2])
    assert np.isfinite(found.joint).all()
    assert found.joint.sum() == pytest.approx(8)


def test_folds_have_the_share_of_each_class_and_follow_from_the_seed():
    labels = np.repeat([0, 1, 2], [40, 20, 7])
    numbers = fold_numbers(labels, 4)
    for label, least in ((0, 10), (1, 5), (2, 1)):
        counts = np.bincount(numbers[labels == label], minlength=4)
        assert counts.min() == least
        assert np.ptp(counts) <= 1
    assert (numbers == fold_numbers(labels, 4)).all()
    assert (numbers != fold_numbers(labels, 4, seed=1)).any()


def test_what_cannot_be_doubted_is_refused():
    with pytest.raises(InputError, match="two classes; here is 1"):
        fold_numbers(np.zeros(50, np.int64))
    with pytest.raises(InputError, match="two classes"):
        doubtful_labels(np.zeros(8, np.int64), ANSWERS)
    with pytest.raises(InputError, match="4 folds need at least 8 samples, not 7"):
        fold_numbers(np.array([0, 1, 0, 1, 0, 1, 0]), 4)
    with pytest.raises(InputError, match="8 labels do not fit 7 rows"):
        doubtful_labels(LABELS, ANSWERS[:7])


def test_wrong_labels_are_found(monkeypatch):
    monkeypatch.setattr(module, "STEPS", 60)
    digits = datasets.load("mnist").train
    images, labels = digits.images[:900], digits.labels[:900].copy()
    wrong = np.arange(0, 900, 60)
    labels[wrong] = (labels[wrong] + 3) % 10
    told = []
    rows = cross_validated(
        images, labels, 10, folds=2, progress=lambda fold, folds: told.append((fold, folds))
    )
    assert told == [(0, 2), (1, 2)]
    assert rows.sum(axis=1) == pytest.approx(1, abs=1e-4)
    found = doubtful_labels(labels, rows)
    first = found.indices[: len(wrong)]
    right = np.isin(first, wrong)
    assert right.mean() >= 0.6
    assert np.isin(wrong, found.indices).mean() >= 0.8
    assert (found.suggested[: len(wrong)][right] == digits.labels[first[right]]).mean() > 0.8


def test_other_numbers_of_classes_and_an_interrupted_training(monkeypatch):
    monkeypatch.setattr(module, "STEPS", 2)
    digits = datasets.load("mnist").train
    images, labels = digits.images[:40], np.arange(40) % 3
    held_out = np.arange(40) < 10
    assert answers(images, labels, held_out, 3).shape == (10, 3)
    from ziffern.training.engine import Engine

    monkeypatch.setattr(Engine, "fit", lambda self: "interrupted")
    with pytest.raises(KeyboardInterrupt):
        answers(images, labels, held_out, 3)
