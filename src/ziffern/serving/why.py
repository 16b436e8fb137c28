"""Why a model answers as it does: which pixels speak for a class, and which digits look alike.

    score, falls = occlusion(model.alone.logits, picture, 7)     # float32 (28, 28), in logits
    nearest = neighbours(picture, 8)

Works for every model that answers, for it only asks and looks at answers. Other methods, which
need gradients, are in `ziffern.inside.attribution`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ziffern.datasets.catalogue import entry
from ziffern.datasets.parts import Part
from ziffern.datasets.sources import read_sample
from ziffern.evaluation.neighbours import strokes
from ziffern.pictures import Pixels

WINDOW = 5
"""Side of the square that is blackened, in pixels: about twice the width of a stroke."""

Floats = NDArray[np.float32]


def occlusion(
    logits: Callable[[Pixels], Floats], picture: Pixels, target: int
) -> tuple[float, Floats]:
    """Return the logit of a class, and by how much it falls where a square is blackened.

    The square goes over the picture pixel by pixel; each pixel gets the mean of all squares that
    hide it (Zeiler & Fergus 2014, "Visualizing and understanding convolutional networks"). Only ink
    can be hidden: what is missing in a picture gets no share.

    Args:
        logits: answers uint8 (N, 28, 28) with float32 (N, C).
        picture: uint8 (28, 28), white on black.
        target: the number of the class.
    """
    side = len(picture)
    starts = range(side - WINDOW + 1)
    places = [(row, column) for row in starts for column in starts]
    hidden = np.repeat(picture[np.newaxis], len(places), axis=0)
    for number, (row, column) in enumerate(places):
        hidden[number, row : row + WINDOW, column : column + WINDOW] = 0
    # squares without ink change nothing: their answer is known
    changed = (hidden != picture).any(axis=(1, 2))
    score = float(logits(picture[np.newaxis])[0, target])
    falls = np.zeros(len(places))
    if changed.any():
        falls[changed] = score - logits(hidden[changed])[:, target]
    total, times = np.zeros((side, side)), np.zeros((side, side))
    for (row, column), fall in zip(places, falls.tolist(), strict=True):
        square = slice(row, row + WINDOW), slice(column, column + WINDOW)
        total[square] += fall
        times[square] += 1
    return score, (total / times).astype(np.float32)


def neighbours(picture: Pixels, count: int) -> list[dict[str, Any]]:
    """Return the training digits of MNIST's packaged sample whose strokes are most like these.

    Args:
        picture: uint8 (28, 28), white on black.
        count: how many, nearest first.
    """
    part, known = _sample()
    asked = strokes(picture[np.newaxis])[0]
    distances = np.sqrt(np.maximum(2 - 2 * (known @ asked), 0))  # all have the length 1
    return [
        {
            "digit": int(part.labels[index]),
            "distance": float(distances[index]),
            "index": int(index),
            "normalised": part.images[index],
        }
        for index in np.argsort(distances, kind="stable")[:count]
    ]


@cache
def _sample() -> tuple[Part, Floats]:
    """Return the sample's training digits and their strokes, (5000, 392)."""
    part = read_sample(entry("mnist"), "train")
    return part, strokes(part.images)
