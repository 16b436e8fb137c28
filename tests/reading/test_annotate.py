"""What was read is drawn where it stands, and states look different without colour too."""

from __future__ import annotations

import numpy as np

from ziffern.reading.annotate import annotated
from ziffern.reading.structure import Page
from ziffern.states import State


def page(state: State) -> Page:
    digit = None if state == "no-digit" else 7
    box = [60, 60, 30, 40]
    return {
        "size": [700, 200],
        "lines": [
            {
                "text": "7",
                "box": box,
                "digits": [{"digit": digit, "probability": 0.9, "box": box, "state": state}],
            }
        ],
    }


def test_states_differ_without_colour_and_only_around_the_digit() -> None:
    paper = np.full((200, 700, 3), 235, np.uint8)
    drawn = {state: annotated(paper, page(state)) for state in ("sure", "unsure", "no-digit")}
    for picture in drawn.values():
        assert picture.shape == paper.shape
        changed = np.argwhere((picture != paper).any(axis=2))
        assert changed.min(axis=0).min() >= 30
        assert changed.max(axis=0)[0] <= 110
        assert changed.max(axis=0)[1] <= 110
    dark = {state: (picture.min(axis=2) < 170).sum() for state, picture in drawn.items()}
    assert len(set(dark.values())) == 3
    # a whole side, a dashed one
    assert (drawn["sure"][57:60, 62:88].min(axis=(0, 2)) < 170).all()
    assert not (drawn["unsure"][57:60, 62:88].min(axis=(0, 2)) < 170).all()
    assert (paper == 235).all()


def test_small_pages_come_out_larger() -> None:
    small = np.full((50, 76, 3), 235, np.uint8)
    assert annotated(small, {"size": [76, 50], "lines": []}).shape == (400, 608, 3)
