"""Digits of lines whose numbers are known: found where they stand, without anybody's boxes.

    spelled = Speller(Reader())
    line, = spelled(page, ["2550"])
    line.digits        # the reader's pictures of 2, 5, 5, 0, uint8 (4, 28, 28)
    line.others        # what it might have cut wrongly, uint8 (M, 28, 28)

The number is laid on what the reader makes of the line. So it finds its digits also where it would
have misread them, and these are what it can learn most from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ziffern.classes import NO_DIGIT
from ziffern.datasets.parts import Images, Labels
from ziffern.pictures import Pixels
from ziffern.reading import cuttings, paper
from ziffern.reading.painted import NOBODY
from ziffern.reading.reader import Reader
from ziffern.reading.separate import Lattice, Probabilities

_DOUBT: Final = 4.0
"""What may speak against a number, on average over its digits, in nats: more, and it is another
line's. Of 300 cheque fields 3 had more with their own number, and none less with one that had no
digit in common with it (none and 6 by a universal without a background class)."""
_OTHERS: Final = 2
"""How many wrong cuts are kept for each digit."""


@dataclass(frozen=True, eq=False)
class SpelledLine:
    """What a line with a known number holds.

    Attributes:
        text: the number.
        digits: its digits in the network's form, uint8 (n, 28, 28), from left to right.
        boxes: where they stand on the page: left, top, width, height in pixels.
        others: wrong cuts, of what is no digit or not one alone, uint8 (M, 28, 28).
    """

    text: str
    digits: Images
    boxes: list[list[int]]
    others: Images

    @property
    def labels(self) -> Labels:
        """The digits as numbers, (n,)."""
        return np.array([int(sign) for sign in self.text], np.int64)


class Speller:
    """Lays known numbers on the lines of pages, as far as a reader recognises them."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def __call__(self, pixels: Pixels, texts: Sequence[str]) -> list[SpelledLine | None]:
        """Find the digits of numbers on a page.

        Args:
            pixels: uint8 (H, W, 3), upright.
            texts: the numbers that stand on the page, from top to bottom, digits alone. There may
                be more lines than these.

        Returns:
            For each number its digits, None where it is not there.
        """
        best: list[SpelledLine | None] = [None] * len(texts)
        for sheet in paper.sheets_of(pixels):
            found = self._on(sheet, texts)
            if found.count(None) < best.count(None):
                best = found
            if None not in found:
                break
        return best

    def _on(self, sheet: paper.Sheet, texts: Sequence[str]) -> list[SpelledLine | None]:
        """Find the digits of numbers on a sheet."""
        lattices = list(cuttings.every_lattice(sheet))
        answers = self._reader.answers([lattice.candidates for lattice in lattices], sheet)
        options = [
            [lattice.spelled(answer, text) for text in texts]
            for lattice, answer in zip(lattices, answers, strict=True)
        ]
        doubts = np.full((len(lattices), len(texts)), np.inf)
        for place, number in np.ndindex(doubts.shape):
            if (way := options[place][number]) is not None:
                digits = [int(sign) for sign in texts[number]]
                doubts[place, number] = _doubt(answers[place][way], digits)
        found: list[SpelledLine | None] = [None] * len(texts)
        for place, number in _in_order(doubts):
            way = options[place][number]
            assert way is not None
            found[number] = self._line(sheet, lattices[place], way, texts[number])
        return found

    def _line(
        self, sheet: paper.Sheet, lattice: Lattice, way: Sequence[int], text: str
    ) -> SpelledLine:
        contract = self._reader.model.contract
        chosen = [lattice.candidates[index] for index in way]
        owners = np.full(sheet.mask.shape, NOBODY, np.int16)
        for owner, candidate in enumerate(chosen, 1):
            for part in candidate.parts:
                owners[part.top : part.bottom, part.left : part.right][part.mask] = owner
        labels = np.array([int(sign) for sign in text], np.int64)
        wrong = [
            candidate
            for candidate, label in cuttings.judge(sheet, [lattice], owners, labels)
            if label == NO_DIGIT
        ]
        few = np.random.default_rng(0).permutation(len(wrong))[: _OTHERS * len(text)]
        others = [wrong[each].picture(sheet.ink, contract) for each in few.tolist()]
        return SpelledLine(
            text,
            np.stack([each.picture(sheet.ink, contract) for each in chosen]),
            [sheet.box(*each.box) for each in chosen],
            np.stack(others) if others else np.empty((0, contract.size, contract.size), np.uint8),
        )


def _doubt(answers: Probabilities, digits: Sequence[int]) -> float:
    """Return what speaks against a number, given the answers (n, classes) to its places.

    That there is a digit at each of them is known, so only which one it is counts.
    """
    shares = answers[np.arange(len(digits)), digits] / answers.sum(axis=1)
    return -float(np.log(np.maximum(shares, 1e-4)).mean())


def _in_order(doubts: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> list[tuple[int, int]]:
    """Return which line holds which number, in the order of both, most numbers of all, least doubt.

    Args:
        doubts: (lines, numbers), what speaks against each pair.
    """
    lines, numbers = doubts.shape
    gains = np.where(doubts <= _DOUBT, 2 * _DOUBT - doubts, -np.inf)
    best = np.zeros((lines + 1, numbers + 1))
    for line, number in np.ndindex(lines, numbers):
        best[line + 1, number + 1] = max(
            best[line, number + 1],
            best[line + 1, number],
            best[line, number] + gains[line, number],
        )
    pairs, line, number = [], lines, numbers
    while line and number:
        if best[line, number] == best[line - 1, number]:
            line -= 1
        elif best[line, number] == best[line, number - 1]:
            number -= 1
        else:
            line, number = line - 1, number - 1
            pairs.append((line, number))
    return pairs
