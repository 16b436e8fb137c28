"""Signs whose strokes look like digits: the slashes of dates and the percent sign.

signs(candidates, digits)        # [2, 4] in 12/3/2024, [2, 3, 4] in 50 %

A slash alone cannot be told from a 1 by its shape. In a date it can, for there are two of them,
straight, leaning and taller than the digits, and what they part are a day, a month and a year. In a
percent sign it stands between two small zeros, of which the first is the higher one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from ziffern.reading.separate import Candidate

_STRAIGHT: Final = 0.045  # of its length: how far ink lies from the middle of a straight stroke
_LEAN: Final = (0.1, 1.1)  # pixels to the right by pixel upwards: from 6 to 48 degrees
_TALLER: Final = 1.05  # times as tall as most of the digits
_SMALL: Final = 0.7  # of the stroke's height: the zeros of a percent sign
_CLOSE: Final = 0.25  # of the stroke's height: how far they are from it

_DAYS: Final = range(1, 32)
_MONTHS: Final = range(1, 13)


def signs(marks: Sequence[Candidate], digits: Sequence[int]) -> list[int]:
    """Return which marks of a line are signs, or strokes of them.

    Args:
        marks: of one line, from left to right.
        digits: what they most likely are.
    """
    percents = [
        place
        for start in range(len(marks) - 2)
        if _is_percent(marks[start : start + 3], digits[start : start + 3])
        for place in range(start, start + 3)
    ]
    return sorted({*_slashes(marks, digits), *percents})


def _slashes(marks: Sequence[Candidate], digits: Sequence[int]) -> list[int]:
    """Return which marks are the slashes of a date: two, or none."""
    heights = [mark.box[3] - mark.box[1] for mark in marks]
    tall = _TALLER * float(np.median(heights))
    strokes = [
        place
        for place, (mark, height) in enumerate(zip(marks, heights, strict=True))
        if height >= tall and _is_slash(mark)
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


def _is_percent(marks: Sequence[Candidate], digits: Sequence[int]) -> bool:
    """Whether three marks are a percent sign."""
    first, stroke, second = (mark.box for mark in marks)
    height = stroke[3] - stroke[1]
    return (
        digits[0] == digits[2] == 0
        and max(first[3] - first[1], second[3] - second[1]) <= _SMALL * height
        and first[1] + first[3] < stroke[1] + stroke[3] < second[1] + second[3]
        and max(stroke[0] - first[2], second[0] - stroke[2]) <= _CLOSE * height
        and _is_slash(marks[1])
    )


def _is_slash(mark: Candidate) -> bool:
    """Whether a mark is one straight stroke that leans to the right."""
    ink = [np.argwhere(part.mask) + np.array([part.top, part.left]) for part in mark.parts]
    points = np.concatenate(ink).astype(np.float64)
    spread, axes = np.linalg.eigh(np.cov(points.T))
    aside, along = np.sqrt(np.maximum(spread, 0))
    down, right = axes[:, 1]
    length = math.sqrt(12) * along  # of a bar
    leans = down != 0 and _LEAN[0] <= -right / down <= _LEAN[1]
    return bool(leans and aside <= _STRAIGHT * length)
