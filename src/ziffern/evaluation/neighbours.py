"""A reader that has learnt nothing: which training pictures are most like a given one.

Digits are compared by their strokes, not by their grey values: set upright, then described by
where edges run in which direction. Such a reader errs otherwise than a network does, so it is a
second opinion on what the network got wrong. By the class whose pictures are nearest it reads
99.1 % of MNIST's test digits alone. Made for digits; other pictures should not be set upright.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ziffern.errors import InputError
from ziffern.evaluation.metrics import Floats, Integers

NEAREST = 3
"""How many pictures of a class have to be near: one alone may be mislabelled."""
DIRECTIONS, CELLS = 8, 7
"""Directions of edges that are told apart, and cells along each side in which they are counted."""
BATCH = 1000

Images = NDArray[np.uint8]
Strokes = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Likeness:
    """How near M pictures are to those of their own class, and to those of the nearest other one.

    own, other: float64 (M,), mean distance (0…√2) to the `NEAREST` training pictures; infinite
        where there is none.
    own_index, other_index: int64 (M,), the nearest training picture; −1 where there is none.
    """

    own: Floats
    other: Floats
    own_index: Integers
    other_index: Integers

    def of(self, chosen: Integers) -> Likeness:
        """Return what is known of some of the pictures, in the order of `chosen` (K,)."""
        return Likeness(
            self.own[chosen], self.other[chosen], self.own_index[chosen], self.other_index[chosen]
        )


def likeness(
    images: Images,
    labels: NDArray[np.integer],
    training_images: Images,
    training_labels: NDArray[np.integer],
) -> Likeness:
    """Compare pictures with the training pictures of each class.

    Args:
        images: uint8 (M, 28, 28), white on black.
        labels: their true classes (M,).
        training_images: uint8 (N, 28, 28), N ≥ 1; none of `images` may be among them.
        training_labels: (N,).

    Raises:
        InputError: not one label per picture, or nothing to compare with.
    """
    if len(images) != len(labels) or len(training_images) != len(training_labels):
        raise InputError(
            f"{len(images)} and {len(training_images)} pictures do not fit "
            f"{len(labels)} and {len(training_labels)} labels"
        )
    if len(training_images) == 0:
        raise InputError("there are no training pictures to compare with")
    count = len(images)
    distances = np.full((2, count), np.inf)
    indices = np.full((2, count), -1)
    asked, known = strokes(images), strokes(training_images)
    for each in np.unique(training_labels) if count else ():
        members = np.flatnonzero(training_labels == each)
        distance, nearest = _nearest(asked, known[members])
        row = np.where(labels == each, 0, 1)  # this class is the own one of some, another of most
        better = np.flatnonzero(distance < distances[row, np.arange(count)])
        distances[row[better], better] = distance[better]
        indices[row[better], better] = members[nearest[better]]
    return Likeness(distances[0], distances[1], indices[0], indices[1])


def strokes(images: Images) -> Strokes:
    """Describe digits by the edges of their strokes: float32 (N, 392), each of length 1.

    Histograms of oriented gradients (Dalal, Triggs 2005, "Histograms of Oriented Gradients for
    Human Detection") of the digit set upright. Blank pictures give zeros.

    Args:
        images: uint8 (N, 28, 28), white on black.
    """
    parts = [_strokes(images[start : start + BATCH]) for start in range(0, len(images), BATCH)]
    return np.concatenate(parts or [np.empty((0, DIRECTIONS * CELLS**2), np.float32)])


def _strokes(images: Images) -> Strokes:
    ink = upright(images)
    down, across = np.zeros_like(ink), np.zeros_like(ink)
    down[:, 1:-1] = ink[:, 2:] - ink[:, :-2]
    across[:, :, 1:-1] = ink[:, :, 2:] - ink[:, :, :-2]
    strength = np.hypot(down, across)
    direction = np.arctan2(down, across) * (DIRECTIONS / (2 * np.pi))
    side = ink.shape[1] // CELLS
    histogram = np.empty((len(ink), DIRECTIONS, CELLS, CELLS), np.float32)
    for each in range(DIRECTIONS):
        # an edge between two directions counts for both, more for the nearer one
        away = np.abs(direction - (each - DIRECTIONS / 2))
        share = np.maximum(1 - np.minimum(away, DIRECTIONS - away), 0) * strength
        cells = share.reshape(-1, CELLS, side, CELLS, side)
        histogram[:, each] = cells.sum(axis=2).sum(axis=3)
    # the root lets faint and strong edges count more alike
    roots: Strokes = np.sqrt(histogram).reshape(len(ink), -1)
    lengths = np.linalg.norm(roots, axis=1, keepdims=True)
    roots /= np.maximum(lengths, np.finfo(np.float32).tiny)
    return roots


def upright(images: Images) -> Strokes:
    """Return digits float32 (N, 28, 28) in 0…1 without slant, their ink centred from side to side.

    Rows are shifted so that the line of best fit through the ink becomes vertical (the deskewing
    of LeCun et al. 1998, "Gradient-based learning applied to document recognition").
    """
    ink = images.astype(np.float32) / 255
    size = ink.shape[1]
    places = np.arange(size, dtype=np.float32)
    rows, columns = ink.sum(axis=2), ink.sum(axis=1)
    mass = np.maximum(rows.sum(axis=1), 1e-6)
    centre_y, centre_x = rows @ places / mass, columns @ places / mass
    height = places - centre_y[:, None]  # of each row above the centre, downwards
    aside = ink @ places - centre_x[:, None] * rows  # how far its ink lies to the right
    slant = (aside * height).sum(axis=1) / np.maximum((rows * height**2).sum(axis=1), 1e-6)
    shift = slant[:, None] * height + (centre_x[:, None] - (size - 1) / 2)
    source = places + shift[..., None]
    left = np.floor(source)
    share = source - left
    # one column of paper at each side, from which everything beyond is taken
    padded = np.pad(ink, ((0, 0), (0, 0), (1, 1)))
    column = left.astype(np.int64) + 1
    first = np.take_along_axis(padded, column.clip(0, size + 1), axis=2)
    second = np.take_along_axis(padded, (column + 1).clip(0, size + 1), axis=2)
    moved: Strokes = first + share * (second - first)
    return moved


def _nearest(asked: Strokes, known: Strokes) -> tuple[Floats, Integers]:
    """Return for each of `asked` the mean distance to its nearest ones, and which is nearest."""
    from sklearn.neighbors import NearestNeighbors

    count = min(NEAREST, len(known))
    search = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(known)
    distances, indices = search.kneighbors(asked)
    return distances.mean(axis=1, dtype=np.float64), indices[:, 0]
