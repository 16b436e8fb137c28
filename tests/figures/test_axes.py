from __future__ import annotations

import numpy as np
import pytest

from ziffern.figures import axes as scales
from ziffern.figures import style


def new_axes(values):
    axes = style.new_figure(6, 3).subplots()
    axes.plot(range(1, len(values) + 1), values)
    return axes


def test_halving_the_errors_is_the_same_step_everywhere() -> None:
    values = np.array([0.8, 0.94, 0.99, 1.0])
    axes = new_axes(values)
    scales.accuracy_axis(axes, values)
    heights = axes.transData.transform([(1, share) for share in (0.8, 0.9, 0.95, 0.975)])[:, 1]
    steps = np.diff(heights)
    np.testing.assert_allclose(steps, steps[0])
    bottom, top = axes.get_ylim()
    assert bottom < 0.8
    assert 0.99 < top <= 1


def test_small_losses_get_a_logarithmic_axis() -> None:
    for values, scale in (([0.5, 0.4], "linear"), ([0.5, 0.01], "log"), ([0.5, 0.0], "linear")):
        axes = new_axes(values)
        scales.loss_axis(axes, np.array(values))
        assert axes.get_yscale() == scale


def test_a_zoom_that_shows_nothing_says_so() -> None:
    axes = new_axes([0.5, 0.4])
    scales.loss_axis(axes, np.array([0.5, 0.4]), zoom=2)
    assert not axes.texts
    scales.loss_axis(axes, np.array([0.5, 0.4]), zoom=20)
    assert [text.get_text() for text in axes.texts] == ["no epoch comes into this range"]


def test_labels_stand_apart_in_the_order_of_their_lines() -> None:
    axes = new_axes([0.0, 1.0])
    axes.set_ylim(0, 1)
    values = {"a": 0.5, "b": 0.9, "c": 0.51, "d": 0.5}
    ends = [scales.End(name, 2, value, style.INK) for name, value in values.items()]
    scales.end_labels(axes, ends, height=2)
    places = {label.get_text(): label.xyann[1] for label in axes.texts}
    assert sorted(places, key=places.__getitem__) == ["a", "d", "c", "b"]
    gap = 1.35 * style.SMALL / 72 / 2
    assert np.diff(sorted(places.values())).min() >= gap - 1e-9
    assert places["b"] == pytest.approx(0.9)
    assert {label.get_text(): label.xy[1] for label in axes.texts} == values
