"""How values of several units spread, a ridge for each, in panels beside each other."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ziffern.errors import InputError
from ziffern.evaluation.metrics import Floats
from ziffern.figures import style

BINS = 40
TALL = 0.92
"""Height of the highest ridge of a panel, in distances from one ridge to the next."""


def distributions_figure(
    panels: Mapping[str, Floats], *, x: str, unit: str = "unit", width: float = 8.0
) -> Figure:
    """Draw a panel for each name: histograms of units, one below the other, on one axis for all.

    A line marks each unit's mean.

    Args:
        panels: by title, values (N, U): N samples of U units, the same U in each.
        x: what stands on the x axis.
        unit: what a ridge is, for its label.
        width: in inches.

    Raises:
        InputError: nothing to draw, or values that are not finite.
    """
    if not panels or any(not np.isfinite(values).all() for values in panels.values()):
        raise InputError("distributions need at least one panel, and finite values")
    low = min(float(values.min()) for values in panels.values())
    high = max(float(values.max()) for values in panels.values())
    edges = np.linspace(low, high if high > low else low + 1, BINS + 1)
    middles = (edges[:-1] + edges[1:]) / 2
    units = max(values.shape[1] for values in panels.values())
    figure = style.new_figure(width, 0.8 + 0.36 * units)
    places = figure.subplots(1, len(panels), sharex=True, sharey=True, squeeze=False)[0]
    for axes, (title, values) in zip(places, panels.items(), strict=True):
        style.bare(axes, title=title, x=x)
        axes.grid(visible=False)
        counts = [np.histogram(column, edges)[0] for column in values.T]
        highest = max(int(each.max()) for each in counts)
        axes.axvline(0, color=style.GRID, linewidth=0.8)
        for place, (heights, column) in enumerate(zip(counts, values.T, strict=True)):
            axes.fill_between(
                middles, place, place - TALL * heights / highest, facecolor=style.VALIDATION,
                edgecolor=style.PAPER, linewidth=1, step="mid", alpha=0.8, zorder=2 + place,
            )  # fmt: skip
            axes.plot(
                [column.mean()] * 2, [place, place - TALL], color=style.INK, linewidth=1.6,
                zorder=3 + place, gid="mean",
            )  # fmt: skip
        axes.set_ylim(units - 0.5, -TALL)
        axes.set_yticks(range(units), [f"{unit} {place + 1}" for place in range(units)])
        axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        axes.xaxis.set_major_formatter(
            FuncFormatter(lambda value, _: f"{value:g}".replace("-", "−"))
        )
    return figure
