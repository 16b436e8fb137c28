"""Drawing the sheet as a PDF of lines and letters, sharp on any printer.

    Path("sheet.pdf").write_bytes(sheet(paper="letter", pages=2))

What stands where is `layout`'s business. The same arguments give the same bytes.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any, Final, Literal, get_args

import cv2
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from ziffern.collect import layout
from ziffern.collect.layout import Sheet
from ziffern.errors import InputError, did_you_mean

Paper = Literal["a4", "letter"]
_SIZES: Final[dict[str, tuple[float, float]]] = {"a4": A4, "letter": LETTER}

FAMILY: Final = cv2.aruco.DICT_APRILTAG_36h11
CELLS: Final = 8
"""Of a mark's side, black border included."""

_LINE = 0.8  # grey of box lines and hints: seen by writers, far lighter than any pen
_HINT = 0.6
_INSTRUCTIONS = (
    "Write the small grey digit into each box, in your own hand. Spoilt one? Black out the box.",
    "Schreib die kleine graue Ziffer ins Kästchen, so wie immer. Verschrieben? Kästchen schwärzen.",
)
_FOOT = (
    "Keep the black squares clean, and whole in the picture.",
    "Die schwarzen Quadrate frei und ganz im Bild lassen.",
)


def sheet(*, paper: str = "a4", pages: int = 1, writers: int | None = None) -> bytes:
    """Return sheets to write on as a PDF.

    Args:
        paper: `a4` or `letter`.
        pages: how many different pages, each with 100 boxes, 10 for each digit.
        writers: for how many writers; each has all pages, with their number printed on. Without
            it there is one copy with a field for a code.

    Raises:
        InputError: unknown paper, or more pages or writers than marks can tell.
    """
    if paper not in _SIZES:
        raise InputError(f"unknown paper {paper!r}{did_you_mean(paper, get_args(Paper))}")
    for name, count, most in (("pages", pages, layout.PAGES), ("writers", writers, layout.WRITERS)):
        if count is not None and not 1 <= count <= most:
            raise InputError(f"{name} {count}: expected a whole number from 1 to {most}")
    width, height = _SIZES[paper]
    file = BytesIO()
    canvas = Canvas(file, pagesize=(width, height), bottomup=0, invariant=1)
    canvas.setTitle("Ziffern: a sheet for handwritten digits")
    for writer in [None] if writers is None else range(1, writers + 1):
        for page in range(1, pages + 1):
            canvas.scale(mm, mm)
            canvas.translate(
                (width / mm - layout.WIDTH) / 2,
                (height / mm - layout.HEIGHT) / 2,
            )
            _draw(canvas, Sheet(page, writer), pages)
            canvas.showPage()
    canvas.save()
    return file.getvalue()


def _draw(canvas: Any, sheet: Sheet, pages: int) -> None:
    family = cv2.aruco.getPredefinedDictionary(FAMILY)
    cell = layout.MARK / CELLS
    for number, (left, top) in layout.marks(sheet).items():
        cells = cv2.aruco.generateImageMarker(family, number, CELLS)
        canvas.rect(left, top, layout.MARK, layout.MARK, stroke=0, fill=1)
        canvas.setFillGray(1)
        canvas.setStrokeGray(1)
        canvas.setLineWidth(0.02)  # or hair lines would show between the cells
        for row, column in zip(*cells.nonzero(), strict=True):
            canvas.rect(left + column * cell, top + row * cell, cell, cell, fill=1)
        canvas.setFillGray(0)
        canvas.setStrokeGray(0)
    left = layout.MARK + 5
    canvas.setFont("Helvetica-Bold", 5)
    canvas.drawString(left, 5, "Ziffern")
    canvas.setFont("Helvetica", 3.6)
    page = f"page / Seite {sheet.page}" + (f"/{pages}" if pages > 1 else "")
    canvas.drawRightString(layout.WIDTH - left, 5, page)
    canvas.drawString(left + 24, 5, "writer / wer schreibt:")
    if sheet.writer is None:
        canvas.setLineWidth(0.2)
        canvas.line(left + 59, 5.8, left + 105, 5.8)
    else:
        canvas.setFont("Helvetica-Bold", 5)
        canvas.drawString(left + 59, 5, f"{sheet.writer}")
    canvas.setFont("Helvetica", 3.3)
    for number, line in enumerate(_INSTRUCTIONS):
        canvas.drawString(left, 15.5 + 5 * number, line)
    canvas.setFont("Helvetica", 2.6)
    for number, line in enumerate(_FOOT):
        canvas.drawString(left, layout.HEIGHT - 4.5 + 4 * number, line)
    for box in layout.boxes(sheet.page):
        canvas.setStrokeGray(_LINE)
        canvas.setLineWidth(0.3)
        canvas.rect(box.x, box.y, layout.BOX, layout.BOX)
        canvas.setFillGray(_HINT)
        canvas.setFont("Helvetica", 3.4)
        canvas.drawString(box.x + 0.3, box.y - layout.SPACE - 0.2, str(box.digit))
    canvas.setFillGray(0)
    canvas.setStrokeGray(0)
