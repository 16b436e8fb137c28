"""Test-time averaging: a picture is answered together with itself moved by one pixel.

    logits = averaged(network, pictures, shifts=4)

How many moved copies are asked belongs to the model (`[predict] shifts` in a recipe, `shifts` in
`model.json`). Every engine that answers pictures does it through here, so that the same model means
the same everywhere. Each copy costs as much as the picture itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt

from ziffern.pictures import Pixels

Floats = npt.NDArray[np.float32]
Shifts = Literal[0, 4, 8]

_SIDES = ((-1, 0), (1, 0), (0, -1), (0, 1))
_CORNERS = ((-1, -1), (-1, 1), (1, -1), (1, 1))
SHIFTS: dict[int, tuple[tuple[int, int], ...]] = {0: (), 4: _SIDES, 8: _SIDES + _CORNERS}
"""Pixels down and to the right, by the number of copies."""


def averaged(logits: Callable[[Pixels], Floats], pictures: Pixels, shifts: int) -> Floats:
    """Return the mean of the logits of pictures and of their moved copies, float32 (N, C).

    Args:
        logits: answers uint8 (N, H, W) with float32 (N, C); called 1 + `shifts` times. Give it
            one batch at a time, and no more than one moved batch lies in memory.
        pictures: uint8 (N, H, W), white ink on black.
        shifts: a key of `SHIFTS`; with 0 the pictures alone are answered.
    """
    total = logits(pictures)
    for down, right in SHIFTS[shifts]:
        total = total + logits(moved(pictures, down, right))
    return total / np.float32(1 + shifts) if shifts else total


def moved(pictures: Pixels, down: int, right: int) -> Pixels:
    """Move uint8 (N, H, W) by whole pixels; what comes in is paper (0), what goes out is lost."""
    height, width = pictures.shape[1:]
    found = np.zeros_like(pictures)
    found[:, max(down, 0) : height + min(down, 0), max(right, 0) : width + min(right, 0)] = (
        pictures[:, max(-down, 0) : height - max(down, 0), max(-right, 0) : width - max(right, 0)]
    )
    return found
