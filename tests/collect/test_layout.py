"""The sheet as data: boxes apart from one another and from the marks, labels not told by place."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest

from ziffern.collect import layout
from ziffern.collect.layout import Sheet


@pytest.mark.parametrize("page", [1, 2, 90])
def test_each_row_asks_for_every_digit_once(page: int) -> None:
    boxes = layout.boxes(page)
    assert len(boxes) == 100
    for row in (boxes[start : start + 10] for start in range(0, 100, 10)):
        assert sorted(box.digit for box in row) == list(range(10))
        assert len({box.y for box in row}) == 1
        assert np.all(np.diff([box.x for box in row]) > layout.BOX + 2 * layout.SPACE)


def test_neither_column_nor_neighbour_tells_the_digit() -> None:
    boxes = [box for page in range(1, 11) for box in layout.boxes(page)]
    columns = Counter((number % 10, box.digit) for number, box in enumerate(boxes))
    assert max(columns.values()) <= 20  # of 100 rows; 10 by chance
    after = Counter((a.digit, b.digit) for a, b in itertools.pairwise(boxes) if a.y == b.y)
    assert max(after.values()) <= 25  # of 900 pairs; 10 by chance


def test_the_order_of_a_page_never_changes() -> None:
    # sheets that were printed once are to be cut by every later version
    assert [box.digit for box in layout.boxes(1)[:10]] == [5, 3, 1, 8, 4, 6, 2, 7, 0, 9]
    assert [box.digit for box in layout.boxes(2)[90:]] == [5, 8, 0, 4, 9, 3, 7, 6, 1, 2]


def test_boxes_and_marks_stand_apart_within_the_field() -> None:
    squares = [(x, y, layout.MARK) for x, y in layout.marks(Sheet(1, 1)).values()] + [
        (box.x - layout.SPACE, box.y - layout.SPACE, layout.BOX + 2 * layout.SPACE)
        for box in layout.boxes(1)
    ]
    for x, y, side in squares[:5]:
        assert 0 <= x <= layout.WIDTH - side
        assert 0 <= y <= layout.HEIGHT - side
    for (x, y, side), (u, v, other) in itertools.combinations(squares, 2):
        gap = max(u - x - side, x - u - other, v - y - side, y - v - other)
        assert gap >= 1.75  # a mark needs a cell of white around it


@pytest.mark.parametrize("sheet", [Sheet(1), Sheet(90), Sheet(1, 1), Sheet(7, 200)])
def test_marks_tell_the_sheet(sheet: Sheet) -> None:
    numbers = list(layout.marks(sheet))
    assert layout.sheet_of(numbers) == sheet
    assert layout.sheet_of(numbers[1:]) == sheet
    assert sum(map(layout.is_corner, numbers)) == 4


def test_no_two_sheets_share_a_mark() -> None:
    corners = [n for page in range(1, 91) for n in layout.marks(Sheet(page))]
    writers = {
        n for w in range(1, 201) for n in layout.marks(Sheet(1, w)) if not layout.is_corner(n)
    }
    assert len(set(corners)) == 360
    assert len(writers) == 200
    assert max(writers) < 587  # as many marks has the family


@pytest.mark.parametrize("numbers", [[], [0, 4], [0, 360, 361], [365]])
def test_marks_of_no_sheet_or_of_several(numbers: list[int]) -> None:
    assert layout.sheet_of(numbers) is None
