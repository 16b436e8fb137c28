"""A picture of one digit, changed a little in one way after the other: which change matters?

    for name, variants in corrections(levels).items(): ...   # "slant": [("−10°", picture), …]

Only pictures are made here, each as the contract would have it; asking a network is
`ziffern.exploration.misread`'s work.
"""

from __future__ import annotations

import math
from typing import NamedTuple, TypeAlias

import numpy as np
from PIL import Image

from ziffern.averaging import moved
from ziffern.boxing import centred, fitted
from ziffern.contract import normalise
from ziffern.ink import Ink, looks
from ziffern.pictures import Pixels

TURNS = (-10, 10, -20, 20, -30, 30)
LYING = (90, 180, 270)
SLANTS = (-10, 10, -20, 20, -30, 30)
CROPS = (5, 10, 15)
WIDTHS = (-0.4, 0.4, -0.8, 0.8, 1.4)
SIZES = (90, 110, 80, 120, 70)
SHIFTS = ((0, -1), (0, 1), (-1, 0), (1, 0), (0, -2), (0, 2), (-2, 0), (2, 0))
POLARITY, ORIENTATION = "polarity", "orientation"
ARROWS = {(0, -1): "←", (0, 1): "→", (-1, 0): "↑", (1, 0): "↓"}


class Variant(NamedTuple):
    """A changed picture, uint8 (28, 28), and how it was changed, such as "−10°"."""

    change: str
    picture: Pixels


Corrections: TypeAlias = dict[str, list[Variant]]


def corrections(levels: Pixels) -> Corrections:
    """Return a grey picture (H, W) of one digit in many variants, by what was changed.

    The smallest changes come first. Polarity and crop change the picture before it is prepared,
    slant and rotation its ink, thickness, size and shift what the network is given. Variants that
    come out blank are left out, and all where nothing stands out from the paper.
    """
    *_, look = looks(levels)
    if look.ink is None:
        return {}
    plain = normalise(levels)
    height, width = levels.shape
    made: Corrections = {
        POLARITY: [
            Variant("light ink", _as_ink(levels)),
            Variant("dark ink", _as_ink(255 - levels)),
        ],
        "crop": [
            Variant(f"{share} % off", normalise(levels[y : height - y, x : width - x]))
            for share in CROPS
            if 2 * (y := height * share // 100) < height and 2 * (x := width * share // 100) < width
        ],
        "thickness": [Variant(f"{_signed(by)} px", _thicker(plain, by)) for by in WIDTHS],
        "slant": [Variant(f"{_signed(by)}°", _slanted(look.ink, by)) for by in SLANTS],
        "rotation": [Variant(f"{_signed(by)}°", _turned(look.ink, by)) for by in TURNS],
        ORIENTATION: [Variant(f"{by}°", _turned(look.ink, by)) for by in LYING],
        "size": [Variant(f"{share} %", _scaled(plain, share / 100)) for share in SIZES],
        "shift": [
            Variant(f"{max(map(abs, by))} px {_arrow(by)}", moved(plain[np.newaxis], *by)[0])
            for by in SHIFTS
        ],
    }
    return {
        name: inked
        for name, variants in made.items()
        if (inked := [variant for variant in variants if variant.picture.any()])
    }


def _as_ink(levels: Pixels) -> Pixels:
    """Return the picture with its light parts taken for ink, whatever the border says.

    Light is what lies above the threshold that parts the levels best (Otsu 1979, "A threshold
    selection method from gray-level histograms").
    """
    count = np.bincount(levels.ravel(), minlength=256).astype(np.float64)
    below, total = count.cumsum(), count @ np.arange(256)
    sums = (count * np.arange(256)).cumsum()
    above = levels.size - below
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = below * above * (sums / below - (total - sums) / above) ** 2
    light = levels > int(np.nan_to_num(apart).argmax())
    if not light.any():
        return np.zeros((28, 28), np.uint8)
    return centred(fitted(np.pad(light.astype(np.float32), 2), 20), 28)


def _thicker(picture: Pixels, by: float) -> Pixels:
    """Widen strokes by a number of pixels, or thin them: half of it at each edge."""
    values = picture.astype(np.float32)
    left = abs(by) / 2
    while left > 0:
        share, framed = np.float32(min(left, 1)), np.pad(values, 1)
        sides = [framed[:-2, 1:-1], framed[2:, 1:-1], framed[1:-1, :-2], framed[1:-1, 2:]]
        near = np.max(sides, axis=0) if by > 0 else np.min(sides, axis=0)
        wanted = np.maximum(values, near) if by > 0 else np.minimum(values, near)
        values = values + share * (wanted - values)
        left -= 1
    found: Pixels = np.rint(values).astype(np.uint8)
    return found


def _slanted(ink: Ink, degrees: float) -> Pixels:
    """Shear ink by so much to the right."""
    lean = math.tan(math.radians(degrees))
    sheet = _sheet(ink)
    middle = sheet.height / 2
    shear = (1, lean, -lean * middle, 0, 1, 0)
    return _prepared(
        sheet.transform(sheet.size, Image.Transform.AFFINE, shear, Image.Resampling.BILINEAR)
    )


def _turned(ink: Ink, degrees: float) -> Pixels:
    """Turn ink clockwise."""
    return _prepared(_sheet(ink).rotate(-degrees, Image.Resampling.BILINEAR))


def _sheet(ink: Ink) -> Image.Image:
    """Return ink in the middle of a square sheet on which it can be turned."""
    levels = np.rint(255 * ink).astype(np.uint8)
    side = math.ceil(1.5 * max(levels.shape))
    up, left = (side - levels.shape[0]) // 2, (side - levels.shape[1]) // 2
    sheet = Image.new("L", (side, side))
    sheet.paste(Image.fromarray(levels), (left, up))
    return sheet


def _prepared(sheet: Image.Image) -> Pixels:
    return normalise(np.asarray(sheet))


def _scaled(picture: Pixels, share: float) -> Pixels:
    """Enlarge or shrink what the network is given about its middle."""
    size = picture.shape[0]
    corner = size / 2 * (1 - 1 / share)
    matrix = (1 / share, 0, corner, 0, 1 / share, corner)
    image = Image.fromarray(picture)
    return np.asarray(
        image.transform((size, size), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
    )


def _signed(number: float) -> str:
    return f"{number:+g}".replace("-", "−")


def _arrow(by: tuple[int, int]) -> str:
    return ARROWS[(int(np.sign(by[0])), int(np.sign(by[1])))]
