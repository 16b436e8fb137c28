"""Units as cells with levels: values where they belong, a legend, rings at outliers."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import BoundaryNorm

from ziffern.errors import InputError
from ziffern.figures.levels import levels_figure
from ziffern.inside.weights import UnitLevels, laid_out

VALUES = np.linspace(-1, 3, 36).astype(np.float32)
BIAS = UnitLevels("dense", "bias", laid_out(VALUES), (35, 2))
LENGTH = UnitLevels("dense", "length of incoming weights", laid_out(VALUES + 2), ())
ALONE = UnitLevels("dense_1", "bias", laid_out(np.arange(10, dtype=np.float32)), ())


def test_cells_hold_the_values_in_steps_with_a_legend() -> None:
    figure = levels_figure([(BIAS, LENGTH), (ALONE,)])
    figure.canvas.draw()
    pictures = [image for axes in figure.axes for image in axes.images]
    assert len(pictures) == 3
    np.testing.assert_array_equal(pictures[0].get_array(), BIAS.values)
    assert pictures[1].get_array().shape == (10, 1)
    for picture in pictures:
        norm = picture.norm
        assert isinstance(norm, BoundaryNorm)
        assert norm.boundaries[0] <= picture.get_array().min()
        assert norm.boundaries[-1] >= picture.get_array().max()
        assert 4 <= len(norm.boundaries) <= 10
    signed = pictures[0].norm.boundaries
    assert signed[0] == -signed[-1]  # zero is the middle
    assert pictures[2].norm.boundaries[0] > 0


def test_outliers_are_ringed_and_named() -> None:
    figure = levels_figure([(BIAS,)])
    rings = [
        (line.get_xdata()[0], line.get_ydata()[0])
        for line in figure.axes[0].lines
        if line.get_gid() == "outlier"
    ]
    assert rings == [(5, 5), (2, 0)]
    labels = [axes.get_xlabel() for axes in figure.axes]
    assert "○ unit 35, 2" in labels
    many = UnitLevels("dense", "bias", laid_out(VALUES), tuple(range(9)))
    labels = [axes.get_xlabel() for axes in levels_figure([(many,)]).axes]
    assert "○ unit 0, 1, 2, 3, 4, 5 and 3 more" in labels


def test_empty_cells_and_equal_values_can_be_drawn() -> None:
    ragged = UnitLevels("dense", "bias", laid_out(np.ones(127, np.float32)), ())
    levels_figure([(ragged,)]).canvas.draw()
    with pytest.raises(InputError, match="nothing to draw"):
        levels_figure([])
