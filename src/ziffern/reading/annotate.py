"""What was read, drawn over the page: a box around every mark and the digit above it.

    picture = annotated(pixels, reader.read_page(pixels))      # uint8 (H, W, 3)

Sure digits have a whole box (blue), unsure ones a dashed box and a question mark (orange), marks
that are no digit a crossed box (grey): colour only helps.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from ziffern.pictures import Pixels
from ziffern.reading.structure import Box, Page, ReadDigit
from ziffern.states import State

Colour = tuple[int, int, int]
Point = tuple[int, int]

# Okabe and Ito's, as all figures; they differ in lightness too
COLOURS: dict[State, Colour] = {
    "sure": (0, 103, 168),
    "unsure": (201, 131, 0),
    "no-digit": (92, 101, 112),
}
_PAPER: Colour = (255, 255, 255)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_FONT_HEIGHT = 22  # pixels of a capital at scale 1
_LEGIBLE = 14  # pixels: smaller numbers cannot be read
_SMALLEST = 600  # pixels of the longer side; smaller pages are enlarged first


def annotated(pixels: Pixels, page: Page) -> Pixels:
    """Return a page, uint8 (H, W, 3), with what was read on it; small pages come out larger."""
    scale = max(1, round(_SMALLEST / max(pixels.shape[:2])))
    drawn = np.repeat(np.repeat(pixels, scale, axis=0), scale, axis=1)
    for line in page["lines"]:
        heights = [scale * digit["box"][3] for digit in line["digits"]]
        tall = float(np.median(heights))
        for digit in line["digits"]:
            _draw(drawn, digit, [scale * number for number in digit["box"]], tall)
    return drawn


def _draw(drawn: Pixels, digit: ReadDigit, box: Box, tall: float) -> None:
    colour, thick = COLOURS[digit["state"]], max(1, round(tall / 30))
    left, top, width, height = box
    gap = 2 * thick
    corners = [
        (left - gap, top - gap),
        (left + width + gap, top - gap),
        (left + width + gap, top + height + gap),
        (left - gap, top + height + gap),
    ]
    # a light seam around lines and numbers keeps them visible on dark paper
    for tint, extra in ((_PAPER, 2), (colour, 0)):
        for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
            for one, other in _dashes(start, end, digit["state"], 5 * thick):
                cv2.line(drawn, one, other, tint, thick + extra, cv2.LINE_AA)
        if digit["state"] == "no-digit":
            cv2.line(drawn, corners[0], corners[2], tint, thick + extra, cv2.LINE_AA)
            cv2.line(drawn, corners[1], corners[3], tint, thick + extra, cv2.LINE_AA)
    if digit["digit"] is not None:
        mark = "?" if digit["state"] == "unsure" else ""
        _write(drawn, f"{digit['digit']}{mark}", corners[0], colour, tall)


def _dashes(start: Point, end: Point, state: State, length: int) -> Iterator[tuple[Point, Point]]:
    """Yield the strokes of one side of a box: one, or dashes and gaps of equal length."""
    if state != "unsure":
        yield start, end
        return
    (x0, y0), (x1, y1) = start, end
    count = max(1, round(max(abs(x1 - x0), abs(y1 - y0)) / length)) | 1  # dashes at both ends
    x, y = np.linspace(x0, x1, count + 1), np.linspace(y0, y1, count + 1)
    for at in range(0, count, 2):
        yield (round(x[at]), round(y[at])), (round(x[at + 1]), round(y[at + 1]))


def _write(drawn: Pixels, text: str, corner: Point, colour: Colour, tall: float) -> None:
    """Write above a box, or inside it where the page ends."""
    size = max(_LEGIBLE, tall / 3) / _FONT_HEIGHT
    thick = max(1, round(1.6 * size))
    (_, height), _ = cv2.getTextSize(text, _FONT, size, thick)
    x, y = max(corner[0], 2), corner[1] - 2 * thick - 2
    if y < height + 2:
        y = max(corner[1], 0) + height + 2 * thick + 2
    for tint, extra in ((_PAPER, 4), (colour, 0)):
        cv2.putText(drawn, text, (x, y), _FONT, size, tint, thick + extra, cv2.LINE_AA)
