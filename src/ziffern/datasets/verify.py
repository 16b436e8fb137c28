"""Telling whether a file is the one that the catalogue means.

By the hash of its decoded content where that is known. Nothing is fetched or kept here.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from ziffern.datasets import catalogue, idx
from ziffern.datasets.catalogue import Entry
from ziffern.datasets.parts import SIZE
from ziffern.errors import DataError


class OtherDatasetError(DataError):
    """A file is that of another dataset of the catalogue."""


def existing(folder: Path, name: str) -> Path | None:
    """Return a file as it lies in a folder: plain or .gz, also spelled train-images.idx3-ubyte."""
    for spelling in (name, name.replace("-idx", ".idx")):
        for path in (folder / spelling, folder / f"{spelling}.gz"):
            if path.is_file():
                return path
    return None


def folder_of(entry: Entry, folder: Path) -> Path | None:
    """Return where in the user's folder a dataset lies: FOLDER/NAME or FOLDER itself, or None.

    FOLDER itself counts for IDX files only if its images are as many as the dataset's, because
    somebody's own data may bear the same file names. Only a header is read.
    """
    for name in (entry.name, *entry.also):
        if any(existing(folder / name, file) for file in entry.all_files):
            return folder / name
    for files in entry.files.values():
        if files and (path := existing(folder, files[0])):
            if entry.form != "idx":
                return folder
            return folder if idx.shape_of(path) == _shapes(entry).get(files[0]) else None
    return None


def verified(
    entry: Entry, name: str, content: bytes, where: str, *, published: bool = False
) -> bytes:
    """Return the decoded `content` of file `name` if it is what the catalogue says.

    Judged by SHA-256 where the entry has it; else by being no other entry's file, by the size of
    the IDX arrays, and, for what was downloaded (`published`), by that of the .gz.

    Args:
        entry: the dataset that the file should belong to.
        name: the file's name without .gz.
        content: its bytes, gzip or not.
        where: names the file in messages.
        published: whether these should be the very bytes that the authors published.

    Raises:
        OtherDatasetError: it is a file of another entry.
        DataError: it is damaged or not the right one.
    """
    data = idx.unpack(content, where)
    sha256 = hashlib.sha256(data).hexdigest()
    expected = entry.sha256.get(name)
    if sha256 == expected:
        return data
    archive = hashlib.sha256(content).hexdigest()
    if archive == entry.archive_sha256.get(name):
        return data
    for other in catalogue.built_in().values():
        # only by their images, because sets made from one another may share labels
        same = sha256 == other.sha256.get(name) or archive == other.archive_sha256.get(name)
        if same and "images" in name:
            raise OtherDatasetError(f"{where} belongs to {other.title}, not to {entry.title}")
    shape = _shapes(entry).get(name)
    if shape is not None and (there := idx.parse(data, where).shape) != shape:
        raise DataError(f"{where} has the shape {there}; {entry.title} has {shape}")
    if expected is not None:
        raise DataError(
            f"{where} is damaged or not of {entry.title}: SHA-256 {sha256}, expected {expected}"
        )
    if published and (wanted := entry.archive_sha256.get(name)) is not None:
        raise DataError(
            f"{where} is damaged or not of {entry.title}: SHA-256 of the archive {archive}, "
            f"expected {wanted}"
        )
    return data


def _shapes(entry: Entry) -> dict[str, tuple[int, ...]]:
    """Return the shapes of an entry's IDX files, as far as its sizes are known."""
    shapes: dict[str, tuple[int, ...]] = {}
    if entry.form == "idx":
        for part, size in entry.sizes.items():
            images, labels = entry.files_of(part)
            shapes |= {images: (size, SIZE, SIZE), labels: (size,)}
    return shapes
