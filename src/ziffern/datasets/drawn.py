"""Digits drawn by rule: the ways in which people learn to write them, each time a little different.

    images, labels = drawn(1000, seed=0)      # uint8 (1000, 28, 28), int64 (1000,)

Collections of handwriting come from few countries. What they lack can be said in a few strokes: a 1
with a long upstroke, a crossed 7, a 4 with an open top, a 0 with a slash. Every digit here is a
list of such ways of writing; a drawing jitters the points of one, leans, stretches and turns it,
and takes a pen of its own. All pass through the contract as scans do.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from ziffern.contract import normalise

# Points of strokes, x,y in hundredths of the digit's height, from its top left; the pen goes round
# through them, sharply where a ! stands. Strokes are parted by |.
WAYS: tuple[tuple[str, ...], ...] = (
    (
        "32,0 5,25 3,60 25,98 55,75 58,35 32,0",
        "45,6 15,10 3,50 20,95 52,85 60,45 42,5 30,2",
        "22,3 2,40 15,92 45,97 62,55 52,12 40,2",
        "38,4 10,20 4,65 28,99 56,70 54,25 34,3 20,10",
        "32,0 5,25 3,60 25,98 55,75 58,35 32,0 | 52,8 12,92",
        "45,28 10,25 2,50 20,80 60,85 88,65 85,35 45,28",
        "40,40 6,44 8,64 60,70 95,58 85,42 35,38",
        "30,4 8,25 4,65 26,98 54,70 52,25 30,4 22,16 64,8",
        "0,14 18,22 34,6 10,30 4,65 26,98 54,72 50,25 30,4",
        "0,94 28,98 56,72 54,25 30,2 8,25 6,70 28,96 74,92",
        "55,10 28,0 4,40 14,88 36,98 60,86",
        "6,8 40,2 60,40 48,88 6,94",
        "8,34 45,16 88,30 | 4,60 42,78 90,64",
        "60,10 24,4 4,30 6,66 30,80 60,70 64,30 40,8 | 0,88 96,84",
        "0,20 20,14 36,6 8,30 6,70 30,96 56,70 52,24 36,6 64,14 84,18",
        "0,34 24,26 44,16 14,42 16,80 50,92 80,70 74,32 48,14 96,24",
        "34,12 8,36 14,84 46,92 66,60 52,22 28,18 60,30 92,20",
        "0,60 10,30 36,12 60,30 56,80 30,94 8,70 14,34 44,14 80,20",
    ),
    (
        "30,0 30,100",
        "14,24 38,0! 38,100",
        "0,45 42,0! 40,100",
        "0,60 45,0! 42,100",
        "2,42 26,22 42,0! 40,100",
        "0,72 46,0! 54,100",
        "0,38 44,0! 36,100",
        "14,24 38,0! 38,100 | 14,100 62,100",
        "0,42 40,0! 40,100 | 18,100 60,100",
        "0,96 44,0! 50,100",
        "0,100 26,0! 34,100",
        "0,64 34,0! 32,94 | 2,98 72,90",
        "0,56 68,0! 58,100",
        "0,70 44,22 76,2! 66,100",
        "0,64 34,26 60,0! 46,100",
    ),
    (
        "5,22 25,0 52,15 45,45 3,100! 62,97",
        "5,22 28,0 52,18 40,55 10,95 8,80 25,82 62,98",
        "5,10 30,0 50,12 48,35 5,98! 60,95",
        "8,18 30,0 50,20 30,65 4,98! 30,92 62,100",
        "28,34 10,26 14,4 40,0 52,20 36,54 4,92 14,78 34,90 62,96",
        "26,32 12,34 6,14 28,0 50,14 44,46 14,84 2,94 10,80 30,86 64,100",
        "20,20 8,24 8,6 28,0 36,18 24,56 4,96! 40,92",
    ),
    (
        "6,10 35,0 50,18 25,46! 55,65 40,97 3,92",
        "6,4! 55,2! 25,42! 55,65 42,98 3,90",
        "8,12 32,0 52,20 28,46 56,68 36,99 4,88",
        "4,16 30,0 50,16 34,40 26,46 44,50 56,72 34,100 2,86",
    ),
    (
        "25,0 3,60! 62,58 | 45,30 42,100",
        "48,0 2,65! 65,63 | 48,0 46,100",
        "8,3 5,52! 58,50 | 55,5 50,100",
        "45,2 12,25 5,52 30,58 58,45 | 50,25 42,100",
        "40,0 8,35 8,58 35,60 60,52 | 48,35 45,100",
        "10,5 8,45 30,55 55,40 | 55,5 50,100",
        "42,0 10,38 4,56! 40,54 62,46 | 46,30 38,100",
        "46,6 24,4 8,30 20,50 62,60 | 46,34 48,100",
        "50,2 14,24 10,44 30,50 64,56 | 44,36 50,100",
        "40,0 6,58! 52,44! 34,100",
        "34,0 4,50! 50,38! 40,100",
        "38,0 22,30 8,60! 22,46 44,48 40,100",
        "44,0 18,40 4,60! 32,52 50,44! 26,100",
    ),
    (
        "52,2! 14,2! 10,42! 40,38 58,65 35,98 3,92",
        "14,2! 10,42! 38,38 58,66 34,98 3,90 | 14,2 58,0",
        "55,3 20,8 14,40 45,52 52,80 25,99 3,90",
        "50,4! 16,6! 12,40! 36,34 54,58 44,92 6,96",
    ),
    (
        "48,2 15,30 4,65 20,98 52,85 48,58 10,62",
        "40,0 10,45 6,80 30,100 55,78 35,55 8,72",
        "52,8 30,2 8,40 8,84 34,100 54,76 34,54 8,72",
        "22,0 6,50 8,88 36,98 52,76 34,58 10,72",
    ),
    (
        "4,4! 58,2! 22,100",
        "4,4! 58,2! 22,100 | 12,50 52,47",
        "4,18! 5,4! 58,2! 25,100",
        "4,18! 5,4! 58,2! 25,100 | 14,52 54,48",
        "4,6 30,8 58,2! 35,45 22,100",
        "4,6 30,8 58,2! 35,45 22,100 | 10,50 56,46",
        "2,8! 56,0! 30,100 | 20,46 50,54",
        "6,24 20,4 32,20 22,36 12,24 30,6 58,6! 40,50 30,100 | 12,56 56,50",
        "2,20 10,4 26,14 58,2! 36,50 26,100 | 10,54 54,50",
        "6,8 56,4! 36,60 26,98 8,82 20,58 56,48",
        "4,12 36,2 60,12 46,60 40,100 | 20,60 68,56",
        "6,16 26,2 58,10 52,50 40,100 | 10,72 70,66",
    ),
    (
        "50,12 28,0 8,20 28,45 52,72 28,99 6,74 30,46 50,14",
        "30,0 10,22 30,45 50,22 30,0 | 30,45 4,72 30,100 56,72 30,45",
        "52,8 22,2 12,25 45,60 40,97 8,85 20,55 50,28 56,5",
        "46,4 16,4 14,28 44,52 50,84 22,100 6,80 26,50 48,26 40,2",
        "50,0 40,20 44,44 10,70 8,92 36,98 48,78 22,60 52,30 50,0",
        "44,10 30,0 12,14 24,44 44,70 30,98 10,80 26,52 50,14",
    ),
    (
        "52,20 28,2 6,22 22,48 50,30! 52,18! 48,60 40,100",
        "52,20 28,2 6,24 24,48 50,26! 54,60 40,98 8,92",
        "50,10 20,4 6,30 25,50 50,28 | 52,5 50,100",
        "50,15 25,2 6,24 26,48 52,22! 52,70 30,100 4,80",
        "46,8 18,4 8,28 28,44 50,24 44,6! 52,50 34,100",
        "26,30 10,28 8,10 34,0 54,12 50,50 38,100",
        "8,10 10,36 46,34 52,8! 54,60 40,98 14,94",
        "34,42 12,28 18,4 44,2 52,22 34,42! 30,100",
        "30,44 10,34 12,8 36,0 50,18 38,38 26,46! 8,100",
        "24,42 6,22 24,0 50,10 50,30 24,42! 36,100",
        "60,50 14,44 6,16 50,0 84,16 74,42 52,50! 90,96",
        "60,10 24,4 6,24 24,40 56,24! 58,60 48,100",
    ),
)
"""For each digit the ways of writing it."""

_TALL = 72  # pixels of a digit's height as it is drawn, twice what is then normalised
_SIDE = 128
_STEPS = 8  # points drawn between two of the way's
_BESIDE_A_RULE = 0.1  # for each of two rules, which readers cannot always take away


@dataclass(frozen=True)
class _Hand:
    """What one hand does to every point: jitter in hundredths, and a map (2, 2)."""

    jitter: float
    shape: npt.NDArray[np.float64]
    pen: float

    @classmethod
    def drawn(cls, draw: np.random.Generator) -> _Hand:
        lean, turn = np.tan(draw.normal(0.1, 0.2)), draw.normal(0, 0.07)
        stretch = np.diag([np.exp(draw.normal(0, 0.18)), 1.0])
        leaning = np.array([[1.0, -lean], [0.0, 1.0]])
        turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        return cls(draw.uniform(1.5, 5), turned @ leaning @ stretch, draw.uniform(3.5, 15))


def drawn(count: int, *, seed: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Return drawn digits, each digit about as often, each way of a digit as often as the others.

    Args:
        count: how many.
        seed: the same seed gives the same pictures.

    Returns:
        Pictures, uint8 (count, 28, 28), white on black, and their labels, int64 (count,).
    """
    draw = np.random.default_rng(seed)
    labels = draw.permutation(np.arange(count) % 10)
    images = np.zeros((count, 28, 28), dtype=np.uint8)
    for image, label in zip(images, labels.tolist(), strict=True):
        way = _ways()[label][draw.integers(len(WAYS[label]))]
        image[:] = normalise(_draw(way, _Hand.drawn(draw), draw))
    return images, labels


_Stroke = tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]  # points (N, 2), which are sharp


@cache
def _ways() -> list[list[list[_Stroke]]]:
    return [[[_parsed(stroke) for stroke in way.split("|")] for way in ways] for ways in WAYS]


def _parsed(stroke: str) -> _Stroke:
    words = stroke.split()
    points = [[float(number) for number in word.strip("!").split(",")] for word in words]
    return np.array(points), np.array([word.endswith("!") for word in words])


def _draw(way: list[_Stroke], hand: _Hand, draw: np.random.Generator) -> npt.NDArray[np.uint8]:
    sheet = Image.new("L", (_SIDE, _SIDE))
    pen, width = ImageDraw.Draw(sheet), hand.pen * _TALL / 100
    for points, sharp in way:
        moved = points + draw.normal(0, hand.jitter, points.shape) - (30, 50)
        line = _line(moved, sharp, draw) @ hand.shape.T * (_TALL / 100) + _SIDE / 2
        ends = [(float(x), float(y)) for x, y in line]
        pen.line(ends, fill=255, width=max(1, round(width)), joint="curve")
        for x, y in (ends[0], ends[-1]):  # pens are round
            pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)
    for _ in range(draw.binomial(2, _BESIDE_A_RULE)):
        _rule(sheet, draw)
    return np.asarray(sheet.reduce(2))  # smooth edges, which the drawing has not


def _rule(sheet: Image.Image, draw: np.random.Generator) -> None:
    """Leave a piece of the line that the digit stands on, or hangs from, or that crosses it."""
    left, top, right, bottom = sheet.getbbox() or (0, 0, _SIDE, _SIDE)
    at = draw.choice((bottom, bottom, top, draw.uniform(top, bottom))) + draw.uniform(-6, 6)
    ends = (left + draw.uniform(-8, 6), at, right + draw.uniform(-6, 8), at + draw.normal(0, 2))
    ink, width = int(draw.integers(100, 256)), int(draw.integers(2, 6))
    ImageDraw.Draw(sheet).line(ends, fill=ink, width=width)


def _line(
    points: npt.NDArray[np.float64], sharp: npt.NDArray[np.bool_], draw: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Return the points that the pen goes through, (M, 2): a Catmull–Rom spline between corners."""
    corners = [0, *(np.flatnonzero(sharp[1:-1]) + 1).tolist(), len(points) - 1]
    parts = []
    for start, stop in itertools.pairwise(corners):
        part = points[start : stop + 1]
        if len(part) == 2:  # nobody draws quite straight
            bow = part.mean(axis=0) + draw.normal(0, 1.5, 2)
            part = np.stack([part[0], bow, part[1]])
        before, after = 2 * part[0] - part[1], 2 * part[-1] - part[-2]
        padded = np.concatenate([before[np.newaxis], part, after[np.newaxis]])
        t = np.linspace(0, 1, _STEPS, endpoint=False)[:, np.newaxis]
        for p, q, r, s in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
            parts.append(
                (2 * q + (r - p) * t + (2 * p - 5 * q + 4 * r - s) * t**2
                 + (3 * q - p - 3 * r + s) * t**3) / 2
            )  # fmt: skip
    return np.concatenate([*parts, points[-1:]])
