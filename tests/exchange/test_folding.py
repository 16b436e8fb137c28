"""Folded networks answer as before, with fewer layers, where that is exact; elsewhere they stay."""

from __future__ import annotations

import numpy as np
import pytest
from random_model import random_model, torch_logits

from ziffern.exchange.folding import folded

PICTURES = np.random.default_rng(0).integers(0, 256, (5, 28, 28), np.uint8)
END = "\nFlatten()\nDense(10, activation='softmax')"

FOLDABLE = {
    "Conv2D(4, 3, strides=3, use_bias=False)": "Conv2D(4, 3, strides=3)",
    "Conv2D(4, 3, padding='same', strides=2)": "Conv2D(4, 3, strides=2, padding='same')",
    "Dense(4)": "Dense(4)",
    "Conv2D(3, 7, strides=7)\nDepthwiseConv2D(2, depth_multiplier=2, use_bias=False)": (
        "Conv2D(3, 7, strides=7)\nDepthwiseConv2D(2, depth_multiplier=2)"
    ),
    "Conv2D(3, 7, strides=7)\nSeparableConv2D(5, 2)": (
        "Conv2D(3, 7, strides=7)\nSeparableConv2D(5, 2)"
    ),
}
NORMALIZATIONS = (
    "BatchNormalization()",
    "BatchNormalization(epsilon=0.1, center=False)",
    "BatchNormalization(center=False, scale=False)",
)


def same_answers(layers: str) -> str:
    """Fold a network, compare answers, and return its layers without the end."""
    model = random_model(layers + END)
    small = folded(model)
    assert set(small.weights) == set(small.network.weights)
    assert all(array.dtype == np.float32 for array in small.weights.values())
    assert (small.name, small.contract) == (model.name, model.contract)
    np.testing.assert_allclose(
        torch_logits(small, PICTURES), torch_logits(model, PICTURES), rtol=1e-4, atol=1e-5
    )
    return "\n".join(small.layers[:-2])


@pytest.mark.parametrize("normalization", NORMALIZATIONS)
@pytest.mark.parametrize("before", FOLDABLE)
def test_taken_into_the_layer_before(before: str, normalization: str) -> None:
    assert same_answers(f"{before}\n{normalization}") == FOLDABLE[before]


@pytest.mark.parametrize(
    "layers",
    [
        "BatchNormalization()",
        "Conv2D(4, 3, strides=3, activation='relu')\nBatchNormalization()",
        "Conv2D(4, 3, strides=3)\nActivation('relu')\nBatchNormalization()",
        "Conv2D(4, 3, strides=3)\nMaxPooling2D()\nBatchNormalization()",
        "Conv2D(4, 3, strides=3)\nLayerNormalization()",
    ],
)
def test_what_stands_elsewhere_stays(layers: str) -> None:
    assert same_answers(layers) == layers


def test_several_in_a_row_and_names_by_number() -> None:
    layers = (
        "BatchNormalization()\nConv2D(4, 3, strides=3, use_bias=False)\nBatchNormalization()\n"
        "BatchNormalization()\nActivation('relu')\nBatchNormalization()"
    )
    left = "BatchNormalization()\nConv2D(4, 3, strides=3)\nActivation('relu')\nBatchNormalization()"
    assert same_answers(layers) == left


def test_inside_residual_blocks() -> None:
    block = (
        "Residual([Conv2D(4, 3, padding='same', use_bias=False), BatchNormalization(), "
        "Activation('relu'), Conv2D(4, 3, padding='same'), BatchNormalization()], "
        "shortcut=[Conv2D(4, 1), BatchNormalization()])"
    )
    left = (
        "Residual([Conv2D(4, 3, padding='same'), Activation('relu'), "
        "Conv2D(4, 3, padding='same')], shortcut=[Conv2D(4, 1)])"
    )
    assert same_answers(f"Conv2D(3, 4, strides=4)\n{block}") == f"Conv2D(3, 4, strides=4)\n{left}"


def test_the_model_itself_is_left_alone() -> None:
    model = random_model("Conv2D(4, 3, strides=3)\nBatchNormalization()" + END)
    before = {name: array.copy() for name, array in model.weights.items()}
    folded(model)
    for name, array in before.items():
        np.testing.assert_array_equal(model.weights[name], array)
