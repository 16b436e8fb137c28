"""Functions of one number, each in a panel of its own with its derivative."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ziffern.errors import InputError
from ziffern.evaluation.metrics import Floats
from ziffern.figures import style


class Curve(NamedTuple):
    """A function at points: x, y = f(x) and the slope f′(x), (N,) each."""

    name: str
    x: Floats
    y: Floats
    slope: Floats


def functions_figure(curves: Sequence[Curve], *, columns: int = 4, width: float = 8.0) -> Figure:
    """Draw each function (solid) and its derivative (dashed) in a panel; a last cell says so.

    Panels have axes of their own, for the functions differ in range.

    Raises:
        InputError: there is no function.
    """
    if not curves:
        raise InputError("there is nothing to draw: no function was given")
    rows = math.ceil((len(curves) + 1) / columns)
    figure = style.new_figure(width, 1.55 * rows)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, curve in zip(panels, curves, strict=False):
        style.bare(axes, title=curve.name)
        for place in (axes.axhline, axes.axvline):
            place(0, color=style.MUTED, linewidth=0.6)
        _pair(axes, curve)
        axes.set_xlim(curve.x[0], curve.x[-1])
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace("-", "−")))
    for axes in panels[len(curves) :]:
        style.blank(axes)
    panels[len(curves)].legend(
        *panels[0].get_legend_handles_labels(), loc="center", frameon=False, handlelength=2.6,
        fontsize=style.TEXT, labelcolor=style.INK,
    )  # fmt: skip
    return figure


def _pair(axes: Axes, curve: Curve) -> None:
    axes.plot(curve.x, curve.y, color=style.VALIDATION, linewidth=2, label="function")
    axes.plot(
        curve.x, curve.slope, color=style.TRAINING, linewidth=1.6, linestyle=(0, (4, 1.6)),
        label="derivative",
    )  # fmt: skip
