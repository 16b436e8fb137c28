"""Pages painted for tests: real digits of the packaged sample on paper of many kinds."""

from __future__ import annotations

from functools import cache
from importlib import resources

import cv2
import numpy as np
import numpy.typing as npt

Page = npt.NDArray[np.uint8]
PAPER, PEN = (235, 232, 225), (40, 45, 60)


@cache
def sample() -> tuple[np.ndarray, np.ndarray]:
    """The packaged sample's test digits and their labels."""
    path = resources.files("ziffern.datasets") / "sample" / "mnist.npz"
    with resources.as_file(path) as file, np.load(file, allow_pickle=False) as arrays:
        return arrays["x_test"], arrays["y_test"]


def digit(value: int, height: int, number: int = 0) -> np.ndarray:
    """Return the `number`-th digit of the sample with that value, cropped; ink is 1."""
    images, labels = sample()
    image = images[np.flatnonzero(labels == value)[number]]
    rows, columns = np.flatnonzero(image.max(1) > 40), np.flatnonzero(image.max(0) > 40)
    image = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = height / image.shape[0]
    size = (max(4, round(image.shape[1] * scale)), height)
    return np.clip(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC) / 210, 0, 1)


def paper(height: int, width: int, colour: tuple[int, int, int] = PAPER) -> np.ndarray:
    """Return an empty sheet, float."""
    return np.full((height, width, 3), colour, np.float64)


def write(
    sheet: np.ndarray,
    text: str,
    x: int,
    y: int,
    *,
    height: int = 48,
    gap: float = 0.4,
    pen: tuple[int, int, int] = PEN,
    number: int = 0,
) -> list[list[int]]:
    """Write digits from (x, y), the lower left corner, on; return their boxes."""
    boxes = []
    for value in text:
        ink = digit(int(value), height, number)
        part = sheet[y - height : y, x : x + ink.shape[1]]
        part += ink[..., np.newaxis] * (np.array(pen) - part)
        boxes.append([x, y - height, ink.shape[1], height])
        x += ink.shape[1] + round(gap * height)
    return boxes


def finished(sheet: np.ndarray, *, noise: float = 3, seed: int = 0) -> Page:
    """Return a sheet as a camera sees it: a little blurred and noisy."""
    blurred = cv2.GaussianBlur(sheet, (0, 0), 0.6)
    blurred = blurred + np.random.default_rng(seed).normal(0, noise, sheet.shape)
    return np.clip(np.rint(blurred), 0, 255).astype(np.uint8)
