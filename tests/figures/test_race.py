from __future__ import annotations

import numpy as np
import pytest

from ziffern.errors import InputError
from ziffern.figures.race import Descent, Ground, Runner, heights_figure, race_figure

X = np.linspace(-1, 1, 21)
GROUND = Ground(X, X, X[:, None] ** 2 + X**2, (0.0, 0.0), [(0.5, 0.5), (-0.5, 0.5)])
PATH = np.array([[0.9, 0.1], [0.5, 0.3], [0.5, 0.5]])


def marks(axes, gid):
    return [tuple(line.get_xydata()[0]) for line in axes.get_lines() if line.get_gid() == gid]


def test_every_runner_has_a_panel_with_its_path() -> None:
    names = ["SGD", "Adam", "Ftrl", "momentum", "RMSprop"]
    figure = race_figure(GROUND, [Runner(name, "3 steps", PATH) for name in names], every=2)
    assert len(figure.axes) == 8
    for axes, name in zip(figure.axes, names, strict=False):
        assert axes.get_title(loc="left").strip() == name
        assert [text.get_text() for text in axes.texts] == ["3 steps"]
        [line] = [line for line in axes.get_lines() if line.get_label() == name]
        np.testing.assert_array_equal(line.get_xydata(), PATH)
        assert line.get_markevery() == 2
        assert marks(axes, "start") == [(0.9, 0.1)]
        assert marks(axes, "saddle") == [(0, 0)]
        assert marks(axes, "minimum") == [(0.5, 0.5), (-0.5, 0.5)]
    assert not any(axes.axison for axes in figure.axes[5:])
    figure.canvas.draw()


def test_heights_carry_the_steps_that_count() -> None:
    heights = np.array([1.0, 0.3, 0.1, 1e-9])
    figure = heights_figure(
        [Descent("SGD", heights, 2, 3), Descent("slow", heights, None, None)], level=0.25
    )
    first, second = figure.axes
    [level] = [line for line in first.get_lines() if line.get_gid() == "level"]
    assert set(level.get_ydata()) == {0.25}
    assert first.get_yscale() == "log"
    assert [text.get_text() for text in first.texts] == ["2", "3"]
    assert [text.xy for text in first.texts] == [(2, 0.1), (3, 1e-4)]  # cut off at the bottom
    assert not second.texts
    figure.canvas.draw()


def test_nobody_runs() -> None:
    with pytest.raises(InputError, match="nobody runs"):
        race_figure(GROUND, [])
    with pytest.raises(InputError, match="nobody runs"):
        heights_figure([], level=1)
