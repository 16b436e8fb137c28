"""What a reading is: plain dictionaries, the same in Python, as JSON and over REST.

Boxes are [x, y, width, height] in pixels of the page as one sees it: upright as its EXIF
orientation says, a PDF's page as it was rendered.
"""

from __future__ import annotations

from typing import TypedDict

from ziffern.states import State

Box = list[int]


class ReadDigit(TypedDict):
    """One mark on the paper."""

    digit: int | None
    """0…9; None where it is no digit."""
    probability: float
    """Of `digit`, 0…1, calibrated as the model is; of the likeliest digit where it is none."""
    box: Box
    state: State


class Line(TypedDict):
    """Digits that stand beside each other, from left to right."""

    text: str
    """The digits, sure and unsure ones, without what is no digit."""
    box: Box
    digits: list[ReadDigit]


class Page(TypedDict):
    """One page or picture; its lines from top to bottom."""

    size: list[int]
    """Width and height in pixels."""
    lines: list[Line]


class Reading(TypedDict):
    """Everything that was read in one file."""

    file: str
    pages: list[Page]
