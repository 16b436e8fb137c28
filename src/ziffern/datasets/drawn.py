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
    ),
    (
        "5,22 25,0 52,15 45,45 3,100! 62,97",
        "5,22 28,0 52,18 40,55 10,95 8,80 25,82 62,98",
        "5,10 30,0 50,12 48,35 5,98! 60,95",
        "8,18 30,0 50,20 30,65 4,98! 30,92 62,100",
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
    ),
    (
        "50,12 28,0 8,20 28,45 52,72 28,99 6,74 30,46 50,14",
        "30,0 10,22 30,45 50,22 30,0 | 30,45 4,72 30,100 56,72 30,45",
        "52,8 22,2 12,25 45,60 40,97 8,85 20,55 50,28 56,5",
        "46,4 16,4 14,28 44,52 50,84 22,100 6,80 26,50 48,26 40,2",
        "50,0 40,20 44,44 10,70 8,92 36,98 48,78 22,60 52,30 50,0",
    ),
    (
        "52,20 28,2 6,22 22,48 50,30! 52,18! 48,60 40,100",
        "52,20 28,2 6,24 24,48 50,26! 54,60 40,98 8,92",
        "50,10 20,4 6,30 25,50 50,28 | 52,5 50,100",
        "50,15 25,2 6,24 26,48 52,22! 52,70 30,100 4,80",
        "46,8 18,4 8,28 28,44 50,24 44,6! 52,50 34,100",
        "26,30 10,28 8,10 34,0 54,12 50,50 38,100",
        "8,10 10,36 46,34 52,8! 54,60 40,98 14,94",
    ),
)
"""For each digit the ways of writing it."""

_TALL = 72  # pixels of a digit's height as it is drawn, twice what is then normalised
_SIDE = 128
_STEPS = 8  # points drawn between two of the way's


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
        return cls(draw.uniform(1.5, 5), turned @ leaning @ stretch, draw.uniform(3.5, 11))


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
    return np.asarray(sheet.reduce(2))  # smooth edges, which the drawing has not


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
