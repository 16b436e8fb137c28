"""Weights of normalising layers, worked out by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ziffern.layers import Network, ParseError, Shape, parse_layers


@pytest.mark.parametrize(
    ("line", "shape", "parameters", "trainable"),
    [
        ("BatchNormalization()", (4, 4, 3), 12, 6),
        ("BatchNormalization(scale=False)", (4, 4, 3), 9, 3),
        ("BatchNormalization(center=False)", (4, 4, 3), 9, 3),
        ("BatchNormalization(center=False, scale=False)", (5,), 10, 0),
        ("LayerNormalization()", (4, 4, 3), 6, 6),
        ("LayerNormalization(center=False)", (7,), 7, 7),
        ("LayerNormalization(scale=False)", (7,), 7, 7),
    ],
)
def test_by_hand(
    line: str, shape: Shape, parameters: int, trainable: int, network: Callable[..., Network]
) -> None:
    found = network(line, shape)
    assert found.output_shape == shape
    assert (found.parameters, found.trainable_parameters) == (parameters, trainable)
    assert found.multiply_adds == 0


def test_names_and_starts(network: Callable[..., Network]) -> None:
    records = network("BatchNormalization(gamma_initializer='zeros')", (2,))
    start = {name: array.tolist() for name, array in records.initial_weights(0).items()}
    assert start == {
        "batch_normalization/gamma": [0, 0],
        "batch_normalization/beta": [0, 0],
        "batch_normalization/moving_mean": [0, 0],
        "batch_normalization/moving_variance": [1, 1],
    }


@pytest.mark.parametrize(
    "line",
    ["BatchNormalization(1.5)", "BatchNormalization(epsilon=0)", "LayerNormalization(epsilon=-1)"],
)
def test_values_out_of_range(line: str) -> None:
    with pytest.raises(ParseError, match="expected a number"):
        parse_layers(line)
