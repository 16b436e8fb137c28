"""Axes that several figures share: loss and accuracy of a training, and labels at ends of lines.

The two axes spread what matters, small losses and few errors; with a zoom they are plain linear
axes towards 0 and 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter

from ziffern.errors import InputError
from ziffern.evaluation.metrics import Floats
from ziffern.figures import style

GUESSING = math.log(10)
"""Nats that it costs to guess among ten classes: the whole range of the loss at zoom 1."""


class End(NamedTuple):
    """The last point of a line, in data coordinates, and what is written beside it."""

    text: str
    x: float
    y: float
    colour: str


def loss_axis(axes: Axes, values: Floats, *, zoom: float | None = None) -> None:
    """Give the y axis to losses in nats, logarithmic where they differ much.

    `values` are all that is shown, finite. With `zoom` (≥ 1) the axis goes from 0 to the zoom-th
    part of `GUESSING`.
    """
    if zoom is not None:
        _linear(axes, values, 0, GUESSING / _checked(zoom))
    elif values.size and values.min() > 0 and values.max() > 4 * values.min():
        style.log_scale(axes, values.min(), values.max())
        return
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def accuracy_axis(axes: Axes, values: Floats, *, zoom: float | None = None) -> None:
    """Give the y axis to accuracies 0…1 in percent.

    Where one of `values` is above 90 % errors are counted logarithmically: from 99 % to 99.5 % is
    as far as from 98 % to 99 %, because both halve the errors. With `zoom` (≥ 1) the axis is
    linear and shows the zoom-th part of 0…1 that ends at 1.
    """
    if zoom is not None:
        _linear(axes, values, 1 - 1 / _checked(zoom), 1)
    elif stretched(values):
        _log_errors(axes, values)
    axes.yaxis.set_major_formatter(style.PERCENT)


def stretched(values: Floats) -> bool:
    """Tell whether `accuracy_axis` counts errors logarithmically: some value is above 90 %."""
    return bool((values > 0.9).any())


def end_labels(axes: Axes, ends: Sequence[End], *, height: float) -> None:
    """Write a label right of each line's end, apart from each other, with a thin line to it.

    Call it when the axes have their limits. `height` is that of the axes in inches, about.
    """
    from scipy.optimize import isotonic_regression

    if not ends:
        return
    points = axes.transScale.transform([(end.x, end.y) for end in ends])
    wanted = np.clip(axes.transLimits.transform(points)[:, 1], 0, 1)
    order = np.argsort(wanted, kind="stable")
    # least squares under the condition that neighbours keep a line's distance
    steps = np.arange(len(ends)) * 1.35 * style.SMALL / 72 / height
    places = isotonic_regression(wanted[order] - steps).x + steps
    for index, place in zip(order, places, strict=True):
        end = ends[index]
        axes.annotate(
            end.text, xy=(end.x, end.y), xytext=(1.03, place), textcoords="axes fraction",
            va="center", ha="left", fontsize=style.SMALL, color=end.colour, annotation_clip=False,
            arrowprops={
                "arrowstyle": "-", "color": style.MUTED, "linewidth": 0.5, "relpos": (0, 0.5),
                "shrinkA": 2, "shrinkB": 3,
            },
        )  # fmt: skip


def _checked(zoom: float) -> float:
    if not (math.isfinite(zoom) and zoom >= 1):
        raise InputError(f"zoom {zoom:g}: expected 1 (the whole range) or more, such as 20")
    return zoom


def _linear(axes: Axes, values: Floats, low: float, high: float) -> None:
    margin = 0.03 * (high - low)
    axes.set_ylim(low - margin, high + margin)
    if not ((values >= low) & (values <= high)).any():
        axes.text(
            0.5, 0.5, "no epoch comes into this range", transform=axes.transAxes, ha="center",
            va="center", fontsize=style.SMALL, color=style.MUTED,
        )  # fmt: skip


def _log_errors(axes: Axes, values: Floats) -> None:
    # 100 % lies at infinity on this scale; it is drawn where half the smallest error would be
    errors = 1 - values
    least = errors[errors > 0].min(initial=0.02) / 2
    axes.set_yscale(
        "function",
        functions=(
            lambda share: -np.log10(np.maximum(1 - np.asarray(share), least)),
            lambda height: 1 - 10.0 ** -np.asarray(height),
        ),
    )
    low, high = (float(min(end, 1 - least)) for end in (values.min(), values.max()))
    stretch = max(0.03, 0.08 * math.log10((1 - low) / (1 - high)))
    axes.set_ylim(1 - min(1, (1 - low) * 10**stretch), 1 - max(least, (1 - high) / 10**stretch))
    bottom, top = axes.get_ylim()
    known = [0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9998, 0.9999]
    ticks = [tick for tick in known if bottom <= tick <= top]
    if len(ticks) >= 2:
        axes.yaxis.set_major_locator(FixedLocator(ticks))
