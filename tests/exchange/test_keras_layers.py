"""Configurations of single Keras layers, as various versions of Keras write them."""

from __future__ import annotations

from typing import Any

import pytest

from ziffern.exchange.keras_layers import IDLE, layer_from


@pytest.mark.parametrize(
    ("kind", "config", "line"),
    [
        ("ReLU", {"max_value": None, "negative_slope": 0.0, "threshold": 0.0}, "'relu'"),
        ("ReLU", {"max_value": 6, "negative_slope": 0.0, "threshold": 0.0}, "'relu6'"),
        ("LeakyReLU", {"negative_slope": 0.2}, "'leaky_relu'"),
        ("LeakyReLU", {"alpha": 0.20000000298023224}, "'leaky_relu'"),
        ("ELU", {"alpha": 1.0}, "'elu'"),
        ("Softmax", {"axis": -1}, "'softmax'"),
    ],
)
def test_activations_as_layers(kind: str, config: dict[str, Any], line: str) -> None:
    assert str(layer_from(kind, config, (10,))) == f"Activation({line})"


def test_named_function_as_activation() -> None:
    function = {"class_name": "function", "config": "relu", "registered_name": "function"}
    found = layer_from("Dense", {"units": 3, "activation": function}, (10,))
    assert str(found) == "Dense(3, activation='relu')"


@pytest.mark.parametrize("kind", sorted(IDLE))
def test_layers_that_only_matter_in_training_are_left_out(kind: str) -> None:
    assert layer_from(kind, {"name": "x", "factor": 0.1}, (28, 28, 1)) is None


def test_what_old_versions_write_besides() -> None:
    config = {
        "name": "c",
        "filters": 3,
        "kernel_size": [3, 3],
        "data_format": "channels_last",
        "groups": 1,
        "kernel_constraint": {"class_name": "MaxNorm", "config": {"max_value": 2}},
    }
    assert str(layer_from("Conv2D", config, (28, 28, 1))) == "Conv2D(3, 3)"
    separable = layer_from("SeparableConv2D", config, (28, 28, 1))
    assert str(separable) == "SeparableConv2D(3, 3)"
    for axis in (-1, 3, [3], [-1]):
        found = layer_from("BatchNormalization", {"axis": axis, "fused": True}, (28, 28, 1))
        assert str(found) == "BatchNormalization()"
