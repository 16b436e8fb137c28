"""Marks stand in lines, in reading order; small ones belong to the line that is near."""

from __future__ import annotations

import numpy as np
import pytest

from ziffern.reading.find import Mark, lines_of, marks_of
from ziffern.reading.paper import Sheet


def sheet(*boxes: tuple[int, int, int, int]) -> Sheet:
    """A sheet with filled boxes (left, top, right, bottom)."""
    mask = np.zeros((300, 500), bool)
    for left, top, right, bottom in boxes:
        mask[top:bottom, left:right] = True
    return Sheet(mask.astype(np.float32), mask, 40, np.eye(3), (500, 300))


def lefts(marks: list[Mark]) -> list[int]:
    return sorted(mark.left for mark in marks)


def test_lines_from_top_to_bottom_small_marks_beside() -> None:
    _, marks = marks_of(
        sheet(
            (10, 20, 30, 60),
            (50, 25, 70, 62),
            (100, 55, 106, 61),  # a dot near the next digit
            (110, 22, 130, 60),
            (10, 120, 30, 160),
            (60, 140, 80, 161),  # a small 0 beside a tall digit
            (250, 220, 256, 226),  # dirt
        )
    )
    first, second = lines_of(marks, 40)
    assert lefts(first.marks) == [10, 50, 110]
    assert lefts(first.small) == [100]
    assert lefts(second.marks) == [10, 60]
    assert second.small == []
    assert first.tall == 38


def test_small_marks_around_paper_are_zeros_and_no_dots() -> None:
    page = sheet((10, 20, 30, 60), (50, 48, 62, 60), (66, 48, 78, 60))
    page.mask[51:57, 53:59] = False
    _, marks = marks_of(page)
    [line] = lines_of(marks, 40)
    assert lefts(line.marks) == [10, 50]
    assert lefts(line.small) == [66]


def test_specks_are_no_marks() -> None:
    assert marks_of(sheet((5, 5, 7, 7)))[1] == []


def test_far_apart_is_another_line() -> None:
    _, marks = marks_of(sheet((10, 20, 30, 60), (300, 20, 320, 60)))
    assert len(lines_of(marks, 40)) == 2


@pytest.mark.parametrize(
    ("walls", "lines"),
    [
        ([], 1),
        ([150], 2),  # one rule down the page
        ([20, 150, 280], 2),  # columns of a table
        ([50, 110, 170], 1),  # boxes for one digit each
        ([50, 110, 300], 1),  # the last of them is wide
    ],
)
def test_walls_part_columns_but_no_boxes_for_one_digit(walls: list[int], lines: int) -> None:
    _, marks = marks_of(sheet((70, 20, 90, 60), (125 if 110 in walls else 200, 20, 220, 60)))
    upright = np.zeros((300, 500), bool)
    for x in walls:
        upright[10:70, x : x + 3] = True
    assert len(lines_of(marks, 40, upright)) == lines
    upright[25:] = False  # a wall that ends above
    assert len(lines_of(marks, 40, upright)) == 1


def test_a_ring_around_digits_is_no_mark_of_theirs() -> None:
    ring = [(30, 10, 130, 14), (30, 70, 130, 74), (30, 10, 34, 74), (126, 10, 130, 74)]
    inside = [(50, 24, 70, 62), (90, 22, 110, 60)]
    _, marks = marks_of(sheet(*ring, *inside))
    [line] = lines_of(marks, 40)
    assert lefts(line.marks) == [50, 90]
    _, marks = marks_of(sheet(*ring, (75, 36, 85, 48)))  # a zero with a stroke in it
    [line] = lines_of(marks, 40)
    assert lefts(line.marks) == [30]


def test_what_stands_at_one_height_is_read_from_left_to_right() -> None:
    _, marks = marks_of(
        sheet((300, 20, 320, 60), (10, 32, 30, 72), (10, 120, 30, 160), (300, 105, 320, 145))
    )
    lines = lines_of(marks, 40)
    assert [lefts(line.marks) for line in lines] == [[10], [300], [10], [300]]
    assert [line.row for line in lines] == [0, 0, 1, 1]


def test_parts_of_a_broken_digit_are_one_mark() -> None:
    labels, marks = marks_of(sheet((10, 20, 34, 42), (12, 45, 32, 66)))
    [mark] = marks
    assert (mark.left, mark.top, mark.right, mark.bottom) == (10, 20, 34, 66)
    assert (labels == mark.label).sum() == 24 * 22 + 20 * 21


def test_noise_costs_no_time() -> None:
    noise = np.random.default_rng(0).random((600, 600)) < 0.3
    labels, marks = marks_of(Sheet(noise.astype(np.float32), noise, 12, np.eye(3), (600, 600)))
    assert len(marks) <= 3000
    assert labels.shape == (600, 600)
