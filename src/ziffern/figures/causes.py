"""Wrong digits sorted by what is to blame, and the training pictures that say so."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ziffern.errors import InputError
from ziffern.evaluation.causes import CAUSES, Cause
from ziffern.evaluation.neighbours import Likeness
from ziffern.figures.mistakes import Images, caption
from ziffern.figures.tiles import Role, tiles_figure


def causes_figure(
    images: Images,
    labels: NDArray[np.integer],
    predictions: NDArray[np.integer],
    causes: Sequence[Cause],
    class_names: Sequence[str],
    *,
    rows: int = 2,
    columns: int = 10,
    width: float = 8.0,
) -> Figure:
    """Draw wrong digits in one group for each cause, the first ones of each, with how many it has.

    Args:
        images: uint8 (M, H, W), the wrong ones, the most wrong first.
        labels: true classes (M,).
        predictions: predicted classes (M,).
        causes: why each answer is wrong (M,).
        class_names: one name per class.
        rows: at most so many for each cause.
        columns: pictures in a row.
        width: in inches.

    Raises:
        InputError: no answer is wrong, or not one label, prediction and cause per picture.
    """
    if len(images) == 0:
        raise InputError("there is no mistake to draw: all answers are right")
    if not len(images) == len(labels) == len(predictions) == len(causes):
        raise InputError(f"{len(images)} pictures do not fit {len(causes)} causes")
    chosen: list[int] = []
    places: list[int] = []
    names: list[str] = []
    for cause in CAUSES:
        members = [index for index, each in enumerate(causes) if each == cause]
        shown = members[: rows * columns]
        chosen += shown
        places += range(len(names) * columns, len(names) * columns + len(shown))
        if shown:
            names += [f"{cause}: {len(members)}", *[""] * ((len(shown) - 1) // columns)]
    captions = [caption(class_names[predictions[i]], class_names[labels[i]]) for i in chosen]
    roles: list[Role | None] = ["wrong"] * len(chosen)
    return tiles_figure(
        images[chosen], captions, roles=roles, columns=columns, places=places, rows=names,
        width=width,
    )  # fmt: skip


def likeness_figure(
    images: Images,
    labels: NDArray[np.integer],
    predictions: NDArray[np.integer],
    evidence: Likeness,
    training_images: Images,
    training_labels: NDArray[np.integer],
    class_names: Sequence[str],
    *,
    columns: int = 10,
    width: float = 8.0,
) -> Figure:
    """Draw wrong digits above their likes: of their own class, and of the nearest other one.

    Under a training picture stands its class, and under the nearer of the two by how much it is
    nearer (share of the other's distance).

    Args:
        images: uint8 (M, H, W), the wrong ones; the first `columns` are shown.
        labels: true classes (M,).
        predictions: predicted classes (M,).
        evidence: how like the training pictures these M are.
        training_images: uint8 (N, H, W).
        training_labels: (N,).
        class_names: one name per class.
        columns: digits side by side.
        width: in inches.

    Raises:
        InputError: nothing to draw, or not one label, prediction and comparison per picture.
    """
    if len(images) == 0:
        raise InputError("there is nothing to draw: 0 pictures were given")
    if not len(images) == len(labels) == len(predictions) == len(evidence.own):
        raise InputError(f"{len(images)} pictures do not fit {len(evidence.own)} comparisons")
    tiles: list[Images] = []
    captions: list[str] = []
    roles: list[Role | None] = []
    places: list[int] = []
    for column in range(min(columns, len(images))):
        tiles.append(images[column])
        captions.append(caption(class_names[predictions[column]], class_names[labels[column]]))
        roles.append("wrong")
        places.append(column)
        own, other = float(evidence.own[column]), float(evidence.other[column])
        both = (evidence.own_index[column], own, other), (evidence.other_index[column], other, own)
        for row, (index, distance, rival) in enumerate(both, start=1):
            if index < 0:
                continue
            tiles.append(training_images[index])
            nearer = f"\n{1 - distance / rival:.0%} nearer" if distance < rival < np.inf else ""
            captions.append(class_names[training_labels[index]] + nearer)
            roles.append(None)
            places.append(row * columns + column)
    return tiles_figure(
        np.array(tiles), captions, roles=roles, columns=columns, places=places,
        rows=["wrong digit", "its class", "another class"], width=width,
    )  # fmt: skip
