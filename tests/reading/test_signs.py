"""Slashes and percent signs are told from ones and zeros by how they stand."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ziffern.reading.cuts import Piece
from ziffern.reading.separate import Candidate
from ziffern.reading.signs import signs


def marks(text: str, *, tall: int = 80, lean: int = 30, bend: int = 0) -> list[Candidate]:
    """Return rings for digits, 60 pixels tall, and strokes for slashes, in one line."""
    found = []
    for place, sign in enumerate(text):
        ink = np.zeros((120, 80), np.uint8)
        if sign == "/":
            ends = [(10, 100), (10 + lean // 2 + bend, 100 - tall // 2), (10 + lean, 100 - tall)]
            cv2.polylines(ink, [np.array(ends, np.int32)], isClosed=False, color=1, thickness=6)
        else:
            cv2.ellipse(ink, (30, 70), (16, 27), 0, 0, 360, 1, 6)
        rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
        mask = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] > 0
        piece = Piece(mask, int(80 * place + columns[0]), int(rows[0]))
        found.append(Candidate(place, place + 1, (piece,)))
    return found


def read(text: str) -> list[int]:
    return [int(sign.replace("/", "1")) for sign in text]


DATES = ["12/3/2024", "3/12/24", "31/12/1999", "12/31/1999", "2024/11/23", "1/1/00"]


@pytest.mark.parametrize("text", DATES)
def test_slashes_of_dates(text: str) -> None:
    places = [place for place, sign in enumerate(text) if sign == "/"]
    assert signs(marks(text), read(text)) == places


@pytest.mark.parametrize(
    "text",
    ["13/13/2024", "32/1/2024", "0/1/2024", "1/2/3", "/12/2024", "12//2024", "3/4", "1/2/", "7"],
)
def test_what_is_no_date_may_have_ones(text: str) -> None:
    assert signs(marks(text), read(text)) == []


@pytest.mark.parametrize("kind", [{"tall": 56}, {"lean": 0}, {"lean": -30}, {"bend": 16}])
def test_ones_are_no_signs(kind: dict[str, int]) -> None:
    assert signs(marks("12/3/2024", **kind), read("12/3/2024")) == []


def test_the_tallest_two_of_several_are_the_signs() -> None:
    text = "1//3/2024"
    line = [*marks("1/", tall=70), *marks("//3/2024")[1:]]
    assert signs(line, read(text)) == [2, 4]


def percent(*, small: float = 0.5, low: int = 40, aside: int = 0) -> list[Candidate]:
    """Return two zeros 60 pixels tall and what may be a percent sign."""
    digits = marks("00/")
    [slash] = marks("/", tall=60, lean=24)
    ring = marks("0")[0].parts[0].mask
    size = (int(small * ring.shape[1]), int(small * ring.shape[0]))
    little = cv2.resize(ring.astype(np.uint8), size) > 0
    stroke = slash.parts[0]
    first = Piece(little, 200 - aside, stroke.top)
    second = Piece(little, 240 + aside, stroke.top + low - 10)
    middle = Piece(stroke.mask, 206, stroke.top)
    parts = [*(mark.parts[0] for mark in digits[:2]), first, middle, second]
    return [Candidate(place, place + 1, (part,)) for place, part in enumerate(parts)]


def test_percent_signs() -> None:
    assert signs(percent(), [5, 0, 0, 1, 0]) == [2, 3, 4]
    assert signs(percent(), [5, 0, 1, 1, 2]) == []  # a half
    assert signs(percent(small=0.9), [5, 0, 0, 1, 0]) == []
    assert signs(percent(low=10), [5, 0, 0, 1, 0]) == []
    assert signs(percent(aside=60), [5, 0, 0, 1, 0]) == []
