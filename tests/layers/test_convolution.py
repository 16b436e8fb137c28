"""Shapes, weights and cost of convolutions, worked out by hand."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from ziffern.errors import InputError
from ziffern.layers import Network, NetworkError, ParseError, Shape, parse_layers
from ziffern.layers.convolution import dilated, same_padding, sides


@pytest.mark.parametrize(
    ("line", "shape", "after", "parameters", "multiply_adds"),
    [
        ("Conv2D(32, 3)", (28, 28, 1), (26, 26, 32), 9 * 32 + 32, 26 * 26 * 9 * 32),
        ("Conv2D(32, 3, use_bias=False)", (28, 28, 1), (26, 26, 32), 288, 194_688),
        ("Conv2D(12, 3, padding='same')", (28, 28, 1), (28, 28, 12), 120, 784 * 108),
        # the codelab's second layer
        (
            "Conv2D(24, 6, strides=2, padding='same')",
            (28, 28, 12),
            (14, 14, 24),
            6 * 6 * 12 * 24 + 24,
            14 * 14 * 10_368,
        ),
        ("Conv2D(8, (1, 5))", (28, 28, 1), (28, 24, 8), 48, 28 * 24 * 40),
        ("Conv2D(4, 2, strides=3)", (7, 7, 1), (2, 2, 4), 20, 4 * 16),
        ("Conv2D(4, 3, strides=(2, 1), padding='same')", (7, 7, 1), (4, 7, 4), 40, 28 * 36),
        # taps two apart reach over 5 pixels
        ("Conv2D(4, 3, dilation_rate=2)", (28, 28, 1), (24, 24, 4), 40, 576 * 36),
        # each of two groups sees two of four channels
        ("Conv2D(8, 3, groups=2)", (10, 10, 4), (8, 8, 8), 9 * 2 * 8 + 8, 64 * 144),
        ("DepthwiseConv2D(3)", (10, 10, 3), (8, 8, 3), 27 + 3, 64 * 27),
        ("DepthwiseConv2D(3, depth_multiplier=2)", (10, 10, 3), (8, 8, 6), 54 + 6, 64 * 54),
        ("DepthwiseConv2D(3, use_bias=False)", (10, 10, 3), (8, 8, 3), 27, 64 * 27),
        ("SeparableConv2D(8, 3)", (10, 10, 3), (8, 8, 8), 27 + 24 + 8, 64 * (27 + 24)),
        (
            "SeparableConv2D(8, 3, depth_multiplier=2, use_bias=False)",
            (10, 10, 3),
            (8, 8, 8),
            54 + 48,
            64 * (54 + 48),
        ),
        ("SeparableConv2D(8, 5, strides=2, padding='same')", (9, 9, 1), (5, 5, 8), 41, 25 * 33),
        ("ZeroPadding2D()", (5, 5, 2), (7, 7, 2), 0, 0),
        ("ZeroPadding2D((1, 2))", (5, 5, 2), (7, 9, 2), 0, 0),
        ("ZeroPadding2D(((1, 2), (3, 4)))", (5, 5, 1), (8, 12, 1), 0, 0),
    ],
)
def test_by_hand(
    line: str,
    shape: Shape,
    after: Shape,
    parameters: int,
    multiply_adds: int,
    network: Callable[..., Network],
) -> None:
    found = network(line, shape)
    assert found.output_shape == after
    assert found.parameters == found.trainable_parameters == parameters
    assert found.multiply_adds == multiply_adds


def test_weights_have_kerass_names_and_layouts(network: Callable[..., Network]) -> None:
    def layouts(line: str) -> dict[str, Shape]:
        return {name: w.shape for name, w in network(line, (9, 9, 4)).weights.items()}

    assert layouts("Conv2D(8, (3, 5), groups=2)") == {
        "conv2d/kernel": (3, 5, 2, 8),
        "conv2d/bias": (8,),
    }
    assert layouts("DepthwiseConv2D(3, depth_multiplier=2)") == {
        "depthwise_conv2d/kernel": (3, 3, 4, 2),
        "depthwise_conv2d/bias": (8,),
    }
    assert layouts("SeparableConv2D(8, 3, depth_multiplier=2)") == {
        "separable_conv2d/depthwise_kernel": (3, 3, 4, 2),
        "separable_conv2d/pointwise_kernel": (1, 1, 8, 8),
        "separable_conv2d/bias": (8,),
    }


def test_each_weight_has_its_own_start_and_penalty(network: Callable[..., Network]) -> None:
    weights = network(
        "SeparableConv2D(8, 3, depthwise_initializer='he_normal', pointwise_initializer='ones', "
        "bias_initializer=Constant(2), depthwise_regularizer='l1', pointwise_regularizer='l2', "
        "bias_regularizer=l1_l2(1, 2))"
    ).weights
    assert [w.initializer.name for w in weights.values()] == ["he_normal", "ones", "constant"]
    penalties = [weight.regularizer for weight in weights.values()]
    assert [(p.l1, p.l2) for p in penalties if p] == [(0.01, 0), (0, 0.01), (1, 2)]


@pytest.mark.parametrize(
    ("line", "shape", "message"),
    [
        ("Conv2D(4, 5)", (4, 9, 1), "a window of 5×5 does not fit into an input of 4×9"),
        ("Conv2D(4, 3, dilation_rate=4)", (8, 8, 1), "a window of 9×9 does not fit"),
        ("Conv2D(4, 3, groups=2)", (9, 9, 3), "3 channels cannot be shared by groups=2"),
        ("Conv2D(4, 3)", (9, 9), r"\(9, 9\) reaches it; add Reshape\(\(9, 9, 1\)\)"),
        ("DepthwiseConv2D(3)", (9,), r"but \(9,\) reaches it; add Reshape\(\(3, 3, 1\)\)"),
        ("SeparableConv2D(3, 3)", (8,), r"but \(8,\) reaches it$"),
        ("ZeroPadding2D(3)", (8, 8), "needs an input"),
        ("Conv2D(1, 3, padding='same', dilation_rate=5000)", (9, 9, 1), "larger than any picture"),
    ],
)
def test_shapes_that_do_not_fit(
    line: str, shape: Shape, message: str, network: Callable[..., Network]
) -> None:
    with pytest.raises(NetworkError, match=message) as caught:
        network(line, shape)
    assert str(caught.value).startswith("layer 1 " + line.split("(")[0])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Conv2D(4, 3, strides=2, dilation_rate=2)", "cannot both be above 1"),
        ("DepthwiseConv2D(3, (1, 2), dilation_rate=2)", "cannot both be above 1"),
        ("SeparableConv2D(4, 3, 2, dilation_rate=2)", "cannot both be above 1"),
        ("Conv2D(4, 3, groups=3)", "filters=4 cannot be shared by groups=3"),
    ],
)
def test_arguments_that_do_not_go_together(line: str, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        parse_layers(line)


def test_same_padding_gives_every_stride_its_window() -> None:
    for size, window, stride in itertools.product(range(1, 12), range(1, 8), range(1, 5)):
        before, after = same_padding(size, window, stride)
        padded = size + before + after
        outputs = -(-size // stride)
        assert padded == max(size, (outputs - 1) * stride + window)
        assert 0 <= after - before <= 1, "the odd zero goes to the end"


def test_dilated() -> None:
    assert dilated((3, 5), (1, 2)) == (3, 9)


def test_sides() -> None:
    assert sides(1) == sides((1, 1)) == sides(((1, 1), (1, 1))) == ((1, 1), (1, 1))
    assert sides([1, 2]) == ((1, 1), (2, 2))
    for bad in (-1, True, (1,), (1, 2, 3), ((1, 2, 3), (1, 1)), "1", (1.0, 2)):
        with pytest.raises(ValueError, match="expected whole numbers"):
            sides(bad)
    with pytest.raises(InputError, match="ZeroPadding2D: padding=-1"):
        parse_layers("ZeroPadding2D(-1)")
