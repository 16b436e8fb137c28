"""The two parts of a dataset, train and test: what they are, and how a set on disk yields them.

A part is read only when asked for, so training never opens the test pictures. Recognising files
is `formats`' business, fetching them `sources`'.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from ziffern.datasets import splits
from ziffern.errors import DataError

Images = npt.NDArray[np.uint8]  # (N, 28, 28), white ink (255) on black (0)
Labels = npt.NDArray[np.int64]  # (N,), 0 … classes - 1
PartName = Literal["train", "test"]
Slot = Literal["train", "test", "all"]  # "all": a set that comes without parts
PARTS: tuple[PartName, ...] = ("train", "test")

SIZE = 28
# a set that comes as one part is divided as MNIST is: a sixth of the training size for testing
TEST_SHARE = 1 / 6
SPLIT_SEED = 0


@dataclass(frozen=True, eq=False)
class Part:
    """Images, uint8 (N, 28, 28), white ink on black, and their labels, int64 (N,)."""

    images: Images
    labels: Labels

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def sha256(self) -> str:
        """Hash of the content: the bytes of the images, then of the labels as little-endian int64.

        It depends on what the network sees alone, not on the file's form.
        """
        digest = hashlib.sha256(np.ascontiguousarray(self.images).data)
        digest.update(np.ascontiguousarray(self.labels, dtype="<i8").data)
        return digest.hexdigest()


@dataclass(frozen=True)
class Raw:
    """How to read one slot: its pictures as they are stored, and its labels."""

    images: Callable[[], Images]
    labels: Callable[[], Labels]


@dataclass(frozen=True)
class Found:
    """A dataset found on disk: where, in what form, how to read it. Nothing has been read yet."""

    place: str
    form: str
    raw: Mapping[Slot, Raw]
    given_names: tuple[str, ...] = ()

    @cached_property
    def class_names(self) -> tuple[str, ...]:
        """The given names of the classes, or "0", "1", … up to the highest training label."""
        if self.given_names:
            return self.given_names
        order: tuple[Slot, ...] = ("train", "all", "test")
        labels = next(self.raw[slot] for slot in order if slot in self.raw).labels()
        return tuple(str(label) for label in range(int(labels.max(initial=0)) + 1))

    def read(self, part: PartName) -> Part:
        """Read one part. A set without a test part is split: 1/6 for testing, stratified, seed 0.

        Raises:
            DataError: damaged files, labels that fit neither the images nor the classes, or a set
                that has a test part only and is asked for the training one.
        """
        if part in self.raw and "test" in self.raw:
            return self._slot(part)
        if part == "train" and self.raw.keys() == {"test"}:
            raise DataError(f"{self.place} has a test part only; nothing in it is for training")
        whole = self._whole
        if round(len(whole) * TEST_SHARE) == 0:
            raise DataError(
                f"{self.place} has too few samples ({len(whole)}) to set a sixth aside for testing"
            )
        train, test = splits.split(
            whole.labels, validation=TEST_SHARE, seed=SPLIT_SEED, stratified=True
        )
        chosen = train if part == "train" else test
        return Part(whole.images[chosen], whole.labels[chosen])

    @cached_property
    def _whole(self) -> Part:
        return self._slot("train" if "train" in self.raw else "all")

    def _slot(self, slot: Slot) -> Part:
        labels = self.raw[slot].labels()  # first, because their mistakes are found quickly
        return make_part(self.raw[slot].images(), labels, self.class_names, self.place)


def make_part(images: Images, labels: Labels, class_names: tuple[str, ...], where: str) -> Part:
    """Check that images and labels belong together, and bring the images to 28×28.

    Images that are 28×28 already are kept byte for byte; others are normalised as MNIST was.

    Args:
        images: uint8 (N, H, W) or (N, H, W, channels).
        labels: int64 (N,).
        class_names: as many as there are classes.
        where: names the source in messages.

    Raises:
        DataError: other shapes, no samples, unequal counts, or a label without a class.
    """
    if images.ndim == 4 and images.shape[-1] == 1:
        images = images[..., 0]
    if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[-1] not in (3, 4)):
        raise DataError(f"{where}: images have the shape {images.shape}; expected (N, 28, 28)")
    if len(images) != len(labels):
        raise DataError(f"{where}: {len(images):,} images but {len(labels):,} labels")
    if images.size == 0:
        raise DataError(f"{where}: no images in it")
    check_labels(labels, class_names, where)
    if images.shape[1:] != (SIZE, SIZE):
        images = _normalised(images)
    return Part(images, labels)


def check_labels(labels: Labels, class_names: tuple[str, ...], where: str) -> None:
    """Raise a `DataError` that names the first label without a class."""
    wrong = np.flatnonzero((labels < 0) | (labels >= len(class_names)))
    if len(wrong):
        raise DataError(
            f"{where}: label {labels[wrong[0]]} (sample {wrong[0]}) is out of range; "
            f"expected 0 to {len(class_names) - 1} for {len(class_names)} classes"
        )


def _normalised(images: Images) -> Images:
    from ziffern.contract import normalise

    if images.ndim == 3:
        # What is paper is decided once, for the whole set: in tightly cropped pictures ink may
        # cover most of a single picture's border. A margin of paper tells `normalise`.
        border = np.concatenate(
            [images[:, [0, -1], :].reshape(-1), images[:, :, [0, -1]].reshape(-1)]
        )
        paper = int(np.median(border))
        images = np.pad(images, ((0, 0), (2, 2), (2, 2)), constant_values=paper)
    return np.stack([normalise(image) for image in images])
