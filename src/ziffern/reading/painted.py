"""Lines of digits painted on paper, with each stroke's digit known: what readers are taught on.

    paint = Painter(part)
    line = paint(np.random.default_rng(0))
    line.pixels, line.labels         # uint8 (h, w), int64 (n,)
    line.owners                      # whose ink each pixel is

One hand writes a line: digits that stand close to each other in their collection, at one height,
slant and pen, more or less tightly, sometimes joined by strokes, with dots between thousands, a
dash at the end, a printed line below, on paper with a pattern and grain, as a JPEG.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from ziffern.datasets import Part
from ziffern.errors import DataError
from ziffern.pictures import Pixels

Owners = npt.NDArray[np.int16]
Ink = npt.NDArray[np.float32]

NOBODY = 0
"""The owner of paper, and of ink that is no digit's."""

_NEAR = 2000  # digits of a collection among which a line's are sought: writers' follow each other
_STRANGER = 0.1  # of the digits come from anywhere
_ZEROS = 0.4  # of the lines end with zeros, as amounts do
_CHAINED = 0.8  # of two zeros and more of a hand that joins digits are written in one go
_DIGITS = (2, 7)  # digits in a line
_HEIGHTS = (26.0, 72.0)  # pixels
_INKED = 40  # grey level of 255 from which a digit's picture is ink
_FIRM = 0.08  # of full ink, from which a pixel is a digit's


@dataclass(frozen=True, eq=False)
class PaintedLine:
    """Grey levels (h, w), dark on light; the digits from left to right (n,); whose ink it is.

    `owners` (h, w) is 1 … n where the ink is that of the first … last digit, else `NOBODY`.
    """

    pixels: Pixels
    labels: npt.NDArray[np.int64]
    owners: Owners


@dataclass(frozen=True)
class _Hand:
    """How somebody writes.

    `height` is in pixels, `breadth` by how much digits are broader than in their collection,
    `slant` pixels to the right by pixel upwards, `pen` the share of a thinner (below 0) or thicker
    stroke, `apart` the gap between digits in heights, `zero` height and breadth of zeros.
    """

    height: float
    breadth: float
    slant: float
    pen: float
    apart: float
    zero: tuple[float, float]
    joins: bool


@dataclass(frozen=True, eq=False)
class _Glyph:
    """A digit, or several in one stroke: ink (h, w) from 0 to 1 and whose it is, 1 … `count`."""

    ink: Ink
    owners: Owners
    count: int = 1


class Painter:
    """Paints lines of the digits of a part."""

    def __init__(self, digits: Part) -> None:
        """Take the digits.

        Raises:
            DataError: there are none.
        """
        if not len(digits):
            raise DataError("lines are painted of digits, but there are none")
        self._images, self._labels = digits.images, digits.labels
        self._of = {
            int(label): np.flatnonzero(digits.labels == label)
            for label in set(digits.labels.tolist())
        }

    def __call__(self, draw: np.random.Generator) -> PaintedLine:
        """Paint one line."""
        hand = _hand(draw)
        chosen = self._chosen(draw)
        glyphs = list(self._glyphs(chosen, hand, draw))
        ink, owners, base, end = _written(glyphs, hand, draw)
        top, bottom = (
            base - round(hand.height * draw.uniform(1.3, 1.5)),
            base + round(hand.height * draw.uniform(0.15, 0.5)),
        )
        left, right = int(draw.integers(0, 22)), end + int(draw.integers(4, 90))
        inside = np.s_[max(0, top) : bottom, left:right]
        pixels = _on_paper(ink[inside], base - max(0, top), draw)
        return PaintedLine(pixels, self._labels[chosen], owners[inside])

    def _glyphs(
        self, chosen: npt.NDArray[np.intp], hand: _Hand, draw: np.random.Generator
    ) -> Iterator[_Glyph]:
        """Yield what a hand writes for digits: zeros behind others may be in one stroke."""
        place = 0
        while place < len(chosen):
            label = int(self._labels[chosen[place]])
            others = np.flatnonzero(self._labels[chosen[place:]] != 0)
            zeros = int(others[0]) if len(others) else len(chosen) - place
            if place and zeros > 1 and hand.joins and draw.random() < _CHAINED:
                yield _chain(zeros, hand, draw)
                place += zeros
            else:
                yield _glyph(self._images[chosen[place]], label == 0 and place > 0, hand, draw)
                place += 1

    def _chosen(self, draw: np.random.Generator) -> npt.NDArray[np.intp]:
        """Return which digits stand in a line, of one hand as far as that is known."""
        count = int(draw.integers(*_DIGITS))
        labels = draw.choice(list(self._of), count)
        if draw.random() < _ZEROS and 0 in self._of and count > 1:
            labels[-int(draw.integers(1, min(count, 5))) :] = 0
        begin = int(draw.integers(max(1, len(self._labels) - _NEAR)))
        chosen = []
        for label in labels.tolist():
            those = self._of[label]
            low, high = np.searchsorted(those, (begin, begin + _NEAR))
            near = those[low:high]
            chosen.append(
                draw.choice(those if not len(near) or draw.random() < _STRANGER else near)
            )
        return np.array(chosen)


def _hand(draw: np.random.Generator) -> _Hand:
    zero = (
        draw.uniform(0.55, 1.05) if draw.random() < 0.5 else 1.0,
        draw.uniform(1, 1.6) if draw.random() < 0.4 else 1.0,
    )
    return _Hand(
        height=float(np.exp(draw.uniform(*np.log(_HEIGHTS)))),
        breadth=float(np.exp(draw.normal(0.05, 0.2))),
        slant=float(draw.normal(0.1, 0.18)),
        pen=float(draw.uniform(-0.6, 0.4)),
        apart=float(draw.normal(0.06, 0.1)),
        zero=zero,
        joins=bool(draw.random() < 0.5),
    )


def _glyph(image: Pixels, is_zero: bool, hand: _Hand, draw: np.random.Generator) -> _Glyph:
    """Return a digit as this hand writes it, (h, w) from 0 to 1, without margins."""
    rows, columns = (np.flatnonzero(image.max(axis=axis) > _INKED) for axis in (1, 0))
    if not len(rows):
        rows, columns = np.arange(28), np.arange(28)
    cut = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    high, broad = hand.zero if is_zero else (1.0, 1.0)
    height = high * hand.height * np.exp(draw.normal(0, 0.07))
    width = broad * hand.breadth * height * cut.shape[1] / cut.shape[0]
    width *= np.exp(draw.normal(0, 0.06))
    size = max(2, round(min(width, 1.6 * hand.height))), max(4, round(height))
    glyph = cv2.resize(cut, size, interpolation=cv2.INTER_CUBIC)
    glyph = cv2.GaussianBlur(glyph, (0, 0), height / 36).astype(np.float32)
    glyph = np.clip((glyph - 110) * 2.2 / 255 + 0.5, 0, 1)
    square = np.ones((3, 3), np.uint8)
    if hand.pen < 0:
        for _ in range(int(height / 22) + 1):
            glyph = (1 + hand.pen) * glyph - hand.pen * cv2.erode(glyph, square)
    else:
        glyph = (1 - hand.pen) * glyph + hand.pen * cv2.dilate(glyph, square)
    glyph = np.pad(glyph, 2)
    lean = abs(hand.slant) * glyph.shape[0]
    shear = np.array(
        [[1, -hand.slant, max(0.0, hand.slant) * glyph.shape[0]], [0, 1, 0]], np.float32
    )
    glyph = cv2.warpAffine(glyph, shear, (glyph.shape[1] + int(lean) + 2, glyph.shape[0]))
    columns = np.flatnonzero(glyph.max(axis=0) > 0.25)
    if len(columns):
        glyph = glyph[:, columns[0] : columns[-1] + 1]
    return _Glyph(np.asarray(glyph), (glyph > _FIRM).astype(np.int16))


def _chain(count: int, hand: _Hand, draw: np.random.Generator) -> _Glyph:
    """Return zeros written in one go, each begun at its top, where the last one ended."""
    height = hand.zero[0] * hand.height * np.exp(draw.normal(0, 0.07))
    across = hand.breadth * height * draw.uniform(0.25, 0.4)
    step = 2 * across * draw.uniform(0.8, 1.4)
    begin, pen = draw.uniform(0.15, 0.6) * math.pi, max(1, round(height * draw.uniform(0.05, 0.13)))
    rounds = []
    for place in range(count):
        angles = begin + np.linspace(0, 2 * math.pi * draw.uniform(0.95, 1.1), 40)
        size = np.exp(draw.normal(0, 0.1, 2)) * (across, height / 2)
        middle = np.array([place * step, height / 2]) + draw.normal(0, 0.04 * height, 2)
        points = middle + np.stack([np.cos(angles), -np.sin(angles)], axis=1) * size
        points[:, 0] += hand.slant * (height - points[:, 1])
        rounds.append(points)
    low = np.min([points.min(axis=0) for points in rounds], axis=0) - pen - 2
    high = np.max([points.max(axis=0) for points in rounds], axis=0) + pen + 2
    width, tall = np.ceil(high - low).astype(int).tolist()
    ink, owners = np.zeros((tall, width), np.float32), np.zeros((tall, width), np.int16)
    for before, behind in pairwise(rounds):
        _stroke(ink, before[-1] - low, behind[0] - low, pen, draw)
    for place, points in enumerate(rounds):
        stroke = [np.round(8 * (points - low)).astype(np.int32)]
        cv2.polylines(ink, stroke, False, 0.95, pen, cv2.LINE_AA, 3)
        cv2.polylines(owners, stroke, False, place + 1, pen + 1, cv2.LINE_8, 3)
    return _Glyph(np.asarray(cv2.GaussianBlur(ink, (0, 0), 0.7)), owners, count)


def _written(
    glyphs: list[_Glyph], hand: _Hand, draw: np.random.Generator
) -> tuple[Ink, Owners, int, int]:
    """Write glyphs beside each other: the ink, whose it is, the base line, the last column."""
    high = hand.height
    base = round(1.6 * high)
    width = sum(glyph.ink.shape[1] for glyph in glyphs) + round((len(glyphs) + 3) * high) + 120
    ink = np.zeros((round(2.4 * high) + 8, width), np.float32)
    owners = np.zeros(ink.shape, np.int16)
    across, last, written = 20, None, 0
    behind = sum(glyph.count for glyph in glyphs)
    for glyph in glyphs:
        h, w = glyph.ink.shape
        top = min(max(0, round(base - h + draw.normal(0, 0.05 * high))), ink.shape[0] - h)
        across = max(4, across)
        there = np.s_[top : top + h, across : across + w]
        own = (glyph.owners != NOBODY) & (glyph.ink >= ink[there])
        owners[there][own] = written + glyph.owners[own]
        np.maximum(ink[there], glyph.ink, out=ink[there])
        box = (across, top, w, h)
        if hand.joins and last is not None and draw.random() < 0.35:
            begin = last[0] + 0.75 * last[2], last[1] + last[3] * draw.uniform(0, 0.4)
            end = across + 0.4 * w, top + h * draw.uniform(0, 0.3)
            _stroke(ink, begin, end, max(1.5, high / 16), draw)
        last = box
        across += round(w + high * (hand.apart + draw.normal(0, 0.06)))
        written, behind = written + glyph.count, behind - glyph.count
        if behind and behind % 3 == 0 and draw.random() < 0.4:
            cv2.circle(ink, (across + 4, base - 2), round(max(1, high / 22)), 0.9, -1)
            across += 12
    if draw.random() < 0.3:
        begin = across + 0.25 * high, base - 0.4 * high
        _stroke(ink, begin, (begin[0] + 0.6 * high, begin[1]), max(2, high / 16), draw)
    return ink, owners, base, across


def _stroke(
    ink: Ink,
    begin: npt.ArrayLike,
    end: npt.ArrayLike,
    width: float,
    draw: np.random.Generator,
) -> None:
    """Draw a bent stroke."""
    first, last = np.asarray(begin, np.float64), np.asarray(end, np.float64)
    middle = (first + last) / 2 + (0, draw.uniform(-0.4, 0.8) * width)
    along = np.linspace(0, 1, 12)[:, np.newaxis]
    points = (1 - along) ** 2 * first + 2 * along * (1 - along) * middle + along**2 * last
    cv2.polylines(
        ink, [np.round(8 * points).astype(np.int32)], False, 0.85, round(width), cv2.LINE_AA, 3
    )


def _on_paper(ink: Ink, base: int, draw: np.random.Generator) -> Pixels:
    """Return ink on paper with a pattern, perhaps a line, and grain, as a scanner sees it."""
    y, x = np.mgrid[: ink.shape[0], : ink.shape[1]].astype(np.float32)
    paper = np.full(ink.shape, draw.uniform(150, 235), np.float32)
    for _ in range(draw.integers(0, 3)):
        waves, lean = draw.uniform(0.6, 2.2), draw.uniform(-0.6, 0.6)
        paper += draw.uniform(2, 14) * np.sin(
            waves * (y + lean * x) + 3 * np.sin(x / draw.uniform(15, 60))
        )
    dark = draw.uniform(0.35, 0.85)
    seen = paper * (1 - dark * cv2.GaussianBlur(ink, (0, 0), draw.uniform(0.5, 1.3)))
    if draw.random() < 0.35:
        line = np.abs(y - base - draw.uniform(-3, 6) - draw.normal(0, 0.01) * x) < draw.uniform(
            0.7, 1.8
        )
        seen = np.where(line, np.minimum(seen, draw.uniform(50, 140)), seen)
    seen = np.clip(seen + draw.normal(0, draw.uniform(1, 5), seen.shape), 0, 255).astype(np.uint8)
    _, coded = cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, int(draw.integers(50, 92))])
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)
