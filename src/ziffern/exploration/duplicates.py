"""Pictures that a set holds twice, exactly or nearly, above all in training and test at once.

    found = duplicates(images, labels)
    between(found.near, len(train))   # how many within train, within test, across

A picture that is known from training makes a test result better than it is.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ziffern.errors import InputError
from ziffern.exploration.projections import pca

Images = NDArray[np.uint8]
Labels = NDArray[np.integer]
Pairs = NDArray[np.int64]
Floats = NDArray[np.float32]

NEAR = 0.4
"""Two pictures are near duplicates if their distance is less than this share of what is typical.

Typical is the median distance that pictures of their class have to their nearest neighbour: ones
are much more alike than twos. On MNIST the nearest two pictures have 0.43. Of copies made of its
digits, 99 % and more of those saved as JPEG (quality 75), turned by 1° or left 5 grey levels are
below 0.4, and nine of ten made a tenth fainter or noisy by 10 of 255; shifted copies are not.
"""

COMPONENTS, CANDIDATES = 64, 5
"""Neighbours are the nearest of so many candidates, found in so many principal components.

A projection makes no distance longer, so that a near duplicate stays near in it.
"""
_PORTION = 2_000  # pictures whose differences are held in memory at a time


@dataclass(frozen=True, eq=False)
class Duplicates:
    """Pairs of pictures by their numbers, the lower number first.

    copies: int64 (P, 2), a picture and a later one with the same content.
    pairs: int64 (Q, 2), different pictures that are neighbours, the most alike pair first.
    distances: float32 (Q,), Euclidean, of grey values 0…1.
    ratios: float32 (Q,), distances as a share of what is typical of the class; of two different
        classes, of the one with the smaller typical distance.
    typical: float32 (C,), the median distance to the nearest neighbour in each class; NaN of a
        class without pictures.
    nearest: float32 (N,), each picture's least ratio; 0 of a copy.
    """

    copies: Pairs
    pairs: Pairs
    distances: Floats
    ratios: Floats
    typical: Floats
    nearest: Floats

    @property
    def near(self) -> Pairs:
        """The pairs that are near duplicates, see `NEAR`."""
        return self.pairs[self.ratios < NEAR]


def duplicates(images: Images, labels: Labels) -> Duplicates:
    """Find pictures that are the same and pictures that are nearly the same.

    Each picture is compared with its `CANDIDATES` nearest ones. Memory grows with N, not with N²;
    the arithmetic with N².

    Args:
        images: uint8 (N, H, W), N ≥ 1; a shift of the ink makes another picture, which does no
            harm where pictures are centred by their mass.
        labels: (N,), numbered from 0.

    Raises:
        InputError: not one label a picture.
    """
    if len(labels) != len(images):
        raise InputError(f"{len(images)} pictures do not fit {len(labels)} labels")
    first = _first_of_its_content(images)
    numbers = np.arange(len(images))
    unique, later = np.flatnonzero(first == numbers), np.flatnonzero(first != numbers)
    pairs, distances = _neighbours(images, unique)
    least = np.full(len(images), np.inf, np.float32)
    for side in (0, 1):
        np.minimum.at(least, pairs[:, side], distances)
    typical = np.array(
        [
            _median(least[(labels == label) & np.isfinite(least)])
            for label in range(labels.max() + 1)
        ],
        np.float32,
    )
    scale = typical[labels[pairs]].min(axis=1)
    ratios = (distances / scale).astype(np.float32)
    nearest = np.full(len(images), np.inf, np.float32)
    for side in (0, 1):
        np.minimum.at(nearest, pairs[:, side], ratios)
    nearest[later] = nearest[first[later]] = 0
    order = np.argsort(ratios, kind="stable")
    return Duplicates(
        copies=np.column_stack([first[later], later]),
        pairs=pairs[order],
        distances=distances[order],
        ratios=ratios[order],
        typical=typical,
        nearest=nearest,
    )


def between(pairs: Pairs, train: int) -> dict[str, int]:
    """Count pairs `within train`, `within test` and `across`, where the first `train` numbers are

    those of the training part.
    """
    low, high = pairs[:, 0], pairs[:, 1]
    return {
        "within train": int((high < train).sum()),
        "within test": int((low >= train).sum()),
        "across": int(((low < train) & (high >= train)).sum()),
    }


def _first_of_its_content(images: Images) -> NDArray[np.int64]:
    """Return the number of the first picture with the same content, for each picture."""
    seen: dict[bytes, int] = {}
    digests = (hashlib.blake2b(image.tobytes(), digest_size=16).digest() for image in images)
    return np.array([seen.setdefault(digest, number) for number, digest in enumerate(digests)])


def _neighbours(images: Images, unique: NDArray[np.int64]) -> tuple[Pairs, Floats]:
    """Return pairs of neighbouring pictures, each once, and their distances."""
    from sklearn.neighbors import NearestNeighbors

    if len(unique) < 2:
        return np.empty((0, 2), np.int64), np.empty(0, np.float32)
    points = pca(images[unique], COMPONENTS).points
    search = NearestNeighbors(n_neighbors=min(CANDIDATES, len(unique) - 1), algorithm="brute")
    near = search.fit(points).kneighbors(return_distance=False)
    pairs = np.column_stack([np.repeat(unique, near.shape[1]), unique[near.ravel()]])
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    distances = np.empty(len(pairs), np.float32)
    for start in range(0, len(pairs), _PORTION):
        one, other = images[pairs[start : start + _PORTION]].transpose(1, 0, 2, 3)
        difference = np.subtract(one, other, dtype=np.float32) / 255
        distances[start : start + _PORTION] = np.sqrt((difference**2).sum(axis=(1, 2)))
    return pairs, distances


def _median(values: Floats) -> float:
    return float(np.median(values)) if len(values) else float("nan")
