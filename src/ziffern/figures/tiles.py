"""Many small pictures on one sheet, each with its caption: digits, filters, activation maps.

Knows nothing of what the pictures are; roles (right, wrong) differ in colour, in the strength of
the frame and in a cross, so they can be told apart without colour.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from ziffern.errors import InputError
from ziffern.figures import style

Scale = Literal["ink", "grey", "signed"]
Role = Literal["right", "wrong"]

GAP = 0.28
"""Space between two tiles, as a share of a tile's width (8 of 28 pixels)."""
BAR = 0.42
"""Height of the colour bar in inches."""


def tiles_figure(
    pictures: NDArray[np.generic],
    captions: Sequence[str] = (),
    *,
    title: str = "",
    scale: Scale = "ink",
    shared: bool = True,
    roles: Sequence[Role | None] | None = None,
    columns: int | None = None,
    places: Sequence[int] | None = None,
    rows: Sequence[str] = (),
    width: float = 8.0,
) -> Figure:
    """Draw pictures as tiles, row by row.

    Args:
        pictures: (N, H, W), N ≥ 1.
        captions: one text below each tile, or none at all.
        title: stands above at the left.
        scale: `ink` shows uint8, white on black, as ink on paper; `grey` shows 0 to the greatest
            value as paper to ink; `signed` shows negative values orange, zero white, positive
            values blue, and adds the scale as a bar.
        shared: one scale for all tiles; else each tile has its own, and no bar is drawn.
        roles: frames tiles as right or wrong answers; None leaves a thin grey frame.
        columns: tiles in a row; about twice as many as rows if not given.
        places: the cell of each tile, counted row by row, where cells stay empty.
        rows: a name for each row, at its left.
        width: in inches.

    Raises:
        InputError: nothing to draw, or not one caption and role per picture.
    """
    if pictures.ndim != 3 or len(pictures) == 0:
        raise InputError(f"there is nothing to draw: {len(pictures)} pictures were given")
    for given, what in ((captions, "captions"), (roles or (), "roles")):
        if given and len(given) != len(pictures):
            raise InputError(f"{len(pictures)} pictures do not fit {len(given)} {what}")
    columns = columns or math.ceil(math.sqrt(2 * len(pictures)))
    places = range(len(pictures)) if places is None else places
    count = max(places) // columns + 1
    _, high, wide = pictures.shape
    names = 0.075 * max(map(len, rows), default=0)
    cell = (width - names) / columns  # inches from one tile to the next
    step_x = wide * (1 + GAP)
    # text has its size in points whatever the size of the pictures: reckon its height in pixels
    size, text = 0.0, 0.0
    if captions:
        size = min(style.SMALL, 72 * cell * 1.4 / max(5, max(_widest(text) for text in captions)))
        lines = 1 + max(caption.count("\n") for caption in captions)
        text = 1.5 * lines * size / 72 * step_x / cell
    step_y = high + wide * GAP + text
    bar = scale == "signed" and shared
    height = count * step_y / step_x * cell + 0.1 + (0.25 if title else 0) + (BAR if bar else 0)

    figure = style.new_figure(width, height)
    axes = figure.subplots()
    style.blank(axes)
    if title:
        axes.set_title(
            title, loc="left", fontsize=style.TEXT, color=style.INK, fontweight="bold"
        )  # fmt: skip
    colours, limits = _scale(pictures, scale)
    for index, (picture, place) in enumerate(zip(pictures, places, strict=True)):
        x, y = place % columns * step_x, place // columns * step_y
        own = limits if shared or scale == "ink" else _scale(picture, scale)[1]
        axes.imshow(
            picture, cmap=colours, norm=own, interpolation="none",
            extent=(x, x + wide, y + high, y),
        )  # fmt: skip
        role = roles[index] if roles else None
        _frame(axes, x, y, wide, high, role)
        if captions:
            axes.text(
                x + wide / 2, y + high + 0.09 * wide, captions[index], ha="center", va="top",
                fontsize=size, color=_colour(role),
                fontweight="bold" if role == "wrong" else "normal",
            )  # fmt: skip
    for row, name in enumerate(rows):
        axes.text(
            -GAP * wide, row * step_y + high / 2, name, ha="right", va="center",
            fontsize=style.SMALL, color=style.MUTED,
        )  # fmt: skip
    axes.set_xlim(-GAP * wide / 2 - names / cell * step_x, columns * step_x - GAP * wide / 2)
    axes.set_ylim(count * step_y, -GAP * wide / 2)
    axes.set_aspect("equal")
    if bar:
        _bar(figure, axes, colours, limits)
    return figure


def _scale(values: NDArray[np.generic], scale: Scale) -> tuple[Colormap | str, Normalize]:
    if scale == "ink":
        return "gray_r", Normalize(0, 255)
    finite = np.asarray(values, np.float64)
    finite = finite[np.isfinite(finite)]
    most = float(np.abs(finite).max(initial=0)) or 1.0
    if scale == "grey":
        return style.STRENGTH, Normalize(0, most)
    return style.SIGNED, Normalize(-most, most)


def _bar(figure: Figure, axes: Axes, colours: Colormap | str, limits: Normalize) -> None:
    """Say what the colours mean: three ticks below the tiles."""
    bar = figure.colorbar(
        ScalarMappable(limits, colours), ax=axes, orientation="horizontal", shrink=0.3, aspect=30,
        pad=0.02, anchor=(0.0, 0.5), ticks=[limits.vmin, 0, limits.vmax], format="%.2g",
    )  # fmt: skip
    bar.ax.tick_params(labelsize=style.SMALL, labelcolor=style.MUTED, color=style.GRID, length=3)
    bar.outline.set_edgecolor(style.GRID)


def _colour(role: Role | None) -> str:
    return {"right": style.RIGHT, "wrong": style.WRONG, None: style.MUTED}[role]


def _frame(axes: Axes, x: float, y: float, wide: float, high: float, role: Role | None) -> None:
    edge = wide / 28
    axes.add_patch(
        Rectangle(
            (x - edge, y - edge), wide + 2 * edge, high + 2 * edge, fill=False,
            edgecolor=style.GRID if role is None else _colour(role),
            linewidth=2.2 if role == "wrong" else 0.7, gid=role or "tile",
        )
    )  # fmt: skip
    if role == "wrong":
        corner = 0.16 * wide
        for start, end in ((y, y + corner), (y + corner, y)):
            axes.plot([x + wide - corner, x + wide], [start, end], color=style.WRONG, linewidth=1.4)


def _widest(caption: str) -> int:
    return max(map(len, caption.split("\n")))
