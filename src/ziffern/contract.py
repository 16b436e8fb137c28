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
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self, get_args

import numpy as np
import numpy.typing as npt
from PIL import Image

from ziffern.errors import DataError, InputError, RunError, did_you_mean
from ziffern.ink import Ink, digit
from ziffern.pictures import Pixels, grey

_EDGE = 0.35  # level of ink at which a stroke begins, near the half where blur moves it least
_STROKE = 0.1  # of the box: three of four MNIST digits have wider strokes, 2 pixels of 20

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

    def checked(self, images: npt.ArrayLike) -> Pixels:
        """Return pictures as an array, uint8 (N, size, size), if they are that.

        Raises:
            DataError: another type or shape.
        """
        pictures = np.asarray(images)
        if pictures.dtype != np.uint8 or pictures.shape[1:] != (self.size, self.size):
            raise DataError(
                f"expected uint8 pictures of shape (N, {self.size}, {self.size}), white ink on "
                f"black, not {pictures.dtype} {pictures.shape}; ziffern.normalise makes such "
                "pictures"
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
    picture: npt.ArrayLike, *, size: int = 28, box: int = 20, centre: Centre = "mass"
) -> Pixels:
    """Return a picture of one digit as uint8 (size, size), white ink on black.

    The paper is found along the border and taken away with its noise; the ink is fitted into
    `box` x `box` pixels with its aspect kept and its centre of mass put in the middle, as MNIST
    was made (LeCun et al., https://yann.lecun.org/exdb/mnist/). A picture that has this form comes
    back byte for byte, and black on white as its exact inverse; a blank one gives zeros.

    Args:
        picture: (H, W), (H, W, 3) or (H, W, 4) of any polarity and size, values as in `grey`.
        size: pixels of the result's side.
        box: pixels of the longer side of the ink.
        centre: "mass", or "frame" to keep the picture's own frame and polarity and only resize it
            (for sets that were not made as MNIST was).

    Raises:
        DataError: no picture (see `grey`).
    """
    levels = grey(picture)
    if centre == "frame":
        return _framed(levels, size)
    if levels.shape == (size, size):
        # the border shows the paper; 255 - x is exact, so nothing is lost on the way
        upright = 255 - levels if np.median(_ring(levels)) > 127 else levels
        if _has_form(upright, box):
            return upright.copy()
    ink = digit(levels)
    if ink is None:
        return np.zeros((size, size), dtype=np.uint8)
    return _centred(_fitted(ink, box), size)


def _ring(levels: Pixels) -> Pixels:
    return np.concatenate([levels[0], levels[-1], levels[1:-1, 0], levels[1:-1, -1]])


def _has_form(levels: Pixels, box: int) -> bool:
    """Whether a picture looks as `normalise` leaves it: paper black, ink boxed and centred."""
    if np.median(_ring(levels)) > 0:
        return False
    rows, columns = np.flatnonzero(levels.any(axis=1)), np.flatnonzero(levels.any(axis=0))
    if not len(rows):
        return True
    longer = max(np.ptp(rows), np.ptp(columns)) + 1
    middle = levels.shape[0] / 2
    return bool(
        abs(longer - box) <= 1 and all(abs(at - middle) <= 0.75 for at in _mass_centre(levels))
    )


def _mass_centre(levels: npt.NDArray[Any]) -> tuple[float, float]:
    rows, columns = levels.sum(axis=1, dtype=np.float64), levels.sum(axis=0, dtype=np.float64)
    total = rows.sum()
    return (
        float(rows @ np.arange(len(rows)) / total),
        float(columns @ np.arange(len(columns)) / total),
    )


def _fitted(ink: Ink, box: int) -> Pixels:
    """Fit the ink into `box` x `box`, with strokes not much thinner than those of MNIST."""
    picture = _resized(ink, box, 0)
    grow = (_STROKE * box - _stroke_width(picture)) / 2
    if grow > 0:
        picture = _thickened(_resized(ink, box, grow), grow)
    fitted: Pixels = np.rint(picture[1:-1, 1:-1] * 255).astype(np.uint8)
    return fitted


def _resized(ink: Ink, box: int, spare: float) -> Ink:
    """Resize the ink into the box, `spare` pixels of it left free all around, on 1 pixel more."""
    (top, bottom), (left, right) = _edges(ink.max(axis=1)), _edges(ink.max(axis=0))
    height, width = bottom - top, right - left
    scale = max(height, width) / (box - 2 * spare)
    rows, columns = (max(1, round(extent / scale + 2 * spare)) + 2 for extent in (height, width))
    reach_y, reach_x = rows / 2 * scale, columns / 2 * scale
    border = math.ceil(max(reach_y, reach_x))
    sheet = np.zeros((ink.shape[0] + 2 * border, ink.shape[1] + 2 * border), dtype=np.float32)
    sheet[border:-border, border:-border] = ink
    y, x = (top + bottom) / 2 + border, (left + right) / 2 + border
    resized: Ink = np.asarray(
        Image.fromarray(sheet).resize(
            (columns, rows),
            Image.Resampling.BOX if scale >= 1 else Image.Resampling.BICUBIC,
            box=(x - reach_x, y - reach_y, x + reach_x, y + reach_y),
        )
    )
    # resampling dims thin strokes; most of a stroke is full ink in MNIST
    inked = np.sort(resized[resized > 0.25 * resized.max()])
    filled: Ink = np.clip(resized / inked[int(0.75 * len(inked))], 0, 1)
    return filled


def _edges(profile: Ink) -> tuple[float, float]:
    """Return where a profile of ink rises and falls past `_EDGE`, in fractions of a pixel."""
    edge = _EDGE * float(profile.max())
    on = np.flatnonzero(profile >= edge)
    first, last = int(on[0]), int(on[-1])
    before = float(profile[first - 1]) if first else 0.0
    after = float(profile[last + 1]) if last + 1 < len(profile) else 0.0
    rise = (edge - before) / (float(profile[first]) - before)
    fall = (edge - after) / (float(profile[last]) - after)
    return first - 0.5 + rise, last + 1.5 - fall


def _stroke_width(picture: Ink) -> float:
    """Return the mean width of the strokes in pixels.

    A stroke of length l and width w has the area l·w and two edges of length l, and the sum of
    the gradient over an edge is its length: so w is twice the area by the sum of the gradient.
    """
    down, across = np.diff(picture, axis=0)[:, :-1], np.diff(picture, axis=1)[:-1]
    return 2 * float(picture.sum()) / float(np.hypot(down, across).sum())


def _thickened(picture: Ink, grow: float) -> Ink:
    """Widen strokes by `grow` < 1 pixels at each edge: that share of the darkest neighbour."""
    near = np.zeros_like(picture)
    near[1:] = picture[:-1]
    np.maximum(near[:-1], picture[1:], out=near[:-1])
    np.maximum(near[:, 1:], picture[:, :-1], out=near[:, 1:])
    np.maximum(near[:, :-1], picture[:, 1:], out=near[:, :-1])
    return np.minimum(picture + np.float32(grow) * near, 1)


def _centred(fitted: Pixels, size: int) -> Pixels:
    """Put the ink on a black square so that its centre of mass is the middle, in whole pixels."""
    picture = np.zeros((size, size), dtype=np.uint8)
    top, left = (
        # the small number keeps symmetric digits, whose centre lies between two pixels, in place
        min(max(math.ceil(size / 2 - 0.5 - at - 1e-6), 0), size - extent)
        for at, extent in zip(_mass_centre(fitted), fitted.shape, strict=True)
    )
    picture[top : top + fitted.shape[0], left : left + fitted.shape[1]] = fitted
    return picture


def _framed(levels: Pixels, size: int) -> Pixels:
    """Resize the whole picture to fit the square, on black."""
    height, width = levels.shape
    scale = size / max(height, width)
    fit = (max(1, round(width * scale)), max(1, round(height * scale)))
    resized = Image.fromarray(levels)
    if fit != resized.size:
        resized = resized.resize(
            fit, Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
        )
    sheet = Image.new("L", (size, size))
    sheet.paste(resized, ((size - fit[0]) // 2, (size - fit[1]) // 2))
    return np.array(sheet)
