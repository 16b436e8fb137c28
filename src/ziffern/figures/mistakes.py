"""Digits with the network's answers: the first ones as a grid, the most wrong ones, printed ones.

Pictures are shown as ink on paper, as tiles framed as right or wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ziffern.errors import InputError
from ziffern.evaluation.mistakes import wrong_indices
from ziffern.figures.tiles import Role, tiles_figure

Images = NDArray[np.uint8]


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
    roles = _roles(predictions[:shown] != labels[:shown])
    return tiles_figure(images[:shown], captions, roles=roles, columns=columns, width=width)


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
    roles: list[Role | None] = ["wrong"] * len(worst)
    return tiles_figure(images[worst], captions, roles=roles, columns=columns, width=width)


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
    roles = _roles(predictions[order] != labels[order])
    return tiles_figure(
        images[order], captions, roles=roles, columns=columns, places=places, rows=names,
        width=width,
    )  # fmt: skip


def _roles(wrong: NDArray[np.bool_]) -> list[Role | None]:
    return ["wrong" if each else "right" for each in wrong]


def _caption(predicted: str, true: str) -> str:
    return predicted if predicted == true else f"{predicted}≠{true}"


def _same_length(images: Images, *others: Sequence[str] | NDArray[np.generic]) -> None:
    if len(images) == 0:
        raise InputError("there is nothing to draw: 0 pictures were given")
    for other in others:
        if len(other) != len(images):
            raise InputError(f"{len(images)} pictures do not fit {len(other)} answers")
