"""The slashes of dates are told from ones by how they stand."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ziffern.reading.cuts import Piece
from ziffern.reading.separate import Candidate
from ziffern.reading.slashes import slashes


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
    assert slashes(marks(text), read(text)) == places


@pytest.mark.parametrize(
    "text",
    ["13/13/2024", "32/1/2024", "0/1/2024", "1/2/3", "/12/2024", "12//2024", "3/4", "1/2/", "7"],
)
def test_what_is_no_date_may_have_ones(text: str) -> None:
    assert slashes(marks(text), read(text)) == []


@pytest.mark.parametrize("kind", [{"tall": 56}, {"lean": 0}, {"lean": -30}, {"bend": 16}])
def test_ones_are_no_slashes(kind: dict[str, int]) -> None:
    assert slashes(marks("12/3/2024", **kind), read("12/3/2024")) == []


def test_the_tallest_two_of_several_are_the_slashes() -> None:
    text = "1//3/2024"
    line = [*marks("1/", tall=70), *marks("//3/2024")[1:]]
    assert slashes(line, read(text)) == [2, 4]
