"""What stands where on a sheet: its marks, and its boxes with the digit to write into each.

Both drawing and cutting read it here. Lengths are millimetres from the upper left corner of the
sheet's field, which has one size on all papers, x to the right, y down. The marks are AprilTags of
the family 36h11; their numbers tell corner, page and writer, so that a photo alone tells the
layout. Other layouts of later versions shall take numbers that this one leaves free.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ziffern.datasets.splits import shuffled

WIDTH: Final = 186.0
"""Of the field; with a margin of at least 12 mm on A4 and US letter, which all printers reach."""
HEIGHT: Final = 250.0
MARK: Final = 14.0
"""Side of a mark: 8 cells, each still 5 pixels wide in a photo with 3 pixels a millimetre."""
ROWS: Final = 10
COLUMNS: Final = 10
BOX: Final = 14.0
"""Side of a box, with room for large hands: digits in forms are 4 to 8 mm high."""
SPACE: Final = 1.0
"""Around a box that is cut out with it, for strokes that go over its line."""
ACROSS: Final = (WIDTH - BOX) / (COLUMNS - 1)
DOWN: Final = 20.5
TOP: Final = 32.0
"""Of the upper row of boxes, below title and instructions."""

PAGES: Final = 90
WRITERS: Final = 200
_WRITER_FROM = 4 * PAGES
_CORNERS = (
    (0.0, 0.0),
    (WIDTH - MARK, 0.0),
    (WIDTH - MARK, HEIGHT - MARK),
    (0.0, HEIGHT - MARK),
)
_WRITER_PLACE = ((WIDTH - MARK) / 2, HEIGHT - MARK)


@dataclass(frozen=True)
class Box:
    """A box: what is to be written into it, and its upper left corner."""

    digit: int
    x: float
    y: float


@dataclass(frozen=True)
class Sheet:
    """Which sheet: its page from 1, and the number of its writer if one is printed on it."""

    page: int
    writer: int | None = None


def boxes(page: int) -> list[Box]:
    """Return the boxes of a page (from 1) row by row.

    Each row holds all ten digits, in an order of its own, so that neither a place nor a neighbour
    tells the digit. The orders depend on the page alone and are the same on every machine.
    """
    return [
        Box(int(digit), column * ACROSS, TOP + row * DOWN)
        for row in range(ROWS)
        for column, digit in enumerate(shuffled(COLUMNS, page * ROWS + row))
    ]


def marks(sheet: Sheet) -> dict[int, tuple[float, float]]:
    """Return the marks of a sheet: the upper left corner of each by its number."""
    first = 4 * (sheet.page - 1)
    found = {first + corner: place for corner, place in enumerate(_CORNERS)}
    if sheet.writer is not None:
        found[_WRITER_FROM + sheet.writer - 1] = _WRITER_PLACE
    return found


def is_corner(number: int) -> bool:
    """Whether a mark is one of the four in the corners, not that of the writer."""
    return number < _WRITER_FROM


def sheet_of(numbers: Iterable[int]) -> Sheet | None:
    """Return the sheet to which marks with these numbers belong; None if to none, or to several."""
    numbers = set(numbers)
    pages = {number // 4 + 1 for number in numbers if is_corner(number)}
    writers = {number - _WRITER_FROM + 1 for number in numbers if not is_corner(number)}
    if len(pages) != 1 or len(writers) > 1:
        return None
    return Sheet(pages.pop(), writers.pop() if writers else None)
