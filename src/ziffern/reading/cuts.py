"""Where touching digits may be cut: marks become pieces, far more than there are digits.

    pieces = pieces_of(mark, labels, tall)       # from left to right

Which pieces make a digit together is decided in `separate`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from ziffern.ink import Mask
from ziffern.reading.find import Labels, Mark

Ways: TypeAlias = npt.NDArray[np.int64]
"""(h, ways): the column of each way down in each row."""
Costs: TypeAlias = npt.NDArray[np.float64]

_SIDEWAYS = 0.5  # pixels of ink that one pixel sideways costs on a cut's way down
_DEAREST = 0.85  # of a mark's height: ink and insides of loops that a cut may go through
_APART = 0.2  # of a mark's height between two cuts
_MARGIN = 0.1  # of a mark's height between a cut and the mark's end
_WIDE = 0.5  # of a mark's height: narrower marks are one digit at most
_LEAST = 0.4  # of a digit's height: lower marks are cut as if they were so high


@dataclass(frozen=True, eq=False)
class Piece:
    """A part of a mark, or all of it: its pixels (h, w) with their place on the sheet."""

    mask: Mask
    left: int
    top: int
    cut: float | None = None
    """What the cut at its left goes through, by the mark's height; None where none is."""
    whole: bool = True
    """Whether it is all of its mark."""

    @property
    def right(self) -> int:
        """The first column behind it."""
        return self.left + int(self.mask.shape[1])

    @property
    def bottom(self) -> int:
        """The first row below it."""
        return self.top + int(self.mask.shape[0])


def piece_of(mark: Mark, labels: Labels) -> Piece:
    """Return a mark as one piece."""
    mask = labels[mark.top : mark.bottom, mark.left : mark.right] == mark.label
    return Piece(mask, mark.left, mark.top)


def pieces_of(wholes: Sequence[Piece], tall: Sequence[float]) -> list[list[Piece]]:
    """Return the pieces of marks that are whole pieces; `tall` are their lines' digits' heights."""
    ways = _ways([_filled(whole.mask) for whole in wholes])
    return [
        _pieces(whole, *each, max(whole.mask.shape[0], _LEAST * high))
        for whole, each, high in zip(wholes, ways, tall, strict=True)
    ]


def _filled(mask: Mask) -> Mask:
    """Return a mask with its holes filled, so that cuts go around loops and not through them."""
    outlines, _ = cv2.findContours(
        mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    filled = np.zeros(mask.shape, np.uint8)
    return np.asarray(cv2.drawContours(filled, outlines, -1, 1, cv2.FILLED) > 0)


def _pieces(whole: Piece, ways: Ways, costs: Costs, size: float) -> list[Piece]:
    """Cut a mark along the cheapest ways that are not close to each other."""
    mask = whole.mask
    height, width = mask.shape
    middle, chosen = ways[height // 2], list[int]()
    for way in range(len(costs)) if width > _WIDE * size else ():
        if (
            costs[way] <= _DEAREST * size
            and _MARGIN * size <= middle[way] < width - _MARGIN * size
            and all(abs(middle[way] - middle[other]) >= _APART * size for other in chosen)
        ):
            chosen.append(way)
    if not chosen:
        return [whole]
    chosen.sort(key=lambda way: int(middle[way]))
    # the number of cuts at the left of each pixel
    place = sum((np.arange(width) >= ways[:, way, np.newaxis]).astype(np.int32) for way in chosen)
    pieces = []
    for number in range(len(chosen) + 1):
        part = mask & (place == number)
        rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
        if len(rows):
            left, top = int(columns[0]), int(rows[0])
            part = part[top : rows[-1] + 1, left : columns[-1] + 1]
            cut = float(costs[chosen[number - 1]]) / size if number else None
            pieces.append(Piece(part, whole.left + left, whole.top + top, cut, whole=False))
    return pieces


def _ways(masks: Sequence[Mask]) -> list[tuple[Ways, Costs]]:
    """Return ways down through each of some masks, the cheapest first, and what they cost.

    There is one through each column at half height that no neighbour's is cheaper than. Ways go
    down one row a step and at most one column sideways; they cost the ink that they go through and
    a little for each step sideways.

    All masks are gone through at once, side by side, as most of the time is Python's.
    """
    if not masks:
        return []
    above = max(mask.shape[0] // 2 for mask in masks)
    below = max(mask.shape[0] - mask.shape[0] // 2 for mask in masks)
    starts = np.cumsum([1] + [mask.shape[1] + 1 for mask in masks])
    cost = np.full((above + below, int(starts[-1])), np.inf)  # walls between the masks
    for mask, start in zip(masks, starts, strict=False):
        height, width = mask.shape
        cost[:, start : start + width] = 0
        cost[above - height // 2 : above - height // 2 + height, start : start + width] = mask
    upper, up = _ways_from(cost[: above + 1])
    lower, down = _ways_from(cost[above:][::-1])
    ways = np.empty(cost.shape, np.int64)
    ways[above] = np.arange(cost.shape[1])
    for row in range(above, 0, -1):
        ways[row - 1] = up[row][ways[row]]
    for row in range(above, len(cost) - 1):
        ways[row + 1] = down[len(cost) - 1 - row][ways[row]]
    found = []
    for mask, start in zip(masks, starts, strict=False):
        height, width = mask.shape
        here = slice(start, start + width)
        costs = upper[here] + lower[here] - cost[above, here]
        low = _lows(costs)
        rows = slice(above - height // 2, above - height // 2 + height)
        found.append((ways[rows, start + low] - start, costs[low]))
    return found


def _lows(costs: Costs) -> npt.NDArray[np.int64]:
    """Return where costs are lower than beside it, the lowest first; of ties the middle."""
    starts = np.flatnonzero(np.diff(np.round(costs, 6), prepend=np.inf))
    levels = np.pad(costs[starts], 1, constant_values=np.inf)
    low = (levels[1:-1] < levels[:-2]) & (levels[1:-1] < levels[2:])
    middles = (starts + np.append(starts[1:], len(costs)) - 1) // 2
    found: npt.NDArray[np.int64] = middles[low]
    return np.asarray(found[np.argsort(costs[found], kind="stable")])


def _ways_from(cost: Costs) -> tuple[Costs, Ways]:
    """Return what the cheapest way from the first row to each column of the last one costs.

    And for each row and column the column in the row before that the way comes from.
    """
    total, origin = cost[0], np.zeros(cost.shape, np.int64)
    columns = np.arange(cost.shape[1])
    for row in range(1, len(cost)):
        sideways = np.pad(total + _SIDEWAYS, 1, constant_values=np.inf)
        options = np.stack([total, sideways[:-2], sideways[2:]])
        best = options.argmin(axis=0)
        origin[row] = columns + np.array([0, -1, 1])[best]
        total = options[best, columns] + cost[row]
    return total, origin
