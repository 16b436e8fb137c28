from __future__ import annotations

import numpy as np
import pytest

from ziffern.errors import InputError
from ziffern.figures.functions import Curve, functions_figure

X = np.linspace(-1, 1, 5)
SQUARE, CUBE = Curve("square", X, X**2, 2 * X), Curve("cube", X, X**3, 3 * X**2)


def test_a_panel_for_each_and_one_that_says_what_is_what() -> None:
    figure = functions_figure([SQUARE, CUBE], columns=2)
    *panels, legend, rest = figure.axes
    assert [axes.get_title(loc="left") for axes in panels] == ["square", "cube"]
    for axes, curve in zip(panels, (SQUARE, CUBE), strict=True):
        lines = {line.get_label(): line for line in axes.get_lines()}
        np.testing.assert_array_equal(lines["function"].get_ydata(), curve.y)
        np.testing.assert_array_equal(lines["derivative"].get_ydata(), curve.slope)
        assert lines["function"].get_linestyle() != lines["derivative"].get_linestyle()
    texts = [text.get_text() for text in legend.get_legend().get_texts()]
    assert texts == ["function", "derivative"]
    assert not rest.axison
    figure.canvas.draw()


def test_nothing_to_draw() -> None:
    with pytest.raises(InputError, match="nothing to draw"):
        functions_figure([])
