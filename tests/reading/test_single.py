"""Pictures of one digit are told from pages by their shape, and where the digit is."""

from __future__ import annotations

import numpy as np
import painted_pages as painted
import pytest

from ziffern.contract import Contract, normalise
from ziffern.reading.single import digit_of


@pytest.mark.parametrize(("light", "scale"), [(True, 1), (True, 9), (False, 1), (False, 9)])
def test_the_digit_and_its_box(light: bool, scale: int) -> None:
    picture = np.zeros((40, 36), np.uint8)
    picture[8:32, 15:19] = 255
    levels = np.kron(picture if light else 255 - picture, np.ones((scale, scale), np.uint8))
    found = digit_of(np.repeat(levels[..., np.newaxis], 3, axis=2), Contract())
    assert found is not None
    (left, top, width, height), digit = found
    assert np.abs(np.array([left, top, width, height]) / scale - [15, 8, 4, 24]).max() <= 1
    assert np.array_equal(digit, normalise(levels))


def test_neither_blank_paper_nor_lines_are_one_digit() -> None:
    assert digit_of(np.full((60, 60, 3), 200, np.uint8), Contract()) is None
    for height, width in ((60, 90), (120, 50)):
        paper = painted.paper(height, width)
        painted.write(paper, "1", 15, 55)
        assert digit_of(painted.finished(paper), Contract()) is None
