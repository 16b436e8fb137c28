"""Separation by layer: two lines of the values given, from top to bottom."""

from __future__ import annotations

import pytest

from ziffern.errors import InputError
from ziffern.exploration.projections import Separation
from ziffern.figures.separation import separation_figure

LAYERS = {"pixels": Separation(-0.1, 0.8), "dense": Separation(0.4, 0.9)}


def test_both_measures_of_each_layer_from_top_to_bottom() -> None:
    figure = separation_figure(LAYERS)
    figure.canvas.draw()
    (axes,) = figure.axes
    neighbours, silhouette = axes.lines
    assert list(neighbours.get_xdata()) == [0.8, 0.9]
    assert list(silhouette.get_xdata()) == [-0.1, 0.4]
    assert [label.get_text() for label in axes.get_yticklabels()] == list(LAYERS)
    assert axes.get_ylim()[0] > axes.get_ylim()[1]
    assert axes.get_xlim()[0] < -0.1
    # told apart without colour
    assert neighbours.get_marker() != silhouette.get_marker()
    assert neighbours.get_linestyle() != silhouette.get_linestyle()


def test_one_layer_and_none() -> None:
    separation_figure({"pixels": Separation(0.2, 0.8)}).canvas.draw()
    with pytest.raises(InputError, match="nothing to draw"):
        separation_figure({})
