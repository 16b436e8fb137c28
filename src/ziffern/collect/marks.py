"""Finding a sheet in a photo or scan by its marks: which one it is, and how it lies.

    placed = find(levels)
    placed.transform @ (x, y, 1)      # millimetres of the field → pixels, homogeneous

Any three of the four corner marks are enough, for each has four corners of its own: twelve points
for the eight numbers of a perspective. Cutting is the work of `ziffern.collect.cut`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from ziffern.collect import layout
from ziffern.collect.layout import MARK, Sheet
from ziffern.collect.sheet import FAMILY
from ziffern.errors import DataError
from ziffern.pictures import Pixels

_LOOK: Final = 2000  # pixels of the longer side: a mark is 80 wide there, more only costs time
_NEEDED: Final = 3


@dataclass(frozen=True, eq=False)
class Placed:
    """A sheet in a picture."""

    sheet: Sheet
    transform: npt.NDArray[np.float64]
    """(3, 3), from millimetres of the field to pixels of the picture."""
    marks: int
    """How many corner marks were found, 3 or 4."""

    @property
    def resolution(self) -> float:
        """Pixels a millimetre in the middle of the field."""
        x, y = layout.WIDTH / 2, layout.HEIGHT / 2
        columns = self.transform @ np.array([[x, x + 1, x], [y, y, y + 1], [1, 1, 1]])
        at, right, down = (columns[:2] / columns[2]).T
        return float(abs(np.linalg.det(np.stack([right - at, down - at]))) ** 0.5)


def find(levels: Pixels) -> Placed:
    """Find the sheet in a grey picture, uint8 (H, W), turned in any way.

    Raises:
        DataError: fewer than three marks of a sheet, or those of several.
    """
    best: dict[int, npt.NDArray[np.float32]] = {}
    for view, scale in _views(levels):
        corners, numbers, _ = _detector().detectMarkers(view)
        found = [] if numbers is None else [int(number) for number in numbers.ravel()]
        if twice := [number for number, count in Counter(found).items() if count > 1]:
            raise DataError(
                f"mark {twice[0]} is there {Counter(found)[twice[0]]} times; expected one sheet a "
                "picture"
            )
        for number, square in zip(found, corners, strict=True):
            # pixels have their centres at whole numbers, in the small view and in the large one
            best.setdefault(number, (square.reshape(4, 2) + 0.5) / scale - 0.5)
        if len(_corner_marks(best)) == 4:
            break
    if not best:
        raise DataError(
            "no mark of a sheet found; expected the four black squares in its corners, sharp and "
            "whole in the picture"
        )
    sheet = layout.sheet_of(best)
    if sheet is None:
        raise DataError("marks of several sheets found; expected one sheet a picture")
    corner_marks = len(_corner_marks(best))
    if corner_marks < _NEEDED:
        raise DataError(
            f"only {corner_marks} of the 4 black squares in the corners of the sheet found; at "
            f"least {_NEEDED} must be sharp and whole in the picture"
        )
    places = layout.marks(sheet)
    field = np.concatenate([_square(*places[number]) for number in best])
    transform, _ = cv2.findHomography(field, np.concatenate(list(best.values())))
    return Placed(sheet, np.asarray(transform, np.float64), corner_marks)


def shrunk(levels: Pixels, scale: float) -> Pixels:
    """Return a smaller picture, each of its pixels the mean of those it stands for."""
    small = cv2.resize(levels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _views(levels: Pixels) -> Iterator[tuple[Pixels, float]]:
    """Give the picture as it is easiest to search, then in other ways for marks not yet found."""
    scale = min(1.0, _LOOK / max(levels.shape))
    small = shrunk(levels, scale) if scale < 1 else levels
    yield small, scale
    # shadows and dim light: contrast made the same everywhere
    yield np.asarray(cv2.createCLAHE(4.0, (8, 8)).apply(small), np.uint8), scale
    if scale < 1:  # a sheet that is small in the picture
        yield levels, 1.0


def _detector() -> cv2.aruco.ArucoDetector:
    settings = cv2.aruco.DetectorParameters()
    settings.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    return cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(FAMILY), settings)


def _corner_marks(numbers: dict[int, npt.NDArray[np.float32]]) -> list[int]:
    return [number for number in numbers if layout.is_corner(number)]


def _square(x: float, y: float) -> npt.NDArray[np.float32]:
    """Return the corners of a mark in the detector's order, clockwise from the upper left."""
    return np.array([(x, y), (x + MARK, y), (x + MARK, y + MARK), (x, y + MARK)], dtype=np.float32)
