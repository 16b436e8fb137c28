"""Keeping cut digits as a dataset: WRITER/DIGIT/number-N.png, which Ziffern loads by its path.

    keep(cut(photo).digits, Path("own"), writer="anna")      # own/anna/7/number-1.png …

Pictures of no digit lie beside them, in WRITER/no-digit.

What is there already stays as it is: new pictures count on from the highest number, and a picture
that is there byte for byte is not written again, so that a sheet may be cut twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image

from ziffern.classes import NO_DIGIT
from ziffern.collect.cut import Digit
from ziffern.collect.layout import Sheet
from ziffern.datasets.folders import NONE
from ziffern.errors import InputError
from ziffern.files import translated, write_atomic
from ziffern.pictures import Pixels

_TAKEN = ("train", "test")  # as folders of a dataset they mean its parts


@dataclass(frozen=True)
class Kept:
    """How many pictures were written, and how many were there already."""

    written: int
    known: int


def keep(digits: Iterable[Digit], folder: Path, *, writer: str) -> Kept:
    """Write somebody's digits under `folder`; what has the label `NO_DIGIT` is none.

    Raises:
        InputError: `writer` cannot be a folder's name.
        WorkError: the folder cannot be written; pictures written before stay.
    """
    place = folder / checked_writer(writer)
    with translated(place, "read"):
        there = {label: _numbered(place / _name(label)) for label in (NO_DIGIT, *range(10))}
        pictures = {
            label: {path.read_bytes() for path in numbers.values()}
            for label, numbers in there.items()
        }
    written = known = 0
    for digit in digits:
        content, numbers = _png(digit.picture), there[digit.label]
        if content in pictures[digit.label]:
            known += 1
            continue
        number = max(numbers, default=0) + 1
        path = place / _name(digit.label) / f"number-{number}.png"
        numbers[number] = write_atomic(path, content)
        pictures[digit.label].add(content)
        written += 1
    return Kept(written, known)


def _name(label: int) -> str:
    return NONE if label == NO_DIGIT else str(label)


def checked_writer(writer: str) -> str:
    """Return the name of a writer if it can be a folder's name on any system.

    Raises:
        InputError: it cannot.
    """
    if writer in _TAKEN or not re.fullmatch(r"[^\W_](?:[\w .-]{0,62}[\w-])?", writer):
        raise InputError(
            f"writer {writer!r}: expected a name of letters, digits, '-', '_', '.' and spaces that "
            f"begins with a letter or digit, and not {' or '.join(_TAKEN)}"
        )
    return writer


def writer_of(sheet: Sheet, file: Path, page: int | None = None) -> str:
    """Return the writer of a sheet: as its marks tell, else called after its file.

    `page` is the sheet's place in a file of several.
    """
    return called_after(file, page) if sheet.writer is None else f"writer-{sheet.writer}"


def called_after(file: Path, page: int | None = None) -> str:
    """Return a writer's name made of that of a file, and of the page's number in it."""
    name = re.sub(r"[^\w .-]", "", file.stem)[:50]
    name = re.sub(r"^[\W_]+|[\W_]+$", "", name) or "file"
    return f"{'sheet-' if name in _TAKEN else ''}{name}" + (f"-{page}" if page else "")


def _numbered(folder: Path) -> dict[int, Path]:
    """Return the pictures `number-N.png` of a folder by N."""
    found = ((re.fullmatch(r"number-(\d+)\.png", path.name), path) for path in folder.glob("*.png"))
    return {int(match[1]): path for match, path in found if match}


def _png(picture: Pixels) -> bytes:
    file = BytesIO()
    Image.fromarray(picture).save(file, "PNG", optimize=True)
    return file.getvalue()
