"""Ridges: a panel for each weight, a ridge for each epoch, the last in front."""

from __future__ import annotations

import numpy as np
import pytest

from ziffern.errors import InputError
from ziffern.figures.histograms import RIDGES, histograms_figure
from ziffern.inside.histograms import WeightHistory


def history(epochs: int) -> WeightHistory:
    shares = np.random.default_rng(0).random((epochs, 8))
    shares /= shares.sum(axis=1, keepdims=True)
    return WeightHistory(np.arange(1, epochs + 1), np.linspace(-1, 1, 9), shares)


def test_a_panel_for_each_weight_and_a_ridge_for_each_epoch() -> None:
    given = {"conv2d/kernel": history(5), "dense/kernel": history(1)}
    figure = histograms_figure(given)
    figure.canvas.draw()
    first, second = figure.axes
    assert first.get_title(loc="left") == "conv2d/kernel"
    ridges = [line for line in first.lines if line.get_gid()]
    assert [line.get_gid() for line in ridges] == [f"epoch {n}" for n in range(1, 6)]
    shares = given["conv2d/kernel"].shares
    for place, (line, expected) in enumerate(zip(ridges, shares, strict=True)):
        heights = place - line.get_ydata()
        np.testing.assert_allclose(heights / heights.max(), expected / expected.max())
    assert [line.get_zorder() for line in ridges] == sorted(line.get_zorder() for line in ridges)
    assert len(second.lines) == 1


def test_of_long_trainings_epochs_at_equal_distances_are_shown() -> None:
    figure = histograms_figure({"dense/kernel": history(150)})
    shown = [line.get_gid() for line in figure.axes[0].lines]
    assert len(shown) == RIDGES
    assert (shown[0], shown[-1]) == ("epoch 1", "epoch 150")


def test_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="nothing to draw"):
        histograms_figure({})
