"""A collection by three writers, made of digits of the packaged sample."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from ziffern import datasets

WRITERS = ("0001_CH3M", "0002_CH3F", "0003_AT3M")


def folder(path: Path, each: int = 2) -> Path:
    """Write WRITER/DIGIT/*.png: of each digit so many, 28×28, white on black."""
    digits = datasets.load("mnist").test
    for digit in range(10):
        images = digits.images[np.flatnonzero(digits.labels == digit)]
        for number, image in enumerate(images[: each * len(WRITERS)]):
            place = path / WRITERS[number % len(WRITERS)] / str(digit)
            place.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(place / f"{number}.png")
    return path
