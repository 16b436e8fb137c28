"""Single digits with the network's whole answer: a picture, and a bar for each class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ziffern.errors import InputError
from ziffern.figures import style

Images = NDArray[np.uint8]


def answers_figure(
    images: Images,
    labels: NDArray[np.integer],
    probabilities: NDArray[np.floating],
    class_names: Sequence[str],
    *,
    titles: Sequence[str] = (),
    width: float = 8.0,
) -> Figure:
    """Draw digits side by side, each with its probabilities as bars and as numbers.

    The bar of the answer and that of the truth are coloured, named, and bold.

    Args:
        images: uint8 (M, H, W), white on black; one to three go well side by side.
        labels: true classes (M,).
        probabilities: (M, C), rows sum to 1.
        class_names: one name per class.
        titles: one for each digit.
        width: in inches.

    Raises:
        InputError: nothing to draw, or not one label, row and title per picture.
    """
    count = len(images)
    if count == 0:
        raise InputError("there is nothing to draw: 0 pictures were given")
    if not count == len(labels) == len(probabilities) or len(titles) not in (0, count):
        raise InputError(f"{count} pictures do not fit {len(labels)} answers, {len(titles)} titles")
    classes = len(class_names)
    figure = style.new_figure(width, 0.2 * classes + 0.45)
    panels = figure.subplots(1, 2 * count, width_ratios=[1, 1.7] * count, squeeze=False)[0]
    for index in range(count):
        picture, bars = panels[2 * index], panels[2 * index + 1]
        style.blank(picture)
        picture.set_anchor("N")
        picture.imshow(images[index], cmap="gray_r", vmin=0, vmax=255, interpolation="none")
        if titles:
            picture.set_title(
                titles[index], loc="left", fontsize=style.TEXT, color=style.INK, fontweight="bold"
            )
        _bars(bars, probabilities[index], int(labels[index]), class_names)
    return figure


def _bars(axes: Axes, p: NDArray[np.floating], true: int, class_names: Sequence[str]) -> None:
    style.bare(axes)
    axes.grid(visible=False)
    best = int(p.argmax())
    rows = range(len(p))
    colours = [
        style.RIGHT if row == true else style.WRONG if row == best else style.MUTED for row in rows
    ]
    axes.barh(
        rows, p, height=0.62, color=colours, edgecolor=style.PAPER, linewidth=0,
        hatch=["///" if row == true else "" for row in rows],
    )  # fmt: skip
    for row, share in enumerate(p):
        role = " and ".join(["answer"] * (row == best) + ["truth"] * (row == true))
        axes.text(
            float(share) + 0.02, row, f"{style.percent(float(share))}  {role}", va="center",
            fontsize=style.SMALL, color=style.INK if role else style.MUTED,
            fontweight="bold" if role else "normal",
        )  # fmt: skip
    axes.set_yticks(rows, class_names)
    axes.tick_params(axis="y", labelsize=style.TEXT, labelcolor=style.INK, length=0)
    axes.set_ylim(len(p) - 0.4, -0.6)
    axes.set_xlim(0, 1.65)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.axvline(0, color=style.GRID, linewidth=0.8)
