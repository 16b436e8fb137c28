"""What a set of pictures is made of: type, shape, range, classes, their means and medians.

balance(part.labels, 10).distances   # how far each class is from the mean count
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ziffern.datasets import Part
from ziffern.errors import InputError

Images = NDArray[np.uint8]
Labels = NDArray[np.integer]


@dataclass(frozen=True)
class Facts:
    """What one part of a dataset is, in single values.

    samples: how many pictures.
    image_type, image_shape, label_type, label_shape: as NumPy names them.
    low, high: the least and the greatest grey value there is.
    mean, deviation: of all grey values 0…1, as `scale = "standard"` uses them.
    blank: pictures without any ink.
    sha256: of the content, see `Part.sha256`.
    """

    samples: int
    image_type: str
    image_shape: tuple[int, ...]
    label_type: str
    label_shape: tuple[int, ...]
    low: int
    high: int
    mean: float
    deviation: float
    blank: int
    sha256: str


@dataclass(frozen=True, eq=False)
class Balance:
    """How many samples each of C classes has.

    counts: int64 (C,).
    mean: of the counts.
    distances: float64 (C,), counts - mean.
    """

    counts: NDArray[np.int64]
    mean: float
    distances: NDArray[np.float64]

    @property
    def worst(self) -> float:
        """The greatest distance from the mean, as a share of it; 0 is perfectly even."""
        return float(np.abs(self.distances).max() / self.mean)


def facts(part: Part) -> Facts:
    """Return what a part is in single values; exact, from its histogram of grey values."""
    counts = np.bincount(part.images.ravel(), minlength=256)
    levels = np.arange(256) / 255
    mean = float(counts @ levels / counts.sum())
    present = np.flatnonzero(counts)
    return Facts(
        samples=len(part),
        image_type=str(part.images.dtype),
        image_shape=part.images.shape,
        label_type=str(part.labels.dtype),
        label_shape=part.labels.shape,
        low=int(present[0]),
        high=int(present[-1]),
        mean=mean,
        deviation=float((counts @ (levels - mean) ** 2 / counts.sum()) ** 0.5),
        blank=int(np.count_nonzero(~part.images.any(axis=(1, 2)))),
        sha256=part.sha256,
    )


def balance(labels: Labels, classes: int) -> Balance:
    """Count the samples of each class and how far each is from the mean.

    Raises:
        InputError: there are no samples.
    """
    if len(labels) == 0:
        raise InputError("there are no samples whose classes could be counted")
    counts = np.bincount(labels, minlength=classes)
    mean = len(labels) / classes
    return Balance(counts, mean, counts.astype(np.float64) - mean)


def mean_images(images: Images, labels: Labels, classes: int) -> NDArray[np.float32]:
    """Return the mean picture of each class, float32 (C, H, W), 0…255; zeros without samples."""
    return _by_class(images, labels, classes, lambda own: np.mean(own, axis=0))


def median_images(images: Images, labels: Labels, classes: int) -> NDArray[np.float32]:
    """Return the median picture of each class, pixel by pixel, as `mean_images`.

    Where fewer than half of the samples have ink it is paper, so that it looks like a single
    digit where the mean is blurred.
    """
    return _by_class(images, labels, classes, lambda own: np.median(own, axis=0))


def variance_images(images: Images, labels: Labels, classes: int) -> NDArray[np.float32]:
    """Return the variance of each pixel within each class, float32 (C, H, W), of grey values 0…1.

    At most 0.25, where half of the samples have full ink and half have none.
    """
    return _by_class(images, labels, classes, lambda own: (own / np.float32(255)).var(axis=0))


def pixel_variance(images: Images) -> NDArray[np.float32]:
    """Return the variance of each pixel over all samples, float32 (H, W), of grey values 0…1."""
    variance: NDArray[np.float32] = variance_images(images, np.zeros(len(images), np.int64), 1)[0]
    return variance


def _by_class(
    images: Images,
    labels: Labels,
    classes: int,
    reduce: Callable[[Images], NDArray[np.floating]],
) -> NDArray[np.float32]:
    found = np.zeros((classes, *images.shape[1:]), np.float32)
    for label in np.unique(labels):
        found[label] = reduce(images[labels == label])
    return found
