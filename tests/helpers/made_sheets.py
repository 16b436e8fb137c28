"""Sheets as people hand them back: rendered, written on with real digits, photographed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import pypdfium2
from numpy.typing import NDArray

from ziffern.collect import layout
from ziffern.collect.sheet import sheet
from ziffern.datasets import Part, catalogue
from ziffern.datasets.sources import read_sample

Grey = NDArray[np.uint8]

DPI = 150
PIXELS = DPI / 25.4  # a millimetre


@dataclass(frozen=True)
class Written:
    """A sheet of A4 paper from above, and which digits of the sample stand on it, in order."""

    picture: Grey
    digits: Grey
    labels: NDArray[np.int64]


@cache
def _sample() -> Part:
    return read_sample(catalogue.entry("mnist"), "test")


def rendered(content: bytes, page: int = 0, dpi: float = DPI) -> Grey:
    """Return a page of a PDF as grey levels."""
    document = pypdfium2.PdfDocument(content)
    try:
        bitmap = document[page].render(scale=dpi / 72, grayscale=True)
        return bitmap.to_numpy().squeeze().copy()
    finally:
        document.close()


def written(
    page: int = 1,
    *,
    writers: int | None = None,
    empty: Collection[int] = (),
    blacked_out: Collection[int] = (),
    height: float = 8,
    light: float = 0.2,
    seed: int = 0,
) -> Written:
    """Return a sheet whose boxes hold digits of the sample, `height` mm high, by a pen.

    `empty` and `blacked_out` are boxes by number; `light` is what the ink leaves of it.
    """
    sample = _sample()
    rng = np.random.default_rng(seed)
    levels = rendered(sheet(pages=page, writers=writers), page - 1) / 255
    left, top = (
        (extent / PIXELS - field) / 2
        for extent, field in zip(levels.shape[::-1], (layout.WIDTH, layout.HEIGHT), strict=True)
    )
    chosen = []
    for number, box in enumerate(layout.boxes(page)):
        x, y = (box.x + left) * PIXELS, (box.y + top) * PIXELS
        if number in blacked_out:
            inset, side = 0.4 * PIXELS, (layout.BOX - 0.8) * PIXELS
            area = slice(int(y + inset), int(y + inset + side))
            levels[area, int(x + inset) : int(x + inset + side)] = light
        elif number not in empty:
            chosen.append(int(rng.choice(np.flatnonzero(sample.labels == box.digit))))
            size = round(height * 28 / 20 * PIXELS)
            ink = cv2.resize(sample.images[chosen[-1]], (size, size), interpolation=cv2.INTER_CUBIC)
            ink = np.clip((ink / 255 - 0.35) / 0.3, 0, 1)  # strokes with the edges of a pen's
            row, column = (
                round(at + layout.BOX / 2 * PIXELS - size / 2 + rng.uniform(-1, 1) * PIXELS)
                for at in (y, x)
            )
            levels[row : row + size, column : column + size] *= 1 - ink * (1 - light)
    picture = np.rint(levels * 255).astype(np.uint8)
    return Written(picture, sample.images[chosen], sample.labels[chosen])


def photographed(
    picture: Grey, *, turn: float = 10, tilt: float = 0.12, bend: float = 0.0, seed: int = 0
) -> Grey:
    """Return a photo of a sheet on a desk: at an angle, half in the shadow, soft, noisy, a JPEG.

    `turn` is in degrees; `tilt` by which share corners are nearer or farther; `bend` by which
    share of its width the paper's middle stands out.
    """
    rng = np.random.default_rng(seed)
    height, width = picture.shape
    if bend:
        y, x = np.mgrid[:height, :width].astype(np.float32)
        x, y = (
            x + np.float32(bend * width) * np.sin(np.pi * y / height),
            y + np.float32(bend * width) * np.sin(np.pi * x / width),
        )
        picture = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderValue=255)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    turned = np.deg2rad(turn)
    matrix = np.array([[np.cos(turned), np.sin(turned)], [-np.sin(turned), np.cos(turned)]])
    seen = (corners - corners.mean(axis=0)) * (1 + rng.uniform(-tilt, tilt, (4, 1))) @ matrix
    seen = (seen - seen.min(axis=0) + 40).astype(np.float32)
    size = [int(extent) for extent in seen.max(axis=0) + 40]
    transform = cv2.getPerspectiveTransform(corners, seen)
    levels = cv2.warpPerspective(picture, transform, size, borderValue=90).astype(np.float64)
    y, x = np.mgrid[: levels.shape[0], : levels.shape[1]]
    levels *= 0.85 - 0.45 / (1 + np.exp(-(x + y - (x + y).mean()) / 20))
    levels = cv2.GaussianBlur(levels, (0, 0), 0.7) + rng.normal(0, 3, levels.shape)
    _, jpeg = cv2.imencode(
        ".jpg", np.clip(levels, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 75]
    )
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE), np.uint8)
