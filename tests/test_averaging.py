"""Averaging over moved copies: which copies, and that the mean is that of their logits."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from ziffern.averaging import SHIFTS, Shifts, averaged, moved

PICTURES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4) + 1


def sums(pictures: np.ndarray) -> np.ndarray:
    """Answer with the first pixel and with the sum of all."""
    return np.stack([pictures[:, 0, 0], pictures.sum(axis=(1, 2))], axis=1).astype(np.float32)


def test_moving_lets_paper_in_and_loses_what_goes_out() -> None:
    np.testing.assert_array_equal(
        moved(PICTURES, 1, 0)[0], [[0, 0, 0, 0], [1, 2, 3, 4], [5, 6, 7, 8]]
    )
    np.testing.assert_array_equal(
        moved(PICTURES, -1, 1)[0], [[0, 5, 6, 7], [0, 9, 10, 11], [0, 0, 0, 0]]
    )
    np.testing.assert_array_equal(moved(PICTURES, 0, 0), PICTURES)
    for down, right in SHIFTS[8]:
        rolled = np.roll(np.pad(PICTURES, ((0, 0), (1, 1), (1, 1))), (down, right), (1, 2))
        np.testing.assert_array_equal(moved(PICTURES, down, right), rolled[:, 1:-1, 1:-1])


def test_copies_are_the_neighbours_each_once() -> None:
    assert {number: len(copies) for number, copies in SHIFTS.items()} == {0: 0, 4: 4, 8: 8}
    assert tuple(SHIFTS) == get_args(Shifts)
    for copies in SHIFTS.values():
        assert len(set(copies)) == len(copies)
        assert all(max(abs(down), abs(right)) == 1 for down, right in copies)
        assert np.sum(copies, initial=0) == 0  # as far to one side as to the other


@pytest.mark.parametrize("shifts", SHIFTS)
def test_the_mean_of_the_logits(shifts: int) -> None:
    copies = [PICTURES, *(moved(PICTURES, *step) for step in SHIFTS[shifts])]
    expected = np.mean([sums(each) for each in copies], axis=0)
    found = averaged(sums, PICTURES, shifts)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_without_copies_the_network_is_asked_once_and_its_answer_untouched() -> None:
    answer = np.ones((2, 3), np.float32)
    assert averaged(lambda pictures: answer, PICTURES, 0) is answer
