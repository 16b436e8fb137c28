"""Fully connected layers and those that rearrange, drop or scale, worked out by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ziffern.layers import Network, NetworkError, ParseError, Shape, parse_layers


@pytest.mark.parametrize(
    ("line", "shape", "after", "parameters", "multiply_adds"),
    [
        ("Dense(10)", (784,), (10,), 7850, 7840),
        ("Dense(10, use_bias=False)", (784,), (10,), 7840, 7840),
        # over the last dimension, as Keras does: every row has the same weights
        ("Dense(5)", (3, 4), (3, 5), 25, 60),
        ("Activation('relu')", (3, 4), (3, 4), 0, 0),
        ("Dropout(0.5)", (3, 4), (3, 4), 0, 0),
        ("SpatialDropout2D(0.5)", (3, 4, 2), (3, 4, 2), 0, 0),
        ("Flatten()", (28, 28, 3), (2352,), 0, 0),
        ("Flatten()", (7,), (7,), 0, 0),
        ("Reshape((28, 28, 1))", (784,), (28, 28, 1), 0, 0),
        ("Reshape(784)", (28, 28, 1), (784,), 0, 0),
        ("Reshape((-1, 28))", (28, 28, 1), (28, 28), 0, 0),
        ("Rescaling(1./255)", (28, 28, 1), (28, 28, 1), 0, 0),
        ("Input((784,))", (28, 28, 1), (784,), 0, 0),
        ("Input(shape=(28, 28))", (28, 28, 1), (28, 28), 0, 0),
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


def test_dense_weights_are_inputs_by_outputs(network: Callable[..., Network]) -> None:
    weights = network("Dense(5, kernel_regularizer=l2(0.1), bias_initializer='ones')", (3,)).weights
    assert {name: weight.shape for name, weight in weights.items()} == {
        "dense/kernel": (3, 5),
        "dense/bias": (5,),
    }
    assert str(weights["dense/kernel"].regularizer) == "l2(0.1)"
    assert weights["dense/bias"].regularizer is None
    assert weights["dense/bias"].initializer.name == "ones"


@pytest.mark.parametrize(
    ("line", "shape", "message"),
    [
        (
            "Reshape((28, 27))",
            (28, 28, 1),
            r"cannot turn \(28, 28, 1\) \(784 values\) into \(28, 27\) \(756 values\)",
        ),
        ("Reshape((-1, 27))", (28, 28, 1), r"into \(-1, 27\) \(27 values\)"),
        ("SpatialDropout2D(0.5)", (784,), r"add Reshape\(\(28, 28, 1\)\) before it"),
        ("Input((32, 32))", (28, 28, 1), r"fed \(28, 28, 1\), which is not \(32, 32\)"),
    ],
)
def test_shapes_that_do_not_fit(
    line: str, shape: Shape, message: str, network: Callable[..., Network]
) -> None:
    with pytest.raises(NetworkError, match=message):
        network(line, shape)


@pytest.mark.parametrize(
    "line",
    [
        "Reshape(())",
        "Reshape((0, 3))",
        "Reshape((-1, -1))",
        "Reshape((2.0, 3))",
        "Reshape('784')",
        "Reshape((True, 3))",
        "Input((None, 28))",
        "Input((-1, 28))",
    ],
)
def test_no_shapes(line: str) -> None:
    with pytest.raises(ParseError, match="expected a shape such as"):
        parse_layers(line)


@pytest.mark.parametrize("line", ["Dropout(1)", "Dropout(-0.1)", "Dropout('a')", "Dropout(50)"])
def test_no_shares(line: str) -> None:
    with pytest.raises(ParseError, match="expected a"):
        parse_layers(line)
