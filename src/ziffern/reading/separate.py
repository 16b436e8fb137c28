"""Which strokes of a line make one digit each: touching digits are cut, broken ones joined.

Marks are cut wherever digits may touch, which is far too often, into pieces from left to right.
Neighbouring pieces form candidates, every candidate is answered by the network, and the best
way through all of them is found by dynamic programming (over-segmentation and recognition;
Fujisawa, Nakano, Kurino 1992). How many digits there are need not be known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from ziffern.ink import Ink
from ziffern.pictures import Pixels
from ziffern.reading.find import Line, Mark

Labels = npt.NDArray[np.int32]
Probabilities = npt.NDArray[np.float32]

MOST_PIECES = 5  # that make one digit
WIDEST = 1.5  # of a digit's height: the widest digit
_SIDEWAYS = 0.4  # strokes' cost of one pixel sideways on a cut's way down
_DEAREST = 1.0  # of a digit's height: ink that a cut may go through
_APART = 0.12  # of a digit's height between two cuts


@dataclass(frozen=True)
class Piece:
    """A part of a mark, or all of it: its pixels (h, w) with its place on the sheet."""

    mask: npt.NDArray[np.bool_]
    left: int
    top: int
    cut: float = 0.0
    """Ink that the cut at its left side goes through, in digits' heights; 0 where it is free."""

    @property
    def right(self) -> int:
        """The first column behind it."""
        return self.left + int(self.mask.shape[1])

    @property
    def bottom(self) -> int:
        """The first row below it."""
        return self.top + int(self.mask.shape[0])


@dataclass(frozen=True)
class Candidate:
    """Pieces `start` to `stop` (open) of a line, taken as one digit."""

    start: int
    stop: int
    box: tuple[int, int, int, int]
    picture: Pixels


@dataclass(frozen=True)
class Found:
    """A digit, or a mark that is none, with its box (left, top, right, bottom) on the sheet."""

    box: tuple[int, int, int, int]
    probabilities: Probabilities


def pieces_of(line: Line, labels: Labels) -> list[Piece]:
    """Cut the marks of a line into pieces, from left to right."""
    pieces = []
    for mark in line.marks:
        mask = labels[mark.top : mark.bottom, mark.left : mark.right] == mark.label
        pieces += _cut(mask, mark, line.tall)
    return sorted(pieces, key=lambda piece: piece.left + piece.right)


def _cut(mask: npt.NDArray[np.bool_], mark: Mark, tall: float) -> list[Piece]:
    height, width = mask.shape
    if width < 0.5 * tall or height < 0.4 * tall:
        return [Piece(mask, mark.left, mark.top)]
    ways, costs = _ways_down(mask)
    chosen: list[int] = []
    margin = max(2, round(0.1 * tall))
    for way in np.argsort(costs, kind="stable"):
        column = ways[height // 2, way]
        if costs[way] > _DEAREST * tall:
            break
        if margin <= column < width - margin and all(
            abs(column - ways[height // 2, other]) >= _APART * tall for other in chosen
        ):
            chosen.append(int(way))
    chosen.sort(key=lambda way: ways[height // 2, way])
    # a pixel belongs to the piece given by the number of cuts at its left
    number = np.zeros(mask.shape, np.int32)
    columns = np.arange(width)
    for way in chosen:
        number += columns >= ways[:, way, np.newaxis]
    pieces = []
    for place in range(len(chosen) + 1):
        part = mask & (number == place)
        rows, cols = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
        if len(rows):
            pieces.append(
                Piece(
                    part[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1],
                    mark.left + int(cols[0]),
                    mark.top + int(rows[0]),
                    float(costs[chosen[place - 1]]) / tall if place else 0.0,
                )
            )
    return pieces


def _ways_down(
    mask: npt.NDArray[np.bool_],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return for each column the cheapest way from top to bottom through it at half height.

    Ways go down one row a step and at most one column sideways; they cost the ink they go
    through. Returns the column of each way in each row (h, ways), and the costs.
    """
    height, width = mask.shape
    middle = height // 2
    upper, up = _ways_from(mask[: middle + 1])
    lower, down = _ways_from(mask[middle:][::-1])
    costs = upper + lower - mask[middle]
    ways = np.empty((height, width), np.int64)
    ways[middle] = np.arange(width)
    for row in range(middle, 0, -1):
        ways[row - 1] = up[row][ways[row]]
    for row in range(middle, height - 1):
        ways[row + 1] = down[height - 1 - row][ways[row]]
    return ways, costs


def _ways_from(
    mask: npt.NDArray[np.bool_],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return the cost of the cheapest way from the first row to each column of the last one.

    And for each row and column the column that its way comes from.
    """
    height, width = mask.shape
    ink = mask.astype(np.float64)
    cost, origin = ink[0], np.zeros((height, width), np.int64)
    columns = np.arange(width)
    for row in range(1, height):
        padded = np.pad(cost + _SIDEWAYS, 1, constant_values=np.inf)
        options = np.stack([cost, padded[:-2], padded[2:]])
        best = options.argmin(axis=0)
        origin[row] = columns + np.array([0, -1, 1])[best]
        cost = options[best, columns] + ink[row]
    return cost, origin


def candidates_of(
    pieces: Sequence[Piece], ink: Ink, tall: float, normalise: Callable[[Pixels], Pixels]
) -> list[Candidate]:
    """Return all runs of neighbouring pieces that may be one digit."""
    found = []
    for start in range(len(pieces)):
        for stop in range(start + 1, min(start + MOST_PIECES, len(pieces)) + 1):
            group = pieces[start:stop]
            box = _box(group)
            width, height = box[2] - box[0], box[3] - box[1]
            if stop > start + 1 and width > WIDEST * tall:
                continue
            if max(width, height) < 0.3 * tall or height > 2.5 * tall:
                continue
            found.append(Candidate(start, stop, box, normalise(_picture(group, box, ink))))
    return found


def _box(group: Sequence[Piece]) -> tuple[int, int, int, int]:
    return (
        min(piece.left for piece in group),
        min(piece.top for piece in group),
        max(piece.right for piece in group),
        max(piece.bottom for piece in group),
    )


def _picture(group: Sequence[Piece], box: tuple[int, int, int, int], ink: Ink) -> Pixels:
    """Return the ink of pieces alone, white on black, with a margin."""
    margin = 4
    left, top, right, bottom = box
    mask = np.zeros((bottom - top + 2 * margin, right - left + 2 * margin), np.uint8)
    for piece in group:
        y, x = piece.top - top + margin, piece.left - left + margin
        mask[y : y + piece.mask.shape[0], x : x + piece.mask.shape[1]] |= piece.mask
    # the grey rim of strokes lies outside the mask
    mask = np.asarray(cv2.dilate(mask, np.ones((3, 3), np.uint8)))
    picture = np.zeros(mask.shape, np.float32)
    picture[margin:-margin, margin:-margin] = ink[top:bottom, left:right]
    pixels: Pixels = np.rint(picture * mask * 255).astype(np.uint8)
    return pixels


def best_way(
    pieces: Sequence[Piece],
    candidates: Sequence[Candidate],
    probabilities: Probabilities,
    tall: float,
) -> list[Found]:
    """Return the digits of a line: the candidates on the best way through its pieces."""
    best = np.full(len(pieces) + 1, -np.inf)
    best[0] = 0
    before: list[tuple[int, int | None]] = [(0, None)] * (len(pieces) + 1)
    ending: dict[int, list[int]] = {}
    for index, candidate in enumerate(candidates):
        ending.setdefault(candidate.stop, []).append(index)
    scores = [
        score(candidate, pieces, answer, tall)
        for candidate, answer in zip(candidates, probabilities, strict=True)
    ]
    for stop in range(1, len(pieces) + 1):
        left_out = best[stop - 1] - _cost_of_leaving(pieces[stop - 1], tall)
        best[stop], before[stop] = left_out, (stop - 1, None)
        for index in ending.get(stop, []):
            total = best[candidates[index].start] + scores[index]
            if total > best[stop]:
                best[stop], before[stop] = total, (candidates[index].start, index)
    found, at = [], len(pieces)
    while at:
        at, index_or_none = before[at]
        if index_or_none is not None:
            found.append(Found(candidates[index_or_none].box, probabilities[index_or_none]))
    return found[::-1]


def score(
    candidate: Candidate, pieces: Sequence[Piece], answer: Probabilities, tall: float
) -> float:
    """Return how well pieces are explained as one digit, at most 0."""
    group = pieces[candidate.start : candidate.stop]
    left, top, right, bottom = candidate.box
    weight = 0.3 + max(right - left, 0.3 * tall) / tall
    value = weight * float(np.log(max(answer.max(), 1e-4)))
    # small for a digit of this line
    size = max(bottom - top, 0.6 * (right - left)) / tall
    value -= 4 * max(0.0, 0.7 - size)
    # wide
    value -= 2 * max(0.0, (right - left) / tall - 1.1)
    # gaps inside
    for one, other in pairwise(group):
        value -= 3 * max(0.0, (other.left - one.right) / tall)
    # cut through ink at its left side
    value -= 0.5 * group[0].cut
    return value


def _cost_of_leaving(piece: Piece, tall: float) -> float:
    height, width = piece.mask.shape
    return float(4.0 * max(0.0, height / tall - 0.35) + 1.0 * max(0.0, width / tall - 0.5) + 0.02)
