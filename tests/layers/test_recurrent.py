"""Recurrent layers: shapes, weights and cost by hand, and Keras's start of the forget gate."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ziffern.layers import Network, NetworkError, ParseError, Shape, parse_layers


@pytest.mark.parametrize(
    ("line", "shape", "after", "parameters", "multiply_adds"),
    [
        # the cheat sheet's: 28 rows of 28 pixels
        ("LSTM(128)", (28, 28), (128,), 4 * 128 * (28 + 128) + 512, 28 * 4 * 128 * 156),
        ("LSTM(3, return_sequences=True)", (5, 4), (5, 3), 4 * 3 * 7 + 12, 5 * 4 * 3 * 7),
        ("LSTM(3, use_bias=False)", (5, 4), (3,), 84, 420),
        # two rows of biases: Keras's reset_after=True
        ("GRU(3)", (5, 4), (3,), 3 * 3 * 7 + 18, 5 * 3 * 3 * 7),
        ("SimpleRNN(3)", (5, 4), (3,), 3 * 7 + 3, 5 * 3 * 7),
        ("SimpleRNN(3, 'relu', go_backwards=True)", (5, 4), (3,), 24, 105),
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


@pytest.mark.parametrize(("kind", "gates"), [("LSTM", 4), ("GRU", 3), ("SimpleRNN", 1)])
def test_names_and_layouts(kind: str, gates: int, network: Callable[..., Network]) -> None:
    weights = network(f"{kind}(3, name='cell')", (5, 4)).weights
    bias = (2, 3 * gates) if kind == "GRU" else (3 * gates,)
    assert {name: weight.shape for name, weight in weights.items()} == {
        "cell/kernel": (4, 3 * gates),
        "cell/recurrent_kernel": (3, 3 * gates),
        "cell/bias": bias,
    }


@pytest.mark.parametrize(
    ("arguments", "bias"),
    [
        ("", [0, 0, 1, 1, 0, 0, 0, 0]),
        (", bias_initializer='zeros'", [0, 0, 1, 1, 0, 0, 0, 0]),
        (", unit_forget_bias=False", [0] * 8),
        (", bias_initializer='ones'", [1] * 8),
        (", unit_forget_bias=False, bias_initializer=Constant(2)", [2] * 8),
    ],
)
def test_start_of_the_forget_gate(
    arguments: str, bias: list[int], network: Callable[..., Network]
) -> None:
    start = network(f"LSTM(2{arguments})", (5, 4)).initial_weights(0)
    assert start["lstm/bias"].tolist() == bias


def test_recurrent_kernels_start_orthogonal(network: Callable[..., Network]) -> None:
    start = network("LSTM(8)", (5, 4)).initial_weights(0)["lstm/recurrent_kernel"]
    np.testing.assert_allclose(start @ start.T, np.eye(8), atol=1e-6)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("LSTM(3, activation='relu')", "activation='relu': only 'tanh' is possible in LSTM"),
        ("GRU(3, 'relu')", "only 'tanh' is possible in GRU"),
        ("SimpleRNN(3, 'sigmoid')", "activation='sigmoid': unknown name; known: relu, tanh"),
        ("LSTM(3, bias_initializer='normal')", "needs unit_forget_bias=False"),
        ("LSTM(3, dropout=1)", "dropout=1: expected a share"),
        ("LSTM(3, kernel_initializer='forget_ones')", "unknown initialiser 'forget_ones'"),
    ],
)
def test_what_is_refused(line: str, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        parse_layers(line)


def test_pictures_need_to_become_rows(network: Callable[..., Network]) -> None:
    with pytest.raises(NetworkError, match=r"add Reshape\(\(28, 28\)\) before it"):
        network("LSTM(3)")
    assert network("Reshape((28, 28))\nLSTM(3)").output_shape == (3,)
