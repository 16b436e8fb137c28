"""What layers make of many pictures, as maps side by side: the raw pixels first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ziffern.errors import InputError
from ziffern.figures import style
from ziffern.figures.maps import SHAPE, draw_map
from ziffern.inside.embeddings import Embedding

ACROSS = 30
"""Pictures that fit side by side into a map."""


def embeddings_figure(
    embeddings: Sequence[Embedding],
    labels: NDArray[np.integer],
    class_names: Sequence[str],
    *,
    images: NDArray[np.uint8] | None = None,
    width: float = 9.0,
) -> Figure:
    """Draw a column for each embedding and a row for each method, with the separation below.

    Args:
        embeddings: what `ziffern.inside.embeddings.embeddings` gives.
        labels: the pictures' classes (N,).
        class_names: one name per class.
        images: the pictures, uint8 (N, H, W), to be drawn where they lie; else markers are.
        width: in inches.

    Raises:
        InputError: there is no map to draw.
    """
    methods = list(dict.fromkeys(method for one in embeddings for method in one.maps))
    if not methods:
        raise InputError("there is no map to draw: no embedding was given")
    cell = width / len(embeddings)
    figure = style.new_figure(width, len(methods) * (SHAPE * cell + 0.4))
    grid = figure.subplots(len(methods), len(embeddings), squeeze=False)
    for column, embedding in enumerate(embeddings):
        for axes, method in zip(grid[:, column], methods, strict=True):
            if method not in embedding.maps:
                style.blank(axes)
                continue
            points, (silhouette, right) = embedding.maps[method]
            draw_map(
                axes, points, labels, class_names, images=images, across=ACROSS,
                title=f"{embedding.layer} · {method}",
                x=f"neighbours vote right: {style.percent(right, 1)}, silhouette {silhouette:.2f}",
            )  # fmt: skip
    return figure
