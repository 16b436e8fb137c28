"""Drawn digits: every way of writing is one, hands differ, and the seed decides."""

import numpy as np
import pytest

import ziffern
from ziffern.datasets.drawn import WAYS, drawn


def test_every_digit_comes_as_often_and_the_seed_decides() -> None:
    images, labels = drawn(40, seed=1)
    assert images.shape == (40, 28, 28)
    assert images.dtype == np.uint8
    assert np.bincount(labels).tolist() == [4] * 10
    again, _ = drawn(40, seed=1)
    other, _ = drawn(40, seed=2)
    np.testing.assert_array_equal(images, again)
    assert not np.array_equal(images, other)
    assert len({image.tobytes() for image in images}) == 40


def test_ways_are_strokes_within_the_digit_and_none_is_there_twice() -> None:
    assert len(WAYS) == 10
    for ways in WAYS:
        assert len(set(ways)) == len(ways) >= 3
        for word in " ".join(ways).replace("|", " ").split():
            x, y = (int(number) for number in word.strip("!").split(","))
            assert 0 <= x <= 100
            assert 0 <= y <= 100


@pytest.mark.parametrize("digit", [2, 3, 5, 6, 8])
def test_what_every_country_writes_alike_is_read_by_one_that_knows_mnist_alone(digit: int) -> None:
    images, labels = drawn(200, seed=5)
    answers = ziffern.load("tiny").predict(images[labels == digit]).argmax(axis=1)
    assert (answers == digit).mean() >= 0.8
