"""Digits with the network's answers: the first ones, the most wrong, the most confused, printed.

Pictures are shown as ink on paper, as tiles framed as right or wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ziffern.errors import InputError
from ziffern.evaluation.metrics import confusion_matrix
from ziffern.evaluation.mistakes import confused_pairs, wrong_indices
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
    equals: bool = False,
    width: float = 8.0,
) -> Figure:
    """Draw the first rows × columns pictures with the network's answers (source S1's grid).

    Under a right answer stands the class, with `equals` as `7=7` (source S5); under a wrong one
    `answer≠truth`.

    Args:
        images: uint8 (N, H, W), white on black.
        labels: true classes (N,).
        predictions: predicted classes (N,).
        class_names: one name per class.
        rows: rows of the grid; fewer are drawn where N is smaller.
        columns: pictures in a row.
        equals: whether right answers are written as an equation too.
        width: in inches.

    Raises:
        InputError: nothing to draw, or not one label and one prediction per picture.
    """
    _same_length(images, labels, predictions)
    shown = min(len(images), rows * columns)
    captions = [
        caption(class_names[predictions[i]], class_names[labels[i]], equals=equals)
        for i in range(shown)
    ]
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
            f"{caption(class_names[predicted], class_names[true])}  (no. {index})\n"
            f"{p_predicted:.4f} − {p_true:.4f} = {p_predicted - p_true:.4f}"
        )
    roles: list[Role | None] = ["wrong"] * len(worst)
    return tiles_figure(images[worst], captions, roles=roles, columns=columns, width=width)


def confused_pairs_figure(
    images: Images,
    labels: NDArray[np.integer],
    predictions: NDArray[np.integer],
    class_names: Sequence[str],
    *,
    pairs: int = 5,
    columns: int = 10,
    width: float = 8.0,
) -> Figure:
    """Draw the pairs of classes that were confused most, a row each, with their first pictures.

    Raises:
        InputError: no answer is wrong, or not one label and one prediction per picture.
    """
    _same_length(images, labels, predictions)
    found = confused_pairs(confusion_matrix(labels, predictions, len(class_names)), limit=pairs)
    if not found:
        raise InputError("there is no mistake to draw: all answers are right")
    chosen: list[int] = []
    places: list[int] = []
    for row, (true, predicted, _) in enumerate(found):
        members = np.flatnonzero((labels == true) & (predictions == predicted))[:columns]
        chosen += members.tolist()
        places += range(row * columns, row * columns + len(members))
    return tiles_figure(
        images[chosen],
        [f"no. {index}" for index in chosen],
        roles=["wrong"] * len(chosen),
        columns=columns,
        places=places,
        rows=[f"{class_names[p]}≠{class_names[t]}   {n}×" for t, p, n in found],
        width=width,
    )


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
    captions = [caption(class_names[predictions[i]], class_names[labels[i]]) for i in order]
    roles = _roles(predictions[order] != labels[order])
    return tiles_figure(
        images[order], captions, roles=roles, columns=columns, places=places, rows=names,
        width=width,
    )  # fmt: skip


def caption(predicted: str, true: str, *, equals: bool = False) -> str:
    """Write an answer as everywhere in Ziffern: `answer≠truth`, and `7`, or `7=7`, where right."""
    if predicted == true:
        return f"{predicted}={true}" if equals else predicted
    return f"{predicted}≠{true}"


def _roles(wrong: NDArray[np.bool_]) -> list[Role | None]:
    return ["wrong" if each else "right" for each in wrong]


def _same_length(images: Images, *others: Sequence[str] | NDArray[np.generic]) -> None:
    if len(images) == 0:
        raise InputError("there is nothing to draw: 0 pictures were given")
    for other in others:
        if len(other) != len(images):
            raise InputError(f"{len(images)} pictures do not fit {len(other)} answers")
