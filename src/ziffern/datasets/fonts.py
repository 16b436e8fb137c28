"""Printed digits: the fonts of this machine as a source of synthetic digits.

Fonts come with matplotlib, where it is installed, and from the usual folders; nothing is
downloaded and matplotlib is not imported. Every digit passes through the same contract as
handwriting does.

    images, labels, names = synthetic()
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from ziffern.contract import normalise
from ziffern.errors import DataError

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]

_HEIGHT = 96  # pixels of the type size: large enough for smooth edges in 28×28
_LIMIT = 100  # faces, where nobody says how many
_ALIKE = 5  # of its ten digits so many must look like digits
_MISSING = "\uffff"  # no character: what a face draws for it, it draws for all that it lacks
_PLAIN = {"regular", "book", "roman", "normal"}


@dataclass(frozen=True)
class Font:
    """A font face that has digits: its name, as "DejaVu Sans Bold", and its file."""

    name: str
    path: Path


def fonts(limit: int | None = _LIMIT) -> list[Font]:
    """Return the faces that have digits: those of matplotlib first, then the installed ones.

    The order is the same on every call. Symbols, emoji and faces that show boxes instead of
    digits are left out, and so is a face whose name was there before.

    Args:
        limit: stop after so many faces (each one costs some 10 ms); None for all.
    """
    return list(islice(_faces(), limit))


def render(font: Font, digit: int) -> Images:
    """Return a printed digit as uint8 (28, 28), white on black, as the contract makes it.

    Raises:
        DataError: not a digit from 0 to 9, or the font cannot be read (any more).
    """
    if digit not in range(10):
        raise DataError(f"expected a digit from 0 to 9, got {digit!r}")
    return _drawn(_loaded(font.path), str(digit))


def synthetic(fonts: Sequence[Font] | None = None) -> tuple[Images, Labels, list[str]]:
    """Return the digits 0 to 9 of each font, one font after the other.

    Args:
        fonts: the fonts to use; those that `fonts()` finds if not given.

    Returns:
        Pictures, uint8 (N, 28, 28), their labels, int64 (N,), and the name of each one's font.
        All are empty where there are no fonts.
    """
    chosen = list(islice(_faces(), _LIMIT)) if fonts is None else list(fonts)
    images = np.zeros((len(chosen), 10, 28, 28), dtype=np.uint8)
    for row, font in zip(images, chosen, strict=True):
        face = _loaded(font.path)
        for digit in range(10):
            row[digit] = _drawn(face, str(digit))
    labels = np.tile(np.arange(10, dtype=np.int64), len(chosen))
    return images.reshape(-1, 28, 28), labels, [font.name for font in chosen for _ in range(10)]


@cache
def having(signs: str, limit: int) -> list[tuple[ImageFont.FreeTypeFont, str]]:
    """Return those of the first faces, 72 pixels tall, that have some of these signs, and which."""
    found = []
    for font in fonts(limit):
        face = ImageFont.truetype(font.path, 72, layout_engine=ImageFont.Layout.BASIC)
        lacking = (_looks(face, _MISSING), _looks(face, " "))
        if present := "".join(sign for sign in signs if _looks(face, sign) not in lacking):
            found.append((face, present))
    return found


def _looks(face: ImageFont.FreeTypeFont, sign: str) -> bytes:
    sheet = Image.new("L", (120, 120))
    ImageDraw.Draw(sheet).text((60, 60), sign, font=face, fill=255, anchor="mm")
    return sheet.tobytes()


def _faces() -> Iterator[Font]:
    seen = set()
    for folder in _folders():
        for path in _files(folder):
            try:
                face = _loaded(path)
                family, style = face.getname()
                name = _name(family or path.stem, style or "")
                if name.casefold() not in seen and _has_digits(face):
                    seen.add(name.casefold())
                    yield Font(name, path)
            except (DataError, OSError, ValueError):
                continue  # a damaged or exotic file is just not one of our fonts


def _folders() -> list[Path]:
    found = importlib.util.find_spec("matplotlib")
    bundled = found.submodule_search_locations if found else None
    folders = [Path(place, "mpl-data", "fonts", "ttf") for place in bundled or ()]
    home = Path.home()
    if sys.platform == "win32":
        folders += [
            Path(os.environ.get("WINDIR", r"C:\Windows"), "Fonts"),
            home / "AppData/Local/Microsoft/Windows/Fonts",
        ]
    elif sys.platform == "darwin":
        folders += [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"]
    else:
        folders += [
            Path("/usr/share/fonts"),
            Path("/usr/local/share/fonts"),
            home / ".local/share/fonts",
            home / ".fonts",
        ]
    return folders


def _files(folder: Path) -> Iterator[Path]:
    for place, inner, names in os.walk(folder):
        inner.sort()
        for name in sorted(names):
            if name.lower().endswith((".ttf", ".otf", ".ttc")):
                yield Path(place, name)


def _name(family: str, style: str) -> str:
    return family if style.lower() in _PLAIN else f"{family} {style}".strip()


def _loaded(path: Path) -> ImageFont.FreeTypeFont:
    try:
        # the basic layout needs no further library and draws digits alike everywhere
        return ImageFont.truetype(path, _HEIGHT, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        raise DataError(f"{path}: no font that can be read ({error})") from error


def _drawn(face: ImageFont.FreeTypeFont, text: str) -> Images:
    left, top, right, bottom = (int(edge) for edge in face.getbbox(text))
    margin = _HEIGHT // 4
    sheet = Image.new("L", (right - left + 2 * margin, bottom - top + 2 * margin))
    ImageDraw.Draw(sheet).text((margin - left, margin - top), text, font=face, fill=255)
    return normalise(np.asarray(sheet))


def _has_digits(face: ImageFont.FreeTypeFont) -> bool:
    """Whether many digits of a face look more like themselves than like any other digit.

    Symbol fonts have something at the places of digits too, and boxes for missing glyphs are all
    alike; neither looks like digits, which Pillow's own font shows.
    """
    nearest = (_outlines(face) @ _templates().T).argmax(axis=1)
    return int((nearest == np.arange(10)).sum()) >= _ALIKE


@cache
def _templates() -> npt.NDArray[np.float32]:
    face = ImageFont.load_default(_HEIGHT)
    assert isinstance(face, ImageFont.FreeTypeFont)  # Pillow's wheels have FreeType
    return _outlines(face)


def _outlines(face: ImageFont.FreeTypeFont) -> npt.NDArray[np.float32]:
    """Return the ten digits, blurred, as rows of mean 0 and length 1: products correlate them."""
    soft = ImageFilter.GaussianBlur(1.5)  # the weight and the serifs of a face matter less
    drawn = [Image.fromarray(_drawn(face, str(digit))).filter(soft) for digit in range(10)]
    rows = np.stack([np.asarray(image, dtype=np.float32).ravel() for image in drawn])
    rows -= rows.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: npt.NDArray[np.float32] = rows / np.maximum(lengths, 1)
    return unit
