"""How a written digit compares with those that networks learn from: pen, slant, shape, place.

    seen = written(picture)                          # five numbers of one picture of any size
    known()["7"]["slant"]                            # quantiles over MNIST's training sevens

The quantiles travel with the package (`written.json`, made by `tools/make_written.py`), so that no
data are needed. They tell what is usual, not what is right.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ziffern.contract import normalise
from ziffern.exploration.strokes import strokes
from ziffern.ink import looks

FILE = "written.json"
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
ANY = "any"
"""The key of the quantiles over all digits."""
MEASURES: Mapping[str, str] = {
    "stroke": "width of the strokes, pixels of the 20 that the digit is high",
    "slant": "slant, degrees, to the right as in /",
    "breadth": "breadth ÷ height",
    "size": "longer side in the picture, pixels if it were 28×28",
    "offset": "from the picture's middle, pixels if it were 28×28",
}
"""What is measured, in words; size and offset in the picture as it came, before it is prepared."""

Known: TypeAlias = dict[str, dict[str, tuple[float, ...]]]


@dataclass(frozen=True)
class Written:
    """What `MEASURES` says of one picture."""

    stroke: float
    slant: float
    breadth: float
    size: float
    offset: float


def written(levels: NDArray[np.uint8]) -> Written | None:
    """Measure the digit in a grey picture (H, W) of any size and polarity; None if it is blank.

    The stroke is that of the ink as it came: `normalise` widens thinner ones than MNIST's.
    """
    *_, look = looks(levels)
    if look.ink is None:
        return None
    ink, height, width = look.ink, *levels.shape
    rows, columns = (np.flatnonzero(ink.max(axis=axis) > 0.35) for axis in (1, 0))
    if not len(rows) or not len(columns):
        return None
    pixel = (look.box[2] - look.box[0]) / ink.shape[1]  # of the ink, in pixels of the picture
    tall, wide = (float(places[-1] - places[0] + 1) for places in (rows, columns))
    longer = max(tall, wide)
    frame = 28 / max(height, width)
    middle_y = look.box[1] + pixel * (rows[0] + tall / 2)
    middle_x = look.box[0] + pixel * (columns[0] + wide / 2)
    pen = strokes(np.rint(255 * ink[np.newaxis]).astype(np.uint8))
    upright = strokes(normalise(levels)[np.newaxis])
    return Written(
        stroke=float(pen.width[0]) * 20 / longer,
        slant=float(upright.slant[0]),
        breadth=wide / tall,
        size=longer * pixel * frame,
        offset=float(np.hypot(middle_y - height / 2, middle_x - width / 2)) * frame,
    )


@cache
def known() -> Known:
    """Return the quantiles (`QUANTILES`) of each measure by class, "0" … "9" and `ANY`."""
    text = resources.files("ziffern.exploration").joinpath(FILE).read_text(encoding="utf-8")
    return {
        label: {name: tuple(values) for name, values in measures.items()}
        for label, measures in json.loads(text)["quantiles"].items()
    }


def unusual(name: str, value: float, label: str) -> int:
    """Return -1 or 1 where fewer than 1 % of a class's training digits have less or more, else 0.

    Args:
        name: one of `MEASURES`.
        value: what was measured.
        label: a key of `known()`.
    """
    quantiles = known()[label][name]
    return int(value > quantiles[-1]) - int(value < quantiles[0])
