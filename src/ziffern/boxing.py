"""Ink fitted into a box and put in the middle of a square, as MNIST's digits are.

`ziffern.contract` says when; what of a picture is ink says `ziffern.ink`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from ziffern.ink import Ink
from ziffern.pictures import Pixels

_EDGE = 0.35  # level of ink at which a stroke begins, near the half where blur moves it least
_BRIGHT = 200  # least level of the brightest pixel; of MNIST's training digits none is below 254
_STROKE = 0.1  # of the box: three of four MNIST digits have wider strokes, 2 pixels of 20


def ring(levels: Pixels) -> Pixels:
    """Return the outermost pixels of a picture, or of each of several, (…, H, W) → (…, P)."""
    edges = levels[..., 0, :], levels[..., -1, :], levels[..., 1:-1, 0], levels[..., 1:-1, -1]
    return np.concatenate(edges, axis=-1)


def has_form(levels: Pixels, box: int) -> npt.NDArray[np.bool_]:
    """Whether pictures look as `normalise` leaves them: paper black, ink bright, boxed, centred.

    (…, H, W) → (…): one picture, or each of several.
    """
    rows, columns = np.asarray(levels.any(axis=-1)), np.asarray(levels.any(axis=-2))
    longer = np.maximum(_extent(rows), _extent(columns))
    middle = levels.shape[-1] / 2
    centred = [abs(at - middle) <= 0.75 for at in _mass_centre(levels)]
    boxed = (abs(longer - box) <= 1) & centred[0] & centred[1]
    bright = levels.max(axis=(-2, -1)) >= _BRIGHT
    on_black = np.median(ring(levels), axis=-1) <= 0
    found: npt.NDArray[np.bool_] = on_black & (boxed & bright | ~rows.any(axis=-1))
    return found


def _extent(on: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """Return how far it is from the first to the last place that is on, (…, N) → (…)."""
    extent: npt.NDArray[np.intp] = on.shape[-1] - on.argmax(-1) - on[..., ::-1].argmax(-1)
    return extent


def _mass_centre(levels: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return row and column of the centre of mass, (…, H, W) → (…); of nothing the corner."""
    rows, columns = levels.sum(axis=-1, dtype=np.float64), levels.sum(axis=-2, dtype=np.float64)
    total = np.maximum(rows.sum(axis=-1), np.finfo(np.float64).tiny)
    return (
        rows @ np.arange(rows.shape[-1]) / total,
        columns @ np.arange(columns.shape[-1]) / total,
    )


def fitted(ink: Ink, box: int) -> Pixels:
    """Fit the ink into `box` x `box`, with strokes not much thinner than those of MNIST."""
    picture = _resized(ink, box, 0)
    grow = (_STROKE * box - _stroke_width(picture)) / 2
    if grow > 0:
        picture = _thickened(_resized(ink, box, grow), grow)
    fitted: Pixels = np.rint(picture[1:-1, 1:-1] * 255).astype(np.uint8)
    return fitted


def _resized(ink: Ink, box: int, spare: float) -> Ink:
    """Resize the ink into the box, `spare` pixels of it left free all around, on 1 pixel more."""
    (top, bottom), (left, right) = _edges(ink.max(axis=1)), _edges(ink.max(axis=0))
    height, width = bottom - top, right - left
    scale = max(height, width) / (box - 2 * spare)
    rows, columns = (max(1, round(extent / scale + 2 * spare)) + 2 for extent in (height, width))
    reach_y, reach_x = rows / 2 * scale, columns / 2 * scale
    border = math.ceil(max(reach_y, reach_x))
    sheet = np.zeros((ink.shape[0] + 2 * border, ink.shape[1] + 2 * border), dtype=np.float32)
    sheet[border:-border, border:-border] = ink
    y, x = (top + bottom) / 2 + border, (left + right) / 2 + border
    resized: Ink = np.asarray(
        Image.fromarray(sheet).resize(
            (columns, rows),
            Image.Resampling.BOX if scale >= 1 else Image.Resampling.BICUBIC,
            box=(x - reach_x, y - reach_y, x + reach_x, y + reach_y),
        )
    )
    # resampling dims thin strokes; most of a stroke is full ink in MNIST
    inked = np.sort(resized[resized > 0.25 * resized.max()])
    filled: Ink = np.clip(resized / inked[int(0.75 * len(inked))], 0, 1)
    return filled


def _edges(profile: Ink) -> tuple[float, float]:
    """Return where a profile of ink rises and falls past `_EDGE`, in fractions of a pixel."""
    edge = _EDGE * float(profile.max())
    on = np.flatnonzero(profile >= edge)
    first, last = int(on[0]), int(on[-1])
    before = float(profile[first - 1]) if first else 0.0
    after = float(profile[last + 1]) if last + 1 < len(profile) else 0.0
    rise = (edge - before) / (float(profile[first]) - before)
    fall = (edge - after) / (float(profile[last]) - after)
    return first - 0.5 + rise, last + 1.5 - fall


def _stroke_width(picture: Ink) -> float:
    """Return the mean width of the strokes in pixels.

    A stroke of length l and width w has the area l·w and two edges of length l, and the sum of
    the gradient over an edge is its length: so w is twice the area by the sum of the gradient.
    """
    down, across = np.diff(picture, axis=0)[:, :-1], np.diff(picture, axis=1)[:-1]
    return 2 * float(picture.sum()) / float(np.hypot(down, across).sum())


def _thickened(picture: Ink, grow: float) -> Ink:
    """Widen strokes by `grow` < 1 pixels at each edge: that share of the darkest neighbour."""
    near = np.zeros_like(picture)
    near[1:] = picture[:-1]
    np.maximum(near[:-1], picture[1:], out=near[:-1])
    np.maximum(near[:, 1:], picture[:, :-1], out=near[:, 1:])
    np.maximum(near[:, :-1], picture[:, 1:], out=near[:, :-1])
    return np.minimum(picture + np.float32(grow) * near, 1)


def centred(fitted: Pixels, size: int) -> Pixels:
    """Put the ink on a black square so that its centre of mass is the middle, in whole pixels."""
    picture = np.zeros((size, size), dtype=np.uint8)
    top, left = (
        # the small number keeps symmetric digits, whose centre lies between two pixels, in place
        min(max(math.ceil(size / 2 - 0.5 - at - 1e-6), 0), size - extent)
        for at, extent in zip(_mass_centre(fitted), fitted.shape, strict=True)
    )
    picture[top : top + fitted.shape[0], left : left + fitted.shape[1]] = fitted
    return picture


def framed(levels: Pixels, size: int) -> Pixels:
    """Resize the whole picture to fit the square, on black."""
    height, width = levels.shape
    scale = size / max(height, width)
    fit = (max(1, round(width * scale)), max(1, round(height * scale)))
    resized = Image.fromarray(levels)
    if fit != resized.size:
        resized = resized.resize(
            fit, Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
        )
    sheet = Image.new("L", (size, size))
    sheet.paste(resized, ((size - fit[0]) // 2, (size - fit[1]) // 2))
    return np.array(sheet)
