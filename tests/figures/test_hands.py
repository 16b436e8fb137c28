from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from ziffern.datasets import Part
from ziffern.errors import InputError
from ziffern.evaluation.hands import Collection, Group
from ziffern.evaluation.result import Evaluation
from ziffern.figures.hands import shares_figure, worst_figure


def texts(figure: Figure) -> list[str]:
    [axes] = figure.axes
    return [text.get_text() for text in axes.texts]


def test_shares_stand_under_their_kind():
    groups = [Group("sex", "man", 30, 40), Group("sex", "woman", 9, 9), Group("class", "7", 39, 49)]
    figure = shares_figure(groups, 39 / 49)
    [axes] = figure.axes
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["sex", "man", "woman", "class", "7"]
    weights = [label.get_fontweight() for label in axes.get_yticklabels()]
    assert [weight == "bold" for weight in weights] == [True, False, False, True, False]
    assert [text.split() for text in texts(figure)[1:]] == [
        ["75.00", "%", "of", "40"],
        ["100.00", "%", "of", "9"],
        ["79.59", "%", "of", "49"],
    ]
    [dots] = [line for line in axes.lines if line.get_marker() == "o"]
    assert dots.get_ydata().tolist() == [1, 2, 4]
    assert dots.get_xdata().tolist() == [0.75, 1, 39 / 49]


def test_collections_have_no_heading_and_no_line():
    [axes] = shares_figure([Group("", "swiss", 3, 4), Group("", "usps", 4, 4)], None).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["swiss", "usps"]
    with pytest.raises(InputError, match="nothing to draw"):
        shares_figure([], None)


def answered(told: list[int]) -> Collection:
    labels = np.array([0, 0, 1, 1])
    answers = np.array(told)
    probabilities = np.where(answers[:, None] == np.arange(2), 0.9, 0.1).astype(np.float32)
    part = Part(np.zeros((4, 28, 28), np.uint8), labels, np.array(["anna", "ben", "anna", "ben"]))
    return Collection(Evaluation("x", "test", ("6", "9"), labels, probabilities), part, "X")


def test_worst_writers_and_classes():
    found = answered([0, 1, 1, 0])
    assert texts(worst_figure(found, "writer")) == ["9≠6", "6≠9", "ben   2 of 2"]
    assert texts(worst_figure(found, "class")) == ["9≠6", "6≠9", "6   1 of 2", "9   1 of 2"]
    assert texts(worst_figure(found, "class", rows=1)) == ["9≠6", "6   1 of 2"]
    with pytest.raises(InputError, match="x: no writer of it has mistakes"):
        worst_figure(answered([0, 0, 1, 1]), "writer")
    with pytest.raises(InputError, match="x: no age of it has mistakes"):
        worst_figure(found, "age")
