"""From a page's pixels to its ink: strokes clear of paper, shadows, noise and printed lines.

    sheet = ink_of(pixels)       # uint8 (H, W, 3), any polarity and light
    sheet.ink, sheet.mask        # how dark each stroke is, and where strokes are

What of the strokes is a digit is not this module's business (`find`, `separate`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ziffern.ink import Ink, Mask
from ziffern.pictures import Pixels
from ziffern.reading import rules

TALL = 48  # pixels of a digit's height at which pages are examined: strokes are some 5 pixels wide
_LARGEST = 4_000_000  # pixels examined at most; 3 mm digits on A4 are then 24 pixels tall
_SMALL = 512  # pixels of the longer side at which light and polarity are judged
_WINDOW = 1 / 8  # of the longer side: what is wider is light or shadow, what is narrower strokes
_DARKEST = 0.1  # of the paper's lightest: darker places hold no readable ink
_CLEAR = 4.0  # a stroke's edge by the noise: with less there is no ink
_FULL = 0.75  # share of a page's ink that is not darker than full ink


@dataclass(frozen=True)
class Sheet:
    """The ink of a page at the size at which it is examined.

    `ink` is float32 (h, w) from 0 paper to 1 full ink, `mask` says where strokes are, `tall` is the
    height of a typical digit in pixels, and `to_page` (3, 3) brings points (x, y, 1) of the sheet
    onto the page.
    """

    ink: Ink
    mask: Mask
    tall: float
    to_page: npt.NDArray[np.float64]

    def box(self, left: int, top: int, right: int, bottom: int) -> list[int]:
        """Return [x, y, width, height] on the page of a box on the sheet (right, bottom open)."""
        corners = np.array([[left, right, right, left], [top, top, bottom, bottom], [1, 1, 1, 1]])
        x, y, scale = self.to_page @ corners
        x, y = x / scale, y / scale
        x0, y0 = math.floor(x.min()), math.floor(y.min())
        return [x0, y0, math.ceil(x.max()) - x0, math.ceil(y.max()) - y0]


def ink_of(pixels: Pixels) -> Sheet:
    """Return the ink of a page, uint8 (H, W, 3), dark on light or light on dark.

    The page is looked at twice: the first look finds how tall its digits are, the second is taken
    at the size at which they are `TALL` pixels.
    """
    levels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    first = _look(levels, min(1.0, math.sqrt(_LARGEST / levels.size)))
    scale = np.clip(TALL / first.tall / first.to_page[0, 0], 0.1, 4.0)
    scale = min(float(scale), math.sqrt(_LARGEST / levels.size))
    return _look(levels, scale, first.tall * scale * first.to_page[0, 0])


def _look(levels: Pixels, scale: float, tall: float | None = None) -> Sheet:
    """Return the ink seen at a scale; `tall` is the height of digits there where it is known."""
    size = (max(8, round(levels.shape[1] * scale)), max(8, round(levels.shape[0] * scale)))
    if size != levels.shape[::-1]:
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        levels = np.asarray(cv2.resize(levels, size, interpolation=method), dtype=np.uint8)
    contrast = contrast_of(levels)
    edge = _edge(contrast)
    mask = contrast > edge
    if tall is None:
        mask = rules.without_rules(mask, max(24, max(mask.shape) // 4))
        tall = height_of(mask)
    mask = rules.without_rules(mask, round(2.2 * tall))
    if mask.any():
        full = float(np.quantile(contrast[mask], _FULL))
        ink = np.clip(contrast / full, 0, 1, dtype=np.float32)
    else:
        ink = np.zeros(mask.shape, np.float32)
    return Sheet(ink, mask, tall, np.diag([1 / scale, 1 / scale, 1.0]))


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
    light = cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel, borderType=cv2.BORDER_REFLECT)
    light = cv2.GaussianBlur(light.astype(np.float32), (0, 0), window / 6)
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


def height_of(mask: Mask) -> float:
    """Return the height of a typical digit: the median over the ink of the strokes' heights."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    heights, areas = stats[1:, cv2.CC_STAT_HEIGHT], stats[1:, cv2.CC_STAT_AREA]
    if not len(heights):
        return float(min(mask.shape))
    order = np.argsort(heights)
    share = np.cumsum(areas[order]) / areas.sum()
    return float(max(6, heights[order][np.searchsorted(share, 0.5)]))
