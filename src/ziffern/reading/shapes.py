"""What a form draws and no hand does: ticks of combs, bars of codes, circles to choose from.

mask = without_shapes(mask)

Each of them looks like a 1 or a 0. What tells them is that they are exact, and that there are
others like them: ticks and bars begin and end at the same height and stand at equal distances or
in crowds, circles are round and of one size.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from ziffern.ink import Mask

Numbers: TypeAlias = npt.NDArray[np.int64]

_LEAST = 8  # pixels: what is lower tells nothing of its shape
_THIN = 0.3  # of its height: the broadest bar
_STRAIGHT = 0.65  # of its box: what an upright bar fills
_LEVEL = 0.04  # of its height, and 1 pixel, by which a bar begins or ends above or below the others
_TICKS = 4  # so many bars at equal distances are the ticks of a comb
_EQUAL = 0.06  # of the distance of ticks by which one stands aside
_BARS = 10  # so many bars, however they are spaced, are a code

_SQUARE = 0.06  # of a circle's diameter by which its box is no square
_ROUND = 0.03  # of the radius by which an outline differs from a circle
_THICK = 0.2  # of the diameter: the thickest line of a circle
_CIRCLES = 2  # so many of one size, for a single one may be a 0
_MOST = 1000  # marks that are compared with each other
_ALIKE = 0.04  # of the diameter by which circles of one size differ, and 1 pixel


def without_shapes(mask: Mask) -> Mask:
    """Return the mask without what was drawn with ruler and compass.

    Args:
        mask: (h, w), true where there is ink; upright, without the rules it stands on.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    marks = np.asarray(stats, np.int64)
    shapes = [*_bars(marks), *_circles(marks, np.asarray(labels))]
    return mask & ~np.isin(labels, shapes) if shapes else mask


def _bars(marks: Numbers) -> Iterator[int]:
    """Yield which marks are ticks of a comb or bars of a code; mark 0 is the paper."""
    left, top, width, height, area = marks.T
    straight = (height >= _LEAST) & (width <= _THIN * height) & (area >= _STRAIGHT * width * height)
    straight[0] = False
    bars, ends = np.flatnonzero(straight), np.stack([top, top + height], axis=1)
    middle, tolerance = left + width / 2, _LEVEL * height + 1
    for group in _groups(bars, ends, tolerance, least=_TICKS):
        if len(group) >= _BARS:
            yield from group
        elif step := _step(middle[group]):
            # those at the ends of a comb may be longer at one end
            level = (np.abs(ends[bars] - ends[group[0]]) <= tolerance[group[0]]).any(axis=1)
            yield from bars[level & _in_step(middle[bars] - middle[group[0]], step)].tolist()


def _step(at: npt.NDArray[np.float64]) -> float | None:
    """Return the distance of ticks if it is the same, or some between them are missing."""
    gaps = np.diff(np.sort(at))
    step = float(gaps.sum() / np.rint(gaps / gaps.min()).sum())
    return step if _in_step(gaps, step).all() else None


def _in_step(distances: npt.NDArray[np.float64], step: float) -> npt.NDArray[np.bool_]:
    return np.asarray(np.abs(distances - np.rint(distances / step) * step) <= _EQUAL * step)


def _circles(marks: Numbers, labels: npt.NDArray[np.integer]) -> Iterator[int]:
    """Yield which marks are circles of one size."""
    _, _, width, height, area = marks.T
    size = np.maximum(width, height)
    hollow = area <= 4 * _THICK * (1 - _THICK) * np.pi / 4 * size**2
    square = np.abs(width - height) <= _SQUARE * size
    maybe = np.flatnonzero(hollow & square & (height >= _LEAST))
    exact = [mark for mark in maybe.tolist() if _is_round(marks[mark], labels, mark)]
    sizes = size[:, np.newaxis]
    for group in _groups(np.array(exact, np.int64), sizes, _ALIKE * size + 1, least=_CIRCLES):
        yield from group


def _is_round(box: Numbers, labels: npt.NDArray[np.integer], mark: int) -> bool:
    """Whether a mark is a closed circle, and nothing within."""
    x, y, width, height, _ = box.tolist()
    part = (labels[y : y + height, x : x + width] == mark).astype(np.uint8)
    outlines, _ = cv2.findContours(np.pad(part, 1), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    if len(outlines) != 2:
        return False
    for outline in outlines:
        points = np.asarray(outline)[:, 0].astype(np.float64)
        radii = np.linalg.norm(points - (points.min(axis=0) + points.max(axis=0)) / 2, axis=1)
        if radii.std() > _ROUND * radii.mean():
            return False
    return True


def _groups(
    these: Numbers, values: Numbers, tolerance: npt.NDArray[np.float64], *, least: int
) -> Iterator[list[int]]:
    """Yield groups of at least so many marks that are alike, the largest first.

    Args:
        these: which marks are looked at, (m,); the first `_MOST` of them.
        values: of all marks, (n, k).
        tolerance: by how much others may differ from each of them in each value, (n,).
        least: marks of a group.
    """
    these = these[:_MOST]
    own = values[these]
    alike = (np.abs(own[:, np.newaxis] - own) <= tolerance[these, np.newaxis, np.newaxis]).all(2)
    while len(these) and (many := alike.sum(axis=1)).max() >= least:
        group = alike[many.argmax()].copy()
        yield these[group].tolist()
        alike[group] = False
        alike[:, group] = False
