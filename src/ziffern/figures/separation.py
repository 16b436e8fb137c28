"""How classes come apart from layer to layer."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure

from ziffern.errors import InputError
from ziffern.exploration.projections import NEIGHBOURS, Separation
from ziffern.figures import style


def separation_figure(layers: Mapping[str, Separation], *, width: float = 7.0) -> Figure:
    """Draw two measures for each layer, from the pixels on top to the answer below.

    Raises:
        InputError: there is no layer.
    """
    if not layers:
        raise InputError("there is nothing to draw: no layer was given")
    figure = style.new_figure(width, 0.95 + 0.27 * len(layers))
    axes = figure.subplots()
    style.bare(axes, x="share of pictures · silhouette, at most 1")
    axes.grid(visible=True, axis="y", color=style.GRID, linewidth=0.7)
    places = range(len(layers))
    for values, label, colour, marker, filled, dash in (
        (
            [one.knn_accuracy for one in layers.values()],
            f"{NEIGHBOURS} nearest neighbours vote right",
            style.VALIDATION, "o", True, "-",
        ),
        (
            [one.silhouette for one in layers.values()],
            "silhouette", style.TRAINING, "D", False, (0, (4, 1.6)),
        ),
    ):  # fmt: skip
        axes.plot(
            values, places, label=label, color=colour, linewidth=1.6, linestyle=dash,
            marker=marker, markersize=5, markerfacecolor=colour if filled else style.PAPER,
        )  # fmt: skip
    axes.set_yticks(places, list(layers))
    axes.tick_params(axis="y", labelcolor=style.INK, length=0)
    axes.set_ylim(len(layers) - 0.5, -0.5)
    least = min(0.0, *(one.silhouette for one in layers.values()))
    axes.set_xlim(least - 0.02, 1.02)
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, borderpad=0,
        borderaxespad=0.4, fontsize=style.SMALL, labelcolor=style.INK,
    )  # fmt: skip
    return figure
