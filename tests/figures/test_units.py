"""Dead units: a bar as long as their share, with the count beside it."""

from __future__ import annotations

import pytest

from ziffern.errors import InputError
from ziffern.figures.units import units_figure
from ziffern.inside.activations import UnitUse


def test_bars_are_the_shares() -> None:
    used = [
        UnitUse("conv2d", "relu", 8, (), 0.5),
        UnitUse("dense", "relu", 200, tuple(range(50)), 0.9),
    ]
    figure = units_figure(used)
    figure.canvas.draw()
    (axes,) = figure.axes
    dead = [patch.get_width() for patch in axes.patches if patch.get_gid() == "dead"]
    assert dead == [0, 0.25]
    assert [text.get_text() for text in axes.texts] == ["all 8 answer", "50 of 200 dead"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["conv2d", "dense"]
    assert axes.yaxis.get_inverted()


def test_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="nothing to draw"):
        units_figure([])
