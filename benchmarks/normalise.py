"""How many digits a second `ziffern.normalise` brings into form, on one core.

    python benchmarks/normalise.py                      # digits of the packaged sample, as scans
    python benchmarks/normalise.py --pictures FOLDER    # picture files of one digit each

Rounds of all pictures, in processor time of this process, so that others on the machine disturb
less; told are the median and the best round. Opening files is not counted.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import numpy.typing as npt
from PIL import Image

from ziffern import datasets
from ziffern.contract import normalise
from ziffern.errors import DataError
from ziffern.pictures import open_picture

Pictures = list[npt.NDArray[np.uint8]]
SIDES = (16, 28, 50, 100, 200)


def scans(side: int, count: int = 300) -> Pictures:
    """Return digits of the sample as ink on paper with a margin and some noise, `side` high."""
    draw = np.random.default_rng(side)
    made = []
    for digit in datasets.load("mnist", offline=True).train.images[:count]:
        margin = tuple((int(a), int(b)) for a, b in draw.integers(1, 8, (2, 2)))
        sheet = Image.fromarray(np.pad(digit, margin)).resize(
            (side, side), Image.Resampling.BICUBIC
        )
        paper = draw.uniform(190, 240) - 0.6 * np.asarray(sheet, dtype=np.float32)
        noisy = paper + draw.normal(0, 2, paper.shape)
        made.append(np.clip(np.rint(noisy), 0, 255).astype(np.uint8))
    return made


def measured(pictures: Pictures, rounds: int) -> tuple[float, float]:
    """Return digits a second: the median of some rounds, and the best."""
    speeds = []
    for _ in range(rounds):
        start = time.process_time()
        for picture in pictures:
            normalise(picture)
        speeds.append(len(pictures) / (time.process_time() - start))
    return statistics.median(speeds), max(speeds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print a line for each kind of picture."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pictures", type=Path, help="folder with picture files, also inside it")
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args(arguments)
    kinds: dict[str, Pictures] = {f"{side}×{side} scans": scans(side) for side in SIDES}
    if asked.pictures:
        own = []
        for path in sorted(asked.pictures.rglob("*.*"))[:2000]:
            try:
                own.append(open_picture(path))
            except DataError:
                continue
        kinds = {str(asked.pictures): own}
    for name, pictures in kinds.items():
        median, best = measured(pictures, asked.rounds)
        print(f"{name}: {median:,.0f} a second (median of {asked.rounds}, best {best:,.0f})")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
