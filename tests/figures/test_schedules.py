from __future__ import annotations

import math

import pytest

from ziffern.errors import InputError
from ziffern.figures import style
from ziffern.figures.schedules import Rates, schedule_figure, schedules_figure


def drawn(axes, label):
    [line] = [line for line in axes.get_lines() if line.get_label() == label]
    return list(line.get_xdata()), list(line.get_ydata())


def test_a_schedule_shows_its_ends() -> None:
    rates = [0.01 * 0.6**epoch for epoch in range(10)]
    figure = schedule_figure(rates)
    [axes] = figure.axes
    assert drawn(axes, "learning rate") == (list(range(1, 11)), rates)
    assert axes.get_xlabel() == "epoch"
    assert axes.get_yscale() == "log"
    figure.canvas.draw()
    texts = [label.get_text() for label in axes.get_yticklabels()]
    assert "0.01" in texts
    assert f"{rates[-1]:.3g}" in texts


@pytest.mark.parametrize("rates", [[], [0.1, math.nan]])
def test_a_schedule_needs_numbers(rates) -> None:
    with pytest.raises(InputError, match="at least one value, and finite"):
        schedule_figure(rates, unit="step")
    with pytest.raises(InputError, match="at least one value, and finite"):
        schedules_figure({"mine": Rates(range(len(rates)), rates)})


def test_a_rate_that_ends_near_zero_is_drawn_on_a_linear_axis() -> None:
    falling = schedule_figure([0.01 * 0.6**epoch for epoch in range(10)])
    cycle = schedule_figure([0.001, 0.01, 0.005, 1e-9])
    assert falling.axes[0].get_yscale() == "log"
    assert cycle.axes[0].get_yscale() == "linear"


def test_several_schedules_are_told_apart_and_named() -> None:
    given = {
        "constant": Rates([0, 5, 10], [0.001, 0.001, 0.001]),
        "falling": Rates([0, 5, 10], [0.01, 0.001, 0.0]),
    }
    figure = schedules_figure(given)
    [axes] = figure.axes
    for name, rates in given.items():
        assert drawn(axes, name) == (rates.places, rates.rates)
    assert axes.get_yscale() == "log"
    assert axes.get_ylim()[0] == pytest.approx(0.001 / 100 / 1.25)
    labels = {text.get_text(): text.xy for text in axes.texts}
    assert labels == {"constant": (10, 0.001), "falling": (5, 0.001)}
    looks = {(line.get_linestyle(), line.get_marker()) for line in axes.get_lines()}
    assert len(looks) == 2
    figure.canvas.draw()


def test_like_schedules_get_a_linear_axis() -> None:
    given = {name: Rates([0, 1], [rate, rate / 2]) for name, rate in (("a", 0.1), ("b", 0.2))}
    assert schedules_figure(given).axes[0].get_yscale() == "linear"


@pytest.mark.parametrize("count", [0, len(style.LINES) + 1])
def test_no_more_schedules_than_can_be_told_apart(count) -> None:
    given = {str(number): Rates([0], [0.1]) for number in range(count)}
    with pytest.raises(InputError, match=f"{count} schedules in one picture: expected 1 to 10"):
        schedules_figure(given)
