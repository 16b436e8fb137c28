"""Digits with the network's answers: the first ones as a grid, the most wrong ones, printed ones.

Pictures are shown as ink on paper. Right and wrong answers differ in colour, in the strength of the
frame, in a cross and in their caption, so they can be told apart without colour.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from ziffern.errors import InputError
from ziffern.evaluation.mistakes import wrong_indices
from ziffern.figures import style

Images = NDArray[np.uint8]

GAP = 8
"""Pixels between two pictures."""


def digit_grid_figure(
    images: Images,
    labels: NDArray[np.integer],
    predictions: NDArray[np.integer],
    class_names: Sequence[str],
    *,
    rows: int = 14,
    columns: int = 14,
    width: float = 8.0,
) -> Figure:
    """Draw the first rows × columns pictures with the network's answers (source S1's grid).

    Under a right answer stands the class; under a wrong one `answer≠truth`.

    Args:
        images: uint8 (N, H, W), white on black.
        labels: true classes (N,).
        predictions: predicted classes (N,).
        class_names: one name per class.
        rows: rows of the grid; fewer are drawn where N is smaller.
        columns: pictures in a row.
        width: in inches.

    Raises:
        InputError: nothing to draw, or not one label and one prediction per picture.
    """
    _same_length(images, labels, predictions)
    shown = min(len(images), rows * columns)
    columns = min(columns, shown)
    captions = [_caption(class_names[predictions[i]], class_names[labels[i]]) for i in range(shown)]
    wrong = predictions[:shown] != labels[:shown]
    return _tiles(images[:shown], captions, wrong, columns=columns, width=width)


def most_wrong_figure(
    images: Images,
    labels: NDArray[np.integer],
    probabilities: NDArray[np.floating],
    class_names: Sequence[str],
    *,
    limit: int = 20,
    columns: int = 5,
    width: float = 8.0,
) -> Figure:
    """Draw the wrong answers with the greatest p(predicted) − p(true), the greatest first.

    Each shows `answer≠truth`, both probabilities and their difference (source S2).

    Raises:
        InputError: no answer is wrong, or not one label and one row per picture.
        WorkError: probabilities that are none.
    """
    _same_length(images, labels, probabilities)
    worst = wrong_indices(labels, probabilities)[:limit]
    if len(worst) == 0:
        raise InputError("there is no mistake to draw: all answers are right")
    captions = []
    for index in worst:
        p = probabilities[index]
        predicted, true = int(p.argmax()), int(labels[index])
        p_predicted, p_true = float(p[predicted]), float(p[true])
        captions.append(
            f"{_caption(class_names[predicted], class_names[true])}  (no. {index})\n"
            f"{p_predicted:.3f} − {p_true:.3f} = {p_predicted - p_true:.3f}"
        )
    columns = min(columns, len(worst))
    wrong = np.ones(len(worst), dtype=bool)
    return _tiles(images[worst], captions, wrong, columns=columns, width=width)


def printed_figure(
    images: Images,
    labels: NDArray[np.integer],
    predictions: NDArray[np.integer],
    fonts: Sequence[str],
    class_names: Sequence[str],
    *,
    width: float = 7.0,
) -> Figure:
    """Draw printed digits with the network's answers, one row a font in the order given.

    Args:
        images: uint8 (N, H, W), white on black.
        labels: true classes (N,).
        predictions: predicted classes (N,).
        fonts: the name of each picture's font (N,).
        class_names: one name per class.
        width: in inches.

    Raises:
        InputError: nothing to draw, or not one label, prediction and font per picture.
    """
    _same_length(images, labels, predictions, fonts)
    names = list(dict.fromkeys(fonts))
    members = [[i for i, font in enumerate(fonts) if font == name] for name in names]
    columns = max(map(len, members))
    places = [
        row * columns + place for row, each in enumerate(members) for place in range(len(each))
    ]
    order = [index for each in members for index in each]
    captions = [_caption(class_names[predictions[i]], class_names[labels[i]]) for i in order]
    wrong = predictions[order] != labels[order]
    return _tiles(
        images[order], captions, wrong, columns=columns, width=width, places=places, rows=names
    )


def _caption(predicted: str, true: str) -> str:
    return predicted if predicted == true else f"{predicted}≠{true}"


def _same_length(images: Images, *others: Sequence[str] | NDArray[np.generic]) -> None:
    if len(images) == 0:
        raise InputError("there is nothing to draw: 0 pictures were given")
    for other in others:
        if len(other) != len(images):
            raise InputError(f"{len(images)} pictures do not fit {len(other)} answers")


def _tiles(
    images: Images,
    captions: Sequence[str],
    wrong: NDArray[np.bool_],
    *,
    columns: int,
    width: float,
    places: Sequence[int] | None = None,
    rows: Sequence[str] = (),
) -> Figure:
    """Draw framed pictures with captions on a grid; `rows` are names at its left."""
    places = range(len(images)) if places is None else places
    height_px, width_px = images.shape[1:]
    names_width = 0.075 * max(map(len, rows), default=0)
    cell_width = (width - names_width) / columns
    # text has its size in points whatever the size of the pictures: reckon its height in pixels
    size = min(style.SMALL, 72 * cell_width * 1.6 / max(5, max(_widest(c) for c in captions)))
    lines = 1 + captions[0].count("\n")
    step_x = width_px + GAP
    text_height = 1.5 * lines * size / 72 * step_x / cell_width
    step_y = height_px + GAP + text_height
    rows_count = max(places) // columns + 1

    figure = style.new_figure(width, rows_count * step_y / step_x * cell_width + 0.1)
    axes = figure.subplots()
    style.blank(axes)
    for image, caption, bad, place in zip(images, captions, wrong, places, strict=True):
        x, y = place % columns * step_x, place // columns * step_y
        axes.imshow(
            image, cmap="gray_r", vmin=0, vmax=255, interpolation="none",
            extent=(x, x + width_px, y + height_px, y),
        )  # fmt: skip
        _frame(axes, x, y, width_px, height_px, bad=bool(bad))
        axes.text(
            x + width_px / 2, y + height_px + 2.5, caption, ha="center", va="top", fontsize=size,
            color=style.WRONG if bad else style.RIGHT, fontweight="bold" if bad else "normal",
        )  # fmt: skip
    for row, name in enumerate(rows):
        axes.text(
            -GAP, row * step_y + height_px / 2, name, ha="right", va="center",
            fontsize=style.SMALL, color=style.MUTED,
        )  # fmt: skip
    axes.set_xlim(-GAP / 2 - names_width / cell_width * step_x, columns * step_x - GAP / 2)
    axes.set_ylim(rows_count * step_y, -GAP / 2)
    axes.set_aspect("equal")
    return figure


def _frame(axes: Axes, x: float, y: float, width: float, height: float, *, bad: bool) -> None:
    colour = style.WRONG if bad else style.RIGHT
    axes.add_patch(
        Rectangle(
            (x - 1, y - 1),
            width + 2,
            height + 2,
            fill=False,
            edgecolor=colour,
            linewidth=2.2 if bad else 0.7,
            gid="wrong" if bad else "right",
        )
    )
    if bad:
        corner = 0.16 * width
        for start, end in ((y, y + corner), (y + corner, y)):
            axes.plot([x + width - corner, x + width], [start, end], color=colour, linewidth=1.4)


def _widest(caption: str) -> int:
    return max(map(len, caption.split("\n")))
