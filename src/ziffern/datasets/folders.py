"""Pictures sorted into folders by class, and by writer if you like, on disk or in a zip file.

    DIR/CLASS/*.png        DIR/WRITER/DIGIT/*.png        and both under DIR/train/ and DIR/test/

Beside the folders of digits there may be one of pictures that show none, `no-digit`.
`find` judges by names alone and opens no picture. What the name of a writer tells is the business
of `writers`.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Protocol

import numpy as np
from PIL import Image

from ziffern.classes import DIGITS, NO_DIGIT
from ziffern.contract import normalise
from ziffern.datasets.parts import Found, Images, Labels, Raw, Slot, Writers
from ziffern.errors import DataError
from ziffern.pictures import FORMATS, LIMIT, Pixels, grey, named_errors, open_picture, upright

_PICTURES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm"}
_UNPACKED = 4 * LIMIT  # bytes of one picture in a zip file: the largest with four channels
NONE = "no-digit"
"""The name of the folder of pictures that show no digit."""
_OF_DIGITS = {*DIGITS, NONE}
_ENCRYPTED = 1  # bit among the flags of a file in a zip


_Picture = Callable[[], Pixels]


class _Folder(Protocol):
    """A folder's subfolders and pictures by name, in order; hidden ones are left out."""

    @property
    def folders(self) -> Mapping[str, _Folder]: ...

    @property
    def pictures(self) -> Mapping[str, _Picture]: ...


@dataclass(frozen=True)
class _Sample:
    picture: _Picture
    writer: str | None


_Classes = Mapping[str, list[_Sample]]


def find(path: Path) -> Found | None:
    """Recognise a folder of pictures by class, or a zip file of them; None if it is neither.

    Classes are the names of the folders in order, numbers by value. Where all of them are digits
    the labels are those digits, so that a set without a seven still counts as digits. Only a
    folder whose every subfolder holds pictures is taken for classes (digits may be empty), and
    folders are taken for writers only if digits are in them.
    """
    if path.is_dir():
        return _found(_OnDisk(path), str(path))
    if path.suffix == ".zip" and path.is_file():
        return in_zip(path.read_bytes(), str(path))
    return None


def in_zip(content: bytes, where: str) -> Found | None:
    """Recognise pictures by class in a zip file, maybe under folders that hold nothing else.

    Raises:
        DataError: it is no zip file or damaged; `where` names it in the message.
    """
    try:
        archive = zipfile.ZipFile(BytesIO(content))
    except zipfile.BadZipFile as error:
        raise DataError(f"{where} is damaged or no zip file ({error})") from error
    folder: _Folder = _in_zip(archive, where)
    while not folder.pictures and len(folder.folders) == 1:
        [(name, inner)] = folder.folders.items()
        if name in DIGITS or inner.pictures:
            break
        folder = inner
    return _found(folder, where)


def empty(path: Path) -> list[str]:
    """Return the names of the subfolders that hold no pictures, for saying why `find` gave None."""
    folders = _OnDisk(path).folders
    return sorted(name for name, inner in folders.items() if not inner.pictures)


def _found(folder: _Folder, where: str) -> Found | None:
    parts: dict[Slot, _Folder] = {
        slot: folder.folders[slot] for slot in ("train", "test") if slot in folder.folders
    } or {"all": folder}
    sorted_parts = {slot: _by_class(part) or _by_writer(part) for slot, part in parts.items()}
    if not all(sorted_parts.values()):
        return None
    classes = {slot: found for slot, found in sorted_parts.items() if found}
    first = next(iter(classes.values()))
    of_digits = set(first) <= _OF_DIGITS
    names = DIGITS if of_digits else tuple(sorted(first, key=_by_value))
    raw = {
        slot: _raw(found, (*names, NONE) if of_digits else names, where)
        for slot, found in classes.items()
    }
    return Found(where, "pictures by class", raw, names, may_have_none=of_digits)


def _by_class(folder: _Folder) -> _Classes | None:
    inside = folder.folders
    without = {name for name, inner in inside.items() if not inner.pictures}
    if len(without) == len(inside) or not without <= _OF_DIGITS:
        return None
    return {
        name: [_Sample(picture, None) for picture in inner.pictures.values()]
        for name, inner in inside.items()
    }


def _by_writer(folder: _Folder) -> _Classes | None:
    """Take subfolders for writers that hold digits; others may hold no pictures of their own."""
    classes: dict[str, list[_Sample]] = {}
    for writer, inner in folder.folders.items():
        if not inner.folders or not set(inner.folders) <= _OF_DIGITS:
            if inner.pictures:
                return None
            continue
        for digit, place in inner.folders.items():
            samples = [_Sample(picture, writer) for picture in place.pictures.values()]
            classes.setdefault(digit, []).extend(samples)
    return classes if any(classes.values()) else None


def _raw(classes: _Classes, names: tuple[str, ...], where: str) -> Raw:
    ordered = [sample for name in names for sample in classes.get(name, [])]
    return Raw(
        images=partial(_read, ordered),
        labels=partial(_labels, classes, names, where),
        writers=partial(_writers, ordered),
    )


def _read(samples: list[_Sample]) -> Images:
    """Read all pictures as uint8 (N, 28, 28), with one of them at a time in its own size.

    Those that are 28×28 are kept as they are, unless the set is dark ink on light paper.
    """
    images = np.empty((len(samples), 28, 28), np.uint8)
    small = np.zeros(len(samples), np.bool_)
    for number, sample in enumerate(samples):
        picture = sample.picture()
        small[number] = picture.shape == (28, 28)
        images[number] = picture if small[number] else normalise(picture)
    if small.any() and np.median(images[small][:, [0, -1]]) >= 128:
        images[small] = [normalise(picture) for picture in images[small]]
    return images


def _labels(classes: _Classes, names: tuple[str, ...], where: str) -> Labels:
    unknown = sorted(set(classes) - set(names))
    if unknown:
        raise DataError(
            f"{where} has a class {unknown[0]!r} that the training part lacks; "
            f"known: {', '.join(names)}"
        )
    counts = [len(classes.get(name, [])) for name in names]
    values = [NO_DIGIT if name == NONE else number for number, name in enumerate(names)]
    return np.repeat(np.array(values, np.int64), counts)


def _writers(samples: list[_Sample]) -> Writers | None:
    writers = [sample.writer for sample in samples]
    return np.array(writers, dtype=np.str_) if any(writers) else None


# --- on disk and in a zip file -----------------------------------------------------------------


class _OnDisk:
    """A folder of the file system, read no deeper than asked."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def folders(self) -> dict[str, _OnDisk]:
        return {path.name: _OnDisk(path) for path in self._children if path.is_dir()}

    @cached_property
    def pictures(self) -> dict[str, _Picture]:
        return {
            path.name: partial(open_picture, path)
            for path in self._children
            if path.suffix.lower() in _PICTURES and not path.is_dir()
        }

    @cached_property
    def _children(self) -> list[Path]:
        return sorted(path for path in self._path.iterdir() if not _hidden(path.name))


@dataclass(frozen=True)
class _InZip:
    folders: dict[str, _InZip] = field(default_factory=dict)
    pictures: dict[str, _Picture] = field(default_factory=dict)


def _in_zip(archive: zipfile.ZipFile, where: str) -> _InZip:
    root = _InZip()
    for name in sorted(archive.namelist()):
        path = PurePosixPath(name)
        if any(map(_hidden, path.parts)):
            continue
        folder = root
        for part in path.parts if name.endswith("/") else path.parts[:-1]:
            folder = folder.folders.setdefault(part, _InZip())
        if path.suffix.lower() in _PICTURES:
            folder.pictures[path.name] = partial(_unpacked, archive, name, where)
    return root


def _unpacked(archive: zipfile.ZipFile, name: str, where: str) -> Pixels:
    with named_errors(f"{where}: {name}"):
        packed = archive.getinfo(name)
        if packed.flag_bits & _ENCRYPTED:
            raise DataError("packed with a password; pack it without one")
        if packed.file_size > _UNPACKED:
            raise DataError(f"expected a picture of at most {_UNPACKED // 1_000_000} MB")
        with Image.open(BytesIO(archive.read(packed)), formats=FORMATS) as image:
            return grey(upright(image))


def _hidden(name: str) -> bool:
    return name.startswith((".", "__"))


def _by_value(name: str) -> tuple[int, int, str]:
    return (0, int(name), name) if name.isdecimal() else (1, 0, name)
