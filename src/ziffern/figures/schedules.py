"""Learning-rate schedules, before any training: one of them, or several in one picture."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from ziffern.errors import InputError
from ziffern.evaluation.metrics import Floats
from ziffern.figures import style
from ziffern.figures.axes import End, end_labels

DEEPEST = 100
"""On a logarithmic axis rates below this part of the smallest peak leave the picture."""


class Rates(NamedTuple):
    """A schedule as points: places (N,), in epochs or steps from the start, and rates (N,)."""

    places: Sequence[float] | Floats
    rates: Sequence[float] | Floats


def schedule_figure(
    learning_rates: Sequence[float] | Floats,
    *,
    places: Sequence[float] | Floats | None = None,
    unit: str = "epoch",
    width: float = 6.0,
) -> Figure:
    """Draw a learning-rate schedule.

    Args:
        learning_rates: at least one value, all finite.
        places: where each value stands on the x axis; 1, 2, 3, … if not given.
        unit: the label of the x axis.
        width: in inches.

    Raises:
        InputError: no value, or one that is not finite.
    """
    rates = _finite(learning_rates)
    figure = style.new_figure(width, 2.2)
    axes = figure.subplots()
    style.bare(axes, title="Learning rate", x=unit)
    numbered = np.arange(1, rates.size + 1, dtype=np.float64)
    rate_axis(axes, numbered if places is None else np.asarray(places, np.float64), rates)
    style.whole_numbers(axes)
    return figure


def schedules_figure(
    schedules: Mapping[str, Rates], *, unit: str = "epoch", width: float = 8.0
) -> Figure:
    """Draw the schedules of several trainings, each line with its name at its end.

    The axis is logarithmic where the peaks differ by more than a factor of 3 or a schedule falls
    by more than 10; there a rate that goes to zero leaves the picture at a hundredth of the
    smallest peak.

    Args:
        schedules: by name, at least one; up to `len(style.LINES)` are told apart.
        unit: the label of the x axis.
        width: in inches.

    Raises:
        InputError: no schedule or too many, or a rate that is not finite.
    """
    style.check_lines(len(schedules), "schedules")
    figure = style.new_figure(width, 3.2)
    axes = figure.subplots()
    style.bare(axes, title="Learning rate", x=unit)
    known = {name: _finite(given.rates) for name, given in schedules.items()}
    peaks = [float(rates.max()) for rates in known.values()]
    floor = min(peaks) / DEEPEST
    for (name, given), line in zip(schedules.items(), style.LINES, strict=False):
        axes.plot(
            given.places, known[name], label=name, color=line.colour, linestyle=line.dashes,
            linewidth=1.8, marker=line.marker, markersize=4,
            markevery=max(1, len(known[name]) // 8),
        )  # fmt: skip
    low = max(floor, min(float(rates.min()) for rates in known.values()))
    if low > 0 and (max(peaks) > 3 * min(peaks) or 10 * low < max(peaks)):
        style.log_scale(axes, low, max(peaks))
    else:
        axes.set_ylim(0, 1.1 * max(peaks) or 1)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    bottom = axes.get_ylim()[0]
    ends = []
    for (name, given), line in zip(schedules.items(), style.LINES, strict=False):
        last = int(np.flatnonzero(known[name] >= bottom)[-1])
        ends.append(End(name, float(given.places[last]), float(known[name][last]), line.colour))
    end_labels(axes, ends, height=2.4)
    return figure


def rate_axis(axes: Axes, places: Floats, rates: Floats) -> None:
    """Draw one learning rate, with its least and greatest value as ticks."""
    marker = "o" if len(rates) == 1 else ""
    axes.plot(
        places, rates, color=style.ACCENT, linewidth=1.8, marker=marker, markersize=3.4,
        label="learning rate",
    )  # fmt: skip
    low, high = float(rates.min()), float(rates.max())
    # a schedule that ends near zero is no matter of decades: its shape is seen on a linear axis
    if low > 0 and 10 * low < high < 10_000 * low:
        style.log_scale(axes, low, high)
        # the two ends are what one wants to read; whole decades only where they leave room
        decades = [tick for tick in axes.get_yticks() if 2.5 * low < tick < high / 2.5]
        ticks = [low, high, *(tick for tick in decades if math.log10(tick) % 1 == 0)]
    else:
        axes.set_ylim(0, 1.15 * high or 1)
        ticks = sorted({0.0, high})
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}"))


def _finite(learning_rates: Sequence[float] | Floats) -> Floats:
    rates = np.asarray(learning_rates, dtype=np.float64)
    if rates.size == 0 or not np.isfinite(rates).all():
        raise InputError("a learning-rate schedule needs at least one value, and finite ones")
    return rates
