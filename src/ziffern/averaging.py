"""Test-time averaging: a picture is answered together with moved and turned copies of itself.

    logits = averaged(network, pictures, Copies(shifts=4))

Which copies are asked belongs to the model (`[predict]` in a recipe, `shifts` and `rotation` in
`model.json`). Every engine that answers pictures does it through here, so that the same model means
the same everywhere. Each copy costs as much as the picture itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from PIL import Image

from ziffern.errors import InputError
from ziffern.pictures import Pixels

Floats = npt.NDArray[np.float32]
Shifts = Literal[0, 4, 8]

_SIDES = ((-1, 0), (1, 0), (0, -1), (0, 1))
_CORNERS = ((-1, -1), (-1, 1), (1, -1), (1, 1))
SHIFTS: dict[int, tuple[tuple[int, int], ...]] = {0: (), 4: _SIDES, 8: _SIDES + _CORNERS}
"""Pixels down and to the right, by the number of copies."""

STEEPEST = 45.0
"""The largest rotation, in degrees; a digit turned further is another one."""


@dataclass(frozen=True)
class Copies:
    """Which copies of a picture are answered together with it; none as it stands.

    shifts: how many are moved by one pixel, a key of `SHIFTS`.
    rotation: degrees, 0 to `STEEPEST`; above 0 the picture and each moved copy are answered
        turned to the left and to the right by so much, too.
    """

    shifts: int = 0
    rotation: float = 0.0

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> Self:
        """Read what `to_dict` gave; what is not in it is none, as in models of older versions.

        Raises:
            InputError: it cannot be.
        """
        shifts, rotation = table.get("shifts", 0), table.get("rotation", 0.0)
        if type(shifts) is not int or shifts not in SHIFTS:
            raise InputError(f"'shifts' is {shifts!r}, expected {' or '.join(map(str, SHIFTS))}")
        if type(rotation) not in (int, float) or not 0 <= rotation <= STEEPEST:
            raise InputError(f"'rotation' is {rotation!r}, expected 0 to {STEEPEST:g} degrees")
        return cls(shifts, float(rotation))

    def to_dict(self) -> dict[str, Any]:
        """Return what `from_dict` reads, as JSON can hold it."""
        return asdict(self)

    @property
    def pictures(self) -> int:
        """How many pictures are answered for each one, itself among them."""
        return (1 + self.shifts) * len(self._angles)

    def of(self, pictures: Pixels) -> Iterator[Pixels]:
        """Give uint8 (N, H, W) as it is and then each copy of it, one at a time."""
        for angle in self._angles:
            straight = turned(pictures, angle) if angle else pictures
            yield straight
            for down, right in SHIFTS[self.shifts]:
                yield moved(straight, down, right)

    @property
    def _angles(self) -> tuple[float, ...]:
        return (0.0, self.rotation, -self.rotation) if self.rotation else (0.0,)

    def __str__(self) -> str:
        """Say what the copies are; empty where there are none."""
        number = self.pictures - 1
        if not self.rotation:
            return f"{number} copies moved by one pixel" if number else ""
        if not self.shifts:
            return f"{number} copies turned by {self.rotation:g}°"
        return f"{number} copies moved by one pixel, turned by {self.rotation:g}°, or both"


def averaged(logits: Callable[[Pixels], Floats], pictures: Pixels, copies: Copies) -> Floats:
    """Return the mean of the logits of pictures and of their copies, float32 (N, C).

    Args:
        logits: answers uint8 (N, H, W) with float32 (N, C); called once for each copy. Give it
            one batch at a time, and no more than two copies of one lie in memory.
        pictures: uint8 (N, H, W), white ink on black.
        copies: which ones; without any the pictures alone are answered.
    """
    total, *others = map(logits, copies.of(pictures))
    for each in others:
        total = total + each
    return total / np.float32(copies.pictures) if others else total


def moved(pictures: Pixels, down: int, right: int) -> Pixels:
    """Move uint8 (N, H, W) by whole pixels; what comes in is paper (0), what goes out is lost."""
    height, width = pictures.shape[1:]
    found = np.zeros_like(pictures)
    found[:, max(down, 0) : height + min(down, 0), max(right, 0) : width + min(right, 0)] = (
        pictures[:, max(-down, 0) : height - max(down, 0), max(-right, 0) : width - max(right, 0)]
    )
    return found


def turned(pictures: Pixels, degrees: float) -> Pixels:
    """Turn uint8 (N, H, W) to the left about their middle; what comes in is paper (0).

    Bilinear, as Pillow does it, in which nothing hangs on the processor.
    """
    found = np.empty_like(pictures)
    for picture, place in zip(pictures, found, strict=True):
        place[:] = Image.fromarray(picture).rotate(degrees, Image.Resampling.BILINEAR)
    return found
