"""Cutting: the digits that were written, with their labels, and nothing else of the sheet."""

from __future__ import annotations

import numpy as np
import pytest
from made_sheets import Written, photographed, rendered, written

import ziffern
from ziffern.collect.cut import Cut, cut
from ziffern.collect.layout import Sheet
from ziffern.collect.sheet import sheet
from ziffern.errors import DataError

EMPTY, BLACKED_OUT = (0, 55, 99), (9, 42)


@pytest.fixture(scope="module")
def filled() -> Written:
    return written(2, empty=EMPTY, blacked_out=BLACKED_OUT)


def _check(found: Cut, filled: Written, *, alike: float = 0.9) -> None:
    """Check labels, counts, and that the pictures are those that were written, by correlation."""
    assert [digit.label for digit in found.digits] == filled.labels.tolist()
    ours = np.stack([ziffern.normalise(digit.picture) for digit in found.digits])
    pairs = zip(ours.reshape(len(ours), -1), filled.digits.reshape(len(ours), -1), strict=True)
    likeness = [np.corrcoef(one, other)[0, 1] for one, other in pairs]
    assert np.median(likeness) > alike
    assert np.mean(np.array(likeness) > 0.6) > 0.98
    answers = ziffern.load("flagship").predict(ours).argmax(axis=1)
    assert np.mean(answers == filled.labels) >= 0.98  # of 95; 99 % over many such pages


@pytest.mark.parametrize("turns", [0, 1, 2])
def test_scans(filled: Written, turns: int) -> None:
    found = cut(np.ascontiguousarray(np.rot90(filled.picture, turns)))
    assert found.sheet == Sheet(2)
    assert (found.empty, found.blacked_out, found.marks) == (3, 2, 4)
    _check(found, filled)


@pytest.mark.parametrize(("turn", "bend"), [(12, 0.0), (188, 0.0), (-75, 0.006)])
def test_photos(filled: Written, turn: float, bend: float) -> None:
    found = cut(photographed(filled.picture, turn=turn, bend=bend))
    assert (found.empty, found.blacked_out) == (3, 2)
    _check(found, filled, alike=0.85)


@pytest.mark.parametrize(("light", "height"), [(0.6, 8), (0.2, 4)])
def test_pencil_and_small_hands(light: float, height: float) -> None:
    filled = written(light=light, height=height)
    found = cut(photographed(filled.picture))
    assert (found.empty, found.blacked_out) == (0, 0)
    _check(found, filled, alike=0.8)


def test_colour_is_as_good_as_grey(filled: Written) -> None:
    coloured = np.repeat(filled.picture[..., np.newaxis], 3, axis=2)
    found = cut(coloured)
    assert len(found.digits) == 95
    assert found.digits[0].picture.tobytes() == cut(filled.picture).digits[0].picture.tobytes()


def test_lines_and_hints_are_gone_and_strokes_over_them_stay() -> None:
    filled = written(height=14.5)
    found = cut(photographed(filled.picture, bend=0.006))
    _check(found, filled, alike=0.8)
    rim = 12  # the space around a box, and its line
    pictures = np.stack([digit.picture for digit in found.digits])
    around = pictures.copy()
    around[:, rim:-rim, rim:-rim] = 255
    grey = (around < 250) & (around > 160)
    assert grey.mean() < 0.01  # edges of strokes; the lines alone would be 0.09
    assert np.mean((around < 128).any(axis=(1, 2))) > 0.5


def test_an_empty_sheet_has_no_digits() -> None:
    for picture in (rendered(sheet()), photographed(rendered(sheet()), bend=0.006)):
        found = cut(picture)
        assert (len(found.digits), found.empty, found.blacked_out) == (0, 100, 0)


def test_dots_and_neighbours_are_no_digits() -> None:
    picture = rendered(sheet()).copy()
    reference = cut(written(empty=range(1, 100)).picture)
    assert reference.empty == 99
    rng = np.random.default_rng(0)
    for y, x in rng.integers(0, picture.shape, (300, 2)):  # dust
        picture[y : y + 2, x : x + 2] = 60
    assert cut(picture).empty == 100


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (np.zeros((0, 5), np.uint8), "got (0, 5)"),
        (np.full((300, 300), 255, np.uint8), "no mark of a sheet found"),
        (rendered(sheet(), dpi=50), "the sheet is too small in the picture, 2.0 pixels a milli"),
    ],
)
def test_what_cannot_be_cut(picture: np.ndarray, message: str) -> None:
    with pytest.raises(DataError) as caught:
        cut(picture)
    assert message in str(caught.value)
