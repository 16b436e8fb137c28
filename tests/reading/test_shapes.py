"""Combs, codes and circles go, and handwriting that looks much like them stays."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ziffern.datasets import catalogue
from ziffern.datasets.sources import read_sample
from ziffern.reading.shapes import without_shapes

DIGITS = read_sample(catalogue.entry("mnist"), "train")


def written(digit: int, count: int = 60) -> np.ndarray:
    """Return written digits side by side on one base line, each 64 pixels tall."""
    found = []
    for picture in DIGITS.images[DIGITS.labels == digit][:count]:
        rows, columns = (np.flatnonzero((picture > 60).any(axis=side)) for side in (1, 0))
        cut = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        large = cv2.resize(cut, None, fx=64 / len(cut), fy=64 / len(cut))
        found.append(np.pad(large > 127, ((20, 20), (10, 10))))
    return np.concatenate(found, axis=1)


def comb(mask: np.ndarray, at: list[int]) -> np.ndarray:
    found = np.zeros_like(mask)
    for x in at:
        found[60:84, x : x + 3] = True
    return found


def circle(mask: np.ndarray, x: int, radius: int, thickness: int = 3) -> np.ndarray:
    found = np.zeros(mask.shape, np.uint8)
    cv2.circle(found, (x, 52), radius, 1, thickness)
    return found > 0


@pytest.mark.parametrize("digit", range(10))
def test_what_is_written_stays(digit: int) -> None:
    digits = written(digit)
    assert np.array_equal(without_shapes(digits), digits)


def test_combs_go_and_digits_in_them_stay() -> None:
    digits = written(3, 6)
    width = digits.shape[1]
    digits = np.pad(digits, ((0, 0), (0, 300)))
    every = list(range(width + 10, width + 300, 45))
    assert np.array_equal(without_shapes(digits | comb(digits, every)), digits)
    some = [every[0], *every[2:]]  # one is hidden by a digit
    longer = comb(digits, some)
    longer[60:96, some[-1] : some[-1] + 3] = True
    assert np.array_equal(without_shapes(digits | longer), digits)


def test_few_bars_and_bars_in_no_step_may_be_ones() -> None:
    paper = np.zeros((104, 400), bool)
    for at in ([10, 55, 100], [10, 55, 90, 150]):
        assert np.array_equal(without_shapes(comb(paper, at)), comb(paper, at))


def test_bars_of_a_code_go() -> None:
    paper = np.zeros((120, 400), bool)
    code = paper.copy()
    edges = np.cumsum(np.random.default_rng(0).integers(2, 9, 60))
    for left, right in edges.reshape(-1, 2):
        code[10:110, left:right] = True
    assert not without_shapes(code).any()


def test_circles_of_one_size_go_and_one_alone_may_be_a_zero() -> None:
    digits = np.pad(written(0, 8), ((0, 0), (0, 300)))
    x = digits.shape[1]
    two = circle(digits, x - 60, 18) | circle(digits, x - 140, 18)
    assert np.array_equal(without_shapes(digits | two), digits)
    sizes = circle(digits, x - 60, 18) | circle(digits, x - 140, 25)
    assert np.array_equal(without_shapes(digits | sizes), digits | sizes)
    marked = two | circle(digits, x - 140, 8, cv2.FILLED)  # a dot in it is another mark
    assert np.array_equal(without_shapes(digits | marked), digits | (marked & ~two))


def test_noise_and_nothing() -> None:
    assert not without_shapes(np.zeros((50, 60), bool)).any()
    noise = np.random.default_rng(0).random((600, 800)) < 0.3
    assert without_shapes(noise).sum() > 0.99 * noise.sum()
