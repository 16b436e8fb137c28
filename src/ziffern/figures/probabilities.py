"""From logits to probabilities: softmax as a table with bars, and probabilities by temperature."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from ziffern.errors import InputError
from ziffern.figures import style
from ziffern.inside.probabilities import TEMPERATURES, Floats, SoftmaxSteps, tempered


def softmax_figure(
    steps: SoftmaxSteps,
    class_names: Sequence[str],
    *,
    image: NDArray[np.uint8] | None = None,
    width: float = 8.0,
) -> Figure:
    """Draw softmax as a table: a row for each class, a column for each step, bars beside numbers.

    Args:
        steps: what `ziffern.inside.probabilities.softmax_steps` gives.
        class_names: one name per class.
        image: the digit, uint8 (H, W), white on black; it stands at the left.
        width: in inches.

    Raises:
        InputError: not one name per class.
    """
    classes = len(steps.logits)
    if len(class_names) != classes:
        raise InputError(f"{classes} logits do not fit {len(class_names)} class names")
    figure = style.new_figure(width, 0.21 * classes + 0.85)
    ratios = [1.1, *[1.0] * 4] if image is not None else [1.0] * 4
    places = figure.subplots(1, len(ratios), width_ratios=ratios)
    if image is not None:
        places[0].imshow(image, cmap="gray_r", vmin=0, vmax=255, interpolation="none")
        style.blank(places[0])
    columns = places[-4:]
    best = int(steps.logits.argmax())
    largest, total = f"{steps.logits[best]:.2f}".replace("-", "−"), f"{steps.total:.4g}"
    _column(columns[0], steps.logits, _signed, best, "Logit", f"the largest: {largest}")
    _column(columns[1], steps.shifted, _signed, best, f"less {largest}", "0 at most")
    _column(columns[2], steps.powers, _power, best, "e to that", f"sum: {total}")
    _column(
        columns[3], steps.probabilities, _share, best, f"÷ {total}", f"sum: {style.percent(1, 0)}"
    )
    columns[0].set_yticks(range(classes), class_names)
    columns[0].tick_params(axis="y", labelsize=style.TEXT, labelcolor=style.INK, length=0)
    columns[0].get_yticklabels()[best].set_fontweight("bold")
    return figure


def temperature_figure(
    logits: ArrayLike,
    class_names: Sequence[str],
    *,
    temperatures: Sequence[float] = TEMPERATURES,
    width: float = 8.0,
) -> Figure:
    """Draw the probabilities of one picture at several temperatures, with the largest as a number.

    Args:
        logits: of one picture, (C,).
        class_names: one name per class.
        temperatures: by which the logits are divided, each above 0.
        width: in inches.

    Raises:
        InputError: not one name per class, no temperature, or as `softmax_steps` does.
    """
    if not temperatures:
        raise InputError("there is nothing to draw: no temperature is given")
    rows = tempered(logits, temperatures)
    if len(class_names) != rows.shape[1]:
        raise InputError(f"{rows.shape[1]} logits do not fit {len(class_names)} class names")
    long = max(map(len, class_names)) > 3
    figure = style.new_figure(width, 2.2 + (0.05 * max(map(len, class_names)) if long else 0))
    panels = figure.subplots(1, len(rows), sharey=True, squeeze=False)[0]
    for axes, temperature, shares in zip(panels, temperatures, rows, strict=True):
        plain = "  (as trained)" if temperature == 1 else ""
        style.bare(axes, title=f"T = {temperature:g}{plain}", x="class")
        best = int(shares.argmax())
        colours = [
            style.VALIDATION if place == best else style.MUTED for place in range(len(shares))
        ]
        axes.bar(range(len(shares)), shares, color=colours)
        axes.annotate(
            _share(shares[best]), (best, shares[best]), (0, 2), textcoords="offset points",
            ha="center", fontsize=style.SMALL, color=style.INK,
        )  # fmt: skip
        axes.set_xticks(range(len(shares)), class_names, rotation=90 if long else 0)
        axes.set_ylim(0, 1.12)
        axes.set_yticks([0, 0.5, 1])
        axes.yaxis.set_major_formatter(style.PERCENT)
    return figure


def _column(
    axes: Axes, values: Floats, written: Callable[[float], str], best: int, title: str, below: str
) -> None:
    """Draw a bar for each value, with the number right of the bars."""
    style.bare(axes, title=title, x=below)
    axes.grid(visible=False)
    rows = np.arange(len(values))
    colours = [style.VALIDATION if row == best else style.MUTED for row in rows]
    axes.barh(rows, values, height=0.62, color=colours)
    for row, value in enumerate(values):
        axes.text(
            0.98, row, written(value), transform=axes.get_yaxis_transform(), ha="right",
            va="center", fontsize=style.SMALL, color=style.INK,
            fontweight="bold" if row == best else "normal",
        )  # fmt: skip
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    span = (high - low) or 1.0
    axes.axvline(0, color=style.GRID, linewidth=0.8)
    axes.set_xlim(low - 0.03 * span, high + 0.85 * span)
    axes.set_xticks([])
    axes.set_ylim(len(values) - 0.4, -0.6)
    axes.set_yticks([])


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _power(value: float) -> str:
    return f"{value:.4f}" if value >= 0.0001 else "< 0.0001"


def _share(value: float) -> str:
    return style.percent(value) if value >= 0.0001 else f"< {style.percent(0.0001)}"
