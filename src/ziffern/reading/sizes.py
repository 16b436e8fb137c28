"""How tall a page's digits are, whatever headings, logos and QR codes stand beside them.

tall = next(heights_of(mask))
mask = without_solid(mask, tall)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from ziffern.ink import Mask

Integers: TypeAlias = npt.NDArray[np.integer]

_FILLED = 0.4  # of its box: what holds less ink is made of strokes
_SOLID = 0.6  # of its height: strokes are never as thick
_OVERSHADOWED = 2.0  # times as tall as all the rest something solid has to be to tell nothing
LOWER = 2.0  # times as tall as digits is what hides them: what is less so is read with them
_LOWEST = 10  # pixels: lower marks are dots, or too small to be read
_SOME = 0.1  # of the strokes: where fewer are lower, they are commas and hyphens
_FEW = 0.03  # of the ink: where the rest is less, it is dirt


def heights_of(mask: Mask) -> Iterator[float]:
    """Yield how tall a page's digits may be, the likeliest first, then what is ever lower.

    That is the median over the ink of the strokes' heights. What is much taller than the rest and
    solid, as logos and QR codes are, tells nothing.
    """
    _, found, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    labels, marks = np.asarray(found, np.int32), np.asarray(stats[1:], np.int64)
    if not len(marks):
        yield float(min(mask.shape))
        return
    heights, areas = marks[:, cv2.CC_STAT_HEIGHT], marks[:, cv2.CC_STAT_AREA]
    tall = _median_height(heights, areas)
    strokes = np.ones(len(marks), np.bool_)
    strokes[_solid(labels, marks, tall)] = False
    if areas[strokes].sum() > _FEW * areas.sum():
        lower = _median_height(heights[strokes], areas[strokes])
        tall = lower if lower < tall / _OVERSHADOWED else tall
    yield max(6.0, tall)
    strokes[_solid(labels, marks, _LOWEST)] = False
    strokes &= heights >= _LOWEST
    shares = areas / heights**2  # large letters count for no more than small ones
    least = _SOME * shares[strokes].sum()
    while shares[strokes := strokes & (heights < tall / LOWER)].sum() > least:
        tall = _median_height(heights[strokes], areas[strokes])
        yield tall


def without_solid(mask: Mask, tall: float) -> Mask:
    """Return the mask without logos and QR codes: what is solid and much taller than digits.

    Args:
        mask: (h, w), true where there is ink.
        tall: pixels of a digit's height.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    solid = _solid(np.asarray(labels), np.asarray(stats[1:]), _OVERSHADOWED * tall)
    return mask & ~np.isin(labels, solid + 1) if len(solid) else mask


def without_taller(mask: Mask, height: float) -> Mask:
    """Return the mask without marks that are at least so tall, in pixels."""
    if height > len(mask):
        return mask
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    lower: Mask = stats[:, cv2.CC_STAT_HEIGHT] < height
    return np.asarray(mask & lower[labels])


def _solid(labels: Integers, marks: Integers, least: float) -> npt.NDArray[np.intp]:
    """Return which marks are solid.

    Args:
        labels: which mark each pixel is in, (h, w), from 1 on; 0 is none.
        marks: what OpenCV tells of each, (n, 5).
        least: pixels: lower marks are not looked at.
    """
    heights, areas = marks[:, cv2.CC_STAT_HEIGHT], marks[:, cv2.CC_STAT_AREA]
    filled = areas > _FILLED * heights * marks[:, cv2.CC_STAT_WIDTH]
    found = []
    for at in np.flatnonzero(filled & (heights >= least)):
        x, y, width, height, _ = marks[at].tolist()
        if _is_solid(labels[y : y + height, x : x + width] == at + 1):
            found.append(at)
    return np.array(found, np.intp)


def _is_solid(part: Mask) -> bool:
    """Whether a mark is a block and no stroke, but for narrow gaps as in a QR code."""
    around = len(part) // 7 + 1
    padded = np.pad(part, around).astype(np.uint8)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, np.ones((around, around), np.uint8))
    thick = 2 * float(np.max(cv2.distanceTransform(closed, cv2.DIST_L2, 3)))
    return thick > _SOLID * len(part)


def _median_height(heights: Integers, areas: Integers) -> float:
    order = np.argsort(heights)
    share = np.cumsum(areas[order]) / areas.sum()
    return float(heights[order][np.searchsorted(share, 0.5)])
