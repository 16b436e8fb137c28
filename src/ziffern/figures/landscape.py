"""The loss surface around trained weights: as a relief, and as a map with the path of training."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patheffects import AbstractPathEffect, withStroke

from ziffern.errors import InputError
from ziffern.figures import style
from ziffern.inside.landscape import Floats, Surface, TrainingPath

LEVELS = (1, 2, 5)
"""Contour lines stand at these multiples of powers of ten."""
LEAST = 1e-6
"""Losses below this many nats are drawn as this: their logarithm says nothing."""
VIEW = (38, -55)
"""Elevation and azimuth in degrees from which the relief is seen."""
HALO: list[AbstractPathEffect] = [withStroke(linewidth=2, foreground=style.PAPER)]
"""Keeps text readable on any colour."""


def landscape_figure(surface: Surface, *, width: float = 8.0) -> Figure:
    """Draw a surface as a relief and as a map, both with logarithmic heights.

    The trained weights are marked; where the surface has a path, each epoch is a point on it and
    the first and last ones have their numbers.

    Args:
        surface: what `ziffern.inside.landscape` computes.
        width: in inches.

    Raises:
        InputError: the loss is infinite everywhere.
    """
    finite = surface.loss[np.isfinite(surface.loss)]
    if finite.size == 0:
        raise InputError("there is nothing to draw: the loss is infinite everywhere")
    loss = np.clip(np.nan_to_num(surface.loss, posinf=finite.max()), LEAST, None)
    scale = LogNorm(loss.min(), max(loss.max(), 1.01 * loss.min()))
    figure = style.new_figure(width, 0.47 * width)
    _relief(figure.add_subplot(1, 2, 1, projection="3d"), surface, loss, scale)
    _map(figure.add_subplot(1, 2, 2), surface, loss, scale)
    return figure


def _relief(axes: Any, surface: Surface, loss: Floats, scale: LogNorm) -> None:
    x, y = np.meshgrid(surface.x, surface.y)
    axes.plot_surface(
        x, y, np.log10(loss), facecolors=style.STRENGTH(scale(loss)), rcount=len(surface.y),
        ccount=len(surface.x), shade=False, edgecolor=style.MUTED, linewidth=0.25,
    )  # fmt: skip
    axes.view_init(*VIEW)
    axes.set_box_aspect((1, 1, 0.75), zoom=1.15)
    axes.set_facecolor(style.PAPER)
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_pane_color((1, 1, 1, 0))
        axis.line.set_color(style.GRID)
    axes.grid(visible=False)
    axes.tick_params(labelsize=style.SMALL, labelcolor=style.MUTED, color=style.GRID, pad=0)
    axes.set_xticks([])
    axes.set_yticks([])
    heights = _heights(loss, few=True)
    axes.set_zticks(np.log10(heights), [f"{height:g}" for height in heights])
    axes.set_title(
        f"Mean loss of {surface.pictures:,} pictures (nats)", loc="left", fontsize=style.TEXT,
        color=style.INK, fontweight="bold",
    )  # fmt: skip


def _map(axes: Axes, surface: Surface, loss: Floats, scale: LogNorm) -> None:
    names, title = ["first direction", "second direction"], "Seen from above"
    if surface.path is not None:
        shares = [style.percent(share, 0) for share in surface.path.shares]
        names = [
            f"{name} ({share} of the movement)" for name, share in zip(names, shares, strict=True)
        ]
        title += ", with the path of training"
    style.bare(axes, title=title, x=names[0], y=names[1])
    axes.grid(visible=False)
    fine = np.geomspace(loss.min(), loss.max() * 1.0001, 40)
    axes.contourf(surface.x, surface.y, loss, fine, cmap=style.STRENGTH, norm=scale)
    lines = axes.contour(
        surface.x, surface.y, loss, _heights(loss), colors=[style.MUTED], linewidths=0.6
    )
    for label in axes.clabel(lines, fmt="%g", fontsize=style.SMALL, colors=[style.INK]):
        label.set_path_effects(HALO)
    if surface.path is not None:
        _path(axes, surface.path)
    axes.plot(
        0, 0, marker="o", markersize=7, markerfacecolor="none", markeredgecolor=style.INK,
        linestyle="", gid="trained",
    )  # fmt: skip
    # on the side that the path does not come from
    below = surface.path is None or surface.path.points[:, 1].mean() > 0
    _label(axes, f"trained: {surface.centre:.3g}", (0, 0), below=below)


def _path(axes: Axes, path: TrainingPath) -> None:
    axes.plot(
        *path.points.T, color=style.TRAINING, linewidth=1.6, marker="o", markersize=4,
        markeredgecolor=style.PAPER, markeredgewidth=0.6, gid="path",
    )  # fmt: skip
    extent = np.ptp(path.points, axis=0)
    for place in (0, 1, -1):
        point, epoch = path.points[place], path.epochs[place]
        if (np.abs(point) > 0.1 * extent).any():  # else it lies on the trained weights
            _label(axes, f"epoch {epoch}" if epoch else "start", point)


def _label(axes: Axes, text: str, point: Any, *, below: bool = False) -> None:
    axes.annotate(
        text, point, (6, -6 if below else 6), textcoords="offset points",
        va="top" if below else "bottom", fontsize=style.SMALL, color=style.INK,
        path_effects=HALO,
    )  # fmt: skip


def _heights(loss: Floats, *, few: bool = False) -> list[float]:
    """Return 1, 2 and 5 times powers of ten within the losses; powers alone where they do."""
    low, high = (int(np.floor(np.log10(end))) for end in (loss.min(), loss.max()))
    found = {
        step: [height for power in range(low, high + 1)
               if loss.min() < (height := step * 10.0**power) < loss.max()]
        for step in LEVELS
    }  # fmt: skip
    if len(found[1]) > (1 if few else 3):
        return found[1]
    return sorted(height for heights in found.values() for height in heights)
