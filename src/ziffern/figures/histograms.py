"""How weights spread from epoch to epoch: one ridge an epoch, the first at the back."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ziffern.errors import InputError
from ziffern.figures import style
from ziffern.inside.histograms import WeightHistory

RIDGES = 16
"""Most ridges of a panel; of longer trainings epochs at equal distances are shown."""
OVERLAP = 3.0
"""Height of the highest ridge, in distances from one ridge to the next."""


def histograms_figure(
    weights: Mapping[str, WeightHistory], *, columns: int = 3, width: float = 8.6
) -> Figure:
    """Draw a panel for each weight array: its values to the right, epochs downwards.

    The heights of a panel's ridges compare with each other, not with those of other panels.

    Raises:
        InputError: there is nothing to draw.
    """
    if not weights:
        raise InputError("there is nothing to draw: no histogram was given")
    columns = min(columns, len(weights))
    rows = math.ceil(len(weights) / columns)
    figure = style.new_figure(width if columns > 1 else 0.6 * width, 2.5 * rows)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, (name, history) in zip(panels, weights.items(), strict=False):
        _ridges(axes, name, history)
    for axes in panels[len(weights) :]:
        axes.set_visible(False)
    return figure


def _ridges(axes: Axes, name: str, history: WeightHistory) -> None:
    style.bare(axes, title=name)
    axes.grid(visible=False)
    chosen = _spread(len(history.epochs))
    middles = (history.edges[:-1] + history.edges[1:]) / 2
    highest = history.shares[chosen].max()
    for place, index in enumerate(chosen):
        heights = place - OVERLAP * history.shares[index] / highest
        # paler at the back, stronger in front: the order is seen in grey too
        strength = 0.15 + 0.5 * place / max(1, len(chosen) - 1)
        axes.fill_between(
            middles, place, heights, facecolor=style.PAPER, edgecolor="none", zorder=2 + place
        )
        axes.fill_between(
            middles, place, heights, facecolor=style.VALIDATION, alpha=strength, edgecolor="none",
            zorder=2 + place,
        )  # fmt: skip
        axes.plot(
            middles, heights, color=style.VALIDATION, linewidth=0.9, alpha=strength + 0.35,
            gid=f"epoch {history.epochs[index]}", zorder=2 + place,
        )  # fmt: skip
    axes.set_ylim(len(chosen) - 0.6, -OVERLAP - 0.2)
    axes.set_xlim(history.edges[0], history.edges[-1])
    named = sorted({0, len(chosen) // 2, len(chosen) - 1})
    axes.set_yticks(named, [f"epoch {history.epochs[chosen[place]]}" for place in named])
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}"))


def _spread(count: int) -> list[int]:
    places = np.linspace(0, count - 1, min(count, RIDGES))
    return sorted({round(place) for place in places.tolist()})
