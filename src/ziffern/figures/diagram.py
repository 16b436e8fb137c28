"""A network as a tower of its layers: what comes out of each, what it costs, what it sees.

Maps are plates: their width and depth are those of the maps, one cell a place, and the more
channels the thicker. Vectors are bars, the longer the more values (both on a logarithmic scale).
Which layer is which is written beside it; colour only helps.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle
from numpy.typing import NDArray

from ziffern.errors import InputError
from ziffern.figures import style
from ziffern.inside.structure import Part, ReceptiveField
from ziffern.layers.base import Shape

Floats = NDArray[np.float64]

LARGEST = 1.5
"""Width in inches of the widest plate and of a bar of 1,024 values."""
SLANT = 0.22
"""How far back a plate's depth goes, for each inch of depth, to the right and up."""
QUIET, LOUD = 0.25, 0.42
"""Least heights of a row in inches: of a layer that leaves the shape alone, and of others."""
LETTER = 0.064
"""Width of a small letter in inches, on the safe side."""
ASIDE = 0.45
"""Scale of the blocks on a shortcut."""

COLOURS = {
    "Conv2D": style.VALIDATION,
    "DepthwiseConv2D": style.VALIDATION,
    "SeparableConv2D": style.VALIDATION,
    "Dense": style.TRAINING,
    "LSTM": style.RIGHT,
    "GRU": style.RIGHT,
    "SimpleRNN": style.RIGHT,
    "MaxPooling2D": style.ACCENT,
    "AveragePooling2D": style.ACCENT,
    "GlobalMaxPooling2D": style.ACCENT,
    "GlobalAveragePooling2D": style.ACCENT,
}


@dataclass(frozen=True)
class _Row:
    """A line of the diagram: a layer, or the input (part None)."""

    part: Part | None
    shape: Shape
    before: Shape
    depth: int = 0  # how many residual blocks it lies in
    on_shortcut: bool = False

    @property
    def quiet(self) -> bool:
        return self.part is not None and self.shape == self.before and not self.costly

    @property
    def costly(self) -> bool:
        return self.part is not None and self.part.stage.multiply_adds > 0


def diagram_figure(parts: Sequence[Part], *, title: str = "", width: float = 8.6) -> Figure:
    """Draw a network from its structure (`ziffern.inside.structure.structure`), input on top.

    Beside each layer stand its line of the recipe, its name, the shape that comes out, parameters,
    multiply-adds for one picture, and the part of the picture that one of its values sees. Layers
    of a residual block stand between a fork and its sum; the line beside them is the shortcut.

    Raises:
        InputError: there is no layer.
    """
    if not parts:
        raise InputError("there is no network to draw: it has no layers")
    start = parts[0].stage.input_shape
    rows = [_Row(None, start, start), *_rows(parts, start)]
    unit = LARGEST / max(max(_plate(row.shape)[:2]) for row in rows)
    heights = [_height(row, unit) for row in rows]
    head, foot = (0.62 if title else 0.36), 0.5
    height = head + sum(heights) + foot

    figure, axes = style.sheet(width, height)
    layout = _Columns(width, max(row.depth for row in rows))
    if title:
        axes.text(
            0.08, 0.17, title, fontsize=style.TEXT, color=style.INK, fontweight="bold", va="center"
        )  # fmt: skip
    layout.heads(axes, head - 0.14)
    ends = head + np.cumsum(heights)
    middles = ends - np.array(heights) / 2
    axes.plot(
        [layout.tower] * 2, [middles[0], middles[-1] + 0.2], color=style.GRID, linewidth=1.4,
        zorder=0, gid="flow",
    )  # fmt: skip
    most = [max((_cost(row)[kind] for row in rows), default=0) for kind in (0, 1)]
    for row, middle in zip(rows, middles, strict=True):
        x, scale = layout.place(row)
        _draw_block(axes, row, x, middle, unit * scale)
        layout.write(axes, row, middle, most, start)
    _draw_shortcuts(axes, rows, middles, ends, layout)
    total = [sum(_cost(row)[kind] for row in rows) for kind in (0, 1)]
    layout.sums(axes, height - foot + 0.17, total)
    return figure


def _rows(parts: Sequence[Part], before: Shape, depth: int = 0, aside: bool = False) -> list[_Row]:
    rows = []
    for part in parts:
        for branch, inner in part.branches.items():
            rows += _rows(inner, part.stage.input_shape, depth + 1, branch == "shortcut")
        rows.append(_Row(part, part.stage.output_shape, part.stage.input_shape, depth, aside))
    return rows


def _plate(shape: Shape) -> tuple[int, int, int]:
    """Return depth, width and channels of what a shape is drawn as; (1, 1, n) for vectors."""
    if len(shape) == 3:
        return shape[0], shape[1], shape[2]
    return (shape[0], shape[1], 1) if len(shape) == 2 else (1, 1, math.prod(shape))


def _thickness(channels: int) -> float:
    return 0.03 + 0.2 * min(1.0, math.log2(channels) / 10)


def _height(row: _Row, unit: float) -> float:
    if row.quiet:
        return QUIET
    depth, _, channels = _plate(row.shape)
    flat = len(row.shape) == 1
    return max(LOUD, 0.12 + (0 if flat else depth * unit * SLANT + _thickness(channels)))


def _cost(row: _Row) -> tuple[int, int]:
    """Parameters and multiply-adds of a layer; a block's are those of the layers in it."""
    if row.part is None or row.part.branches:
        return 0, 0
    return row.part.stage.parameters, row.part.stage.multiply_adds


def _draw_block(axes: Axes, row: _Row, x: float, y: float, unit: float) -> None:
    kind = row.part.stage.kind if row.part else "Input"
    colour = COLOURS.get(kind, style.MUTED)
    gid = row.part.name if row.part else "input"
    if row.part is not None and row.part.branches:
        axes.plot(
            x, y, marker="o", markersize=13, color=style.PAPER, markeredgecolor=style.INK, gid=gid
        )
        axes.text(x, y, "+", ha="center", va="center", fontsize=style.TEXT, color=style.INK)
        return
    if row.quiet:
        wide = _width(row.shape, unit)
        axes.plot(
            [x - wide / 2, x + wide / 2], [y, y], color=colour, linewidth=2.2, gid=gid,
            linestyle=(0, (1.2, 1)) if "Dropout" in kind else "-", solid_capstyle="butt",
        )  # fmt: skip
    elif len(row.shape) == 1:
        _draw_bar(axes, row.shape[0], x, y, _width(row.shape, unit), colour, gid)
    else:
        _draw_plate(axes, _plate(row.shape), x, y, unit, colour, gid)


def _width(shape: Shape, unit: float) -> float:
    if len(shape) > 1:
        return _plate(shape)[1] * unit
    return LARGEST * max(0.06, min(1.0, math.log2(shape[0]) / 10))


def _draw_bar(
    axes: Axes, count: int, x: float, y: float, wide: float, colour: str, gid: str
) -> None:
    high = 0.13
    left, top = x - wide / 2, y - high / 2
    axes.add_patch(Rectangle((left, top), wide, high, facecolor=colour, edgecolor="none", gid=gid))
    if 1 < count <= 40:
        places = left + wide * np.arange(1, count) / count
        cells = [[(place, top), (place, top + high)] for place in places]
        thin = min(0.8, 0.2 * 72 * wide / count)
        axes.add_collection(LineCollection(cells, colors=style.PAPER, linewidths=thin))


def _draw_plate(
    axes: Axes, shape: tuple[int, int, int], x: float, y: float, unit: float, colour: str, gid: str
) -> None:
    depth, across, channels = shape
    wide, back, thick = across * unit, depth * unit * SLANT, _thickness(channels)
    # the lower left corner of the front, so that the whole stands in the middle
    left, top = x - (wide + back) / 2, y + (back + thick) / 2 - thick
    right = left + wide
    upper = [(left, top), (right, top), (right + back, top - back), (left + back, top - back)]
    front = [(left, top), (right, top), (right, top + thick), (left, top + thick)]
    side = [
        (right, top), (right + back, top - back), (right + back, top - back + thick),
        (right, top + thick),
    ]  # fmt: skip
    for corners, share in ((side, 1.25), (front, 1.0), (upper, 0.4)):
        axes.add_patch(Polygon(corners, facecolor=_shade(colour, share), edgecolor="none"))
    columns = [
        [(left + place * unit, top), (left + place * unit + back, top - back)]
        for place in range(1, across)
    ]
    rows = [
        [(left + place, top - place), (right + place, top - place)]
        for place in back * np.arange(1, depth) / depth
    ]
    for lines, gap in ((columns, unit), (rows, back / depth)):
        thin = min(0.7, 0.25 * 72 * gap)  # or the lines would be all that one sees
        axes.add_collection(LineCollection(lines, colors=style.PAPER, linewidths=thin, zorder=1))
    outline = [front[3], front[0], upper[3], upper[2], side[2], front[2]]
    axes.add_patch(Polygon(outline, fill=False, edgecolor=colour, linewidth=0.8, gid=gid))


def _shade(colour: str, share: float) -> str:
    """Mix a colour with white (share below 1) or black (above)."""
    red, green, blue = (
        1 - share * (1 - part) if share <= 1 else part * (2 - share) for part in to_rgb(colour)
    )
    return to_hex((red, green, blue))


def _draw_shortcuts(
    axes: Axes, rows: Sequence[_Row], middles: Floats, ends: Floats, layout: _Columns
) -> None:
    """Draw the way around each residual block: from before its first layer to its sum."""
    for index, row in enumerate(rows):
        if row.part is None or not row.part.branches:
            continue
        before = index - 1
        while rows[before].depth > row.depth:
            before -= 1
        x, begin, end = layout.shortcut(row.depth), ends[before], middles[index]
        axes.plot(
            [layout.tower, x, x], [begin, begin, end], color=style.INK, linewidth=1, zorder=0.5,
            gid="shortcut",
        )  # fmt: skip
        axes.annotate(
            "", (layout.tower - 0.09, end), (x, end),
            arrowprops={"arrowstyle": "-|>", "color": style.INK, "linewidth": 1, "shrinkA": 0},
        )  # fmt: skip


class _Columns:
    """Where things stand from left to right, and what is written there."""

    def __init__(self, width: float, deepest: int) -> None:
        self.deepest = deepest
        self.tower = 0.15 + (1 + SLANT) * LARGEST / 2 + (0.26 + 0.16 * deepest) * bool(deepest)
        self.name = self.tower + (1 + SLANT) * LARGEST / 2 + 0.12
        self.sees = width - 0.95
        self.multiply_adds = self.sees - 0.25
        self.parameters = self.multiply_adds - 0.98
        self.shape = self.parameters - 0.85
        self.letters = int((self.shape - 0.7 - self.name) / LETTER)

    def shortcut(self, depth: int) -> float:
        """Return where the way around a block runs that lies in `depth` others."""
        return self.tower - LARGEST / 2 - 0.3 - 0.16 * (self.deepest - depth - 1)

    def place(self, row: _Row) -> tuple[float, float]:
        """Return where a row's block stands, and its scale."""
        if row.on_shortcut:
            return self.shortcut(row.depth - 1), ASIDE
        return self.tower, 1.0

    def heads(self, axes: Axes, y: float) -> None:
        for x, text, side in (
            (self.name, "layer", "left"),
            (self.shape, "gives", "right"),
            (self.parameters, "parameters", "right"),
            (self.multiply_adds, "multiply-adds", "right"),
            (self.sees, "one value sees", "left"),
        ):
            axes.text(x, y, text, ha=side, va="center", fontsize=style.SMALL, color=style.MUTED)
        axes.plot([self.name, axes.get_xlim()[1] - 0.08], [y + 0.13] * 2, color=style.GRID)

    def write(self, axes: Axes, row: _Row, y: float, most: Sequence[int], picture: Shape) -> None:
        small: dict[str, Any] = {"fontsize": style.SMALL, "va": "center"}
        line, name = (_shortened(text, self.letters) for text in _line(row))
        two = not row.quiet and bool(name)
        axes.text(self.name, y - 0.075 * two, line, color=style.INK, **small)
        if two:
            axes.text(self.name, y + 0.085, name, color=style.MUTED, **small)
        if row.part is None or not row.quiet:
            shape = "×".join(map(str, row.shape))
            axes.text(self.shape, y, shape, ha="right", color=style.INK, **small)
        for x, cost, greatest in zip(
            (self.parameters, self.multiply_adds), _cost(row), most, strict=True
        ):
            if cost:
                axes.text(x, y, f"{cost:,}", ha="right", color=style.INK, **small)
                long = 0.8 * cost / greatest
                axes.add_patch(
                    Rectangle((x - long, y + 0.09), long, 0.035, facecolor=style.MUTED, gid="cost")
                )
        if row.part is not None and not row.quiet and len(picture) > 1:
            self._seen(axes, row.part.receptive_field, y, picture)

    def _seen(self, axes: Axes, field: ReceptiveField, y: float, picture: Shape) -> None:
        """Draw the picture as a frame and the field within it."""
        whole = 0.26
        shares = [min(1.0, field.size[i] / picture[i]) for i in (0, 1)]
        for high, wide, filled in ((1.0, 1.0, False), (*shares, True)):
            axes.add_patch(
                Rectangle(
                    (self.sees + whole * (1 - wide) / 2, y - whole * high / 2),
                    whole * wide, whole * high, fill=filled, linewidth=0 if filled else 0.8,
                    facecolor=style.INK, edgecolor=style.MUTED, gid="field" if filled else None,
                )
            )  # fmt: skip
        seen = "×".join(str(min(field.size[i], picture[i])) for i in (0, 1))
        axes.text(
            self.sees + whole + 0.08, y, seen, va="center", fontsize=style.SMALL, color=style.INK
        )

    def sums(self, axes: Axes, y: float, total: Sequence[int]) -> None:
        axes.plot([self.name, axes.get_xlim()[1] - 0.08], [y - 0.14] * 2, color=style.GRID)
        bold: dict[str, Any] = {
            "fontsize": style.SMALL, "va": "center", "color": style.INK, "fontweight": "bold",
        }  # fmt: skip
        axes.text(self.name, y, "in all", **bold)
        for x, sum_ in zip((self.parameters, self.multiply_adds), total, strict=True):
            axes.text(x, y, f"{sum_:,}", ha="right", **bold)


def _line(row: _Row) -> tuple[str, str]:
    """Return what a layer is, in fewer words than its recipe has, and its name."""
    if row.part is None:
        return "input", ""
    if row.part.branches:
        return "sum of block and shortcut", row.part.name
    line = re.sub(r"\w+='(\w+)'", r"\1", str(row.part.stage.layer))
    return line.replace("use_bias=False", "no bias"), row.part.name


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
