"""From files to pages: pictures, photos, scans of several pages and PDF as upright RGB.

    for page in pages("scan.pdf"):       # uint8 (H, W, 3), one at a time
        ...

The content of a file decides what it is, not the ending of its name. Picture files of single digits
are opened by `ziffern.pictures`; what stands on a page is for the modules beside this one.
"""

from __future__ import annotations

import logging
import math
import os
import re
import threading
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from ziffern.errors import DataError
from ziffern.pictures import FORMATS, LIMIT, Pixels, clear_errors, colour, upright

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

KINDS = "PNG, JPEG, TIFF, WebP, HEIC, PDF, GIF or BMP"
LEAST = 8  # pixels of the longer side; with fewer no digit can be told
MOST = 1000
"""Pages of one file at most."""
DPI = 200  # of a PDF's pages; a digit of 5 mm is then 40 pixels high

_HEAD = 1024  # bytes; a PDF's mark may stand anywhere in them
_HEIF = re.compile(rb".{4}ftyp(hei[cxms]|hev[cxms]|mif1|msf1)", re.DOTALL)
_ENDINGS = (".heic", ".heics", ".heif", ".heifs", ".hif", ".mpo", ".pdf")  # besides Pillow's
_MOVING = ("GIF", "PNG", "WEBP", "AVIF")  # of several frames an animation; of a TIFF, its pages
_REDUCED = 254, 1  # a TIFF's tag for kinds of frames, and its bit for a small copy of another one

# PDFium does not bear several threads, not even with a document each
_pdfium = threading.RLock()
log = logging.getLogger(__name__)


def pages(path: str | Path) -> Iterator[Pixels]:
    """Yield the pages of a file as RGB, uint8 (H, W, 3), upright; one of them is held at a time.

    A TIFF or PDF may have several. Those of a PDF are rendered at `DPI`, very large ones at what
    `LIMIT` pixels allow. Of an animation the first picture is read, which is logged as a warning.
    Transparent parts become paper, and numbers of more than 8 bits are scaled, as by
    `ziffern.pictures.colour`.

    Raises:
        DataError: missing, a folder, empty, no picture, damaged or cut short, too large or small,
            protected by a password, without pages or with too many. Pages before the trouble have
            been yielded.
        ModuleNotFoundError: pypdfium2 or pi_heif is needed and not installed.
    """
    path = Path(path)
    found = _pages(path)
    with closing(found):
        while True:
            with clear_errors(path, KINDS):  # not around `yield`: what callers do is not ours
                page = next(found, None)
                if page is not None and max(page.shape) < LEAST:
                    raise DataError(
                        f"{page.shape[1]}×{page.shape[0]} pixels; expected a page, with a longer "
                        f"side of at least {LEAST} pixels"
                    )
            if page is None:
                return
            yield page


def in_folder(folder: Path) -> tuple[list[Path], list[str]]:
    """Return the files of a folder that are to be read, and the names of all else that is in it.

    To be read is what begins like a picture or PDF, and what is called one, so that it is told
    when it is none. Subfolders and hidden files are left out. Files come in the order of their
    names, with 2 before 10.

    Raises:
        DataError: the folder cannot be listed.
    """
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: _in_order(entry.name))
    except OSError as error:
        raise DataError(f"{folder}: cannot list the folder: {error.strerror}") from error
    endings = _endings()
    files, others = [], []
    for entry in found:
        if entry.is_file() and not entry.name.startswith(".") and _to_be_read(entry, endings):
            files.append(Path(entry.path))
        else:
            others.append(entry.name)
    return files, others


def _in_order(name: str) -> tuple[list[tuple[int, str]], str]:
    """Return a key that sorts names by their words and by their numbers as numbers."""
    stem, ending = os.path.splitext(name.lower())
    parts = re.split(r"(\d+)", stem)
    return [(int(at), "") if place % 2 else (-1, at) for place, at in enumerate(parts)], ending


def _endings() -> frozenset[str]:
    known = Image.registered_extensions().items()
    return frozenset({ending for ending, kind in known if kind in FORMATS} | {*_ENDINGS})


def _to_be_read(entry: os.DirEntry[str], endings: frozenset[str]) -> bool:
    if os.path.splitext(entry.name)[1].lower() in endings:
        return True
    try:
        head = _head(entry.path)
    except OSError:
        return False
    return _is_pdf(head) or _is_heif(head) or any(_begins_as(kind, head) for kind in FORMATS)


def _head(path: str | Path) -> bytes:
    with open(path, "rb", buffering=0) as file:
        return file.read(_HEAD)


def _is_pdf(head: bytes) -> bool:
    return b"%PDF-" in head


def _is_heif(head: bytes) -> bool:
    return _HEIF.match(head) is not None


def _begins_as(kind: str, head: bytes) -> bool:
    _, accepts = Image.OPEN[kind]
    return accepts is None or accepts(head[:16]) is True


def _pages(path: Path) -> Generator[Pixels, None, None]:
    head = _head(path)
    if _is_pdf(head):
        yield from _of_pdf(path)
        return
    formats: tuple[str, ...] = FORMATS
    if _is_heif(head):
        from pi_heif import register_heif_opener

        register_heif_opener(thumbnails=False)
        formats = (*FORMATS, "HEIF")
    yield from _of_picture(path, formats)


def _of_picture(path: Path, formats: tuple[str, ...]) -> Generator[Pixels, None, None]:
    with Image.open(path, formats=formats) as image:
        if image.format in _MOVING and getattr(image, "is_animated", False):
            log.warning("%s is an animation; only its first picture is read", path)
        count = _count_of(image) if image.format == "TIFF" else 1
        _check_count(count)
        yield colour(upright(image))
        for number in range(1, count):
            image.seek(number)
            tag, bit = _REDUCED
            if not image.getexif().get(tag, 0) & bit:
                yield colour(upright(image))


def _count_of(image: Image.Image) -> int:
    """Return how many pages a TIFF has, or more than can be got at if it is cut short."""
    try:
        return int(getattr(image, "n_frames", 1))
    except Exception:  # of as many kinds as a file can be damaged in
        image.seek(0)
        return MOST


def _check_count(count: int) -> None:
    """Refuse more pages than anybody scans into one file; a small file may name one page often."""
    if count > MOST:
        raise DataError(f"{count:,} pages; at most {MOST:,} are read, so split it")


def _of_pdf(path: Path) -> Generator[Pixels, None, None]:
    with _pdfium:
        document = _opened(path)
        count = len(document)
    try:
        if count == 0:
            raise DataError("a PDF without pages")
        _check_count(count)
        for number in range(count):
            with _pdfium:
                page = _rendered(document, number)
            yield page
    finally:
        with _pdfium:
            document.close()


def _opened(path: Path) -> PdfDocument:
    from pypdfium2 import PdfDocument, PdfiumError, raw

    try:
        return PdfDocument(path.resolve())  # or it would take a ~ for a home
    except PdfiumError as error:
        if error.err_code == raw.FPDF_ERR_PASSWORD:
            raise DataError("a PDF with a password; save it without one to have it read") from error
        if error.err_code == raw.FPDF_ERR_SUCCESS:  # it is whole, only there are none
            raise DataError("a PDF without pages") from error
        raise


def _rendered(document: PdfDocument, number: int) -> Pixels:
    page = document[number]
    try:
        width, height = page.get_size()  # in points, 72 to an inch
        if not (width > 0 and height > 0):
            raise DataError(f"page {number + 1} of the PDF has no size")
        # a little less, or a page of 60.000001 pixels would become one of 61
        scale = min((DPI - 0.001) / 72, math.sqrt(LIMIT / (width * height)))
        bitmap = page.render(scale=scale, rev_byteorder=True)
        try:
            return np.array(bitmap.to_numpy())
        finally:
            bitmap.close()
    finally:
        page.close()
