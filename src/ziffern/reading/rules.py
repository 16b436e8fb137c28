"""Printed lines, and taking them away without breaking the digits that touch them.

A rule is thin, straight and longer than any stroke of a digit: the lines of ruled and squared
paper, underlines. A frame is what a form draws around the place to write in: alone, or several side
by side. Where a stroke crosses a printed line or lies on it, the ink is thicker than the line, and
stays.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from ziffern.ink import Ink, Mask

LONG = 3.0  # digits' heights: no stroke of a digit is that long and straight
_SLOPES = np.linspace(-0.06, 0.06, 7)  # perspective and skew within a page: some 4 degrees
_BREAK = 5  # pixels by which a faint rule may be interrupted
_THIN = 0.15  # of a digit's height: the thickest rule
_SPREAD = 1.5  # times its thickness, and 1 pixel, a rule may be thick in places
_DARKER = 1.3  # times as dark as a rule is what is written over it
_ALONE = 0.4  # share of a rule's length that is on its own: beside it there is paper

_WALL = 0.5  # of a digit's height: an upright line is at least as long

_SKEW = 20  # degrees: pages are turned by less
_FULL = 0.5  # of the page's longer side: a rule so long tells how the page is turned

_HOLLOW = 0.4  # share of a frame that is ink, at most
_SIDE = 0.2  # of a frame's extent: how far inside its border the ink of its sides is
_SMALLEST = 12  # pixels of a frame's shorter side
_SEEN = 0.5  # share of a side that has to be seen alone
_WHOLE = 0.75  # of a frame's extent: what is straight for so long is one of its sides


def without_rules(mask: Mask, contrast: Ink, tall: float, long: float) -> Mask:
    """Return the mask without lines across and down the page.

    Args:
        mask: (h, w), true where there is ink.
        contrast: (h, w), how dark it is: what is much darker than a rule is no part of it.
        tall: pixels of a digit's height.
        long: pixels: shorter lines are strokes.
    """
    mask = mask & ~_rows(mask, _THIN * tall, round(long), contrast)
    columns = _rows(
        np.ascontiguousarray(mask.T),
        _THIN * tall,
        round(long),
        np.ascontiguousarray(contrast.T),
    ).T
    return np.ascontiguousarray(mask & ~columns)


def without_frames(mask: Mask) -> Mask:
    """Return the mask without the frames of forms: boxes for one digit, or for several in a row."""
    mask = mask.copy()
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    for label in range(1, count):
        x, y, width, height, area = (int(number) for number in stats[label])
        if min(width, height) < _SMALLEST or area > _HOLLOW * width * height:
            continue
        part = labels[y : y + height, x : x + width] == label
        above, left = max(1, round(_SIDE * height)), max(1, round(_SIDE * width))
        if _least_side(part, part, above, left) < _WHOLE:
            continue
        across = _rows(part, _THIN * height, round(_WHOLE * width))
        down = _rows(np.ascontiguousarray(part.T), _THIN * height, round(_WHOLE * height)).T.copy()
        across[above : height - above] = False
        if _least_side(across, down, above, left) < _SEEN:
            continue
        if width < 1.5 * height:  # for one digit; a 1 in it is no wall between two
            down[:, left : width - left] = False
        mask[y : y + height, x : x + width] &= ~(across | down)
    return mask


def upright(gone: Mask, tall: float) -> Mask:
    """Return which of the pixels taken away are upright lines, (h, w).

    Args:
        gone: (h, w), what was taken away.
        tall: pixels of a digit's height.
    """
    kernel = np.ones((round(_WALL * tall) | 1, 1), np.uint8)
    return np.asarray(cv2.morphologyEx(gone.astype(np.uint8), cv2.MORPH_OPEN, kernel) > 0)


def _least_side(across: Mask, down: Mask, above: int, left: int) -> float:
    """Return how much of its length is inked of the side of a frame that is inked least."""
    sides = (across[:above], across[-above:], down[:, :left].T, down[:, -left:].T)
    return min(float(side.any(axis=0).mean()) for side in sides)


def skew_of(mask: Mask) -> float:
    """Return by how many degrees rules are turned clockwise from level or upright; 0 without any.

    A Hough transform (Duda and Hart 1972) of the mask; lines of writing are far too thinly inked
    to be taken for rules.
    """
    least = round(_FULL * max(mask.shape))
    lines = cv2.HoughLines(mask.astype(np.uint8), 1, math.radians(0.25), least)
    if lines is None:
        return 0.0
    degrees = np.degrees(np.asarray(lines)[:20].reshape(-1, np.asarray(lines).shape[-1])[:, 1])
    turned = (degrees + 45) % 90 - 45
    turned = turned[np.abs(turned) <= _SKEW]
    return float(np.median(turned)) if len(turned) else 0.0


def _rows(mask: Mask, thickest: float, long: int, contrast: Ink | None = None) -> Mask:
    """Return the pixels of rules that go across the page and of nothing else."""
    gone = np.zeros_like(mask)
    found = _straight(mask, long) & mask
    if not found.any():
        return gone
    runs, number = _runs_down(mask)
    ends = mask & ~(_moved(mask, 1) & _moved(mask, -1))
    count, labels = cv2.connectedComponents(found.astype(np.uint8))
    for label in range(1, count):
        where = labels == label
        # every column counts once, however thick the ink is there
        at = np.unique(number[where])
        heights = runs[at]
        thickness = float(np.quantile(heights, 0.25))
        alone = heights <= _SPREAD * thickness + 1
        if thickness <= thickest and alone.mean() >= _ALONE:
            rule = np.isin(number, at[alone])
            # a stroke that ends at the rule is freed of it, one that goes on beyond stays whole
            rule |= where & np.isin(number, number[where & ends])
            if contrast is not None:
                rule &= contrast <= _DARKER * np.quantile(contrast[where & rule], 0.75)
            gone |= rule
    return gone & mask


def _moved(mask: Mask, rows: int) -> Mask:
    """Return the mask moved down by some rows, with nothing behind it."""
    moved = np.zeros_like(mask)
    moved[max(rows, 0) : len(mask) + min(rows, 0)] = mask[max(-rows, 0) : len(mask) - max(rows, 0)]
    return moved


def _straight(mask: Mask, long: int) -> Mask:
    """Return where lines of at least `long` pixels run from left to right, at any small slope."""
    height, width = mask.shape
    found = np.zeros(mask.shape, np.uint8)
    if width < long:
        return found > 0
    pixels = mask.astype(np.uint8)
    for slope in _SLOPES:
        # sheared, so that lines of this slope become rows
        shear = np.array([[1, 0, 0], [-slope, 1, slope * width / 2]])
        rows = cv2.warpAffine(pixels, shear, (width, height), flags=cv2.INTER_NEAREST)
        rows = cv2.morphologyEx(rows, cv2.MORPH_CLOSE, np.ones((1, _BREAK), np.uint8))
        rows = cv2.morphologyEx(rows, cv2.MORPH_OPEN, np.ones((1, long), np.uint8))
        if rows.any():
            shear[1] *= (-1, 1, -1)
            back = cv2.warpAffine(rows, shear, (width, height), flags=cv2.INTER_NEAREST)
            found |= np.asarray(back, dtype=np.uint8)
    # shearing back and forth rounds twice
    return np.asarray(cv2.dilate(found, np.ones((3, 1), np.uint8)) > 0)


def _runs_down(mask: Mask) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """Return the lengths of all runs of ink down the columns, and the number of each pixel's run.

    Run 0 is what is no ink.
    """
    starts = mask.copy()
    starts[1:] &= ~mask[:-1]
    number = np.cumsum(starts.T.ravel(), dtype=np.int32).reshape(mask.shape[::-1]).T * mask
    return np.bincount(number.ravel()), number
