"""How fast paper is read: cheque fields a second, and photographed pages of 100 digits a second.

    ZIFFERN_DATA=data python benchmarks/reading.py [--model NAME] [--rounds 3]

Fields are those in `$ZIFFERN_DATA/fields`. Pages are made: 100 digits of the MNIST sample on one
megapixel of shaded, noisy paper, as JPEG. Both are read by `read_many` on all cores
(`OMP_NUM_THREADS` sets another number); the clock runs from the first result to the last, and the
start of the processes is told apart. Rounds of both alternate, so that a busy hour slows both.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from ziffern import datasets, device
from ziffern.datasets.sources import data_folder
from ziffern.pictures import Pixels
from ziffern.reading.files import in_folder
from ziffern.reading.many import read_many

WIDTH, HEIGHT, SIDE = 1200, 840, 64  # of a page and of a digit's cell, pixels
PAGES = 12


def page(rng: np.random.Generator) -> Pixels:
    """Return ten lines of ten digits in dark ink, uint8 (HEIGHT, WIDTH, 3)."""
    train = datasets.load("mnist").train
    ink = np.zeros((HEIGHT, WIDTH))
    for row in range(10):
        for column in range(10):
            digit = train.images[rng.integers(len(train))]
            drawn = Image.fromarray(digit).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
            top, left = 40 + row * (SIDE + 12), 60 + column * (SIDE + 40)
            ink[top : top + SIDE, left : left + SIDE] = np.asarray(drawn) / 255
    light = np.linspace(0.6, 1, WIDTH) * np.linspace(1, 0.85, HEIGHT)[:, None]
    levels = 235 * light * (1 - 0.75 * ink) + rng.normal(0, 3, ink.shape)
    return np.repeat(np.clip(levels, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def measured(files: list[Path], model: str | None) -> tuple[float, float, int]:
    """Return seconds to the first result, files a second after it, and the number of digits."""
    start = time.perf_counter()
    first, digits = 0.0, 0
    for reading in read_many(files, model):
        if "error" in reading:
            sys.exit(str(reading))
        first = first or time.perf_counter()
        digits += sum(len(line["text"]) for page in reading["pages"] for line in page["lines"])
    return first - start, (len(files) - 1) / (time.perf_counter() - first), digits


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How fast paper is read.")
    parser.add_argument("--model", help="the model that answers, if not the reader's own")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        kinds: dict[str, list[Path]] = {}
        if (where := data_folder()) and (where / "fields").is_dir():
            kinds["fields"] = in_folder(where / "fields")[0]
        rng = np.random.default_rng(0)
        kinds["pages"] = [Path(folder) / f"{number}.jpg" for number in range(PAGES)]
        for path in kinds["pages"]:
            Image.fromarray(page(rng)).save(path, quality=90)
        rounds = [
            {kind: measured(files, given.model) for kind, files in kinds.items()}
            for _ in range(given.rounds)
        ]
    print(f"{device.describe()['cpu']}, {device.threads()} cores, {given.rounds} rounds")
    for kind, files in kinds.items():
        starts, speeds, digits = zip(*(found[kind] for found in rounds), strict=True)
        print(
            f"{kind}: {statistics.median(speeds):.1f} a second "
            f"({min(speeds):.1f} to {max(speeds):.1f}; n = {len(files)}, {digits[0]:,} digits), "
            f"first result after {statistics.median(starts):.2f} s"
        )


if __name__ == "__main__":
    main()
