"""What the reader cuts out of painted lines, right and wrong, as pictures to learn from.

    images, labels = cuttings(1000, seed=0, digits=part, contract=contract)

A network that has seen digits alone has never seen what the reader asks it about: digits with a
stroke to the next one, digits as they look once cut, two digits as one, parts of digits. As it is
known whose ink each pixel of a painted line is, every candidate is known for what it is, and no
network need be asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from ziffern.classes import NO_DIGIT
from ziffern.contract import Contract
from ziffern.datasets import Part
from ziffern.datasets.parts import SIZE, Images, Labels
from ziffern.reading import cuts, find, paper
from ziffern.reading.painted import NOBODY, Owners, PaintedLine, Painter
from ziffern.reading.separate import Candidate, Lattice

_ALL = 0.9  # of a digit's ink, and of the digits' ink in a candidate: it is that digit
_FOREIGN = 0.5  # of its ink at most is no digit's: rims, dots, strokes between digits
_MOST = 0.6  # of the ink of each of two digits: it is two as one
_LITTLE = 0.45  # of any digit's ink at most: it is a part
_THIN = 0.4  # width by height: thinner parts may well be ones


def cuttings(count: int, *, seed: int, digits: Part, contract: Contract) -> tuple[Images, Labels]:
    """Paint `count` lines and return the candidates that the reader finds in them.

    Those that are neither clearly right nor clearly wrong are left out.

    Args:
        count: lines.
        seed: the same seed and digits give the same pictures.
        digits: what lines are painted of.
        contract: how pictures are brought into form.

    Returns:
        uint8 (N, 28, 28), and int64 (N,): the digit, or `NO_DIGIT` for wrong cuts, of which a line
        gives at most as many as it has digits.

    Raises:
        DataError: there are no digits.
    """
    draw = np.random.default_rng(seed)
    paint = Painter(digits)
    images, labels = [np.empty((0, SIZE, SIZE), np.uint8)], list[int]()
    for _ in range(count):
        line = paint(draw)
        sheet = paper.ink_of(np.repeat(line.pixels[..., np.newaxis], 3, axis=2))
        judged = list(judge(sheet, every_lattice(sheet), _owners_on(sheet, line), line.labels))
        right = [each for each in judged if each[1] != NO_DIGIT]
        wrong = [each for each in judged if each[1] == NO_DIGIT]
        few = draw.permutation(len(wrong))[: len(line.labels)].tolist()
        for candidate, label in [*right, *(wrong[each] for each in few)]:
            images.append(candidate.picture(sheet.ink, contract)[np.newaxis])
            labels.append(label)
    return np.concatenate(images), np.array(labels, np.int64)


def judge(
    sheet: paper.Sheet, lattices: Iterable[Lattice], owners: Owners, labels: Labels
) -> Iterator[tuple[Candidate, int]]:
    """Yield the candidates that are clearly a digit or clearly none, and which.

    Args:
        sheet: what they lie on.
        lattices: whose candidates are asked about.
        owners: whose ink each pixel of the sheet is, (h, w): 1 … n, or `NOBODY`.
        labels: the n digits.
    """
    total = np.bincount(owners[sheet.mask], minlength=len(labels) + 1)
    for lattice in lattices:
        for candidate in lattice.candidates:
            held = np.zeros(len(total), np.int64)
            for piece in candidate.parts:
                there = owners[piece.top : piece.bottom, piece.left : piece.right][piece.mask]
                held += np.bincount(there, minlength=len(total))
            label = _label(candidate, held, total, labels)
            if label is not None:
                yield candidate, label


def every_lattice(sheet: paper.Sheet) -> Iterator[Lattice]:
    """Yield all candidates of each line; the reader itself cuts only what is no clear digit."""
    numbers, marks = find.marks_of(sheet)
    for line in find.lines_of(marks, sheet.tall, sheet.walls):
        wholes = [cuts.piece_of(mark, numbers) for mark in line.marks]
        small = [cuts.piece_of(mark, numbers) for mark in line.small]
        yield Lattice.of(cuts.pieces_of(wholes, [line.tall] * len(wholes)), small, line.tall)


def _label(candidate: Candidate, held: Labels, total: Labels, labels: Labels) -> int | None:
    """Return what a candidate shows, `NO_DIGIT`, or None where that cannot be said.

    `held` and `total` are pixels of ink by owner, of the candidate and of all there is.
    """
    shares = held[1:] / np.maximum(total[1:], 1)
    most = int(shares.argmax())
    ink, digits = held.sum(), held[1:].sum()
    is_one = shares[most] >= _ALL and held[1 + most] >= _ALL * digits
    if is_one and held[NOBODY] <= _FOREIGN * ink:
        return int(labels[most])
    left, top, right, bottom = candidate.box
    is_part = shares[most] <= _LITTLE and right - left > _THIN * (bottom - top)
    if is_part or np.count_nonzero(shares >= _MOST) > 1 or digits < (1 - _ALL) * ink:
        return NO_DIGIT
    return None


def _owners_on(sheet: paper.Sheet, line: PaintedLine) -> Owners:
    """Return whose ink each pixel of a sheet is, (h, w)."""
    height, width = sheet.mask.shape
    y, x = np.mgrid[:height, :width] + 0.5
    points = sheet.to_page @ np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
    column, row = np.floor(points[:2] / points[2]).astype(np.intp)
    high, wide = line.owners.shape
    inside = (row >= 0) & (row < high) & (column >= 0) & (column < wide)
    found = np.full(height * width, NOBODY, np.int16)
    found[inside] = line.owners[row[inside], column[inside]]
    return found.reshape(height, width)
