"""The error surface over two weights, and one learning step on it: from far, and from near.

Over the width of the far view a step is too short to be seen, so only the way straight downhill is
drawn there; the step itself is in the near view, beside that way.
"""

from __future__ import annotations

import math
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ziffern.figures import style
from ziffern.scratch.surface import Floats, View

Point = tuple[float, float]
DASHES = (0, (4, 2))


def error_surface_figure(
    far: View,
    near: View,
    *,
    start: Point,
    end: Point,
    losses: tuple[float, float],
    gradient: Point,
    names: tuple[str, str] = ("first weight", "second weight"),
    width: float = 8.0,
) -> Figure:
    """Draw the surface with the place of the two weights, and near to it the step they take.

    Args:
        far, near: the loss around `start`; `near` has to hold `end` too.
        start, end: the two weights before and after the step.
        losses: the loss, in nats, at `start` and at `end`.
        gradient: the slopes ∂E/∂w at `start`.
        names: what the two weights are, for the axes.
        width: in inches.
    """
    figure = style.new_figure(width, 0.56 * width)
    # the only way to choose the colour of a grid in space
    with matplotlib.rc_context({"grid.color": style.GRID, "grid.linewidth": 0.7}):
        wide = figure.add_subplot(1, 2, 1, projection="3d")
    close = figure.add_subplot(1, 2, 2)
    _draw_far(wide, far, start, losses[0], gradient)
    _draw_near(close, near, start, end, losses, gradient)
    for axes in (wide, close):
        axes.set_xlabel(names[0], fontsize=style.TEXT, color=style.MUTED)
        axes.set_ylabel(names[1], fontsize=style.TEXT, color=style.MUTED)
        axes.locator_params(nbins=4)
    figure.legend(
        handles=close.get_legend_handles_labels()[0], loc="outside lower center", ncols=3,
        frameon=False, fontsize=style.SMALL, labelcolor=style.INK, handlelength=2.6,
    )  # fmt: skip
    return figure


def _draw_far(axes: Any, view: View, start: Point, loss: float, gradient: Point) -> None:
    style.bare(axes, title="Error surface: E (nats)")
    first, second = np.meshgrid(view.first, view.second)
    lowest = view.loss.min() - 0.15 * np.ptp(view.loss)  # even the valley is not white
    axes.plot_surface(
        first, second, view.loss, cmap=style.STRENGTH, vmin=lowest, alpha=0.75, rcount=20,
        ccount=20, edgecolor=style.PAPER, linewidth=0.3,
    )  # fmt: skip
    way = _downhill(view, start, gradient)
    axes.plot(
        way[:, 0], way[:, 1], heights(view, way), color=style.WRONG, linewidth=1.8,
        linestyle=DASHES, zorder=10, gid="downhill",
    )  # fmt: skip
    axes.plot(*start, loss, "o", color=style.INK, markersize=5, zorder=11, gid="start")
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_pane_color(style.PAPER)
        axis.line.set_color(style.GRID)
        axis.set_major_locator(MaxNLocator(4))
    # whoever looks stands below, a little to one side
    axes.view_init(elev=25, azim=math.degrees(math.atan2(-gradient[1], -gradient[0])) - 40)


def _draw_near(
    axes: Axes, view: View, start: Point, end: Point, losses: tuple[float, float], gradient: Point
) -> None:
    style.bare(axes, title="The step, from near: lines of equal E")
    axes.grid(visible=False)
    axes.contourf(view.first, view.second, view.loss, levels=10, cmap=style.STRENGTH, alpha=0.75)
    axes.contour(view.first, view.second, view.loss, levels=10, colors=style.MUTED, linewidths=0.5)
    way = _downhill(view, start, gradient)
    axes.plot(
        way[:, 0], way[:, 1], color=style.WRONG, linewidth=1.8, linestyle=DASHES,
        label="straight downhill: −∂E/∂w", gid="downhill",
    )  # fmt: skip
    axes.plot(
        *zip(start, end, strict=True), color=style.INK, linewidth=2, marker="o", markevery=[1],
        markersize=6, markerfacecolor=style.PAPER, label="the step", gid="step",
    )  # fmt: skip
    axes.plot(*start, "o", color=style.INK, markersize=6, label="the weights before", gid="start")
    for place, loss, above in ((start, losses[0], True), (end, losses[1], end[1] > start[1])):
        axes.annotate(
            f"E = {loss:.4f}", place, (0, 8 if above else -8), textcoords="offset points",
            ha="center", va="bottom" if above else "top", fontsize=style.SMALL, color=style.INK,
        )  # fmt: skip
    axes.set_aspect("equal")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.4g}".replace("-", "−")))


def _downhill(view: View, start: Point, gradient: Point) -> Floats:
    """Return points (P, 2) from `start` against the gradient, as far as the view goes."""
    direction = -np.array(gradient) / max(np.abs(gradient).max(), 1e-300)
    reach = (view.first[-1] - view.first[0]) / 2
    points: Floats = start + np.linspace(0, reach, 30)[:, np.newaxis] * direction
    return points


def heights(view: View, points: Floats) -> Floats:
    """Return the losses (P,) at points (P, 2) of a view, in proportion between its grid points."""
    columns = [[np.interp(u, view.first, row) for row in view.loss] for u in points[:, 0]]
    pairs = zip(points[:, 1], columns, strict=True)
    return np.array([np.interp(v, view.second, column) for v, column in pairs])
