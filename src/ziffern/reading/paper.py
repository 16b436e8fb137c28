"""From a page's pixels to its ink: strokes clear of paper, shadows, noise and printed lines.

    sheet = ink_of(pixels)       # uint8 (H, W, 3), any polarity and light
    sheet.ink, sheet.mask        # how dark each stroke is, and where strokes are

    for sheet in sheets_of(pixels):  # the same, and then what is lower, as digits below a heading

What of the strokes is a digit is not this module's business (`find`, `separate`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from ziffern.ink import Ink, Mask
from ziffern.pictures import Pixels
from ziffern.reading import percents, rules, shapes, sizes, ticks
from ziffern.reading.outline import outline_of

TALL = 64  # pixels of a digit's height at which pages are examined: strokes are some 6 pixels wide
_FIRST = 1_000_000  # pixels of the first look at most
_LARGEST = 4_000_000  # pixels examined at most; 3 mm digits on A4 are then 24 pixels tall
_PAGE = 256  # pixels of the shorter side: smaller pictures are fields, not turned pages
_TURNED = 0.5  # degrees: pages turned by less are left as they are
_SMALL = 512  # pixels of the longer side at which light and polarity are judged
_WINDOW = 1 / 8  # of the longer side: what is wider is light or shadow, what is narrower strokes
_DARKEST = 0.1  # of the paper's lightest: darker places hold no readable ink
_CLEAR = 4.0  # a stroke's edge by the noise: with less there is no ink
_FAINTEST = 0.6  # of the contrast half way up the edges: the faintest parts of strokes
_BLANK = 0.025  # share of the light: with fainter edges there is nothing but paper
_ABOVE = 0.6  # times the paper's noise that edges lie above it; in noise alone up to 0.5
_OVER = 1.5  # times what nearly all of the paper stays below, ink has to be
_SOFT = 0.4  # times as sharp as those of most marks edges of strokes are at least
_FULL = 0.75  # share of a page's ink that is not darker than full ink


Matrix: TypeAlias = npt.NDArray[np.float64]
SheetBox: TypeAlias = tuple[int, int, int, int]
"""Left, top, right and bottom on a sheet; right and bottom are open."""


@dataclass(frozen=True)
class Sheet:
    """The ink of a page at the size at which it is examined.

    `ink` is float32 (h, w) from 0 paper to 1 full ink, `mask` says where strokes are, `tall` is the
    height of a typical digit in pixels, and `to_page` (3, 3) brings points (x, y, 1) of the sheet
    onto the page, which is `size` (width, height) pixels large. `walls` are the upright lines of
    forms and tables that were taken out of the ink; None where nobody looked for them.
    """

    ink: Ink
    mask: Mask
    tall: float
    to_page: Matrix
    size: tuple[int, int]
    walls: Mask | None = None

    @property
    def tall_on_page(self) -> float:
        """The height of a typical digit in pixels of the page, about."""
        return self.tall * math.sqrt(abs(float(np.linalg.det(self.to_page[:2, :2]))))

    def box(self, left: int, top: int, right: int, bottom: int) -> list[int]:
        """Return [x, y, width, height] on the page of a box on the sheet (right, bottom open).

        Where the sheet was turned, corners may lie off the page; the box does not.
        """
        corners = np.array([[left, right, right, left], [top, top, bottom, bottom], [1, 1, 1, 1]])
        x, y, scale = self.to_page @ corners
        x, y = x / scale, y / scale
        width, height = self.size
        x0 = min(max(math.floor(x.min()), 0), width - 1)
        y0 = min(max(math.floor(y.min()), 0), height - 1)
        x1 = max(min(math.ceil(x.max()), width), x0 + 1)
        y1 = max(min(math.ceil(y.max()), height), y0 + 1)
        return [x0, y0, x1 - x0, y1 - y0]


def ink_of(pixels: Pixels) -> Sheet:
    """Return the ink of a page, uint8 (H, W, 3), dark on light or light on dark.

    The page is looked at twice. The first look finds how it lies and how tall its digits are, the
    second is taken at the size at which they are `TALL` pixels, upright.
    """
    return next(sheets_of(pixels))


def sheets_of(pixels: Pixels) -> Iterator[Sheet]:
    """Yield the ink of a page once for each height that its digits may have.

    The first is as `ink_of` returns it. The others show only what is lower, larger.
    """
    levels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    size, flat = _flat(levels)
    scale = min(1.0, math.sqrt(_FIRST / (size[0] * size[1])))
    to_first = np.diag([scale, scale, 1.0]) @ flat
    seen = _seen(levels, to_first, (size[0] * scale, size[1] * scale))
    contrast = contrast_of(seen)
    mask = _strokes(contrast)
    turn = rules.skew_of(mask) if min(mask.shape) >= _PAGE else 0.0
    if not mask.any():
        to_page = np.asarray(np.linalg.inv(to_first), np.float64)
        yield Sheet(np.zeros(mask.shape, np.float32), mask, TALL, to_page, levels.shape[::-1])
        return
    if abs(turn) > _TURNED:
        to_first, first_size = _turned(to_first, seen.shape[::-1], turn)
        seen = _seen(levels, to_first, first_size)
        contrast = contrast_of(seen)
        mask = _strokes(contrast)
    # a line through half of the page is a rule, whatever the height of digits
    half = min(mask.shape) / 2
    mask = rules.without_frames(rules.without_rules(mask, contrast, half, half))
    below = math.inf
    for tall in sizes.heights_of(shapes.without_shapes(mask)):
        again = float(np.clip(TALL / tall, 0.1 / scale, 4.0 / scale))
        again = min(again, math.sqrt(_LARGEST / seen.size))
        to_sheet = np.diag([again, again, 1.0]) @ to_first
        yield _examined(levels, to_sheet, seen.shape, again, tall * again, below * again)
        below = tall / sizes.LOWER


def _examined(
    levels: Pixels,
    to_sheet: Matrix,
    first: tuple[int, ...],
    again: float,
    tall: float,
    below: float,
) -> Sheet:
    """Return the ink of a page as it is seen through `to_sheet`.

    Args:
        levels: (H, W), the page in grey.
        to_sheet: from points of the page to those of the sheet.
        first: rows and columns of the first look.
        again: times as large as the first look.
        tall: pixels of a digit's height on the sheet.
        below: marks as tall as this are left out.
    """
    height, width = first
    seen = _seen(levels, to_sheet, (width * again, height * again))
    contrast = contrast_of(seen) * _on_page(levels, to_sheet, seen)
    strokes = _strokes(contrast)
    mask = rules.without_frames(strokes)
    mask = rules.without_rules(mask, contrast, tall, rules.LONG * tall)
    walls = rules.upright(strokes & ~mask, tall)
    mask = sizes.without_solid(_without_shadows(mask, contrast), tall)
    mask = ticks.without_ticks(shapes.without_shapes(mask))
    mask = percents.without_percents(mask, tall)
    mask = sizes.without_taller(mask, below)
    full = float(np.quantile(contrast[mask], _FULL)) if mask.any() else 1.0
    ink = np.clip(contrast / full, 0, 1, dtype=np.float32)
    to_page = np.asarray(np.linalg.inv(to_sheet), np.float64)
    return Sheet(ink, mask, tall, to_page, levels.shape[::-1], walls)


def _seen(levels: Pixels, matrix: Matrix, size: tuple[float, float]) -> Pixels:
    """Return the page as it is seen through `matrix`, from points of the page to those of it."""
    width, height = max(8, round(size[0])), max(8, round(size[1]))
    scale = math.sqrt(abs(float(np.linalg.det(matrix[:2, :2]))))
    if np.allclose(matrix, np.diag([matrix[0, 0], matrix[0, 0], 1])):
        if (height, width) == levels.shape:
            return levels
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(levels, (width, height), interpolation=method), np.uint8)
    if scale < 0.7:  # what is made much smaller is blurred first, against moiré
        levels = np.asarray(cv2.GaussianBlur(levels, (0, 0), 0.4 / scale), np.uint8)
    method = cv2.INTER_LINEAR if scale < 1 else cv2.INTER_CUBIC
    seen = cv2.warpPerspective(
        levels, matrix, (width, height), flags=method, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(seen, np.uint8)


def _on_page(levels: Pixels, matrix: Matrix, seen: Pixels) -> Mask:
    """Return which pixels of what is seen through `matrix` are on the page."""
    height, width = levels.shape
    corners = np.array([[0, width, width, 0], [0, 0, height, height], [1, 1, 1, 1]])
    x, y, scale = matrix @ corners
    inside = np.zeros(seen.shape, np.uint8)
    cv2.fillConvexPoly(inside, np.rint(np.stack([x, y], 1) / scale[:, None]).astype(np.int32), 1)
    return np.asarray(inside > 0)


def _turned(
    matrix: Matrix, size: tuple[int, int], degrees: float
) -> tuple[Matrix, tuple[float, float]]:
    """Return `matrix` with a turn that undoes one by `degrees` clockwise, and the new size."""
    width, height = size
    turn = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1), [0, 0, 1]])
    cosine, sine = abs(turn[0, 0]), abs(turn[0, 1])
    wide, high = width * cosine + height * sine, width * sine + height * cosine
    turn[:2, 2] += (wide - width) / 2, (high - height) / 2
    return turn @ matrix, (wide, high)


def _flat(levels: Pixels) -> tuple[tuple[float, float], Matrix]:
    """Return size and matrix that lay a sheet of paper flat, if one is seen on something darker."""
    corners = outline_of(levels)
    if corners is None:
        height, width = levels.shape
        return (width, height), np.eye(3)
    corners = corners + 0.01 * (corners.mean(axis=0) - corners)  # inside, where no ground is seen
    sides = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    width, height = float(max(sides[0], sides[2])), float(max(sides[1], sides[3]))
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]])
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), flat.astype(np.float32))
    return (width, height), np.asarray(matrix, np.float64)


def contrast_of(levels: Pixels) -> Ink:
    """Return how much darker than the paper (lighter, on a dark board) each pixel is, 0…1.

    The paper's light is a morphological closing: strokes are narrower than its window, shadows
    and pages are wider. As light multiplies, contrast is a ratio, the same in light and shadow.
    """
    height, width = levels.shape
    factor = max(1.0, max(levels.shape) / _SMALL)
    size = (max(3, round(width / factor)), max(3, round(height / factor)))
    small = np.asarray(cv2.resize(levels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    window = int(max(small.shape) * _WINDOW) | 1
    if _is_board(small, window):
        levels, small = 255 - levels, 255 - small
    small = np.asarray(cv2.GaussianBlur(small, (0, 0), 1))
    kernel = np.ones((window, window), np.uint8)
    # paper and shadows go on beyond the border, or they would be narrow at it
    wider = np.pad(small, window, mode="edge")
    closed = cv2.morphologyEx(wider, cv2.MORPH_CLOSE, kernel)[window:-window, window:-window]
    closed = closed.astype(np.float32)
    # smooth, but with no light from beyond the edge of a shadow
    light = np.minimum(cv2.GaussianBlur(closed, (0, 0), window / 6), closed)
    light = cv2.resize(light, (width, height), interpolation=cv2.INTER_LINEAR)
    light = np.maximum(light, max(_DARKEST * float(light.max()), 8))
    contrast: Ink = np.clip(1 - levels / light, 0, 1).astype(np.float32)
    return _quiet(contrast)


def _is_board(small: Pixels, window: int) -> bool:
    """Whether strokes are lighter than the ground they are on, as chalk on a board."""
    window = min(window, (min(small.shape) - 1) | 1)
    strokes = small.astype(np.float32) - cv2.medianBlur(small, max(3, window))
    return float(np.sum(np.square(strokes), where=strokes > 0)) > float(
        np.sum(np.square(strokes), where=strokes < 0)
    )


def _quiet(contrast: Ink) -> Ink:
    """Blur as little as brings the noise far below the edges of strokes."""
    for sigma in (0.7, 1.2, 2.0):
        blurred = np.asarray(cv2.GaussianBlur(contrast, (0, 0), sigma), dtype=np.float32)
        if _edge(blurred) > _CLEAR * _noise(blurred):
            break
    return blurred


def _noise(contrast: Ink) -> float:
    """Return the paper's noise: half the spread of the middle of all values."""
    low, high = np.quantile(contrast[::3, ::3], (0.16, 0.84))
    return float(high - low) / 2


def _strokes(contrast: Ink) -> Mask:
    """Return where there is ink.

    It begins half way up the edges of strokes; or lower, so that faint parts of strokes come along,
    as far as the paper away from the strokes is clean.
    """
    edge = _edge(contrast)
    low, middle = np.quantile(contrast[::3, ::3], (0.16, 0.5))
    # the steepest edges of noise lie about its middle, those of strokes far above the paper's
    if edge < _BLANK or edge - middle < _ABOVE * (middle - low):
        return np.zeros(contrast.shape, np.bool_)
    near = cv2.dilate((contrast > edge).astype(np.uint8), np.ones((9, 9), np.uint8))
    paper = contrast[near == 0]
    if paper.size:
        edge = float(np.clip(_OVER * np.quantile(paper, 0.98), _FAINTEST * edge, edge))
    mask: Mask = contrast > edge
    return mask


def _edge(contrast: Ink) -> float:
    """Return the contrast half way up the steepest edges, which are those of the pen's strokes.

    The mean of the contrast, weighted by a power of its gradient, as in the simple image statistic
    (Kittler, Illingworth, Föglein 1985); the fourth power passes over fainter printed patterns.
    """
    weights = (
        cv2.Sobel(contrast, cv2.CV_32F, 1, 0) ** 2 + cv2.Sobel(contrast, cv2.CV_32F, 0, 1) ** 2
    )
    weights *= weights
    total = float(weights.sum())
    return float((weights * contrast).sum()) / total if total > 0 else 1.0


def _without_shadows(mask: Mask, contrast: Ink) -> Mask:
    """Return the mask without what ends much more softly than strokes do: corners of shadows."""
    marks = mask.astype(np.uint8)
    count, labels = cv2.connectedComponents(marks)
    rim = mask & (cv2.erode(marks, np.ones((3, 3), np.uint8)) == 0)
    right, down = (cv2.Sobel(contrast, cv2.CV_32F, *way)[rim] for way in ((1, 0), (0, 1)))

    def mean(values: Ink, where: Mask) -> Matrix:
        """Return the mean of each mark."""
        sums = np.bincount(labels[where], values, count)
        means: Matrix = sums[1:] / np.maximum(np.bincount(labels[where], minlength=count)[1:], 1)
        return means

    steps = mean(np.hypot(right, down), rim)
    sharp = steps / np.maximum(mean(contrast[mask], mask), 1e-6)
    if not sharp.size:
        return mask
    keep = np.append(False, sharp > _SOFT * np.quantile(sharp, 0.75))
    return np.asarray(keep[labels])
