"""Maps of layers beside the pixels' own, and how well classes keep apart."""

from __future__ import annotations

import numpy as np
import pytest
from made_models import CONVOLUTIONS, DENSE, NORMALISED, RECURRENT, made_model
from small_training import digits

from ziffern.errors import InputError
from ziffern.exploration.projections import pca, separation
from ziffern.inside import embeddings as module
from ziffern.inside.activations import layer_outputs
from ziffern.inside.embeddings import (
    PIXELS,
    embeddings,
    known_methods,
    last_hidden,
    separation_by_layer,
)

IMAGES, LABELS = digits(80)


def test_the_pixels_come_first_and_every_map_has_its_separation() -> None:
    model = made_model(DENSE)
    pixels, dense = embeddings(model, IMAGES, LABELS, ["dense"], methods=["PCA"])
    assert (pixels.layer, pixels.size) == (PIXELS, 784)
    assert (dense.layer, dense.size) == ("dense", 12)
    np.testing.assert_allclose(
        np.abs(pixels.maps["PCA"].points), np.abs(pca(IMAGES, 2).points), rtol=1e-3, atol=1e-3
    )
    expected = pca(layer_outputs(model, IMAGES, ["dense"])["dense"], 2).points
    np.testing.assert_allclose(np.abs(dense.maps["PCA"].points), np.abs(expected), atol=1e-4)
    for one in (pixels, dense):
        points, found = one.maps["PCA"]
        assert found == separation(points, LABELS)


def test_tsne_maps_have_a_place_for_every_picture() -> None:
    pixels, _ = embeddings(made_model(DENSE), IMAGES, LABELS, ["dense"], methods=["t-SNE"])
    assert pixels.maps["t-SNE"].points.shape == (80, 2)


def test_a_layer_whose_outputs_are_all_alike_has_no_map() -> None:
    model = made_model(DENSE)
    model.saved.weights["dense/kernel"][:] = 0
    _, dense = embeddings(model, IMAGES, LABELS, ["dense"], methods=["PCA"])
    assert dense.maps == {}
    assert separation_by_layer(model, IMAGES, LABELS)["dense"].knn_accuracy == 0


def test_separation_of_each_layer_in_its_own_space(monkeypatch: pytest.MonkeyPatch) -> None:
    model = made_model(CONVOLUTIONS)
    found = separation_by_layer(model, IMAGES, LABELS)
    assert list(found) == [PIXELS, "conv2d", "max_pooling2d", "conv2d_1", "dense"]
    dense = layer_outputs(model, IMAGES, ["dense"])["dense"]
    assert found["dense"] == separation(dense, LABELS)
    assert found[PIXELS].knn_accuracy > 0.9  # bars at different places
    # in portions that hold one layer at a time the same comes out
    monkeypatch.setattr(module, "PORTION", 1)
    again = separation_by_layer(model, IMAGES, LABELS)
    assert {name: each.knn_accuracy for name, each in again.items()} == pytest.approx(
        {name: each.knn_accuracy for name, each in found.items()}, abs=0.02
    )


def test_the_layer_before_the_answer() -> None:
    assert last_hidden(made_model(CONVOLUTIONS)) == "conv2d_1"
    assert last_hidden(made_model(NORMALISED)) == "max_pooling2d"
    assert last_hidden(made_model(RECURRENT)) == "lstm"
    assert last_hidden(made_model("Flatten()\nDense(10)\nActivation('softmax')")) is None


def test_methods_need_enough_pictures() -> None:
    assert known_methods(2_000)[:2] == ("PCA", "t-SNE")
    assert known_methods(10) == ("PCA",)
    with pytest.raises(InputError, match="no method 'SNE' to draw a map; known: PCA, t-SNE, UMAP"):
        embeddings(made_model(DENSE), IMAGES, LABELS, [], methods=["SNE"])
    with pytest.raises(InputError, match="no layer 'conv2d'"):
        embeddings(made_model(DENSE), IMAGES, LABELS, ["conv2d"], methods=["PCA"])
