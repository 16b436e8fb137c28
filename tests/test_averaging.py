"""Averaging over copies: which copies, and that the mean is that of their logits."""

from __future__ import annotations

import json
from typing import get_args

import numpy as np
import pytest
from scipy import ndimage

from ziffern.averaging import SHIFTS, Copies, Shifts, averaged, moved, turned
from ziffern.errors import InputError

PICTURES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4) + 1
EVERY = [Copies(shifts, rotation) for shifts in SHIFTS for rotation in (0.0, 7.0)]


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


@pytest.mark.parametrize("degrees", [-45.0, -7.0, 3.0, 20.0])
def test_turning_is_to_the_left_about_the_middle(degrees: float) -> None:
    pictures = np.zeros((2, 28, 28), np.uint8)
    pictures[:, 9:19, 11:17] = np.random.default_rng(1).integers(0, 256, (2, 10, 6))
    expected = ndimage.rotate(pictures, degrees, axes=(1, 2), reshape=False, order=1)
    found = turned(pictures, degrees)
    assert (found.dtype, found.shape) == (np.uint8, pictures.shape)
    assert abs(found.astype(int) - expected).max() <= 1  # two programs, two roundings
    # to the left: what was at the top has gone to the left
    upright = np.zeros((1, 28, 28), np.uint8)
    upright[0, 4, 13:15] = 255
    assert 0 < turned(upright, 20)[0].sum(axis=0).argmax() < 13


def test_turning_leaves_what_it_is_given_alone() -> None:
    pictures = PICTURES.copy()
    turned(pictures, 10)
    np.testing.assert_array_equal(pictures, PICTURES)
    assert turned(PICTURES[:0], 10).shape == (0, 3, 4)
    np.testing.assert_array_equal(turned(PICTURES, 0), PICTURES)


def test_copies_are_the_neighbours_each_once() -> None:
    assert {number: len(copies) for number, copies in SHIFTS.items()} == {0: 0, 4: 4, 8: 8}
    assert tuple(SHIFTS) == get_args(Shifts)
    for copies in SHIFTS.values():
        assert len(set(copies)) == len(copies)
        assert all(max(abs(down), abs(right)) == 1 for down, right in copies)
        assert np.sum(copies, initial=0) == 0  # as far to one side as to the other


def test_turned_copies_are_moved_as_well() -> None:
    found = list(Copies(4, 10).of(PICTURES))
    steps = ((0, 0), *SHIFTS[4])
    expected = [moved(turned(PICTURES, angle), *by) for angle in (0, 10, -10) for by in steps]
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("copies", EVERY, ids=str)
def test_the_mean_of_the_logits(copies: Copies) -> None:
    pictures = list(copies.of(PICTURES))
    assert len(pictures) == copies.pictures
    np.testing.assert_array_equal(pictures[0], PICTURES)
    found = averaged(sums, PICTURES, copies)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.mean([sums(each) for each in pictures], axis=0), rtol=1e-6)


def test_without_copies_the_network_is_asked_once_and_its_answer_untouched() -> None:
    answer = np.ones((2, 3), np.float32)
    assert averaged(lambda pictures: answer, PICTURES, Copies()) is answer


@pytest.mark.parametrize("copies", EVERY, ids=str)
def test_copies_come_back_from_json(copies: Copies) -> None:
    assert Copies.from_dict(json.loads(json.dumps(copies.to_dict()))) == copies


def test_what_copies_cannot_be() -> None:
    assert Copies.from_dict({}) == Copies()  # as models of older versions are
    with pytest.raises(InputError, match="'shifts' is 3, expected 0 or 4 or 8"):
        Copies.from_dict({"shifts": 3})
    with pytest.raises(InputError, match="'rotation' is nan, expected 0 to 45 degrees"):
        Copies.from_dict({"rotation": float("nan")})


def test_copies_in_words() -> None:
    assert [str(copies) for copies in EVERY] == [
        "",
        "2 copies turned by 7°",
        "4 copies moved by one pixel",
        "14 copies moved by one pixel, turned by 7°, or both",
        "8 copies moved by one pixel",
        "26 copies moved by one pixel, turned by 7°, or both",
    ]
