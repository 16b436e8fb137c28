"""A race downhill: the paths of several optimisers over one surface, a panel for each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator

from ziffern.errors import InputError
from ziffern.evaluation.metrics import Floats
from ziffern.figures import style


class Ground(NamedTuple):
    """A surface: places x (M,) and y (N,), heights (N, M), and the points worth a mark."""

    x: Floats
    y: Floats
    heights: Floats
    saddle: tuple[float, float]
    minima: Sequence[tuple[float, float]]


class Runner(NamedTuple):
    """Who runs, what it came to in a few words, and all places on the way, (steps + 1, 2)."""

    name: str
    result: str
    path: Floats


class Descent(NamedTuple):
    """The heights of one runner step by step, (steps + 1,), and the steps worth a mark."""

    name: str
    heights: Floats
    left: int | None
    arrived: int | None


def race_figure(
    ground: Ground, runners: Sequence[Runner], *, every: int = 10, width: float = 8.0
) -> Figure:
    """Draw each runner's path over lines of equal height, with a dot every so many steps.

    The saddle is marked by a cross, minima by stars, the start by a ring.

    Raises:
        InputError: nobody runs.
    """
    if not runners:
        raise InputError("there is nothing to draw: nobody runs")
    columns = min(4, len(runners))
    rows = math.ceil(len(runners) / columns)
    ratio = (ground.y[-1] - ground.y[0]) / (ground.x[-1] - ground.x[0])
    figure = style.new_figure(width, rows * (width / columns * ratio + 0.5))
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    for axes, runner in zip(panels, runners, strict=False):
        style.bare(axes, title=runner.name)
        axes.set_title(f"{runner.name}\n", loc="left", fontsize=style.TEXT, fontweight="bold")
        axes.text(
            0, 1.03, runner.result, transform=axes.transAxes, fontsize=style.SMALL,
            color=style.MUTED,
        )  # fmt: skip
        _ground(axes, ground)
        axes.plot(
            runner.path[:, 0], runner.path[:, 1], color=style.WRONG, linewidth=1.6, marker="o",
            markersize=3.2, markevery=every, markeredgewidth=0, label=runner.name,
        )  # fmt: skip
        axes.plot(
            *runner.path[0], marker="o", markersize=6, markerfacecolor=style.PAPER,
            markeredgecolor=style.INK, gid="start",
        )  # fmt: skip
        axes.set_aspect("equal")
        axes.set_xlim(ground.x[0], ground.x[-1])
        axes.set_ylim(ground.y[0], ground.y[-1])
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MultipleLocator(1))
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace("-", "−")))
    for axes in panels[len(runners) :]:
        style.blank(axes)
    return figure


def heights_figure(
    descents: Sequence[Descent], *, level: float, lowest: float = 1e-4, width: float = 8.0
) -> Figure:
    """Draw each runner's height over the steps, a panel for each, on one logarithmic axis.

    Args:
        descents: one or more.
        level: a height worth a line, such as the saddle's.
        lowest: what lies below is cut off.
        width: in inches.

    Raises:
        InputError: nobody runs.
    """
    if not descents:
        raise InputError("there is nothing to draw: nobody runs")
    columns = min(4, len(descents))
    rows = math.ceil(len(descents) / columns)
    figure = style.new_figure(width, 1.7 * rows)
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    highest = max(float(np.nanmax(each.heights)) for each in descents)
    for axes, each in zip(panels, descents, strict=False):
        style.bare(axes, title=each.name)
        style.log_scale(axes, lowest, highest)
        axes.axhline(level, color=style.INK, linewidth=0.8, linestyle=":", gid="level")
        axes.plot(
            np.maximum(each.heights, lowest / 10), color=style.WRONG, linewidth=1.4, label=each.name
        )
        for step, marker in ((each.left, "o"), (each.arrived, "*")):
            if step is not None:
                axes.plot(
                    step, max(each.heights[step], lowest), marker=marker, markersize=8,
                    markerfacecolor=style.PAPER, markeredgecolor=style.INK, clip_on=False,
                )  # fmt: skip
                axes.annotate(
                    str(step), (step, max(each.heights[step], lowest)), (6, 2),
                    textcoords="offset points", fontsize=style.SMALL, color=style.INK,
                )  # fmt: skip
    for axes in panels[len(descents) :]:
        style.blank(axes)
    for axes in panels[-columns:]:
        axes.set_xlabel("step", fontsize=style.TEXT, color=style.MUTED)
    return figure


def _ground(axes: Axes, ground: Ground) -> None:
    axes.grid(visible=False)
    # equal steps of the root: lines are neither crowded on the slopes nor missing in the valleys
    top = float(ground.heights.max()) ** 0.5
    levels = [(top * step / 14) ** 2 for step in range(15)]
    # one colour in many strengths, so that a page can exchange it for dark screens
    shades = [to_rgba(style.MUTED, 0.55 * step / len(levels)) for step in range(len(levels))]
    axes.contourf(ground.x, ground.y, ground.heights, levels, colors=shades)
    axes.contour(ground.x, ground.y, ground.heights, levels, colors=style.MUTED, linewidths=0.4)
    axes.plot(*ground.saddle, marker="x", color=style.INK, markersize=6, linestyle="", gid="saddle")
    for minimum in ground.minima:
        axes.plot(*minimum, marker="*", color=style.INK, markersize=8, linestyle="", gid="minimum")
