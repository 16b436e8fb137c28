"""From ink to lines of marks: which strokes stand beside each other, in reading order.

    for line in lines_of(sheet):
        line.marks               # connected strokes, from left to right

Cutting marks into digits is the work of `separate`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from ziffern.reading.paper import Sheet

_SPECK = 0.08  # of a digit's height: smaller marks are dirt
_BODY = 0.5  # of a digit's height: marks at least this tall make a line, others belong to one
_GAP = 3.0  # digits' heights: marks farther apart are not in one line
_LEVEL = 0.5  # share of the lower one's height by which neighbours of a line overlap


@dataclass(frozen=True)
class Mark:
    """Connected ink: its number in `Marks.labels` and its bounding box (right, bottom open)."""

    label: int
    left: int
    top: int
    right: int
    bottom: int

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
    """Marks that stand beside each other, from left to right; `tall` is their digits' height."""

    marks: list[Mark] = field(default_factory=list)
    tall: float = 0.0


def marks_of(sheet: Sheet) -> tuple[npt.NDArray[np.int32], list[Mark]]:
    """Return the number of each pixel's mark (h, w), 0 where there is none, and the marks."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(sheet.mask.astype(np.uint8))
    least = _SPECK * sheet.tall
    marks = [
        Mark(label, int(x), int(y), int(x + width), int(y + height))
        for label, (x, y, width, height, area) in enumerate(stats)
        if label and max(width, height) >= least and area >= least**2 / 2
    ]
    return labels.astype(np.int32), marks


def lines_of(sheet: Sheet, marks: list[Mark]) -> list[Line]:
    """Return the lines of marks from top to bottom; small marks go with the line they stand in."""
    bodies = [mark for mark in marks if mark.height >= _BODY * sheet.tall]
    lines: list[Line] = []
    for mark in sorted(bodies, key=lambda mark: mark.left):
        near = [line for line in lines if _follows(line.marks, mark, sheet.tall)]
        if near:
            line = min(near, key=lambda line: abs(_middle(line.marks[-1]) - _middle(mark)))
            line.marks.append(mark)
        else:
            lines.append(Line([mark]))
    for line in lines:
        line.tall = float(np.median([mark.height for mark in line.marks]))
    for mark in marks:
        if mark.height < _BODY * sheet.tall:
            _attach(lines, mark)
    for line in lines:
        line.marks.sort(key=lambda mark: mark.left + mark.right)
    return sorted(lines, key=lambda line: (_top(line), line.marks[0].left))


def _follows(marks: list[Mark], mark: Mark, tall: float) -> bool:
    last = max(marks[-3:], key=lambda mark: mark.right)
    overlap = min(last.bottom, mark.bottom) - max(last.top, mark.top)
    return (
        overlap >= _LEVEL * min(last.height, mark.height) and mark.left - last.right <= _GAP * tall
    )


def _attach(lines: list[Line], mark: Mark) -> None:
    """Put a small mark to the line that it stands in, if any."""
    for line in lines:
        top, bottom = _top(line), max(each.bottom for each in line.marks)
        left, right = min(each.left for each in line.marks), max(each.right for each in line.marks)
        if top <= (mark.top + mark.bottom) / 2 <= bottom and (
            left - line.tall <= mark.left and mark.right <= right + line.tall
        ):
            line.marks.append(mark)
            return


def _top(line: Line) -> int:
    return min(mark.top for mark in line.marks)


def _middle(mark: Mark) -> float:
    return (mark.top + mark.bottom) / 2
