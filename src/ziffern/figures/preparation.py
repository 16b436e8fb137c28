"""How a picture becomes a network's input, step by step, side by side.

    figure = preparation_figure(steps(picture))

The steps are those of `ziffern.contract.steps`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ziffern.contract import Step
from ziffern.errors import InputError
from ziffern.figures import style

SIDE, GAP, EDGE = 1.75, 0.3, 0.15  # inches
COLUMNS = 4
SIGNS = 28  # of a line of text below a picture


def preparation_figure(steps: Sequence[Step], *, title: str = "") -> Figure:
    """Draw the pictures of all steps in order, each with its name above and its words below.

    Pixels keep their levels: what is ink for the network is light from the step "ink" on.

    Raises:
        InputError: there are no steps.
    """
    if not steps:
        raise InputError("there is nothing to draw: no steps were given")
    columns = min(COLUMNS, len(steps))
    rows = -(-len(steps) // columns)
    cell = SIDE + 0.95
    width = max(columns * (SIDE + GAP) - GAP + 2 * EDGE, 4.0)
    top = 0.55 if title else 0.2
    height = top + rows * cell
    figure, sheet = style.sheet(width, height)
    if title:
        sheet.text(EDGE, 0.3, title, fontsize=11, color=style.INK, fontweight="bold")
    for place, step in enumerate(steps):
        row, column = divmod(place, columns)
        x, y = EDGE + column * (SIDE + GAP), top + row * cell + 0.2
        name = f"{place + 1}  {step.name}"
        sheet.text(x, y - 0.06, name, fontsize=style.TEXT, color=style.INK, fontweight="bold")
        axes = figure.add_axes((x / width, 1 - (y + SIDE) / height, SIDE / width, SIDE / height))
        axes.imshow(step.picture, cmap="gray", vmin=0, vmax=255, interpolation="none")
        style.blank(axes)
        axes.set_anchor("NW")
        high, wide = step.picture.shape[:2]
        axes.add_patch(
            Rectangle(
                (-0.5, -0.5), wide, high, fill=False, clip_on=False,
                edgecolor=style.GRID, linewidth=0.8,
            )
        )  # fmt: skip
        below = y + SIDE * min(high / wide, 1) + 0.08
        sheet.text(
            x, below, "\n".join(textwrap.wrap(step.text, SIGNS)), va="top",
            fontsize=style.SMALL, color=style.MUTED,
        )  # fmt: skip
    return figure
