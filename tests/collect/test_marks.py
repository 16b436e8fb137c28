"""Finding sheets: turned in any way, with a mark lost, and what is no sheet."""

from __future__ import annotations

import numpy as np
import pytest
from made_sheets import PIXELS, photographed, rendered

from ziffern.collect import layout
from ziffern.collect.layout import Sheet
from ziffern.collect.marks import find
from ziffern.collect.sheet import sheet
from ziffern.errors import DataError
from ziffern.pictures import Pixels


@pytest.fixture(scope="module")
def page() -> Pixels:
    return rendered(sheet())


def _corner(picture: Pixels, number: int) -> tuple[slice, slice]:
    """Return the part of a page from above that holds a corner mark, clockwise from upper left."""
    height, width = (round(extent * 0.17) for extent in picture.shape)
    rows = slice(None, height) if number < 2 else slice(-height, None)
    return rows, slice(None, width) if number in (0, 3) else slice(-width, None)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_turned_pages_lie_as_they_were_turned(page: Pixels, turns: int) -> None:
    placed = find(np.ascontiguousarray(np.rot90(page, turns)))
    assert placed.sheet == Sheet(1)
    assert placed.marks == 4
    corner = placed.transform @ (0, 0, 1)
    height, width = page.shape
    left, top = (width - layout.WIDTH * PIXELS) / 2, (height - layout.HEIGHT * PIXELS) / 2
    expected = [
        (left, top),
        (top, width - left),
        (width - left, height - top),
        (height - top, left),
    ][turns]
    assert np.allclose(corner[:2] / corner[2], expected, atol=1)


@pytest.mark.parametrize("lost", [0, 1, 2, 3])
def test_three_marks_are_enough(page: Pixels, lost: int) -> None:
    covered = page.copy()
    covered[_corner(page, lost)] = 120
    whole, placed = find(photographed(page)), find(photographed(covered))
    assert placed.marks == 3
    # the lost corner is where it would have been, within half a millimetre
    x, y = list(layout.marks(Sheet(1)).values())[lost]
    at, expected = (
        (found.transform @ (x, y, 1))[:2] / (found.transform @ (x, y, 1))[2]
        for found in (placed, whole)
    )
    assert np.hypot(*(at - expected)) < 0.5 * PIXELS


def test_a_writers_mark_is_read_even_with_a_corner_lost() -> None:
    picture = rendered(sheet(writers=2), page=1)
    picture[_corner(picture, 0)] = 255
    assert find(picture).sheet == Sheet(1, 2)


def test_a_small_sheet_in_a_large_picture(page: Pixels) -> None:
    desk = np.full((3600, 4600), 110, np.uint8)
    desk[900 : 900 + page.shape[0], 1500 : 1500 + page.shape[1]] = page
    placed = find(desk)
    assert placed.marks == 4
    assert placed.resolution == pytest.approx(PIXELS, rel=0.003)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda page: np.full_like(page, 200), "no mark of a sheet found"),
        (lambda page: page[:, ::-1], "no mark of a sheet found"),  # a mirror's picture
        (lambda page: page[:400, :400], "only 1 of the 4 black squares"),
        (lambda page: page[:400], "only 2 of the 4 black squares"),
        (lambda page: np.hstack([page, page]), "is there 2 times; expected one sheet"),
        (
            lambda page: np.hstack([page, rendered(sheet(pages=2), page=1)]),
            "marks of several sheets found; expected one sheet a picture",
        ),
        (lambda _: np.zeros((1, 1), np.uint8), "no mark of a sheet found"),
    ],
)
def test_what_is_no_sheet(page: Pixels, made, message: str) -> None:
    with pytest.raises(DataError) as caught:
        find(np.ascontiguousarray(made(page)))
    assert message in str(caught.value)
