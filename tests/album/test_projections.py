from __future__ import annotations

import sys

import numpy as np
import pytest

from ziffern import datasets
from ziffern.album.projections import steps
from ziffern.album.seen import Seen, seen
from ziffern.datasets import Part
from ziffern.errors import InputError


def digits(count=80) -> Seen:
    return seen(datasets.load("mnist"), limit=count)


def plates(look, numbers, **options):
    return {p.name: p for step in steps(look, numbers, **options) for p in step.make()}


@pytest.fixture(autouse=True)
def no_umap(monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)


def test_components_clusters_and_maps():
    look, numbers = digits(), {}
    made = plates(look, numbers, perplexity=5)
    assert list(made) == ["explained-variance", "components", "pca", "clusters", "tsne", "umap"]
    shares = numbers["pca"]["shares"]
    assert len(shares) == len(made["components"].figure.axes[0].images) == 20
    assert shares == sorted(shares, reverse=True)
    assert numbers["pca"]["components_for"]["0.5"] < numbers["pca"]["components_for"]["0.99"] < 80
    clusters = numbers["kmeans"]["clusters"]
    assert sum(each["size"] for each in clusters) == 80
    right = sum(each["share"] * each["size"] for each in clusters) / 80
    assert numbers["kmeans"]["purity"] == pytest.approx(right)
    assert len(made["clusters"].figure.axes[0].images) == 10
    for name in ("pca", "tsne"):
        assert made[name].raster
        assert numbers["maps"][name]["pictures"] == 80
        assert 0 < numbers["maps"][name]["knn_accuracy"] <= 1
    assert "perplexity 5" in made["tsne"].text
    assert f"{100 * shares[0]:.1f}" in made["pca"].figure.axes[0].get_xlabel()


def test_umap_that_is_not_installed_is_one_sentence():
    numbers = {}
    made = plates(digits(40), numbers, perplexity=5)
    assert made["umap"].text == (
        "Left out: UMAP needs umap-learn; install it with: pip install 'ziffern[umap]'."
    )
    assert "umap" not in numbers["maps"]


@pytest.mark.parametrize("perplexity", [0, -3, 40, 1000])
def test_a_perplexity_that_was_asked_for_must_fit(perplexity):
    with pytest.raises(InputError, match=f"--perplexity {perplexity}: .* on the map, 40"):
        steps(digits(40), {}, perplexity=perplexity)


def test_a_set_smaller_than_the_usual_perplexity_has_all_but_that_map():
    numbers = {}
    made = plates(digits(20), numbers)
    assert made["tsne"].figure is None
    assert "perplexity 30 needs more samples than that, not 20" in numbers["left_out"]["tsne"]
    assert made["pca"].figure is not None


def test_one_class_has_maps_without_a_separation():
    look, numbers = digits(40), {}
    same = Part(look.train.images, np.zeros(40, np.int64))
    look = Seen(("only",), same, same, look.train_numbers, look.train_numbers, 0)
    made = plates(look, numbers, perplexity=5)
    assert numbers["maps"]["pca"] == {"pictures": 40}
    assert numbers["kmeans"]["purity"] == 1
    assert [name for name, _ in made["pca"].facts] == ["pictures"]


def test_pictures_that_are_all_the_same():
    look, numbers = digits(40), {}
    same = Part(np.repeat(look.train.images[:1], 40, axis=0), look.train.labels)
    look = Seen(look.class_names, same, same, look.train_numbers, look.train_numbers, 0)
    made = plates(look, numbers)
    assert set(numbers["left_out"]) == {"components", "pca", "clusters", "tsne", "umap"}
    assert all(plate.figure is None for plate in made.values())
