"""The two parts of a dataset, train and test: what they are, and how a set on disk yields them.

A part is read only when asked for, so training never opens the test pictures. Recognising files
is `formats`' business, fetching them `sources`'.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ziffern.classes import NO_DIGIT
from ziffern.datasets import splits
from ziffern.datasets.writers import groups
from ziffern.errors import DataError

Images = npt.NDArray[np.uint8]  # (N, 28, 28), white ink (255) on black (0)
Labels = npt.NDArray[np.int64]  # (N,), 0 … classes - 1
Writers = npt.NDArray[np.str_]  # (N,), who wrote each digit
PartName = Literal["train", "test"]
Slot = Literal["train", "test", "all"]  # "all": a set that comes without parts
PARTS: tuple[PartName, ...] = ("train", "test")

SIZE = 28
# a set that comes as one part is divided as MNIST is: a sixth of the training size for testing
TEST_SHARE = 1 / 6
SPLIT_SEED = 0


@dataclass(frozen=True, eq=False)
class Part:
    """Images, uint8 (N, 28, 28), white ink on black, and their labels, int64 (N,).

    Attributes:
        writers: who wrote each digit, as the set names them, (N,); None where it does not say.
        nondigits: pictures beside them that show no digit, for networks to learn to refuse;
            their labels are `NO_DIGIT`. None where the set has none.
    """

    images: Images
    labels: Labels
    writers: Writers | None = None
    nondigits: Part | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def subset(self, chosen: npt.NDArray[Any]) -> Part:
        """Return the samples at these indices, or where a mask (N,) is true, without nondigits."""
        writers = None if self.writers is None else self.writers[chosen]
        return Part(self.images[chosen], self.labels[chosen], writers)

    @cached_property
    def groups(self) -> dict[str, Writers]:
        """What is known of each sample's writer: "writer", and as the case may be "age", … (N,).

        See `ziffern.datasets.writers`; "" stands where nothing is known. Empty without writers.
        """
        if self.writers is None:
            return {}
        names, where = np.unique(self.writers, return_inverse=True)
        known = [groups(str(name)) for name in names]
        kinds = dict.fromkeys(kind for each in known for kind in each)
        return {"writer": self.writers} | {
            kind: np.array([each.get(kind, "") for each in known])[where] for kind in kinds
        }

    @cached_property
    def sha256(self) -> str:
        """Hash of the content: the bytes of the images, then of the labels as little-endian int64.

        Pictures of no digit follow in the same way. It depends on what the network sees alone, not
        on the file's form.
        """
        digest = hashlib.sha256(np.ascontiguousarray(self.images).data)
        digest.update(np.ascontiguousarray(self.labels, dtype="<i8").data)
        if self.nondigits is not None:
            digest.update(bytes.fromhex(self.nondigits.sha256))
        return digest.hexdigest()


@dataclass(frozen=True)
class Raw:
    """How to read one slot: its pictures as they are stored, its labels, maybe its writers."""

    images: Callable[[], Images]
    labels: Callable[[], Labels]
    writers: Callable[[], Writers | None] = lambda: None


@dataclass(frozen=True)
class Found:
    """A dataset found on disk: where, in what form, how to read it. Nothing has been read yet.

    Attributes:
        given_names: of the classes, where the set has some.
        may_have_none: whether samples may have the label `NO_DIGIT`.
    """

    place: str
    form: str
    raw: Mapping[Slot, Raw]
    given_names: tuple[str, ...] = ()
    may_have_none: bool = False

    @cached_property
    def class_names(self) -> tuple[str, ...]:
        """The given names of the classes, or "0", "1", … up to the highest training label."""
        if self.given_names:
            return self.given_names
        order: tuple[Slot, ...] = ("train", "all", "test")
        labels = next(self.raw[slot] for slot in order if slot in self.raw).labels()
        return tuple(str(label) for label in range(int(labels.max(initial=0)) + 1))

    def read(self, part: PartName) -> Part:
        """Read one part. A set without a test part is split: a sixth of it is for testing.

        Where several writers are known that is a sixth of the writers, none of whom is in both
        parts (see `writers_for_testing`); otherwise of each class's samples, by lot with seed 0.
        Pictures of no digit are split with the others, and then set apart.

        Raises:
            DataError: damaged files, labels that fit neither the images nor the classes, or a set
                that has a test part only and is asked for the training one.
        """
        return _nondigits_apart(self._mixed(part), self.place)

    def _mixed(self, part: PartName) -> Part:
        if part in self.raw and "test" in self.raw:
            return self._slot(part)
        if part == "train" and self.raw.keys() == {"test"}:
            raise DataError(f"{self.place} has a test part only; nothing in it is for training")
        whole = self._whole
        if whole.writers is not None and len(np.unique(whole.writers)) > 1:
            tested = np.isin(whole.writers, writers_for_testing(whole.writers))
            return whole.subset(tested if part == "test" else ~tested)
        if round(len(whole) * TEST_SHARE) == 0:
            raise DataError(
                f"{self.place} has too few samples ({len(whole)}) to set a sixth aside for testing"
            )
        train, test = splits.split(
            whole.labels, validation=TEST_SHARE, seed=SPLIT_SEED, stratified=True
        )
        return whole.subset(train if part == "train" else test)

    @cached_property
    def _whole(self) -> Part:
        return self._slot("train" if "train" in self.raw else "all")

    def _slot(self, slot: Slot) -> Part:
        raw = self.raw[slot]
        labels = raw.labels()  # first, because their mistakes are found quickly
        return make_part(
            raw.images(),
            labels,
            self.class_names,
            self.place,
            raw.writers(),
            may_have_none=self.may_have_none,
        )


def _nondigits_apart(mixed: Part, where: str) -> Part:
    """Return the digits of a part, with what is none as its `nondigits`."""
    is_digit = mixed.labels != NO_DIGIT
    if is_digit.all():
        return mixed
    if not is_digit.any():
        raise DataError(f"{where}: only pictures of no digit in it; expected digits as well")
    return replace(mixed.subset(is_digit), nondigits=mixed.subset(~is_digit))


def writers_for_testing(writers: Writers) -> list[str]:
    """Return the sixth of the writers, at least one, whose digits are set aside for testing.

    They are those whose names come first by SHA-256: by lot, but the same ones everywhere, and
    further writers that join a set mostly leave them where they were.
    """
    names = sorted(set(writers.tolist()), key=lambda name: hashlib.sha256(name.encode()).digest())
    return names[: max(1, round(len(names) * TEST_SHARE))]


def make_part(
    images: Images,
    labels: Labels,
    class_names: tuple[str, ...],
    where: str,
    writers: Writers | None = None,
    *,
    may_have_none: bool = False,
) -> Part:
    """Check that images and labels belong together, and bring the images to 28×28.

    Images that are 28×28 already are kept byte for byte; others are normalised as MNIST was.

    Args:
        images: uint8 (N, H, W) or (N, H, W, channels).
        labels: int64 (N,).
        class_names: as many as there are classes.
        where: names the source in messages.
        writers: who wrote each one, (N,), where that is known.
        may_have_none: whether a label may be `NO_DIGIT`.

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
    check_labels(labels[labels != NO_DIGIT] if may_have_none else labels, class_names, where)
    if images.shape[1:] != (SIZE, SIZE):
        images = _normalised(images)
    return Part(images, labels, writers)


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
