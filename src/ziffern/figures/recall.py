"""How much of each class is found: recall with its interval."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from ziffern.errors import InputError
from ziffern.evaluation.metrics import Integers, wilson_interval
from ziffern.figures import style


def recall_figure(confusion: Integers, class_names: Sequence[str], *, width: float = 6.0) -> Figure:
    """Draw each class's recall with its 95 % Wilson interval, and the share right of all.

    Intervals that overlap widely do not tell two classes apart. A class without pictures has no
    recall.

    Args:
        confusion: counts (C, C), row = true class.
        class_names: one name per class.
        width: in inches.

    Raises:
        InputError: the matrix is empty, or not square with one name per class.
    """
    classes = len(class_names)
    if confusion.shape != (classes, classes) or confusion.sum() == 0:
        raise InputError(
            f"a confusion matrix of shape {confusion.shape} with {confusion.sum()} answers "
            f"does not fit {classes} classes"
        )
    right, support = confusion.diagonal(), confusion.sum(axis=1)
    there = np.flatnonzero(support)
    recall = right[there] / support[there]
    ends = np.array([wilson_interval(int(right[c]), int(support[c])) for c in there])

    figure = style.new_figure(width, 0.24 * classes + 0.75)
    axes = figure.subplots()
    style.bare(axes, x="recall: share of the class that is found")
    axes.grid(axis="y", visible=False)
    axes.grid(axis="x", color=style.GRID, linewidth=0.7)
    whole = right.sum() / support.sum()
    axes.axvline(whole, color=style.MUTED, linewidth=1, linestyle=(0, (4, 3)))
    axes.annotate(
        f"all: {style.percent(whole)}", (whole, 1), (-3, 2), xycoords=("data", "axes fraction"),
        textcoords="offset points", ha="right", fontsize=style.SMALL, color=style.MUTED,
    )  # fmt: skip
    axes.errorbar(
        recall, there, xerr=np.abs(ends.T - recall), fmt="o", color=style.VALIDATION,
        markersize=5, linewidth=1.2, markeredgecolor=style.PAPER, markeredgewidth=0.8,
    )  # fmt: skip
    low = float(ends.min())
    axes.set_xlim(max(0.0, low - 0.04 * (1 - low)) if low < 1 else 0.99, 1 + 0.02 * (1 - low))
    axes.xaxis.set_major_formatter(style.PERCENT)
    for row, (found, of) in enumerate(zip(right.tolist(), support.tolist(), strict=True)):
        missed = f"{of - found:,} of {of:,} missed" if of else "no pictures"
        axes.annotate(
            missed, (1, row), (6, 0), xycoords=("axes fraction", "data"),
            textcoords="offset points", va="center", fontsize=style.SMALL, color=style.MUTED,
            annotation_clip=False,
        )  # fmt: skip
    axes.set_yticks(range(classes), class_names)
    axes.tick_params(axis="y", labelsize=style.TEXT, labelcolor=style.INK, length=0)
    axes.set_ylim(classes - 0.5, -0.5)
    return figure
