"""A page with rows of digits, as a reader finds it on a desk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from ziffern.datasets import catalogue
from ziffern.datasets.sources import read_sample

ROWS = ("4711", "0815", "31415926")


def painted(path: Path) -> Path:
    """Paint rows of real digits on grey paper with a shadow."""
    sample = read_sample(catalogue.entry("mnist"), "test")
    paper = np.full((60 + 120 * len(ROWS), 760), 240.0) - np.linspace(0, 15, 760)
    for row, text in enumerate(ROWS):
        for column, digit in enumerate(text):
            number = np.flatnonzero(sample.labels == int(digit))[row]
            ink = Image.fromarray(sample.images[number]).resize((70, 70), Image.Resampling.BICUBIC)
            y, x = 50 + 120 * row, 50 + 75 * column
            paper[y : y + 70, x : x + 70] -= 0.8 * np.asarray(ink)
    Image.fromarray(np.clip(paper, 0, 255).astype(np.uint8)).save(path)
    return path
