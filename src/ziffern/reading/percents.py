"""Percent signs, which look like a 9 and a 6, or like a 1 between two small zeros.

mask = without_percents(mask, tall)

They are told by their two rings, one up on the left of a straight slash and one down on its right,
whether these touch it or not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from ziffern.ink import Mask

Labels: TypeAlias = npt.NDArray[np.integer]
"""(h, w): 0 on paper, and a number of its own on each mark."""
Points: TypeAlias = npt.NDArray[np.float64]
Holes: TypeAlias = npt.NDArray[np.int64]
"""Left, top, right and bottom (open) of paper that ink closes around, (4,) or (n, 4)."""

_STRAIGHT: Final = 0.045  # of its length: how far ink lies from the middle of a straight stroke
_LEAN: Final = (0.1, 1.1)  # pixels to the right by pixel upwards: from 6 to 48 degrees
_LEAST: Final = 3  # pixels: lower holes are dirt
_ALIKE: Final = 2.0  # times as tall as the other hole
_LOWER: Final = 0.3  # of a hole's height: how much lower the other one is at least
_NEAR: Final = 6.0  # times a hole's height: how far the other one is at most
_MOST: Final = 5000  # holes of a page; one that has more is noise
_STEPS: Final = 50  # points looked at on the way from one to the other
_HIGHEST: Final = 2.0  # times as tall as digits
_MARKS: Final = 3  # of a sign in which nothing touches
# A 9 and a 6 that touch may look like a sign of fewer marks, but they are no lower than digits, of
# whose height this is a share, and of their width their holes are less than this apart.
_LOW: Final = 0.8
_ASUNDER: Final = 0.35
_RIM: Final = 1  # pixel around rings
_DRAWN: Final = 0.9  # of a slash: what has ink
_SLASH: Final = 0.7  # of a sign's height


def without_percents(mask: Mask, tall: float) -> Mask:
    """Return the mask without percent signs.

    Args:
        mask: (h, w), true where there is ink.
        tall: pixels of a digit's height.
    """
    holes = _holes(mask)
    if not 2 <= len(holes) <= _MOST:
        return mask
    _, found, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    labels, boxes = np.asarray(found, np.int32), np.asarray(stats, np.int32)
    gone: set[int] = set()
    for first, second in _pairs(holes):
        marks = _between(labels, first, second)
        if not 1 <= len(marks) <= _MARKS:
            continue
        left, top = boxes[marks, :2].min(axis=0)
        right, bottom = (boxes[marks, :2] + boxes[marks, 2:4]).max(axis=0)
        if max(right - left, bottom - top) <= _HIGHEST * tall and (
            len(marks) == _MARKS
            or bottom - top <= _LOW * tall
            or second[0] - first[2] >= _ASUNDER * (right - left)
        ):
            sign, corner = np.isin(labels[top:bottom, left:right], marks), [left, top, left, top]
            if _is_percent(sign, first - corner, second - corner):
                gone.update(marks)
    return mask & ~np.isin(labels, list(gone)) if gone else mask


def slash_of(points: Points) -> Points | None:
    """Return the ends, (2, 2), of ink that is one straight stroke and leans to the right.

    Args:
        points: (n, 2), y and x of its pixels.
    """
    spread, axes = np.linalg.eigh(np.cov(points.T))
    aside, along = np.sqrt(np.maximum(spread, 0))
    way = axes[:, 1]
    length = math.sqrt(12) * along  # of a bar
    leans = way[0] != 0 and _LEAN[0] <= -way[1] / way[0] <= _LEAN[1]
    if not leans or aside > _STRAIGHT * length:
        return None
    middle = points.mean(axis=0)
    places = (points - middle) @ way
    return np.asarray(middle + np.outer([places.min(), places.max()], way))


def _holes(mask: Mask) -> Holes:
    """Return the holes of all marks, from left to right."""
    outlines, levels = cv2.findContours(
        mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE
    )
    if not outlines:
        return np.empty((0, 4), np.int64)
    inner = np.flatnonzero(np.asarray(levels)[0, :, 3] >= 0)
    boxes = np.array(
        [cv2.boundingRect(np.asarray(outlines[one])) for one in inner.tolist()]
    ).reshape(-1, 4)
    # outlines of holes run over the ink around them
    left, top = boxes[:, 0] + 1, boxes[:, 1] + 1
    holes = np.stack([left, top, left + boxes[:, 2] - 2, top + boxes[:, 3] - 2], axis=1)
    holes = holes[holes[:, 3] - holes[:, 1] >= _LEAST]
    return np.asarray(holes[np.argsort(holes[:, 0])], np.int64)


def _pairs(holes: Holes) -> Iterator[tuple[Holes, Holes]]:
    """Yield holes of which the second one is near, on the right, and lower."""
    middles = (holes[:, 1] + holes[:, 3]) / 2
    heights = holes[:, 3] - holes[:, 1]
    for one, (hole, height) in enumerate(zip(holes, heights, strict=True)):
        near = _NEAR * height
        start, stop = np.searchsorted(holes[:, 0], [hole[2], hole[2] + near])
        down = middles[start:stop] - middles[one]
        ratio = heights[start:stop] / height
        lower = (down >= _LOWER * height) & (down <= near)
        for other in np.flatnonzero(lower & (ratio <= _ALIKE) & (ratio >= 1 / _ALIKE)):
            yield hole, holes[start + other]


def _between(labels: Labels, first: Holes, second: Holes) -> list[int]:
    """Return the marks on the way from the middle of one hole to that of another."""
    steps = np.linspace(0, 1, _STEPS)[:, np.newaxis]
    (x, y), (x_2, y_2) = ((hole[:2] + hole[2:] - 1) / 2 for hole in (first, second))
    way = np.rint(steps * [x_2 - x, y_2 - y] + [x, y]).astype(np.int64)
    return sorted({*labels[way[:, 1], way[:, 0]].tolist()} - {0})


def _is_percent(sign: Mask, first: Holes, second: Holes) -> bool:
    """Whether ink, but for rings around these two holes, is a slash."""
    ink = np.pad(sign.astype(np.uint8), 1)
    if len(_holes(sign)) != 2:
        return False
    # the ink of a bar is a quarter of its thickness from its sides, on average
    thick = 4 * float(cv2.distanceTransform(ink, cv2.DIST_L2, 3)[ink > 0].mean()) + _RIM
    rings = np.zeros(sign.shape, np.uint8)
    for left, top, right, bottom in (first.tolist(), second.tolist()):
        middle = ((left + right - 1) / 2, (top + bottom - 1) / 2)
        size = (right - left + 2 * thick, bottom - top + 2 * thick)
        cv2.ellipse(rings, (middle, size, 0), 1, cv2.FILLED)
    points = np.argwhere(sign & (rings == 0)).astype(np.float64)
    if len(points) < _LEAST or np.ptp(points[:, 0]) < _SLASH * len(sign):
        return False
    slash = slash_of(points)
    return slash is not None and _is_drawn(sign, slash)


def _is_drawn(ink: Mask, line: Points) -> bool:
    """Whether there is ink all along a line."""
    start, end = line
    way = np.rint(np.linspace(start, end, _STEPS)).astype(np.int64)
    y, x = np.clip(way, 0, np.array(ink.shape) - 1).T
    return bool(np.mean(ink[y, x]) >= _DRAWN)
