"""Which pieces of a line make one digit each: touching digits are parted, broken ones joined.

    lattice = Lattice.of(pieces, small, tall)
    pictures = [candidate.picture(ink, contract) for candidate in lattice.candidates]
    lattice.best(model.predict(np.stack(pictures)))      # the digits, from left to right

Neighbouring pieces form candidates, the network answers every candidate, and dynamic programming
finds the best way through all of them (over-segmentation and recognition; Fujisawa, Nakano, Kurino
1992). How many digits there are need not be known: two digits taken as one, or parts of one, look
like no digit, and a network that knows such answers them with low probabilities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from ziffern.boxing import centred, fitted
from ziffern.contract import Contract
from ziffern.ink import Ink
from ziffern.pictures import Pixels
from ziffern.reading.cuts import Piece
from ziffern.reading.paper import SheetBox

Probabilities: TypeAlias = npt.NDArray[np.float32]

_MOST = 5  # pieces that make one digit
_BROADEST = 2.5  # width by height of the broadest digit
_WIDEST = 1.6  # of a digit's height: the widest digit
_BROKEN = 0.3  # of a digit's height: the widest gap within a digit
_NEAR = 0.2  # of a digit's height: small marks this close to a piece may be parts of it
_MARGIN = 2  # pixels around a candidate, which hold the grey rim of its strokes

_MISREAD = 0.3  # what a digit that is read as another counts, where a text is laid on a line

# What speaks against a candidate, in units of the logarithm of a probability.
_CUT, _THROUGH = 0.6, 0.4  # a cut at its left, and more so the more ink it goes through
# several marks taken as one digit: for it where they stand above each other, else against it, and
# more so by their distance in digits' heights
_JOINED, _GAP = 1.0, 2.0
_APART = 0.2  # a small mark close by that is left out
_USUAL, _BROAD, _BROADER = 0.7, 1.2, 1.0  # width by height: of most digits, of broad ones
_LOW, _LOWER = 0.5, 10.0  # of the line's height: digits are seldom lower
_HIGH, _HIGHER = 1.5, 0.5  # and seldom higher
_DOT, _LEFT_OUT, _PART = 0.3, 10.0, 1.0  # pieces higher than dots are seldom none, parts never


@dataclass(frozen=True)
class Candidate:
    """Pieces `start` to `stop` (open) of a line taken as one digit, perhaps with small marks."""

    start: int
    stop: int
    parts: tuple[Piece, ...]
    apart: int = 0
    """How many small marks close by are not taken with it."""

    @property
    def box(self) -> SheetBox:
        """Where it stands."""
        return _box(self.parts)

    def picture(self, ink: Ink, contract: Contract) -> Pixels:
        """Return the network's input: the ink of these pieces alone, uint8 (size, size).

        Here the ink is known already, so that only the last steps of the contract are left.
        """
        left, top, right, bottom = self.box
        height, width = bottom - top + 2 * _MARGIN, right - left + 2 * _MARGIN
        mask = np.zeros((height, width), np.uint8)
        for piece in self.parts:
            y, x = piece.top - top + _MARGIN, piece.left - left + _MARGIN
            mask[y : y + piece.mask.shape[0], x : x + piece.mask.shape[1]] |= piece.mask
        mask = np.asarray(cv2.dilate(mask, np.ones((3, 3), np.uint8)))
        around = np.zeros((height, width), np.float32)
        y, x = max(_MARGIN - top, 0), max(_MARGIN - left, 0)
        seen = ink[
            max(top - _MARGIN, 0) : bottom + _MARGIN, max(left - _MARGIN, 0) : right + _MARGIN
        ]
        around[y : y + seen.shape[0], x : x + seen.shape[1]] = seen
        alone: Ink = around * mask
        if contract.centre == "frame":
            return contract.normalise(np.rint(255 * alone).astype(np.uint8))
        return centred(fitted(alone, contract.box), contract.size)


@dataclass(frozen=True)
class Lattice:
    """The pieces of a line and all candidates made of them; `tall` is its digits' height."""

    pieces: Sequence[Piece]
    candidates: Sequence[Candidate]
    tall: float

    @classmethod
    def of(cls, marks: Sequence[Sequence[Piece]], small: Sequence[Piece], tall: float) -> Self:
        """Form candidates of the pieces of marks: a mark in one, and runs of neighbouring pieces.

        Small marks close to one may belong to it or not, so it is taken with and without them.
        """
        pieces = sorted(
            (piece for mark in marks for piece in mark),
            key=lambda piece: piece.left + piece.right,
        )
        near: list[list[Piece]] = [[] for _ in pieces]
        for mark in small:
            distances = [_distance(mark, piece) for piece in pieces]
            if distances and min(distances) <= _NEAR * tall:
                near[int(np.argmin(distances))].append(mark)
        place = {piece: number for number, piece in enumerate(pieces)}
        runs = {
            (places[0], places[-1] + 1)
            for places in (sorted(place[piece] for piece in mark) for mark in marks)
            if len(places) == places[-1] + 1 - places[0]
            and _breadth([pieces[number] for number in places]) <= _BROADEST
        }
        for start in range(len(pieces)):
            for stop in range(start + 2, min(start + _MOST, len(pieces)) + 1):
                if not _may_be_one(pieces[start:stop], tall):
                    break
                runs.add((start, stop))
            runs.add((start, start + 1))
        candidates = []
        for start, stop in sorted(runs):
            group = tuple(pieces[start:stop])
            others = [mark for those in near[start:stop] for mark in those]
            candidates.append(Candidate(start, stop, group, len(others)))
            if others:
                candidates.append(Candidate(start, stop, (*group, *others)))
        return cls(pieces, candidates, tall)

    def best(self, answers: Probabilities) -> list[int]:
        """Return which candidates are on the best way through all pieces, from left to right.

        Args:
            answers: (candidates, classes), the probabilities of each.
        """
        totals = np.full(len(self.pieces) + 1, -np.inf)
        totals[0] = 0
        came: list[tuple[int, int | None]] = [(0, None)] * len(totals)
        ending = self._ending()
        for stop in range(1, len(totals)):
            totals[stop] = totals[stop - 1] - self._cost_of_none(self.pieces[stop - 1])
            came[stop] = (stop - 1, None)
            for index in ending[stop]:
                candidate = self.candidates[index]
                total = totals[candidate.start] - self._cost(candidate, answers[index].max())
                if total > totals[stop]:
                    totals[stop], came[stop] = total, (candidate.start, index)
        found, at = [], len(self.pieces)
        while at:
            at, index_or_none = came[at]
            if index_or_none is not None:
                found.append(index_or_none)
        return found[::-1]

    def left_out(self, chosen: Sequence[int]) -> list[SheetBox]:
        """Return the boxes of what is higher than dots and in no candidate of a way.

        Neighbouring pieces are in one box.
        """
        ends = [0, *(self.candidates[index].stop for index in chosen)]
        starts = [*(self.candidates[index].start for index in chosen), len(self.pieces)]
        runs = [self.pieces[end:start] for end, start in zip(ends, starts, strict=True)]
        return [
            _box(run)
            for run in runs
            if any(piece.bottom - piece.top > _DOT * self.tall for piece in run)
        ]

    def spelled(self, answers: Probabilities, text: str) -> list[int] | None:
        """Return the candidates on the best way through all pieces that spells a text.

        That is how a known number is laid on a line (forced alignment): as in `best`, but for the
        n-th digit on the way the probability of the text's n-th counts. What is clearly another
        digit counts as well, though less, for it may be misread; else any shape that is unlike all
        digits would be liked better.

        Args:
            answers: (candidates, classes), the probabilities of each.
            text: digits alone, at least one.

        Returns:
            One candidate for each digit, from left to right; None where there is no way with so
            many digits.
        """
        digits = [int(sign) for sign in text]
        shares = np.minimum(answers[:, digits] + _MISREAD * answers.max(axis=1, keepdims=True), 1)
        totals = np.full((len(self.pieces) + 1, len(digits) + 1), -np.inf)
        totals[0, 0] = 0
        ending = self._ending()
        came = np.full(totals.shape, -1)  # the candidate that ends there, -1: the piece is none
        for stop in range(1, len(totals)):
            totals[stop] = totals[stop - 1] - self._cost_of_none(self.pieces[stop - 1])
            for index in ending[stop]:
                candidate = self.candidates[index]
                costs = [self._cost(candidate, share) for share in shares[index]]
                through = totals[candidate.start, :-1] - costs
                better = through > totals[stop, 1:]
                totals[stop, 1:][better] = through[better]
                came[stop, 1:][better] = index
        if not np.isfinite(totals[-1, -1]):
            return None
        found, stop, left = list[int](), len(self.pieces), len(digits)
        while stop:
            index = int(came[stop, left])
            if index < 0:
                stop -= 1
            else:
                found.append(index)
                stop, left = self.candidates[index].start, left - 1
        return found[::-1]

    def _ending(self) -> list[list[int]]:
        """Return the candidates by the piece before which they end."""
        ending: list[list[int]] = [[] for _ in range(len(self.pieces) + 1)]
        for index, candidate in enumerate(self.candidates):
            ending[candidate.stop].append(index)
        return ending

    def _cost(self, candidate: Candidate, probability: np.floating) -> float:
        """Return what speaks against a candidate being one digit, about in logarithms.

        A wide candidate counts for more than one digit: else two digits taken as one would cost one
        surprise where they cost two by themselves.
        """
        left, top, right, bottom = candidate.box
        width, height = (right - left) / self.tall, (bottom - top) / self.tall
        surprise = -float(np.log(max(float(probability), 1e-4)))
        cost = surprise * max(1.0, width / (_USUAL * min(height, 1.0)))
        cost += _BROADER * max(0.0, width / max(height, 0.6) - _BROAD)
        cost += _LOWER * max(0.0, _LOW - max(height, width / 2))
        cost += _HIGHER * max(0.0, height - _HIGH)
        cost += _APART * candidate.apart
        group = self.pieces[candidate.start : candidate.stop]
        for one, other in pairwise(group):
            if other.cut is None:
                apart = (other.left - one.right) / min(one.mask.shape[1], other.mask.shape[1])
                cost += _JOINED * (1 + 2 * min(max(apart, -1.0), 0.0))
                cost += _GAP * max(0.0, (other.left - one.right) / self.tall)
        if group[0].cut is not None:
            cost += _CUT + _THROUGH * group[0].cut
        return cost

    def _cost_of_none(self, piece: Piece) -> float:
        """Return what speaks against a piece being part of no digit: little for dots and dashes."""
        height, width = piece.mask.shape
        size = max(height, 0.4 * width) / self.tall
        return float(_LEFT_OUT * max(0.0, size - _DOT) + (0 if piece.whole else _PART))


def _may_be_one(group: Sequence[Piece], tall: float) -> bool:
    left, top, right, bottom = _box(group)
    reach = max(piece.right for piece in group[:-1])
    return (
        right - left <= _WIDEST * max(bottom - top, 0.6 * tall)
        and group[-1].left - reach <= _BROKEN * tall
    )


def _breadth(group: Sequence[Piece]) -> float:
    left, top, right, bottom = _box(group)
    return (right - left) / (bottom - top)


def _box(parts: Sequence[Piece]) -> SheetBox:
    return (
        min(piece.left for piece in parts),
        min(piece.top for piece in parts),
        max(piece.right for piece in parts),
        max(piece.bottom for piece in parts),
    )


def _distance(one: Piece, other: Piece) -> float:
    """Return the pixels between the boxes of two pieces."""
    x = max(one.left - other.right, other.left - one.right, 0)
    y = max(one.top - other.bottom, other.top - one.bottom, 0)
    return float(np.hypot(x, y))
