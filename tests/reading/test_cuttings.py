"""What is learnt from cuts: right ones are the digits painted, wrong ones are none."""

from __future__ import annotations

import numpy as np
import pytest

import ziffern
from ziffern.classes import NO_DIGIT
from ziffern.contract import Contract
from ziffern.datasets import catalogue
from ziffern.datasets.sources import read_sample
from ziffern.errors import DataError
from ziffern.reading.cuttings import cuttings

DIGITS = read_sample(catalogue.entry("mnist"), "train")


def test_right_cuts_are_the_digits_and_wrong_ones_are_unlike_digits() -> None:
    images, labels = cuttings(60, seed=0, digits=DIGITS, contract=Contract())
    assert images.shape == (len(labels), 28, 28)
    assert set(labels.tolist()) == {NO_DIGIT, *range(10)}
    right = labels != NO_DIGIT
    assert right.sum() > 100
    assert 100 < (~right).sum() <= 60 * 6
    answers = ziffern.load("universal").predict(images)
    assert (answers.argmax(axis=1) == labels)[right].mean() > 0.9
    assert answers.max(axis=1)[~right].mean() < answers.max(axis=1)[right].mean() - 0.3


def test_the_same_seed_gives_the_same_cuts() -> None:
    one, same, other = (
        cuttings(3, seed=seed, digits=DIGITS, contract=Contract()) for seed in (5, 5, 6)
    )
    np.testing.assert_array_equal(one[0], same[0])
    np.testing.assert_array_equal(one[1], same[1])
    assert one[0].shape != other[0].shape or not np.array_equal(one[0], other[0])


def test_no_lines_give_no_pictures() -> None:
    images, labels = cuttings(0, seed=0, digits=DIGITS, contract=Contract())
    assert images.shape == (0, 28, 28)
    assert labels.shape == (0,)


def test_lines_need_digits() -> None:
    with pytest.raises(DataError, match="there are none"):
        cuttings(1, seed=0, digits=DIGITS.subset(np.zeros(0, np.intp)), contract=Contract())
