"""The forms in which the catalogue's datasets are published, and how each one is read.

    FORMS["semeion"]("all", ("semeion.data",), read)      # → Raw; nothing has been read yet

A form is a function of the slot, the names of its files and a function that gives a file's bytes;
it returns how to read pictures, labels and, where known, writers. Sets that are made on this
machine are forms without files. Where files come from is `sources`' business.
"""

from __future__ import annotations

import bz2
from collections.abc import Callable
from functools import cache
from io import BytesIO

import numpy as np
import numpy.typing as npt

from ziffern.contract import normalise
from ziffern.datasets import folders, fonts, formats, idx
from ziffern.datasets.drawn import drawn
from ziffern.datasets.parts import Images, Labels, Raw, Slot, Writers
from ziffern.errors import DataError

Read = Callable[[str], bytes]
Form = Callable[[Slot, tuple[str, ...], Read], Raw]
_Floats = npt.NDArray[np.float32]

DRAWN: dict[Slot, tuple[int, int]] = {"train": (16_000, 0), "test": (1_000, 1)}
"""Digits drawn for each part, and the seed."""

_OF_MNIST = 10_000  # the first test digits of QMNIST are those of MNIST


def _idx(_: Slot, files: tuple[str, ...], read: Read) -> Raw:
    """MNIST's own form: a file of pictures and one of labels."""
    images, labels = files
    return Raw(
        images=lambda: formats.idx_images(idx.parse(read(images), images), images),
        labels=lambda: formats.idx_labels(idx.parse(read(labels), labels), labels),
    )


def _emnist(slot: Slot, files: tuple[str, ...], read: Read) -> Raw:
    """As MNIST's, but columns for rows, and in a frame of its own that is not MNIST's."""
    raw = _idx(slot, files, read)
    return Raw(lambda: _normalised(raw.images().transpose(0, 2, 1)), raw.labels)


def _qmnist(slot: Slot, files: tuple[str, ...], read: Read) -> Raw:
    """As MNIST's, but a label is eight numbers: the class, NIST's series and writer, and more.

    The test digits that are MNIST's own are left out: only the further ones are new.
    """
    images, labels = files
    start = _OF_MNIST if slot == "test" else 0

    @cache
    def table() -> npt.NDArray[np.int64]:
        found = idx.parse_integers(read(labels), labels)
        if found.ndim != 2 or found.shape[1] < 3:
            raise DataError(f"{labels} has the shape {found.shape}; expected (N, 8)")
        return found[start:]

    return Raw(
        images=lambda: formats.idx_images(idx.parse(read(images), images), images)[start:],
        labels=lambda: table()[:, 0],
        writers=lambda: np.array(
            [f"hsf_{series}-{writer}" for _, series, writer in table()[:, :3]]
        ),
    )


def _zip(slot: Slot, files: tuple[str, ...], read: Read) -> Raw:
    """Pictures by class, maybe by writer, in one zip file."""
    [file] = files

    @cache
    def found() -> Raw:
        inside = folders.in_zip(read(file), file)
        if inside is None or slot not in inside.raw:
            raise DataError(f"{file} holds no pictures in folders by class")
        return inside.raw[slot]

    return Raw(lambda: found().images(), lambda: found().labels(), lambda: found().writers())


def _libsvm(_: Slot, files: tuple[str, ...], read: Read) -> Raw:
    """USPS as LIBSVM has it: a line is a label from 1 and index:value, -1 paper to 1 ink."""
    [file] = files

    @cache
    def table() -> tuple[Images, Labels]:
        try:
            lines = bz2.decompress(read(file)).splitlines()
            values = np.zeros((len(lines), 16 * 16), np.float32)
            labels = np.zeros(len(lines), np.int64)
            for row, line in enumerate(lines):
                label, *pairs = line.split()
                labels[row] = int(label) - 1
                for pair in pairs:  # zeros are left out in this form
                    index, value = pair.split(b":")
                    values[row, int(index) - 1] = float(value)
        except (OSError, ValueError, IndexError, EOFError) as error:
            raise _damaged(file, "LIBSVM rows, packed by bzip2", error) from error
        return _squares((values + 1) / 2, 16), labels

    return Raw(lambda: table()[0], lambda: table()[1])


def _semeion(_: Slot, files: tuple[str, ...], read: Read) -> Raw:
    """Text rows: 256 pixels, 0 or 1, and then ten numbers, of which that of the class is 1."""
    [file] = files

    @cache
    def table() -> _Floats:
        return _rows(read(file), file, 16 * 16 + 10)

    return Raw(lambda: _squares(table()[:, :256], 16), lambda: _one_hot(table()[:, 256:], file))


def _ardis(_: Slot, files: tuple[str, ...], read: Read) -> Raw:
    """Text rows of 784 grey values in one file and of ten numbers, one of them 1, in another."""
    images, labels = files
    return Raw(
        lambda: _normalised(_squares(_rows(read(images), images, 28 * 28) / 255, 28)),
        lambda: _one_hot(_rows(read(labels), labels, 10), labels),
    )


def _scikit_learn(_: Slot, __: tuple[str, ...], ___: Read) -> Raw:
    """The digits that travel with scikit-learn: 8×8 pixels, each the ink of 16 finer ones."""

    @cache
    def bunch() -> tuple[Images, Labels]:
        from sklearn.datasets import load_digits

        found = load_digits()
        return _squares(found.data / 16, 8), found.target.astype(np.int64)

    return Raw(lambda: bunch()[0], lambda: bunch()[1])


def _fonts(_: Slot, __: tuple[str, ...], ___: Read) -> Raw:
    """Digits printed in the fonts of this machine; each face counts as a writer."""

    @cache
    def printed() -> tuple[Images, Labels, Writers]:
        images, labels, names = fonts.synthetic()
        return images, labels, np.array(names, dtype=np.str_)

    return Raw(lambda: printed()[0], lambda: printed()[1], lambda: printed()[2])


def _drawn(slot: Slot, _: tuple[str, ...], __: Read) -> Raw:
    """Digits drawn by rule; the parts have seeds of their own."""
    count, seed = DRAWN[slot]

    @cache
    def made() -> tuple[Images, Labels]:
        return drawn(count, seed=seed)

    return Raw(lambda: made()[0], lambda: made()[1])


FORMS: dict[str, Form] = {
    "idx": _idx,
    "emnist": _emnist,
    "qmnist": _qmnist,
    "zip": _zip,
    "libsvm": _libsvm,
    "semeion": _semeion,
    "ardis": _ardis,
    "scikit-learn": _scikit_learn,
    "fonts": _fonts,
    "drawn": _drawn,
}


def _normalised(images: Images) -> Images:
    return np.stack([normalise(image) for image in images])


def _squares(levels: npt.NDArray[np.floating], side: int) -> Images:
    """Return rows of ink, 0 to 1, as pictures, uint8 (N, side, side)."""
    squares: Images = np.rint(levels * 255).astype(np.uint8).reshape(-1, side, side)
    return squares


def _rows(content: bytes, file: str, columns: int) -> _Floats:
    try:
        # both spaces and commas are met between numbers
        rows = np.loadtxt(BytesIO(content.replace(b",", b" ")), dtype=np.float32, ndmin=2)
    except ValueError as error:
        raise _damaged(file, f"rows of {columns} numbers", error) from error
    if rows.shape[1] != columns:
        raise DataError(f"{file} has {rows.shape[1]} numbers in a row; expected {columns}")
    return rows


def _one_hot(rows: _Floats, file: str) -> Labels:
    wrong = np.flatnonzero((rows.sum(axis=1) != 1) | (rows.max(axis=1) != 1))
    if len(wrong):
        raise DataError(f"{file}: row {wrong[0]} names no class; expected a single 1 among zeros")
    labels: Labels = rows.argmax(axis=1).astype(np.int64)
    return labels


def _damaged(file: str, expected: str, error: Exception) -> DataError:
    return DataError(f"{file} is damaged or of another form; expected {expected} ({error})")
