"""Crosses and check marks go, and every digit stays."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ziffern.datasets import catalogue
from ziffern.datasets.sources import read_sample
from ziffern.reading.ticks import without_ticks

DIGITS = read_sample(catalogue.entry("mnist"), "train")
MARKS = {
    "cross": [[(0, 0), (1, 1)], [(1, 0), (0, 1)]],
    "check": [[(0, 0.55), (0.3, 1), (0.9, 0)]],
}


def drawn(mark: str, seed: int) -> np.ndarray:
    """Return a mark 40 to 90 pixels tall, drawn with a free hand."""
    draw = np.random.default_rng(seed)
    ink = np.zeros((160, 160), np.uint8)
    size, pen = draw.uniform(40, 90), int(draw.integers(4, 10))
    for stroke in MARKS[mark]:
        points = 35 + size * (np.array(stroke) + draw.normal(0, 0.05, (len(stroke), 2)))
        cv2.polylines(
            ink, [np.rint(points).astype(np.int32)], isClosed=False, color=1, thickness=pen
        )
    return ink > 0


@pytest.mark.parametrize(("mark", "least"), [("cross", 100), ("check", 90)])
def test_crosses_and_check_marks_go(mark: str, least: int) -> None:
    assert sum(not without_ticks(drawn(mark, seed)).any() for seed in range(100)) >= least


def test_digits_stay() -> None:
    for digit in DIGITS.images:
        large = cv2.resize(digit, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC) > 110
        assert np.array_equal(without_ticks(large), large)


def test_what_only_begins_like_a_cross_or_a_check_mark_stays() -> None:
    plus, z, v, blot = (np.zeros((100, 100), np.uint8) for _ in range(4))
    cv2.line(plus, (50, 10), (50, 90), 1, 6)
    cv2.line(plus, (10, 50), (90, 50), 1, 6)
    cv2.polylines(z, [np.array([[10, 10], [90, 10], [10, 90], [90, 90]])], False, 1, 6)
    cv2.polylines(v, [np.array([[10, 10], [50, 90], [90, 10]])], False, 1, 6)
    blot[20:80, 20:80] = 1
    for mark in (plus, z, v, blot):
        assert np.array_equal(without_ticks(mark > 0), mark > 0)
    assert not without_ticks(np.zeros((20, 20), bool)).any()
