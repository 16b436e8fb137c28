"""Cutting a photo or scan of a sheet back into digits with their labels.

    found = cut(photo)
    found.digits[0]      # Digit(label=7, picture=uint8 (160, 160), ink dark on white paper)

The sheet is laid flat by its marks, light and shadows are taken out, each box is looked for around
its place (paper bends, lenses too), and its line is taken away. Nothing is read here: the labels
are what the sheet asked for. Opening files is `ziffern.reading.files`' work, keeping what was cut
`ziffern.collect.folder`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from ziffern.collect import layout
from ziffern.collect.layout import BOX, COLUMNS, ROWS, SPACE, Sheet
from ziffern.collect.marks import Placed, find, shrunk
from ziffern.errors import DataError
from ziffern.pictures import Pixels, grey

Light = npt.NDArray[np.float32]  # (H, W), 1 = as bright as the paper, 0 = black

FINE: Final = 10
"""Pixels a millimetre of what is cut out: a digit of 6 mm has 60, three times a network's."""
_COARSEST: Final = 2.5  # pixels a millimetre of the picture: a pen's stroke is 1 pixel wide there
_MARGIN: Final = 4.0  # mm around the field that are laid flat with it
_STRAY: Final = 2.5  # mm by which a box may lie beside its place
_LINE: Final = 0.5  # mm on both sides of a box's line that it may darken
_FAINT: Final = 0.15  # share of light lost: what is lighter is no ink
_FAINT_BESIDE: Final = 0.35  # the same on and beyond the line
_PRINTED: Final = 0.2  # share of light that the line loses
_SMALLEST: Final = 1.5  # mm: what is smaller is no digit
_BLACK: Final = 0.6  # share of a box: with more ink it is blacked out


@dataclass(frozen=True, eq=False)
class Digit:
    """One digit: what was to be written, and what was, uint8 (H, W), dark on white.

    Pictures of 28×28 that are in the form of networks already are white on black.
    """

    label: int
    picture: Pixels


@dataclass(frozen=True, eq=False)
class Cut:
    """What a sheet holds."""

    sheet: Sheet
    digits: list[Digit]
    empty: int
    """Boxes with nothing in them."""
    blacked_out: int
    """Boxes that their writer took back."""
    marks: int
    """How many of the four corner marks were found."""


def cut(picture: npt.ArrayLike) -> Cut:
    """Cut a photo or scan of a sheet into digits.

    Args:
        picture: (H, W) or (H, W, 3), values as in `ziffern.pictures.grey`; the sheet may be turned
            and lie at an angle.

    Raises:
        DataError: no picture, no sheet in it, several, or one that is too small.
    """
    levels = grey(picture)
    placed = find(levels)
    if placed.resolution < _COARSEST:
        raise DataError(
            f"the sheet is too small in the picture, {placed.resolution:.1f} pixels a millimetre; "
            f"expected at least {_COARSEST:g} (a scan with 150 dpi has 6)"
        )
    light = _evenly_lit(_flat(levels, placed))
    boxes = layout.boxes(placed.sheet.page)
    digits, empty, blacked_out = [], 0, 0
    for box, (aside, below) in zip(boxes, _strays(light, boxes), strict=True):
        inside = _crop(light, box.x + aside, box.y + below, BOX, 0)
        if np.mean(inside < 0.5) > _BLACK:
            blacked_out += 1
            continue
        written = _written(_crop(light, box.x + aside, box.y + below, BOX, SPACE))
        if written is None:
            empty += 1
        else:
            digits.append(Digit(box.digit, written))
    return Cut(placed.sheet, digits, empty, blacked_out, placed.marks)


def _flat(levels: Pixels, placed: Placed) -> Pixels:
    """Return the field and a margin as they would be scanned from above, `FINE` pixels a mm."""
    transform, scale = placed.transform, FINE / placed.resolution
    if scale < 0.7:  # warping looks at single pixels: what is finer would be lost
        levels = shrunk(levels, scale)
        # pixels have their centres at whole numbers
        beside = (scale - 1) / 2
        transform = np.array([[scale, 0, beside], [0, scale, beside], [0, 0, 1]]) @ transform
    to_field = np.array(
        [[1 / FINE, 0, 0.5 / FINE - _MARGIN], [0, 1 / FINE, 0.5 / FINE - _MARGIN], [0, 0, 1]]
    )
    size = [round((length + 2 * _MARGIN) * FINE) for length in (layout.WIDTH, layout.HEIGHT)]
    flat = cv2.warpPerspective(
        levels,
        transform @ to_field,
        size,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(flat, np.uint8)


def _evenly_lit(flat: Pixels) -> Light:
    """Divide by the light on the paper.

    That is a morphological closing: what is dark and smaller than a blacked-out box is no shadow.
    """
    coarse = 5
    small = shrunk(flat, 1 / coarse)
    side = round((BOX + 2 * SPACE) * FINE / coarse) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel)
    paper = cv2.resize(cv2.blur(closed, (3, 3)), flat.shape[::-1], interpolation=cv2.INTER_LINEAR)
    light: Light = np.minimum(flat / np.maximum(paper, 1).astype(np.float32), 1)
    return light


def _crop(light: Light, x: float, y: float, side: float, around: float) -> Light:
    """Return a square of the field with `around` millimetres more on each side."""
    left, top = (round((at - around + _MARGIN) * FINE) for at in (x, y))
    size = round((side + 2 * around) * FINE)
    return light[top : top + size, left : left + size]


def _strays(light: Light, boxes: list[layout.Box]) -> npt.NDArray[np.float32]:
    """Return how far each box lies beside its place, mm (N, 2), to the right and below.

    A box shows by two parallel lines at the right distance, dark along most of their length and
    no darker than they were printed, unlike strokes. As paper bends smoothly, the median of a box
    and its neighbours counts.
    """
    reach, side = round(_STRAY * FINE), round(BOX * FINE)
    soft = np.asarray(cv2.blur(light, (3, 3)), np.float32)  # the lines may lean
    strays = np.zeros((2, ROWS, COLUMNS), np.float32)
    for number, box in enumerate(boxes):
        around = 1 - _crop(soft, box.x, box.y, BOX, _STRAY)
        middle = slice(reach + FINE, reach + side - FINE)
        for axis, seen in enumerate((around[middle], around[:, middle].T)):
            dark = np.minimum(np.quantile(seen, 0.35, axis=0), _PRINTED)
            both = dark[: 2 * reach + 1] + dark[side - 1 : side + 2 * reach]
            # of equally dark places the nearest
            both -= 1e-4 * np.abs(np.arange(2 * reach + 1) - reach)
            strays[axis].flat[number] = (int(both.argmax()) - reach) / FINE
    smooth = np.stack([cv2.medianBlur(axis, 3) for axis in strays])
    return np.asarray(smooth.reshape(2, -1).T, np.float32)


def _written(box: Light) -> Pixels | None:
    """Return what is written in a box, uint8, dark on white; None if nothing is.

    Args:
        box: with its line and the space around.
    """
    light = _without_line(box)
    light = np.minimum(light / np.quantile(light, 0.5), 1)
    rim = round((SPACE + _LINE) * FINE)
    lightest = np.full_like(light, 1 - _FAINT_BESIDE)
    lightest[rim:-rim, rim:-rim] = 1 - _FAINT
    ink = (cv2.blur(light, (3, 3)) < lightest).astype(np.uint8)
    count, part, facts, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    inside = np.zeros(count, bool)
    inside[np.unique(part[rim:-rim, rim:-rim])] = True
    inside[0] = False  # the paper
    longest = facts[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1) / FINE
    if not np.any(inside & (longest >= _SMALLEST)):
        return None
    # on and beyond the line, only what comes into the box belongs to its digit
    around = cv2.dilate(inside[part].astype(np.uint8), np.ones((5, 5), np.uint8)) == 0
    around[rim:-rim, rim:-rim] = False
    light[around] = 1
    written: Pixels = np.rint(light * 255).astype(np.uint8)
    return written


def _without_line(box: Light) -> Light:
    """Divide the box's line away: its darkness across is the same all along, unlike a stroke's."""
    light = box.copy()
    start, width = round((SPACE - _LINE) * FINE), round(2 * _LINE * FINE) + 1
    along = slice(round(SPACE * FINE), -round(SPACE * FINE))
    for side in (light, light[::-1], light.T, light.T[::-1]):
        strip = side[start : start + width]
        profile = np.median(strip[:, along], axis=1, keepdims=True)
        paper = max(profile[0, 0], profile[-1, 0])
        strip /= np.clip(profile / paper, 1 - _FAINT_BESIDE, 1)
    return np.minimum(light, 1)
