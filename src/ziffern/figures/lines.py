"""Several lines in one picture, told apart by colour, dashes, markers and the names at their ends.

For what has no figure of its own: the loss of several optimisers step by step, errors layer by
layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from ziffern.errors import InputError
from ziffern.evaluation.metrics import Floats
from ziffern.figures import style
from ziffern.figures.axes import End, end_labels


class Series(NamedTuple):
    """One line: its name, places x and values y, (N,) each; NaN leaves a gap."""

    name: str
    x: Sequence[float] | Floats
    y: Sequence[float] | Floats


def lines_figure(
    series: Sequence[Series],
    *,
    title: str,
    x: str,
    log: bool = False,
    low: float | None = None,
    high: float | None = None,
    width: float = 8.0,
    height: float = 3.4,
) -> Figure:
    """Draw lines with their names at their right ends.

    Args:
        series: one or more, up to `len(style.LINES)`.
        title: what is shown, with its unit.
        x: what stands on the x axis, with its unit.
        log: whether the y axis is logarithmic; values must then be above 0.
        low, high: limits of the y axis, those of the values if not given.
        width, height: in inches.

    Raises:
        InputError: no line or too many, or a line without finite values.
    """
    style.check_lines(len(series), "lines")
    figure = style.new_figure(width, height)
    axes = figure.subplots()
    style.bare(axes, title=title, x=x)
    ends, shown = [], []
    for each, line in zip(series, style.LINES, strict=False):
        places, values = np.asarray(each.x, np.float64), np.asarray(each.y, np.float64)
        finite = np.isfinite(values)
        if not finite.any():
            raise InputError(f"{each.name} has no finite value to draw")
        axes.plot(
            places, values, label=each.name, color=line.colour, linestyle=line.dashes,
            linewidth=1.8, marker=line.marker, markersize=4,
            markevery=max(1, len(values) // 10),
        )  # fmt: skip
        last = int(np.flatnonzero(finite)[-1])
        ends.append(End(each.name, places[last], values[last], line.colour))
        shown.append(values[finite])
    everything = np.concatenate(shown)
    bottom = everything.min() if low is None else low
    top = everything.max() if high is None else high
    if log:
        style.log_scale(axes, bottom, top)
    else:
        margin = 0.04 * (top - bottom) or 1.0
        axes.set_ylim(bottom - margin, top + margin)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    bottom, top = axes.get_ylim()
    inside = [end._replace(y=min(max(end.y, bottom), top)) for end in ends]
    end_labels(axes, inside, height=height - 0.8)
    return figure
