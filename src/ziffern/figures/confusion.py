"""Which classes are taken for which: the confusion matrix as a heatmap with counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from ziffern.errors import InputError
from ziffern.evaluation.metrics import Floats, Integers
from ziffern.figures import style

DARK = 0.85
"""Heat of a mistake above which text on it must be light (contrast at least 4.5)."""


def heat(confusion: Integers) -> Floats:
    """Return how strongly to colour each cell, float64 (C, C) in 0…1; 0 only for a count of 0.

    Logarithmic, and mistakes are measured against the greatest mistake: a single one stays visible
    beside thousands of right answers on the diagonal.
    """
    counts = np.log1p(confusion.astype(np.float64))
    mistakes = counts * ~np.eye(len(confusion), dtype=bool)
    shade: Floats = mistakes / max(mistakes.max(initial=0), np.log1p(5))
    diagonal = counts.diagonal()
    np.fill_diagonal(shade, diagonal / max(diagonal.max(initial=0), 1))
    return shade


def confusion_figure(
    confusion: Integers, class_names: Sequence[str], *, width: float = 6.0
) -> Figure:
    """Draw a confusion matrix (C, C), row = true class: right answers green, mistakes red.

    Raises:
        InputError: the matrix is not square with one name per class.
    """
    classes = len(class_names)
    if confusion.shape != (classes, classes):
        raise InputError(
            f"a confusion matrix of shape {confusion.shape} does not fit {classes} classes"
        )
    shade = heat(confusion)
    right, wrong, paper = (np.array(to_rgb(c)) for c in (style.RIGHT, style.WRONG, style.PAPER))
    strong = np.where(np.eye(classes, dtype=bool)[..., None], 0.55 * right + 0.45 * paper, wrong)
    colours = paper + shade[..., None] * (strong - paper)

    figure = style.new_figure(width, width * 0.97)
    axes = figure.subplots()
    style.bare(axes, x="predicted", y="true")
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)
    axes.imshow(colours, interpolation="none", aspect="equal")
    for (row, column), count in np.ndenumerate(confusion):
        dark = row != column and shade[row, column] > DARK
        colour = style.PAPER if dark else style.INK if count else style.MUTED
        text = str(count) if count else "·"
        axes.text(column, row, text, ha="center", va="center", fontsize=style.SMALL, color=colour)
    long = max(map(len, class_names)) > 3
    axes.set_xticks(range(classes), class_names, rotation=90 if long else 0)
    axes.set_yticks(range(classes), class_names)
    # white lines between the cells
    axes.set_xticks(np.arange(classes + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(classes + 1) - 0.5, minor=True)
    axes.grid(which="minor", color=style.PAPER, linewidth=1.5, axis="both")
    axes.tick_params(which="both", length=0)
    return figure
