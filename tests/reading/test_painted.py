"""Painted lines say truly whose ink is where."""

from __future__ import annotations

import numpy as np
import pytest

from ziffern.datasets import Part, catalogue
from ziffern.datasets.sources import read_sample
from ziffern.errors import DataError
from ziffern.reading.painted import NOBODY, Painter

DIGITS = read_sample(catalogue.entry("mnist"), "train")


def test_each_digit_has_ink_of_its_own_from_left_to_right() -> None:
    paint, draw = Painter(DIGITS), np.random.default_rng(0)
    for _ in range(50):
        line = paint(draw)
        assert line.pixels.shape == line.owners.shape
        assert line.pixels.dtype == np.uint8
        assert 2 <= len(line.labels) <= 6
        assert set(np.unique(line.owners)) == {NOBODY, *range(1, len(line.labels) + 1)}
        middles = [
            np.nonzero(line.owners == place + 1)[1].mean() for place in range(len(line.labels))
        ]
        assert middles == sorted(middles)


def test_ink_is_darker_than_paper() -> None:
    paint, draw = Painter(DIGITS), np.random.default_rng(1)
    for _ in range(20):
        line = paint(draw)
        assert line.pixels[line.owners != NOBODY].mean() < line.pixels.mean() - 5


def test_a_seed_paints_the_same_again() -> None:
    one, other = (Painter(DIGITS)(np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one.pixels, other.pixels)
    np.testing.assert_array_equal(one.owners, other.owners)


def test_lines_of_one_blank_digit_can_be_painted() -> None:
    blank = Part(np.zeros((1, 28, 28), np.uint8), np.array([4]))
    assert set(Painter(blank)(np.random.default_rng(0)).labels.tolist()) == {4}


def test_lines_need_digits() -> None:
    with pytest.raises(DataError, match="there are none"):
        Painter(DIGITS.subset(np.zeros(0, np.intp)))
