"""Several networks side by side: how accurate each is, and what chance leaves open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ziffern.errors import InputError
from ziffern.evaluation.metrics import wilson_interval
from ziffern.evaluation.seeds import Group
from ziffern.figures import style

ROW = 0.5
"""Height of one group in inches."""

_MEAN: dict[str, Any] = {
    "linestyle": "", "marker": "D", "markersize": 6, "color": style.VALIDATION,
    "markeredgecolor": style.PAPER, "markeredgewidth": 0.8,
}  # fmt: skip
_SEED: dict[str, Any] = {
    "linestyle": "", "marker": "o", "markersize": 4, "markerfacecolor": style.PAPER,
    "markeredgecolor": style.INK, "markeredgewidth": 0.9,
}  # fmt: skip
_SEEDS: dict[str, Any] = {
    "color": style.VALIDATION, "linewidth": 6, "alpha": 0.4, "solid_capstyle": "butt",
}  # fmt: skip
_DIGITS: dict[str, Any] = {
    "color": style.MUTED, "linewidth": 1, "marker": "|", "markersize": 7,
}  # fmt: skip


def accuracies_figure(groups: Sequence[Group], *, width: float = 8.0) -> Figure:
    """Draw the accuracy of each seed, the mean of each group and two intervals of 95 %.

    The thick bar is the interval of the mean over seeds (Student's t; none for a single seed), the
    thin line that over digits (Wilson): how much other seeds, and other digits, might change.

    Args:
        groups: at least one, drawn from the top in the order given.
        width: in inches.

    Raises:
        InputError: there is no group.
    """
    if not groups:
        raise InputError("there is nothing to compare: no group was given")
    figure = style.new_figure(width, 0.95 + ROW * len(groups))
    axes = figure.subplots()
    style.bare(axes, x="accuracy")
    axes.grid(visible=False, axis="y")
    axes.grid(axis="x", color=style.GRID, linewidth=0.7)
    for row, group in enumerate(groups):
        mean, n = group.spread.mean, group.evaluations[0].n
        axes.plot(
            wilson_interval(round(mean * n), n), (row, row), **_DIGITS, gid="digits"
        )  # fmt: skip
        if group.spread.interval95 is not None:
            axes.plot(group.spread.interval95, (row, row), **_SEEDS, gid="seeds")
            places = [row + below for below in _stacked(group.accuracies)]
            axes.plot(group.accuracies, places, **_SEED, gid="seed")
        axes.plot(mean, row, **_MEAN, gid="mean")
        axes.annotate(
            style.percent(mean), (mean, row), xytext=(0, 7), textcoords="offset points",
            ha="center", fontsize=style.SMALL, color=style.INK,
        )  # fmt: skip
    axes.set_ylim(len(groups) - 0.4, -0.75)
    axes.set_yticks(range(len(groups)), [group.name for group in groups])
    axes.tick_params(axis="y", length=0, labelcolor=style.INK)
    axes.xaxis.set_major_formatter(style.PERCENT)
    looks = {"mean": _MEAN, "one seed": _SEED, "other seeds (95 %)": _SEEDS}
    if all(group.size == 1 for group in groups):
        looks = {"one network": _MEAN}
    looks["other digits (95 %)"] = _DIGITS
    figure.legend(
        [Line2D([], [], **look) for look in looks.values()], list(looks), loc="outside upper right",
        ncols=len(looks), frameon=False, fontsize=style.SMALL, labelcolor=style.INK,
        handlelength=1.6, columnspacing=1.4, handletextpad=0.5, borderpad=0,
    )  # fmt: skip
    return figure


def _stacked(values: Sequence[float]) -> list[float]:
    """Return how far below its row to draw each value; equal ones lie below each other."""
    copies = [values[:place].count(value) for place, value in enumerate(values)]
    step = 0.1 if max(copies) < 3 else 0.25 / max(copies)
    return [0.2 + step * copy for copy in copies]
