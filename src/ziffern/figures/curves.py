"""How the training of one run went: loss, accuracy and learning rate over the epochs.

Several runs side by side are drawn by `ziffern.figures.runs`, schedules by
`ziffern.figures.schedules`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ziffern.errors import InputError
from ziffern.evaluation.learning import History, best_epoch, parting_epoch
from ziffern.evaluation.metrics import Floats
from ziffern.figures import axes as scales
from ziffern.figures import style
from ziffern.figures.schedules import rate_axis

MANY_EPOCHS = 40
"""Beyond this many epochs, lines have no marker at each epoch."""

PARTING = (
    "◇ Training and validation part after epoch {}: the training loss goes on falling, the "
    "validation loss no longer does, beyond its noise."
)
PARTED = "parted"
"""What parts of the drawing that mark the parting are called (`gid`)."""


def stretched(history: History) -> bool:
    """Tell whether `curves_figure` counts errors logarithmically: some accuracy is above 90 %."""
    return scales.stretched(_both(history, "accuracy"))


def curves_figure(
    history: History, *, best: int | None = None, zoom: float | None = None, width: float = 8.0
) -> Figure:
    """Draw loss and accuracy of training and validation, and the learning rate below.

    Two epochs are marked: the best one (○), and where training and validation part (◇, see
    `ziffern.evaluation.learning.parting_epoch`); the gap that opens there is shaded.

    Args:
        history: rows of `ziffern.history.EpochRow`, at least one.
        best: the epoch to mark as best; `best_epoch(history)` if not given.
        zoom: draws linear axes: the loss from 0 to ln 10 / zoom, the accuracy from 1 - 1 / zoom to
            1. If not given, small losses and few errors are spread on logarithmic axes.
        width: in inches; below 5 the figure suits a phone.

    Raises:
        InputError: the history is empty, or `zoom` is below 1.
    """
    if not history:
        raise InputError("there are no curves to draw: the history has no epoch")
    epochs = column(history, "epoch")
    best = best_epoch(history) if best is None else best
    parting = parting_epoch(history)
    figure = style.new_figure(width, 5.6 if width >= 5 else 5.2)
    loss, accuracy, rate = figure.subplots(3, 1, sharex=True, height_ratios=[3, 3, 1.1])

    towards = "" if zoom is None else f", {zoom:g}× towards "
    style.bare(loss, title="Loss (nats)" + (towards and f"{towards}0"))
    style.bare(accuracy, title="Accuracy" + (towards and f"{towards}{style.PERCENT(1)}"))
    style.bare(rate, title="Learning rate", x="epoch")
    draw_pair(loss, history, "loss")
    scales.loss_axis(loss, _both(history, "loss"), zoom=zoom)
    draw_pair(accuracy, history, "accuracy")
    scales.accuracy_axis(accuracy, _both(history, "accuracy"), zoom=zoom)
    rate_axis(rate, epochs, column(history, "learning_rate"))
    margin = 0.5 if len(epochs) == 1 else 0.02 * (epochs[-1] - epochs[0])
    rate.set_xlim(epochs[0] - margin, epochs[-1] + margin)
    style.whole_numbers(rate)

    if best is not None and best in epochs:
        _mark_best(loss, accuracy, rate, history[int(np.flatnonzero(epochs == best)[0])])
    if parting is not None:
        _mark_parting(figure, loss, accuracy, history, parting)
    loss.legend(
        loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False, borderpad=0,
        borderaxespad=0.3, fontsize=style.SMALL, labelcolor=style.INK, handlelength=2.2,
        columnspacing=1.2, handletextpad=0.5,
    )  # fmt: skip
    return figure


def in_words(history: History) -> str:
    """Say what `curves_figure` shows, for those who cannot see it; at least one epoch."""
    first, last = history[0], history[-1]
    words = [f"Curves over {len(history)} epochs."]
    for key, name, write in (
        ("loss", "Training loss", "{:.3f}".format),
        ("validation_loss", "Validation loss", "{:.3f}".format),
        ("accuracy", "Training accuracy", style.percent),
        ("validation_accuracy", "Validation accuracy", style.percent),
    ):
        if first[key] is not None and last[key] is not None:
            words.append(f"{name} goes from {write(first[key])} to {write(last[key])}.")
    if (best := best_epoch(history)) is not None:
        words.append(f"The best epoch is {best}.")
    if (parting := parting_epoch(history)) is not None:
        words.append(f"Training and validation part after epoch {parting}.")
    return " ".join(words)


def column(history: History, key: str) -> Floats:
    """Return one figure of all epochs, (E,), NaN where it is missing."""
    return np.array([_number(row.get(key)) for row in history], dtype=np.float64)


def draw_pair(axes: Axes, history: History, key: str) -> None:
    """Draw a figure of training and of validation; they differ in dash, marker and lightness."""
    epochs = column(history, "epoch")
    marks = len(epochs) <= MANY_EPOCHS
    axes.plot(
        epochs, column(history, key), label="training", color=style.TRAINING,
        linewidth=1.4, linestyle=(0, (4, 1.6)), marker="o" if marks else "", markersize=3.4,
        markerfacecolor=style.PAPER,
    )  # fmt: skip
    validation = column(history, f"validation_{key}")
    if np.isfinite(validation).any():
        axes.plot(
            epochs, validation, label="validation", color=style.VALIDATION,
            linewidth=2, marker="o" if marks else "", markersize=3.4,
        )  # fmt: skip


def _mark_best(loss: Axes, accuracy: Axes, rate: Axes, row: Mapping[str, Any]) -> None:
    epoch = row["epoch"]
    for axes, key in ((loss, "validation_loss"), (accuracy, "validation_accuracy"), (rate, "")):
        axes.axvline(epoch, color=style.INK, linewidth=0.8, linestyle=":", gid="best-epoch")
        if row.get(key) is not None:
            _ring(axes, epoch, row[key], "o")
    share = row.get("validation_accuracy")
    figure = "" if share is None else f": {style.percent(share)}"
    accuracy.set_title(
        f"○ best epoch {epoch}{figure}", loc="right", fontsize=style.SMALL, color=style.INK
    )


def _mark_parting(figure: Figure, loss: Axes, accuracy: Axes, history: History, epoch: int) -> None:
    """Mark the last epoch before the gap, shade the gap, and say below what is meant."""
    for axes, key in ((loss, "loss"), (accuracy, "accuracy")):
        mark_gap(axes, history, key, epoch)
        axes.axvline(epoch, color=style.INK, linewidth=0.8, linestyle=(0, (6, 3)), gid=PARTED)
    style.note_below(figure, PARTING.format(epoch))


def mark_gap(axes: Axes, history: History, key: str, epoch: int) -> None:
    """Put a diamond where the curves of `key` part, and shade the gap that opens there."""
    rows = [row for row in history if row["epoch"] >= epoch]
    axes.fill_between(
        column(rows, "epoch"), column(rows, key), column(rows, f"validation_{key}"),
        color=style.GRID, linewidth=0, zorder=0.5, gid=PARTED,
    )  # fmt: skip
    _ring(axes, epoch, rows[0][f"validation_{key}"], "D")


def _ring(axes: Axes, epoch: float, value: float, marker: str) -> None:
    axes.plot(
        epoch, value, marker=marker, markersize=8, markerfacecolor="none",
        markeredgecolor=style.INK, markeredgewidth=1.2, linestyle="",
    )  # fmt: skip


def _both(history: History, key: str) -> Floats:
    values = np.concatenate([column(history, key), column(history, f"validation_{key}")])
    finite: Floats = values[np.isfinite(values)]
    return finite


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
