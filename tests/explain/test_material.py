from __future__ import annotations

import numpy as np

from ziffern.datasets.catalogue import entry
from ziffern.datasets.sources import read_sample
from ziffern.explain import material


def test_digits_are_those_of_the_sample_in_order() -> None:
    part = material.digits(10, 30)
    sample = read_sample(entry("mnist"), "train")
    np.testing.assert_array_equal(part.images, sample.images[10:30])
    np.testing.assert_array_equal(part.labels, sample.labels[10:30])


def test_a_small_network_is_trained_as_recipes_are() -> None:
    layers = "Flatten()\nDense(10, activation='softmax')"
    changes = {"train.epochs": 2, "optimizer.name": "sgd", "optimizer.learning_rate": 0.1}
    engine = material.trained(layers, material.digits(0, 200), material.digits(200, 300), changes)
    first, last = engine.state.history
    assert last["loss"] < first["loss"]
    assert last["validation_accuracy"] is not None
    assert engine.recipe.optimizer["name"] == "sgd"
    assert [str(layer) for layer in engine.recipe.layer_list] == layers.split("\n")


def test_records_are_a_network() -> None:
    assert material.records("Flatten()\nDense(10, activation='softmax')").parameters == 7850
