"""Non-digits: of every kind, the same for the same seed, and none that a digit could be."""

import numpy as np
import pytest

from ziffern import datasets
from ziffern.datasets.nondigits import KINDS, nondigits
from ziffern.datasets.parts import Images
from ziffern.errors import InputError


@pytest.fixture(scope="module")
def digits() -> Images:
    return datasets.load("mnist").train.images[:200]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_makes_pictures_of_the_contract(kind: str, digits: Images) -> None:
    made = nondigits(12, seed=3, digits=digits, kinds={kind: 1})
    assert made.dtype == np.uint8
    assert made.shape == (12, 28, 28)
    assert len({picture.tobytes() for picture in made}) > 6
    if kind not in ("ruling", "dirt"):
        assert all(picture.max() > 200 for picture in made)


def test_the_seed_decides(digits: Images) -> None:
    first = nondigits(20, seed=1, digits=digits)
    assert np.array_equal(first, nondigits(20, seed=1, digits=digits))
    assert not np.array_equal(first, nondigits(20, seed=2, digits=digits))


def test_a_row_is_wider_than_a_digit_and_a_piece_is_not_a_one(digits: Images) -> None:
    rows = nondigits(20, seed=0, digits=digits, kinds={"row": 1})
    pieces = nondigits(20, seed=0, digits=digits, kinds={"piece": 1})
    shapes = [
        [np.ptp(np.flatnonzero(picture.any(axis=axis))) for axis in (0, 1)] for picture in pieces
    ]
    assert np.mean([np.ptp(np.flatnonzero(picture.any(axis=0))) for picture in rows]) > 15
    assert all(width > 0.3 * height for width, height in shapes)


def test_no_digits_to_make_them_of(digits: Images) -> None:
    with pytest.raises(InputError, match="need digits"):
        nondigits(3, seed=0, digits=digits[:0])
    with pytest.raises(InputError, match="weights above 0"):
        nondigits(3, seed=0, digits=digits, kinds={"row": 0})


def test_an_unknown_kind_is_named(digits: Images) -> None:
    with pytest.raises(InputError, match="'scrible': did you mean 'scribble'"):
        nondigits(3, seed=0, digits=digits, kinds={"scrible": 1})
