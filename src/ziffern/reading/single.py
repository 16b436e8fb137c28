"""A picture that shows one digit and nothing else, as datasets and phones have them.

box, picture = digit_of(pixels, contract)

Such a picture need not be a page: strokes may be as broad as a page's shadows are, and there may be
no paper around them. It is what `ziffern.normalise` is made for.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from ziffern.contract import Contract
from ziffern.ink import looks
from ziffern.pictures import Pixels
from ziffern.reading.structure import Box

_NARROW, _BROAD = 0.5, 1.3  # width by height of pictures of one digit


def digit_of(pixels: Pixels, contract: Contract) -> tuple[Box, Pixels] | None:
    """Return where the ink of a picture is, and all of it in a network's form.

    Args:
        pixels: uint8 (H, W, 3).
        contract: that of the network.

    Returns:
        The ink's box and a picture, uint8 (size, size); None where the picture is blank, or as
        broad or as high as no picture of one digit is.
    """
    height, width = pixels.shape[:2]
    if not _NARROW * height <= width <= _BROAD * height:
        return None
    levels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    *_, look = looks(levels)
    if look.ink is None:
        return None
    left, top, right, bottom = look.box
    rows, columns = (np.flatnonzero(look.ink.any(axis=axis)) for axis in (1, 0))
    across, down = (right - left) / look.ink.shape[1], (bottom - top) / look.ink.shape[0]
    x, y = left + math.floor(columns[0] * across), top + math.floor(rows[0] * down)
    box = [
        x,
        y,
        min(left + math.ceil((columns[-1] + 1) * across), width) - x,
        min(top + math.ceil((rows[-1] + 1) * down), height) - y,
    ]
    return box, contract.normalise(levels)
