"""Crosses and check marks, with which forms are filled in: an x looks like a 7, a check like a 1.

mask = without_ticks(mask)

They are told by their strokes: two straight ones, that cross or meet at the bottom, hold all ink.
"""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from ziffern.ink import Mask

Points: TypeAlias = npt.NDArray[np.float64]
"""(n, 2): x and y of each."""
Segment: TypeAlias = tuple[Points, Points]
"""Where a stroke begins and ends, (2,) each."""

_LEAST = 10  # pixels of the shorter side
_FILLED = 0.6  # of its box: what holds more ink is no stroke
_BESIDE = 0.08  # of a mark's diagonal by which the ink of a straight stroke lies beside its line
_ALL = 0.95  # share of the ink that lies along the strokes
_WHOLE = 0.9  # share of each stroke that has ink


def without_ticks(mask: Mask) -> Mask:
    """Return the mask, true where there is ink, without crosses and check marks."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    gone = []
    for label, (x, y, width, height, area) in enumerate(np.asarray(stats).tolist()):
        if label and min(width, height) >= _LEAST and area <= _FILLED * width * height:
            part = np.asarray(labels)[y : y + height, x : x + width] == label
            if _is_cross(part) or _is_check(part):
                gone.append(label)
    return mask & ~np.isin(labels, gone) if gone else mask


def _is_cross(mark: Mask) -> bool:
    height, width = mark.shape
    if not 0.55 <= width / height <= 1.8:
        return False
    ink = _points(mark)
    ends = [_farthest(ink, *way) for way in ((-1, -1), (1, 1), (1, -1), (-1, 1))]
    (left, top), (right, bottom), (right_2, top_2), (left_2, bottom_2) = ends
    wide = min(right - left, right_2 - left_2) > 0.6 * width
    high = min(bottom - top, bottom_2 - top_2) > 0.6 * height
    return bool(wide and high) and _are_all(ink, (ends[0], ends[1]), (ends[2], ends[3]))


def _is_check(mark: Mask) -> bool:
    height, width = mark.shape
    if not 0.6 <= width / height <= 2.2:
        return False
    ink = _points(mark)
    left, low, right = (_farthest(ink, *way) for way in ((-1, -0.5), (-0.3, 1), (1, -1)))
    placed = (
        left[0] < 0.15 * width
        and 0.15 * height < left[1] < 0.8 * height
        and 0.1 * width < low[0] < 0.55 * width
        and low[1] > 0.85 * height
        and right[0] > 0.85 * width
        and right[1] < 0.15 * height
    )
    return bool(placed) and _are_all(ink, (left, low), (low, right))


def _points(mark: Mask) -> Points:
    return np.argwhere(mark)[:, ::-1].astype(np.float64)


def _farthest(ink: Points, right: float, down: float) -> Points:
    """Return the point that lies farthest in a direction."""
    found: Points = ink[np.argmax(ink @ np.array([right, down]))]
    return found


def _are_all(ink: Points, *strokes: Segment) -> bool:
    """Whether strokes are all that there is, and all of each is there."""
    beside = _BESIDE * float(np.hypot(*np.ptp(ink, axis=0)))
    distances = np.min([_distances(ink, *stroke) for stroke in strokes], axis=0)
    if np.mean(distances <= beside) < _ALL:
        return False
    for start, end in strokes:
        along = start + np.linspace(0, 1, 12)[:, np.newaxis] * (end - start)
        gaps = np.linalg.norm(along[:, np.newaxis] - ink, axis=2).min(axis=1)
        if np.mean(gaps <= beside) < _WHOLE:
            return False
    return True


def _distances(points: Points, start: Points, end: Points) -> npt.NDArray[np.float64]:
    """Return how far points are from a segment."""
    way = end - start
    share = np.clip((points - start) @ way / max(float(way @ way), 1e-9), 0, 1)
    nearest = start + share[:, np.newaxis] * way
    return np.asarray(np.linalg.norm(points - nearest, axis=1))
