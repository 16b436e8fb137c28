"""From ink to lines of marks: which strokes stand beside each other, in reading order.

    for line in lines_of(sheet):
        line.marks               # connected strokes, from left to right

Cutting marks into digits is the work of `separate`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from ziffern.ink import Mask
from ziffern.reading.paper import Sheet

Labels: TypeAlias = npt.NDArray[np.int32]
"""(h, w): which mark each pixel of a sheet is in; 0 is none."""

_SPECK = 0.08  # of a digit's height: smaller marks are dirt
_BODY = 0.35  # of a digit's height: marks at least this tall make a line, others belong to one
_LOOP = 0.2  # of a digit's height: the least zero of somebody who writes small ones
_CERTAIN = 0.6  # of a digit's height: lower marks found no line where they may be a comma
_GAP = 3.0  # digits' heights: marks farther apart are not in one line
_LEVEL = 0.5  # share of the smaller one's extent by which neighbours overlap
_CROSSED = 0.6  # share of the height at which two marks stand that a wall between them has
_WIDE = 1.8  # digits' heights: narrower boxes hold one digit each, and together a number
_RING = 1.3  # digits' heights: a ring around digits is at least as tall and as broad
_RINGED = 0.7  # of a digit's height: what is in a ring is at least as tall
_BROKEN = 0.15  # of a digit's height: a gap within a digit
_BESIDE = 0.3  # of a digit's height: small marks farther from a line than this are not in it
_MOST = 3000  # marks of a page
_HIGHEST = 1.5  # of a digit's height


@dataclass(frozen=True)
class Mark:
    """Connected ink: its number in `Marks.labels` and its bounding box (right, bottom open)."""

    label: int
    left: int
    top: int
    right: int
    bottom: int
    looped: bool = False
    """Whether it runs around paper, which dots and dashes never do; only told of small marks."""

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return self.right - self.left


@dataclass
class Line:
    """Marks that stand beside each other, from left to right; `tall` is their digits' height.

    `small` are marks that can be no digit of their own: bars and bits of digits, dots, dashes.
    `row` is the same for lines that stand beside each other, farther apart; rows count from above.
    """

    marks: list[Mark] = field(default_factory=list)
    tall: float = 0.0
    small: list[Mark] = field(default_factory=list)
    row: int = 0


def marks_of(sheet: Sheet) -> tuple[Labels, list[Mark]]:
    """Return the number of each pixel's mark (h, w), 0 where there is none, and the marks.

    Where there are more than `_MOST`, as in noise, the largest are taken.
    """
    _, found, stats, _ = cv2.connectedComponentsWithStats(sheet.mask.astype(np.uint8))
    labels = found.astype(np.int32)
    least = _SPECK * sheet.tall
    large = (stats[:, 2:4].max(axis=1) >= least) & (stats[:, cv2.CC_STAT_AREA] >= least**2 / 2)
    chosen = np.flatnonzero(large[1:]) + 1
    chosen = chosen[np.argsort(-stats[chosen, cv2.CC_STAT_AREA], kind="stable")[:_MOST]]
    marks = [
        Mark(int(label), int(x), int(y), int(x + width), int(y + height))
        for label, (x, y, width, height) in zip(chosen, stats[chosen, :4], strict=True)
    ]
    ringed = {mark.label for mark in marks if mark.height >= _RINGED * sheet.tall}
    marks = [
        replace(mark, looped=_is_looped(mark, labels))
        if _LOOP * sheet.tall <= mark.height < _BODY * sheet.tall
        else mark
        for mark in marks
        if not _is_ring(mark, labels, ringed, sheet.tall)
    ]
    return _stacked(labels, marks, sheet.tall)


def _is_ring(mark: Mark, labels: Labels, ringed: set[int], tall: float) -> bool:
    """Whether a mark was drawn around others, as people ring an answer.

    `ringed` are the labels of marks that are tall enough to be one.
    """
    if min(mark.height, mark.width) < _RING * tall:
        return False
    part = labels[mark.top : mark.bottom, mark.left : mark.right]
    ink = (part == mark.label).astype(np.uint8)
    outlines, _ = cv2.findContours(ink, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.asarray(cv2.drawContours(np.zeros_like(ink), outlines, -1, 1, cv2.FILLED))
    return not ringed.isdisjoint(np.unique(part[filled > ink]).tolist())


def _is_looped(mark: Mark, labels: Labels) -> bool:
    mask = labels[mark.top : mark.bottom, mark.left : mark.right] == mark.label
    _, levels = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    return bool((np.asarray(levels)[0, :, 3] >= 0).any())


def _is_body(mark: Mark, tall: float) -> bool:
    """Whether a mark may be a digit of its own: zeros may be small, but are no dots."""
    return mark.height >= _BODY * tall or mark.looped


def _stacked(labels: Labels, marks: list[Mark], tall: float) -> tuple[Labels, list[Mark]]:
    """Make one mark of parts of a broken digit that stand close above each other."""
    joined = [mark for mark in marks if not _is_body(mark, tall)]
    bodies = [mark for mark in marks if _is_body(mark, tall)]
    above: list[Mark] = []  # the bodies not yet left behind on the way down
    for mark in sorted(bodies, key=lambda mark: mark.top):
        joined += [other for other in above if mark.top - other.bottom > _BROKEN * tall]
        above = [other for other in above if mark.top - other.bottom <= _BROKEN * tall]
        for place, other in enumerate(above):
            if _is_below(mark, other, tall):
                inside = labels[mark.top : mark.bottom, mark.left : mark.right]
                inside[inside == mark.label] = other.label
                left, right = min(mark.left, other.left), max(mark.right, other.right)
                above[place] = Mark(other.label, left, other.top, right, mark.bottom)
                break
        else:
            above.append(mark)
    return labels, joined + above


def _is_below(mark: Mark, other: Mark, tall: float) -> bool:
    overlap = min(mark.right, other.right) - max(mark.left, other.left)
    return (
        overlap >= _LEVEL * min(mark.width, other.width)
        and abs(mark.top - other.bottom) <= _BROKEN * tall
        and mark.bottom >= other.bottom
        and mark.bottom - other.top <= _HIGHEST * tall
    )


def lines_of(marks: list[Mark], tall: float, walls: Mask | None = None) -> list[Line]:
    """Return the lines of marks as they are read; small marks go with the line they stand in.

    Args:
        marks: of a sheet.
        tall: the height of a typical digit on it.
        walls: upright lines on it, (h, w), which part the columns of a table.
    """
    lines: list[Line] = []
    for least, below in ((_CERTAIN * tall, math.inf), (0.0, _CERTAIN * tall)):
        bodies = [mark for mark in marks if _is_body(mark, tall) and least <= mark.height < below]
        for mark in sorted(bodies, key=lambda mark: mark.left):
            line = _line_for(mark, lines, tall, walls)
            if line:
                line.marks.append(mark)
            elif below == math.inf or not _attached(mark, lines):
                lines.append(Line([mark], mark.height))
        for line in lines:
            line.tall = float(np.median([mark.height for mark in line.marks]))
    for mark in marks:
        if not _is_body(mark, tall):
            _attached(mark, lines)
    return _in_order(lines)


def _line_for(mark: Mark, lines: list[Line], tall: float, walls: Mask | None) -> Line | None:
    """Return the line in which a mark stands most nearly at the height of its neighbour."""
    found, most = None, _LEVEL
    for line in lines:
        gap, other = min(
            ((max(mark.left - each.right, each.left - mark.right, 0), each) for each in line.marks),
            key=lambda each: each[0],
        )
        overlap = min(mark.bottom, other.bottom) - max(mark.top, other.top)
        level = overlap / min(mark.height, other.height)
        if gap <= _GAP * tall and level >= most and not _parted(mark, other, tall, walls):
            found, most = line, level
    return found


def _parted(mark: Mark, other: Mark, tall: float, walls: Mask | None) -> bool:
    """Whether two marks stand in different columns: a wall is between them, and no box for one."""
    if walls is None:
        return False
    top, bottom = max(mark.top, other.top), min(mark.bottom, other.bottom)
    left, right = min(mark.right, other.right), max(mark.left, other.left)
    if left >= right or walls[top:bottom, left:right].any(axis=1).mean() < _CROSSED:
        return False
    return min(_room(mark, walls), _room(other, walls)) > _WIDE * tall


def _room(mark: Mark, walls: Mask) -> float:
    """Return how far apart the walls on both sides of a mark are."""
    at = np.flatnonzero(walls[mark.top : mark.bottom].any(axis=0))
    middle = (mark.left + mark.right) / 2
    before, behind = at[at < middle], at[at > middle]
    return float(behind[0] - before[-1]) if len(before) and len(behind) else math.inf


def _attached(mark: Mark, lines: list[Line]) -> bool:
    """Put a mark to the small ones of the line whose mark is nearest, if that is near."""
    nearest, least = None, _BESIDE
    for line in lines:
        for body in line.marks:
            x = max(body.left - mark.right, mark.left - body.right, 0)
            y = max(body.top - mark.bottom, mark.top - body.bottom, 0)
            if max(x, y) < least * line.tall:
                nearest, least = line, max(x, y) / line.tall
    if nearest:
        nearest.small.append(mark)
    return nearest is not None


def _in_order(lines: list[Line]) -> list[Line]:
    """Return lines as they are read: from top to bottom, those of one height from left to right."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=_top):
        if rows:
            first = rows[-1][0]
            overlap = min(_bottom(first), _bottom(line)) - max(_top(first), _top(line))
            smaller = min(_bottom(first) - _top(first), _bottom(line) - _top(line))
            if overlap >= _LEVEL * smaller:
                rows[-1].append(line)
                continue
        rows.append([line])
    for number, row in enumerate(rows):
        row.sort(key=lambda line: line.marks[0].left)
        for line in row:
            line.row = number
    return [line for row in rows for line in row]


def _top(line: Line) -> int:
    return min(mark.top for mark in line.marks)


def _bottom(line: Line) -> int:
    return max(mark.bottom for mark in line.marks)
