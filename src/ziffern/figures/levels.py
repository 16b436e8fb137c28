"""One number for each unit of a layer, as a square of cells: levels with a legend, outliers marked.

Units are counted row by row from the upper left. The colours are steps, so that a cell's level can
be read from the legend; a ring marks a unit that stands out from its layer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, Colormap, ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from ziffern.errors import InputError
from ziffern.figures import style
from ziffern.inside.weights import UnitLevels

STEPS = 7
"""Levels of colour, about; their ends are round numbers."""
COLUMNS = 4
NAMED = 6
"""Outliers whose numbers are written; all are marked."""


def levels_figure(layers: Sequence[Sequence[UnitLevels]], *, width: float = 8.6) -> Figure:
    """Draw the numbers of each layer's units: a column for each layer, a row for each number.

    Beyond four layers the others stand below; of a single layer all numbers stand in one row.

    Args:
        layers: what `ziffern.inside.weights.unit_levels` gives, one layer or more.
        width: in inches.

    Raises:
        InputError: there is no layer.
    """
    kinds = list(dict.fromkeys(level.what for layer in layers for level in layer))
    if not kinds:
        raise InputError("there is nothing to draw: no layer has units")
    alone = len(layers) == 1
    columns = len(kinds) if alone else min(COLUMNS, len(layers))
    rows = 1 if alone else math.ceil(len(layers) / columns) * len(kinds)
    cell = min(3.0, width / columns)
    figure = style.new_figure(cell * columns, (cell + 0.75) * rows)
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.ravel():
        style.blank(axes)
    for number, layer in enumerate(layers):
        for level in layer:
            row = kinds.index(level.what)
            place = (0, row) if alone else (number // columns * len(kinds) + row, number % columns)
            _panel(figure, grid[place], level, cell)
    return figure


def _panel(figure: Figure, axes: Axes, level: UnitLevels, inches: float) -> None:
    values = np.ma.masked_invalid(level.values)
    rows, columns = values.shape
    colours, scale = _scale(values.compressed())
    axes.imshow(values, cmap=colours, norm=scale, interpolation="none", gid="levels")
    axes.set_anchor("NW")
    axes.set_title(
        f"{level.layer}, {rows}×{columns}\n{level.what}", loc="left", fontsize=style.SMALL,
        color=style.INK,
    )  # fmt: skip
    size = max(4.5, 72 * 0.45 * inches / max(rows, columns))
    for unit in level.outliers:
        for colour, thick in ((style.PAPER, 2.6), (style.INK, 1.2)):  # seen on light and dark cells
            axes.plot(
                unit % columns, unit // columns, marker="o", markersize=min(size, 12),
                markerfacecolor="none", markeredgecolor=colour, markeredgewidth=thick,
                gid="outlier" if colour == style.INK else None,
            )  # fmt: skip
    every = math.ceil((scale.boundaries.size - 1) / 4)
    bar = figure.colorbar(
        ScalarMappable(scale, colours), ax=axes, orientation="horizontal", shrink=0.85, aspect=18,
        pad=0.02, spacing="proportional", ticks=scale.boundaries[::every], format="%.3g",
        anchor=(0.0, 1.0), panchor=False,
    )  # fmt: skip
    bar.ax.tick_params(labelsize=style.SMALL, labelcolor=style.MUTED, color=style.GRID, length=2)
    bar.ax.minorticks_off()
    bar.outline.set_edgecolor(style.GRID)
    bar.set_label(_told(level.outliers), fontsize=style.SMALL, color=style.MUTED, loc="left")


def _scale(values: NDArray[np.floating]) -> tuple[Colormap, BoundaryNorm]:
    """Return colours in steps: signed ones where there are values on both sides of zero."""
    low, high = float(values.min()), float(values.max())
    signed = low < 0 < high
    if low == high:
        low, high = low - 0.5, high + 0.5
    if signed:
        high = max(-low, high)
        low = -high
    ends = MaxNLocator(STEPS, symmetric=signed).tick_values(low, high)
    count = len(ends) - 1
    # the least of unsigned levels is not white, or it would look like no cell
    shades = style.SIGNED(np.linspace(0, 1, count))
    if not signed:
        shades = style.STRENGTH(np.linspace(0.1, 1, count))
    return ListedColormap(shades), BoundaryNorm(ends, count)


def _told(outliers: Sequence[int]) -> str:
    if not outliers:
        return "none stands out"
    named = ", ".join(map(str, outliers[:NAMED]))
    more = f" and {len(outliers) - NAMED} more" if len(outliers) > NAMED else ""
    return f"○ unit {named}{more}"
