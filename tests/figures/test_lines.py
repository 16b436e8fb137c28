from __future__ import annotations

import itertools
import math

import pytest

from ziffern.errors import InputError
from ziffern.figures import style
from ziffern.figures.lines import Series, lines_figure


def test_lines_with_their_names_at_their_ends() -> None:
    series = [Series("up", [1, 2, 3], [1, 10, 100]), Series("gone", [1, 2, 3], [5, 4, math.nan])]
    figure = lines_figure(series, title="Height (m)", x="step", log=True)
    [axes] = figure.axes
    assert axes.get_title(loc="left") == "Height (m)"
    assert (axes.get_xlabel(), axes.get_yscale()) == ("step", "log")
    drawn = {line.get_label(): list(line.get_ydata()) for line in axes.get_lines()}
    assert drawn["up"] == [1, 10, 100]
    assert {text.get_text(): text.xy for text in axes.texts} == {"up": (3, 100), "gone": (2, 4)}
    figure.canvas.draw()


def test_limits_cut_off_and_labels_stay_inside() -> None:
    axes = lines_figure([Series("up", [0, 1], [0, 9])], title="", x="", low=0, high=2).axes[0]
    bottom, top = axes.get_ylim()
    assert bottom < 0 < 2 < top < 3
    assert axes.texts[0].xy[1] == top


def test_as_many_lines_as_can_be_told_apart_without_colour() -> None:
    series = [Series(str(number), [0, 1], [0, number]) for number in range(len(style.LINES))]
    axes = lines_figure(series, title="", x="").axes[0]
    for one, other in itertools.combinations(axes.get_lines(), 2):
        assert one.get_marker() != other.get_marker()
    with pytest.raises(InputError, match="11 lines in one picture"):
        lines_figure([*series, series[0]], title="", x="")


def test_a_line_without_numbers() -> None:
    with pytest.raises(InputError, match="up has no finite value"):
        lines_figure([Series("up", [0, 1], [math.nan, math.inf])], title="", x="")
