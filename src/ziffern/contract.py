"""The preprocessing contract: how a picture of one digit becomes a network's input.

`normalise` brings any picture into the form of MNIST's own preparation (28×28, white ink on black,
the ink fitted into 20×20 with its aspect kept, its centre of mass in the middle) and
`Contract.scaled` turns such pictures into a network's numbers. Training data, files and exports
all pass through here, so that training and use cannot disagree. Files are opened by
`ziffern.pictures`; finding digits on a page is not this module's work.

    Contract().scaled(normalise(picture)[np.newaxis])
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self, get_args

import numpy as np
import numpy.typing as npt
from PIL import Image

from ziffern.boxing import centred, fitted, framed, has_form, ring
from ziffern.errors import DataError, InputError, RunError, did_you_mean
from ziffern.ink import Ink, digit, looks
from ziffern.pictures import Pixels, colour, grey, open_picture, opened

Scale = Literal["raw", "unit", "standard"]
Centre = Literal["mass", "frame"]


@dataclass(frozen=True)
class Contract:
    """How a picture becomes a network's input; it is stored with the model.

    `scale` says what the network sees of a pixel 0…255: "raw" that number, "unit" x/255,
    "standard" (x/255 - mean)/deviation. `size`, `box` and `centre` are those of `normalise`.
    """

    scale: Scale = "unit"
    mean: float = 0.0
    deviation: float = 1.0
    size: int = 28
    box: int = 20
    centre: Centre = "mass"

    def __post_init__(self) -> None:
        for name, choices in (("scale", get_args(Scale)), ("centre", get_args(Centre))):
            value = getattr(self, name)
            if value not in choices:
                raise InputError(f"unknown {name} {value!r}{did_you_mean(str(value), choices)}")
        if not (math.isfinite(self.mean) and math.isfinite(self.deviation) and self.deviation > 0):
            raise InputError(
                f"mean {self.mean} and deviation {self.deviation}: expected finite numbers, "
                "the deviation above 0"
            )
        if not 0 < self.box <= self.size:
            raise InputError(f"box {self.box} does not fit into pictures of size {self.size}")

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON can hold them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Make a contract from what `to_dict` gave.

        Raises:
            RunError: an unknown field or a value that cannot be.
        """
        known = [field.name for field in fields(cls)]
        for name in values:
            if name not in known:
                raise RunError(f"unknown field {name!r} in a contract{did_you_mean(name, known)}")
        try:
            return cls(**values)
        except (InputError, TypeError) as error:
            raise RunError(f"unusable contract: {error}") from error

    def normalise(self, picture: npt.ArrayLike) -> Pixels:
        """Return `picture` as uint8 (size, size): `normalise` with this contract's numbers."""
        return normalise(picture, size=self.size, box=self.box, centre=self.centre)

    def normalise_all(self, pictures: Sequence[Pixels]) -> Pixels:
        """Return pictures of grey levels, each (H, W), as uint8 (N, size, size).

        The same as `normalise` of each, but those that have this form are looked at together,
        which takes a tenth of the time.
        """
        found = np.empty((len(pictures), self.size, self.size), np.uint8)
        fitting = [n for n, one in enumerate(pictures) if one.shape == found.shape[1:]]
        done = np.zeros(len(pictures), np.bool_)
        if fitting and self.centre == "mass":
            found[fitting], done[fitting] = _upright(
                np.stack([pictures[n] for n in fitting]), self.box
            )
        for number in np.flatnonzero(~done).tolist():
            found[number] = self.normalise(pictures[number])
        return found

    def checked(self, images: npt.ArrayLike) -> Pixels:
        """Return pictures as an array, uint8 (N, size, size), if they are that.

        Raises:
            DataError: another type or shape.
        """
        pictures = np.asarray(images)
        if pictures.dtype != np.uint8 or pictures.shape[1:] != (self.size, self.size):
            raise DataError(
                f"expected uint8 pictures of shape (N, {self.size}, {self.size}), white ink on "
                f"black, not {pictures.dtype} {pictures.shape}; ziffern.normalise makes one of "
                "them, to be stacked (numpy.stack) even if it is alone"
            )
        return pictures

    def scaled(self, images: Pixels) -> npt.NDArray[np.float32]:
        """Return uint8 (N, size, size) as the network's numbers, float32 (N, size, size, 1).

        Raises:
            DataError: another type or shape.
        """
        values = self.checked(images)[..., np.newaxis].astype(np.float32)
        if self.scale != "raw":
            values /= 255
        if self.scale == "standard":
            values -= self.mean
            values /= self.deviation
        return values


def normalise(
    picture: npt.ArrayLike | Path, *, size: int = 28, box: int = 20, centre: Centre = "mass"
) -> Pixels:
    """Return a picture of one digit as uint8 (size, size), white ink on black.

    The paper is found along the border and taken away with its noise; the ink is fitted into
    `box` x `box` pixels with its aspect kept and its centre of mass put in the middle, as MNIST
    was made (LeCun et al., https://yann.lecun.org/exdb/mnist/). A picture that has this form comes
    back byte for byte, and black on white as its exact inverse; a blank one gives zeros.

    Args:
        picture: (H, W), (H, W, 3) or (H, W, 4) of any polarity and size, values as in `grey`; or
            the path of a file.
        size: pixels of the result's side.
        box: pixels of the longer side of the ink.
        centre: "mass", or "frame" to keep the picture's own frame and polarity and only resize it
            (for sets that were not made as MNIST was).

    Raises:
        DataError: no picture (see `grey` and `open_picture`).
    """
    levels = open_picture(picture) if isinstance(picture, str | Path) else grey(picture)
    if centre == "frame":
        return framed(levels, size)
    if levels.shape == (size, size):
        upright, fits = _upright(levels, box)
        if fits:
            return upright
    ink = digit(levels)
    if ink is None:
        return np.zeros((size, size), dtype=np.uint8)
    return centred(fitted(ink, box), size)


def _upright(levels: Pixels, box: int) -> tuple[Pixels, npt.NDArray[np.bool_]]:
    """Return pictures (…, size, size), black on white inverted, and which have the form then."""
    # the border shows the paper; 255 - x is exact, so nothing is lost on the way
    light = np.median(ring(levels), axis=-1) > 127
    upright = np.where(light[..., np.newaxis, np.newaxis], 255 - levels, levels)
    return upright, has_form(upright, box)


class Step(NamedTuple):
    """One step of `normalise`: its name, the picture after it, and what was done in words.

    picture: uint8 (H, W), or (H, W, 3) for colours.
    """

    name: str
    picture: Pixels
    text: str


def steps(
    picture: npt.ArrayLike | Path, *, size: int = 28, box: int = 20, centre: Centre = "mass"
) -> list[Step]:
    """Return what `normalise` does, step by step; the last picture is its result.

    Arguments and errors are those of `normalise`.
    """
    values = opened(picture) if isinstance(picture, str | Path) else np.asarray(picture)
    levels = grey(values)
    result = normalise(levels, size=size, box=box, centre=centre)
    height, width = levels.shape
    found = [
        Step("original", colour(values), f"{width}×{height} pixels"),
        Step("grey", levels, "one brightness a pixel, whatever the colours"),
    ]
    if centre == "frame":
        return [*found, Step("frame", result, f"the whole picture as {size}×{size} pixels")]
    *_, look = looks(levels)
    if levels.shape == (size, size) and (
        np.array_equal(result, levels) or np.array_equal(result, 255 - levels)
    ):
        how = "as it is" if np.array_equal(result, levels) else "white and black exchanged"
        return [*found, Step("result", result, f"it has the form of MNIST already: {how}")]
    if look.inked is None or look.ink is None:
        return [*found, Step("result", result, "nothing stands out from the paper: a blank")]
    left, top, right, bottom = look.box
    part = levels[top:bottom, left:right]
    fit = fitted(look.ink, box)
    lost = 1 - float(look.ink.sum()) / float(look.inked.sum())
    gone = f"specks and rules are gone, {lost:.1%} of the ink" if lost else "there is none"
    return [
        *found,
        Step("paper", part, f"looked at: {right - left}×{bottom - top} pixels around the ink"),
        Step("ink", _bytes(look.inked), f"{_polarity(part, look.inked)}; shade and noise are gone"),
        Step("dirt", _bytes(look.ink), gone),
        Step("box", fit, f"fitted into {box}×{box} pixels, strokes as wide as a pen's"),
        Step("result", result, f"its centre of mass in the middle of {size}×{size}"),
    ]


def _bytes(ink: Ink) -> Pixels:
    levels: Pixels = np.rint(ink * 255).astype(np.uint8)
    return levels


def _polarity(part: Pixels, inked: Ink) -> str:
    small = np.asarray(Image.fromarray(part).resize(inked.shape[::-1], Image.Resampling.BOX))
    dark = float(small[inked > 0.5].mean()) < float(small[inked == 0].mean())
    return "dark ink on light paper" if dark else "light ink on dark paper"
