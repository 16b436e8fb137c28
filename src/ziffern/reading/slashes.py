"""Slashes of dates, which look like ones.

slashes(candidates, digits)        # [2, 4] in 12/3/2024

A slash alone cannot be told from a 1 by its shape. In a date it can, for there are two of them,
straight, leaning and taller than the digits, and what they part are a day, a month and a year.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from ziffern.reading.percents import slash_of
from ziffern.reading.separate import Candidate

_TALLER: Final = 1.05  # times as tall as most of the digits

_DAYS: Final = range(1, 32)
_MONTHS: Final = range(1, 13)


def slashes(marks: Sequence[Candidate], digits: Sequence[int]) -> list[int]:
    """Return which marks of a line are the slashes of a date: two, or none.

    Args:
        marks: of one line, from left to right.
        digits: what they most likely are.
    """
    heights = [mark.box[3] - mark.box[1] for mark in marks]
    tall = _TALLER * float(np.median(heights))
    strokes = [
        place
        for place, (mark, height) in enumerate(zip(marks, heights, strict=True))
        if height >= tall and slash_of(_points(mark)) is not None
    ]
    tallest = sorted(sorted(strokes, key=lambda place: -heights[place])[:2])
    if len(tallest) < 2:
        return []
    text = "".join(map(str, digits))
    first, second = tallest
    return tallest if _is_date(text[:first], text[first + 1 : second], text[second + 1 :]) else []


def _is_date(first: str, second: str, third: str) -> bool:
    """Whether three numbers may be a date: the year first or last, day and month either way."""
    if len(first) == 4:
        first, second, third = second, third, first
    if not (1 <= len(first) <= 2 and 1 <= len(second) <= 2 and len(third) in (2, 4)):
        return False
    one, other = int(first), int(second)
    return (one in _DAYS and other in _MONTHS) or (one in _MONTHS and other in _DAYS)


def _points(mark: Candidate) -> npt.NDArray[np.float64]:
    ink = [np.argwhere(part.mask) + np.array([part.top, part.left]) for part in mark.parts]
    return np.concatenate(ink).astype(np.float64)
