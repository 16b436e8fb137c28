"""Weights become pictures cell by cell; units that stand out are found."""

from __future__ import annotations

import numpy as np
import pytest
from made_models import made_model

from ziffern.errors import InputError
from ziffern.inside.weights import (
    laid_out,
    outliers,
    rectangle,
    unit_levels,
    weight_tiles,
)


def tiles_of(text: str, layer: str):
    model = made_model(text)
    return model.saved.weights, weight_tiles(model.network, model.saved.weights, layer)


def test_filters_of_a_first_layer_are_pictures() -> None:
    weights, (tiles,) = tiles_of("Conv2D(6, (3, 5))\nFlatten()\nDense(10)", "conv2d")
    assert tiles.title == "6 filters of conv2d, 3×5"
    assert tiles.pictures.shape == (6, 3, 5)
    np.testing.assert_array_equal(tiles.pictures[4], weights["conv2d/kernel"][:, :, 0, 4])


def test_filters_of_deeper_layers_show_all_their_kernels() -> None:
    weights, (tiles,) = tiles_of("Conv2D(6, 3)\nConv2D(7, 2)\nFlatten()\nDense(10)", "conv2d_1")
    assert tiles.title == "7 filters of conv2d_1, each 6 kernels of 2×2"
    # 2 rows of 3 kernels, a line between them
    assert tiles.pictures.shape == (7, 5, 8)
    np.testing.assert_array_equal(tiles.pictures[5, 3:, 6:], weights["conv2d_1/kernel"][:, :, 5, 5])
    assert np.isnan(tiles.pictures[0, 2]).all()
    assert np.isfinite(tiles.pictures[0]).sum() == 6 * 2 * 2


def test_units_on_the_picture_are_laid_out_as_the_picture() -> None:
    weights, (tiles,) = tiles_of("Reshape(784)\nDense(36)\nDense(10)", "dense")
    assert tiles.title == "36 units of dense, each with 28×28 incoming weights"
    assert tiles.pictures.shape == (36, 28, 28)
    np.testing.assert_array_equal(tiles.pictures[7], weights["dense/kernel"][:, 7].reshape(28, 28))


def test_units_on_a_square_layer_are_laid_out_as_the_square() -> None:
    weights, (tiles,) = tiles_of("Flatten()\nDense(324)\nDropout(0.1)\nDense(36)", "dense_1")
    assert tiles.title == "36 units of dense_1, each with 324 incoming weights as 18×18"
    np.testing.assert_array_equal(tiles.pictures[0].ravel(), weights["dense_1/kernel"][:, 0])


def test_units_on_many_maps_show_lengths_by_place() -> None:
    text = "Conv2D(5, 3, strides=3)\nFlatten()\nActivation('relu')\nDense(10)"
    weights, (tiles,) = tiles_of(text, "dense")
    assert not tiles.signed
    assert tiles.pictures.shape == (10, 9, 9)
    kernel = weights["dense/kernel"].reshape(9, 9, 5, 10)
    assert tiles.pictures[3, 2, 8] == pytest.approx(np.linalg.norm(kernel[2, 8, :, 3]))
    # what has been mixed is no longer a place
    _, (mixed,) = tiles_of("Conv2D(4, 28)\nDense(4)\nFlatten()\nDense(10)\nDense(10)", "dense_2")
    assert mixed.pictures.shape == (10, 10, 1)


def test_other_kernels() -> None:
    _, (depthwise,) = tiles_of("Conv2D(3, 3)\nDepthwiseConv2D(5, depth_multiplier=2)\nFlatten()"
                               "\nDense(10)", "depthwise_conv2d")  # fmt: skip
    assert depthwise.pictures.shape == (6, 5, 5)
    _, (apart, together) = tiles_of("SeparableConv2D(12, 3, depth_multiplier=16)\nFlatten()"
                                    "\nDense(10)", "separable_conv2d")  # fmt: skip
    assert apart.pictures.shape == (16, 3, 3)
    assert together.title == "12 filters of separable_conv2d, each 16 weights of 1×1, one a channel"
    assert together.pictures.shape == (12, 4, 4)


@pytest.mark.parametrize(("kind", "gates"), [("LSTM", 4), ("GRU", 3), ("SimpleRNN", 1)])
def test_gates_of_recurrent_layers(kind: str, gates: int) -> None:
    text = f"Reshape((28, 28))\n{kind}(6, name='cell')\nDense(10)"
    weights, (inputs, own) = tiles_of(text, "cell")
    assert (inputs.pictures.shape, own.pictures.shape) == ((gates, 28, 6), (gates, 6, 6))
    assert len(inputs.names) == gates
    np.testing.assert_array_equal(inputs.pictures[-1], weights["cell/kernel"][:, -6:])


def test_layers_without_weights_to_show_are_refused() -> None:
    with pytest.raises(
        InputError,
        match=r"^flatten \(Flatten\) has no filters or weights to show; layers that have: conv2d, "
        r"dense$",
    ):
        tiles_of("Conv2D(6, 3)\nFlatten()\nDense(10)", "flatten")
    with pytest.raises(InputError, match="no layer 'conv3d': did you mean 'conv2d'"):
        tiles_of("Conv2D(6, 3)\nFlatten()\nDense(10)", "conv3d")


def test_units_are_laid_out_as_the_blog_does() -> None:
    assert [rectangle(count) for count in (324, 36, 10, 1)] == [(18, 18), (6, 6), (10, 1), (1, 1)]
    assert [rectangle(count) for count in (200, 512, 60)] == [(10, 20), (16, 32), (6, 10)]
    assert rectangle(127) == (12, 12)  # a prime number leaves cells empty
    cells = laid_out(np.arange(127, dtype=np.float32))
    assert cells[10, 6] == 126
    assert np.isnan(cells[10, 7:]).all()


def test_outliers_are_far_from_the_median_and_come_in_order() -> None:
    values = np.random.default_rng(0).normal(0, 1, 400).clip(-2, 2).astype(np.float32)
    assert outliers(values) == ()
    values[[17, 230]] = 9, -30
    assert outliers(values) == (230, 17)
    assert outliers(np.ones(5, np.float32)) == ()


def test_levels_of_each_dense_layer() -> None:
    model = made_model("Flatten()\nDense(36)\nDense(10, use_bias=False)")
    weights = model.saved.weights
    weights["dense/bias"][5] = 50
    first, last = unit_levels(model.network, weights)
    bias, length = first
    assert (bias.layer, bias.what, bias.values.shape) == ("dense", "bias", (6, 6))
    assert bias.outliers[0] == 5
    np.testing.assert_array_equal(bias.values.ravel(), weights["dense/bias"])
    expected = np.linalg.norm(weights["dense/kernel"], axis=0)
    np.testing.assert_allclose(length.values.ravel(), expected, rtol=1e-6)
    assert [level.what for level in last] == ["length of incoming weights"]
    assert last[0].values.shape == (10, 1)
