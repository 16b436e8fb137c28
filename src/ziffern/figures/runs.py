"""Several runs in one picture: how they do epoch by epoch, where they can on new pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from ziffern.errors import InputError
from ziffern.evaluation.learning import History, best_epoch, parting_epoch
from ziffern.figures import axes as scales
from ziffern.figures import style
from ziffern.figures.axes import End, end_labels
from ziffern.figures.curves import MANY_EPOCHS, column, draw_pair, mark_gap

TRAINING_ONLY = (
    "Without validation pictures: {}. So all runs are shown on the pictures that they learn from, "
    "while they learn; that does not tell which one reads new digits better."
)


def runs_figure(
    histories: Mapping[str, History], *, zoom: float | None = None, width: float = 8.0
) -> Figure:
    """Draw accuracy and loss of several runs over the epochs.

    They are those of validation where each run has them, and its best epoch has a ring; otherwise
    those of training, and a note names the runs without validation. Each run has a colour, a dash
    and a marker of its own and its name at the line's end. Validation parts are comparable only
    where runs held out the same pictures.

    Args:
        histories: rows of `ziffern.history.EpochRow` by the run's name, at least one run; up to
            `len(style.LINES)` are told apart.
        zoom: as for `ziffern.figures.curves.curves_figure`.
        width: in inches.

    Raises:
        InputError: no run or too many, one without epochs, or `zoom` is below 1.
    """
    style.check_lines(len(histories), "runs")
    for name, history in histories.items():
        if not history:
            raise InputError(f"{name} has no epoch: there is no curve to compare")
    without = unvalidated(histories)
    part, prefix = ("Training", "") if without else ("Validation", "validation_")
    figure = style.new_figure(width, 5.6)
    accuracy, loss = figure.subplots(2, 1, sharex=True)
    for axes, key, what in (
        (accuracy, f"{prefix}accuracy", f"{part} accuracy"),
        (loss, f"{prefix}loss", f"{part} loss (nats)"),
    ):
        style.bare(axes, title=what)
        ends = []
        for (name, history), line in zip(histories.items(), style.LINES, strict=False):
            epochs, values = column(history, "epoch"), column(history, key)
            axes.plot(
                epochs, values, label=name, color=line.colour, linestyle=line.dashes,
                linewidth=1.6, marker=line.marker, markersize=4,
                markevery=1 if len(epochs) <= MANY_EPOCHS else len(epochs) // 10,
            )  # fmt: skip
            if not without:
                best = int(np.flatnonzero(epochs == best_epoch(history))[0])
                axes.plot(
                    epochs[best], values[best], marker="o", markersize=9, markerfacecolor="none",
                    markeredgecolor=style.INK, markeredgewidth=1.2, linestyle="", gid="best-epoch",
                )  # fmt: skip
            if (finite := np.flatnonzero(np.isfinite(values))).size:
                last = int(finite[-1])
                ends.append(End(name, float(epochs[last]), float(values[last]), line.colour))
        shown = np.concatenate([column(history, key) for history in histories.values()])
        scale = scales.accuracy_axis if axes is accuracy else scales.loss_axis
        scale(axes, shown[np.isfinite(shown)], zoom=zoom)
        bottom, top = axes.get_ylim()
        end_labels(axes, [end._replace(y=min(max(end.y, bottom), top)) for end in ends], height=2.2)
    if without:
        style.note_below(figure, TRAINING_ONLY.format(", ".join(without)))
    else:
        accuracy.set_title("○ best epoch", loc="right", fontsize=style.SMALL, color=style.INK)
    loss.set_xlabel("epoch", fontsize=style.TEXT, color=style.MUTED)
    loss.set_xlim(left=min(column(history, "epoch")[0] for history in histories.values()) - 0.5)
    style.whole_numbers(loss)
    return figure


def unvalidated(histories: Mapping[str, History]) -> list[str]:
    """Return the names of the runs that have no validated epoch."""
    return [name for name, history in histories.items() if best_epoch(history) is None]


def pairs_figure(histories: Mapping[str, History], *, width: float = 8.0) -> Figure:
    """Draw training and validation loss of several runs, a panel for each, on one axis for all.

    Where the two part (`ziffern.evaluation.learning.parting_epoch`) a diamond stands on the
    validation loss, and the gap after it is shaded.

    Args:
        histories: rows of `ziffern.history.EpochRow` by the run's name, at least one run.
        width: in inches.

    Raises:
        InputError: there is no run, or one without validated epochs.
    """
    if not histories:
        raise InputError("there are no runs to draw")
    for name in unvalidated(histories):
        raise InputError(f"{name} has no validated epoch: there is no curve to compare")
    columns = min(3, len(histories))
    rows = math.ceil(len(histories) / columns)
    figure = style.new_figure(width, 2.1 * rows + 0.2)
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    keys = ("loss", "validation_loss")
    shown = np.concatenate([column(each, key) for each in histories.values() for key in keys])
    for axes, (name, history) in zip(panels, histories.items(), strict=False):
        style.bare(axes, title=name)
        draw_pair(axes, history, "loss")
        scales.loss_axis(axes, shown[np.isfinite(shown)])
        if (parting := parting_epoch(history)) is not None:
            mark_gap(axes, history, "loss", parting)
    for axes in panels[len(histories) :]:
        style.blank(axes)
    for axes in panels[-columns:]:
        axes.set_xlabel("epoch", fontsize=style.TEXT, color=style.MUTED)
    style.whole_numbers(panels[0])
    for row in range(rows):
        panels[row * columns].set_ylabel("loss (nats)", fontsize=style.TEXT, color=style.MUTED)
    last = panels[-1]
    if len(histories) == len(panels):
        last = panels[columns - 1]
    last.legend(
        *panels[0].get_legend_handles_labels(),
        loc="center" if last is not panels[columns - 1] else "upper right",
        frameon=False, fontsize=style.SMALL, labelcolor=style.INK, handlelength=2.4,
    )  # fmt: skip
    return figure
