"""Printed lines, and taking them away without breaking the digits that touch them.

A rule is thin, straight and longer than any stroke of a digit: the lines of ruled and squared
paper, the sides of forms, underlines.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ziffern.ink import Mask

_SLOPES = (-0.06, -0.03, 0.0, 0.03, 0.06)  # perspective and skew within a page: some 4 degrees
_BREAK = 5  # pixels by which a faint rule may be interrupted


def without_rules(mask: Mask, long: int) -> Mask:
    """Return the mask without horizontal and vertical lines of at least `long` pixels."""
    mask = _without_rows(mask, long)
    return np.ascontiguousarray(_without_rows(np.ascontiguousarray(mask.T), long).T)


def _without_rows(mask: Mask, long: int) -> Mask:
    if mask.shape[1] < long:
        return mask
    found = _long_runs(mask, long)
    if not found.any():
        return mask
    runs = _run_heights(mask)
    number, labels = cv2.connectedComponents(found.astype(np.uint8))
    thin = np.zeros(number)
    for label in range(1, number):
        thin[label] = (
            np.median(runs[(labels == label) & mask]) if ((labels == label) & mask).any() else 0
        )
    # a stroke that crosses the rule, or lies along it, is thicker than the rule alone
    limit = 1.5 * thin[labels] + 1
    rule = found & mask & (runs <= limit)
    # delete the whole vertical run at each such pixel
    grown = cv2.morphologyEx(
        rule.astype(np.uint8), cv2.MORPH_DILATE, np.ones((int(2 * limit.max()) | 1, 1), np.uint8)
    )
    gone = (grown > 0) & mask & (runs <= limit.max()) & _same_run(rule, mask)
    kept: Mask = mask & ~gone
    return kept


def _same_run(seed: Mask, mask: Mask) -> Mask:
    """Return the vertical runs of the mask that hold a seed."""
    change = np.zeros(mask.shape, np.int32)
    change[0] = mask[0]
    change[1:] = mask[1:] & ~mask[:-1]
    number = np.cumsum(change.ravel(order="F")).reshape(mask.shape, order="F")
    wanted = np.zeros(int(number.max()) + 1, bool)
    wanted[number[seed & mask]] = True
    return np.asarray(wanted[number] & mask)


def _run_heights(mask: Mask) -> npt.NDArray[np.int32]:
    """Return for each pixel of the mask how long the vertical run is that it is in."""
    height = mask.shape[0]
    rows = np.arange(height, dtype=np.int32)[:, np.newaxis]
    above = np.maximum.accumulate(np.where(mask, -1, rows), axis=0)
    below = np.minimum.accumulate(np.where(mask, height, rows)[::-1], axis=0)[::-1]
    return np.asarray((below - above - 1) * mask, dtype=np.int32)


def _long_runs(mask: Mask, long: int) -> Mask:
    """Return where lines of at least `long` pixels run from left to right, at any small slope."""
    height, width = mask.shape
    pixels = mask.astype(np.uint8)
    found = np.zeros_like(pixels)
    for slope in _SLOPES:
        # sheared, so that lines of this slope become rows
        shear = np.array([[1, 0, 0], [-slope, 1, slope * width / 2]])
        rows = cv2.warpAffine(pixels, shear, (width, height), flags=cv2.INTER_NEAREST)
        rows = cv2.morphologyEx(rows, cv2.MORPH_CLOSE, np.ones((1, _BREAK), np.uint8))
        rows = cv2.morphologyEx(rows, cv2.MORPH_OPEN, np.ones((1, long), np.uint8))
        shear[1] *= (-1, 1, -1)
        found |= np.asarray(
            cv2.warpAffine(rows, shear, (width, height), flags=cv2.INTER_NEAREST), dtype=np.uint8
        )
    # shearing back and forth rounds twice
    return np.asarray(cv2.dilate(found, np.ones((3, 1), np.uint8)) > 0)
