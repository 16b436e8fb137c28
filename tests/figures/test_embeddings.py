"""Embeddings: a column for each layer, a row for each method, the separation below."""

from __future__ import annotations

import numpy as np
import pytest

from ziffern.errors import InputError
from ziffern.exploration.projections import Separation
from ziffern.figures import style
from ziffern.figures.embeddings import embeddings_figure
from ziffern.inside.embeddings import Embedding, Map

RNG = np.random.default_rng(0)
LABELS = np.arange(20) % 3
NAMES = ("zero", "one", "two")


def made(layer: str, *methods: str) -> Embedding:
    maps = {
        method: Map(RNG.normal(size=(20, 2)).astype(np.float32), Separation(0.25, 0.5))
        for method in methods
    }
    return Embedding(layer, 784, maps)


def test_every_map_is_drawn_with_its_separation() -> None:
    given = [made("pixels", "PCA", "t-SNE"), made("dense", "PCA", "t-SNE")]
    figure = embeddings_figure(given, LABELS, NAMES, images=np.full((20, 28, 28), 255, np.uint8))
    figure.canvas.draw()
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["pixels · PCA", "dense · PCA", "pixels · t-SNE", "dense · t-SNE"]
    share = style.percent(0.5, 1)
    told = f"neighbours vote right: {share}, silhouette 0.25"
    assert {axes.get_xlabel() for axes in figure.axes} == {told}
    assert all(len(axes.images) == 1 for axes in figure.axes)


def test_a_map_that_is_missing_leaves_its_place_empty() -> None:
    figure = embeddings_figure([made("pixels", "PCA"), made("dense")], LABELS, NAMES)
    assert [axes.axison for axes in figure.axes] == [True, False]
    with pytest.raises(InputError, match="no map to draw"):
        embeddings_figure([made("dense")], LABELS, NAMES)
