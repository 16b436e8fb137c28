"""How many units of each layer answer, and how many never do."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from ziffern.errors import InputError
from ziffern.figures import style
from ziffern.inside.activations import UnitUse


def units_figure(used: Sequence[UnitUse], *, width: float = 6.4) -> Figure:
    """Draw a bar for each layer: all its units, and at the left end those that are dead.

    Raises:
        InputError: there is no layer.
    """
    if not used:
        raise InputError("there is nothing to draw: no layer was given")
    figure = style.new_figure(width, 0.55 + 0.34 * len(used))
    axes = figure.subplots()
    style.bare(axes, x="share of the layer's units")
    axes.grid(visible=False)
    places = range(len(used))
    shares = [use.share for use in used]
    axes.barh(places, 1, height=0.62, color=style.GRID)
    axes.barh(
        places, shares, height=0.62, color=style.WRONG, hatch="////", edgecolor=style.PAPER,
        linewidth=0, gid="dead",
    )  # fmt: skip
    for place, use in zip(places, used, strict=True):
        axes.text(
            use.share + 0.012, place,
            f"{len(use.dead):,} of {use.units:,} dead" if use.dead else f"all {use.units:,} answer",
            va="center", fontsize=style.SMALL, color=style.INK,
        )  # fmt: skip
    axes.set_yticks(places, [use.layer for use in used])
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(style.PERCENT)
    axes.tick_params(axis="y", labelcolor=style.INK, length=0)
    return figure
