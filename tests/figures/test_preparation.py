"""The steps of the contract side by side, each with its name and words."""

from __future__ import annotations

import numpy as np
import pytest

from ziffern.contract import steps
from ziffern.errors import InputError
from ziffern.figures.preparation import preparation_figure


def test_every_step_has_its_picture_name_and_words() -> None:
    picture = np.full((90, 60), 230, np.uint8)
    picture[20:70, 25:33] = 20
    found = steps(picture)
    figure = preparation_figure(found, title="one.png")
    sheet, *pictures = figure.axes
    told = [text.get_text() for text in sheet.texts]
    assert told[0] == "one.png"
    assert told[1::2] == [f"{number} {'':1}{step.name}" for number, step in enumerate(found, 1)]
    assert [text.replace("\n", " ") for text in told[2::2]] == [step.text for step in found]
    assert len(pictures) == len(found) == 7
    for axes, step in zip(pictures, found, strict=True):
        np.testing.assert_array_equal(axes.images[0].get_array(), step.picture)


def test_few_steps_and_none() -> None:
    blank = steps(np.full((40, 40), 200, np.uint8))
    assert len(preparation_figure(blank).axes) == 1 + len(blank)
    with pytest.raises(InputError, match="no steps were given"):
        preparation_figure([])
