"""How training went: loss, accuracy and learning rate over the epochs.

`curves_figure` shows one run; `schedule_figure` shows a learning-rate schedule before any training.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from ziffern.errors import InputError
from ziffern.evaluation.metrics import Floats
from ziffern.figures import style

History = Sequence[Mapping[str, Any]]

MANY_EPOCHS = 40
"""Beyond this many epochs, lines have no marker at each epoch."""


def best_epoch(history: History) -> int | None:
    """Return the epoch (from 1) with the highest validation accuracy, the lower loss on a tie.

    None where no epoch was validated.
    """
    rows = [row for row in history if row.get("validation_accuracy") is not None]
    if not rows:
        return None
    best = max(rows, key=lambda row: (row["validation_accuracy"], -_number(row["validation_loss"])))
    return int(best["epoch"])


def stretched(history: History) -> bool:
    """Tell whether `curves_figure` counts errors logarithmically: some accuracy is above 90 %."""
    return bool((_both(history, "accuracy") > 0.9).any())


def curves_figure(history: History, *, best: int | None = None, width: float = 8.0) -> Figure:
    """Draw loss and accuracy of training and validation, and the learning rate below.

    Where the accuracy gets above 90 % its axis counts the errors logarithmically: from 99 % to
    99.5 % is as far as from 98 % to 99 %, because both halve the errors.

    Args:
        history: rows of `ziffern.history.EpochRow`, at least one.
        best: the epoch to mark; `best_epoch(history)` if not given.
        width: in inches; below 5 the figure suits a phone.

    Raises:
        InputError: the history is empty.
    """
    if not history:
        raise InputError("there are no curves to draw: the history has no epoch")
    epochs = _column(history, "epoch")
    best = best_epoch(history) if best is None else best
    figure = style.new_figure(width, 5.6 if width >= 5 else 5.2)
    loss, accuracy, rate = figure.subplots(3, 1, sharex=True, height_ratios=[3, 3, 1.1])

    style.bare(loss, title="Loss (nats)")
    style.bare(accuracy, title="Accuracy")
    style.bare(rate, title="Learning rate", x="epoch")
    _pair(loss, history, "loss")
    _scale_loss(loss, _both(history, "loss"))
    _pair(accuracy, history, "accuracy")
    if stretched(history):
        _scale_accuracy(accuracy, _both(history, "accuracy"))
    accuracy.yaxis.set_major_formatter(style.PERCENT)
    _rate(rate, epochs, _column(history, "learning_rate"))
    margin = 0.5 if len(epochs) == 1 else 0.02 * (epochs[-1] - epochs[0])
    rate.set_xlim(epochs[0] - margin, epochs[-1] + margin)
    style.whole_numbers(rate)

    if best is not None and best in epochs:
        _mark(loss, accuracy, rate, history[int(np.flatnonzero(epochs == best)[0])])
    loss.legend(
        loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False, borderpad=0,
        borderaxespad=0.3, fontsize=style.SMALL, labelcolor=style.INK, handlelength=2.2,
        columnspacing=1.2, handletextpad=0.5,
    )  # fmt: skip
    return figure


def schedule_figure(
    learning_rates: Sequence[float], *, unit: str = "epoch", width: float = 6.0
) -> Figure:
    """Draw a learning-rate schedule.

    Args:
        learning_rates: one value an epoch or a training step, at least one, all finite.
        unit: `epoch` or `step`, the label of the x axis.
        width: in inches.

    Raises:
        InputError: no value, or one that is not finite.
    """
    rates = np.asarray(learning_rates, dtype=np.float64)
    if rates.size == 0 or not np.isfinite(rates).all():
        raise InputError("a learning-rate schedule needs at least one value, and finite ones")
    figure = style.new_figure(width, 2.2)
    axes = figure.subplots()
    style.bare(axes, title="Learning rate", x=unit)
    _rate(axes, np.arange(1, rates.size + 1, dtype=np.float64), rates)
    style.whole_numbers(axes)
    return figure


def _pair(axes: Axes, history: History, key: str) -> None:
    """Draw a figure of training and of validation; they differ in dash, marker and lightness."""
    epochs = _column(history, "epoch")
    marks = len(epochs) <= MANY_EPOCHS
    axes.plot(
        epochs, _column(history, key), label="training", color=style.TRAINING,
        linewidth=1.4, linestyle=(0, (4, 1.6)), marker="o" if marks else "", markersize=3.4,
        markerfacecolor=style.PAPER,
    )  # fmt: skip
    validation = _column(history, f"validation_{key}")
    if np.isfinite(validation).any():
        axes.plot(
            epochs, validation, label="validation", color=style.VALIDATION,
            linewidth=2, marker="o" if marks else "", markersize=3.4,
        )  # fmt: skip


def _scale_loss(axes: Axes, values: Floats) -> None:
    if values.size and values.min() > 0 and values.max() > 4 * values.min():
        style.log_scale(axes, values.min(), values.max())
    else:
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _scale_accuracy(axes: Axes, values: Floats) -> None:
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


def _rate(axes: Axes, places: Floats, rates: Floats) -> None:
    marker = "o" if len(rates) == 1 else ""
    axes.plot(
        places, rates, color=style.ACCENT, linewidth=1.8, marker=marker, markersize=3.4,
        label="learning rate",
    )  # fmt: skip
    low, high = float(rates.min()), float(rates.max())
    # a schedule that ends near zero is no matter of decades: its shape is seen on a linear axis
    if low > 0 and 10 * low < high < 10_000 * low:
        style.log_scale(axes, low, high)
        # the two ends are what one wants to read; whole decades only where they leave room
        decades = [tick for tick in axes.get_yticks() if 2.5 * low < tick < high / 2.5]
        ticks = [low, high, *(tick for tick in decades if math.log10(tick) % 1 == 0)]
    else:
        axes.set_ylim(0, 1.15 * high or 1)
        ticks = sorted({0.0, high})
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}"))


def _mark(loss: Axes, accuracy: Axes, rate: Axes, row: Mapping[str, Any]) -> None:
    epoch = row["epoch"]
    for axes, key in ((loss, "validation_loss"), (accuracy, "validation_accuracy"), (rate, "")):
        axes.axvline(epoch, color=style.INK, linewidth=0.8, linestyle=":", gid="best-epoch")
        if row.get(key) is not None:
            axes.plot(
                epoch, row[key], marker="o", markersize=8, markerfacecolor="none",
                markeredgecolor=style.INK, markeredgewidth=1.2, linestyle="",
            )  # fmt: skip
    share = row.get("validation_accuracy")
    figure = "" if share is None else f": {style.percent(share)}"
    accuracy.set_title(
        f"○ best epoch {epoch}{figure}", loc="right", fontsize=style.SMALL, color=style.INK
    )


def _column(history: History, key: str) -> Floats:
    return np.array([_number(row.get(key)) for row in history], dtype=np.float64)


def _both(history: History, key: str) -> Floats:
    values = np.concatenate([_column(history, key), _column(history, f"validation_{key}")])
    finite: Floats = values[np.isfinite(values)]
    return finite


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
