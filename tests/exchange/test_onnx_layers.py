"""ONNX Runtime gives for every layer what Keras gives (golden values) and what PyTorch gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from random_model import random_weights

from ziffern.exchange.onnx import session
from ziffern.exchange.onnx_graph import ACTIVATIONS, FLOAT, Graph, Node, Value
from ziffern.exchange.onnx_layers import WRITERS, write_layers
from ziffern.exchange.onnx_writer import serialized
from ziffern.layers import ACTIVATIONS as NAMES
from ziffern.layers import VOCABULARY, Network, ParseError, Weights, parse_layers
from ziffern.training.network import TorchNetwork

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "keras_layers.npz", allow_pickle=False)


def in_runtime(network: Network, weights: Weights, data: np.ndarray) -> np.ndarray:
    """Run layers on values in the record's own layout, (N, H, W, C) for maps."""

    def turned(shape: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(shape[axis] for axis in axes) if len(shape) == 3 else shape

    graph = Graph(
        takes=Value("x", FLOAT, turned(network.input_shape, (2, 0, 1))),
        gives=Value("y", FLOAT, turned(network.output_shape, (2, 0, 1))),
    )
    end = write_layers(graph, network, weights, "x")
    graph.nodes.append(Node("Identity", (end,), ("y",), {}))
    content = serialized(graph, {})
    onnx.checker.check_model(content, full_check=True)
    fed = data.transpose(0, 3, 1, 2) if data.ndim == 4 else data
    (found,) = session(content, "layers").run(["y"], {"x": np.ascontiguousarray(fed)})
    return found.transpose(0, 2, 3, 1) if found.ndim == 4 else found


def in_torch(network: Network, weights: Weights, data: np.ndarray) -> np.ndarray:
    module = TorchNetwork(network, as_written=True)
    module.load_weights(weights)
    module.eval()
    with torch.inference_mode():
        found: np.ndarray = module(torch.from_numpy(data)).numpy()
    return found


def network_of(text: str, shape: tuple[int, ...]) -> Network:
    return Network([layer for _, layer in parse_layers(text)], shape)


def test_every_layer_and_activation_has_a_writer() -> None:
    assert set(WRITERS) == set(VOCABULARY.values())
    assert set(ACTIVATIONS) == set(NAMES) - {"linear", "softmax"}


def ours() -> list[str]:
    """The golden cases whose layer is in our vocabulary."""
    found = []
    for name in sorted(GOLDEN.files):
        if name.endswith("/layer"):
            try:
                parse_layers(str(GOLDEN[name]))
            except ParseError:
                continue
            found.append(name.removesuffix("/layer"))
    return found


@pytest.mark.parametrize("case", ours())
def test_same_outputs_as_keras(case: str) -> None:
    data = GOLDEN[f"{case}/input"].astype(np.float32)
    network = network_of(str(GOLDEN[f"{case}/layer"]), data.shape[1:])
    prefix = f"{case}/weight/"
    weights = {
        f"{network.stages[0].name}/{name.removeprefix(prefix)}": GOLDEN[name].astype(np.float32)
        for name in GOLDEN.files
        if name.startswith(prefix)
    }
    found = in_runtime(network, weights, data)
    np.testing.assert_allclose(found, GOLDEN[f"{case}/output"], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("Activation('threshold')", (4, 3)),
        ("Conv2D(4, 3, activation='softmax')", (6, 5, 2)),
        ("Conv2D(6, 3, padding='same', groups=3, activation='gelu')", (6, 5, 9)),
        ("Residual([Dense(4, activation='tanh'), Dense(6)])", (6,)),
        (
            "Residual([Conv2D(4, 3, strides=2, padding='same'), BatchNormalization()], "
            "shortcut=[Conv2D(4, 1, strides=2)])\nResidual([Residual([Conv2D(4, 1)])])",
            (7, 6, 3),
        ),
        ("Reshape((4, 3, 2))\nConv2D(2, 2)\nFlatten()", (24,)),
        ("Reshape((4, 6, 1))\nConv2D(2, 2)\nReshape((5, 6))", (24,)),
        ("Reshape((1, 1, 24))\nConv2D(3, 1)\nFlatten()", (6, 4)),
        ("Conv2D(4, 3)\nReshape((2, 6, 4))\nReshape((4, 3, 4))", (6, 5, 2)),
        ("Input((24,))\nDense(3)", (2, 3, 4)),
        ("GlobalMaxPooling2D(keepdims=True)\nConv2D(3, 1)", (4, 5, 2)),
        ("LSTM(5, return_sequences=True)\nGRU(4, go_backwards=True)\nDense(3)", (6, 5)),
        ("SimpleRNN(4, activation='relu', return_sequences=True, go_backwards=True)", (6, 5)),
        ("BatchNormalization()\nLayerNormalization()\nSpatialDropout2D(0.5)", (3, 4, 2)),
        ("AveragePooling2D(5, strides=2, padding='same')", (7, 3, 2)),
        ("MaxPooling2D(2, strides=3, padding='same')", (7, 6, 2)),
        ("Rescaling(1./255)\nZeroPadding2D(((0, 2), (1, 0)))", (4, 5, 3)),
    ],
)
def test_same_outputs_as_pytorch(text: str, shape: tuple[int, ...]) -> None:
    network = network_of(text, shape)
    weights = random_weights(network)
    data = np.random.default_rng(0).normal(0, 1, (3, *shape)).astype(np.float32)
    data.flat[::7] = 0  # where the step function jumps
    found = in_runtime(network, weights, data)
    assert found.shape == (3, *network.output_shape)
    np.testing.assert_allclose(found, in_torch(network, weights, data), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "softmax"])
def test_activations_far_out(name: str) -> None:
    network = network_of(f"Activation('{name}')", (9,))
    data = np.array([[-90, -20, -3, -1e-3, 0, 1e-3, 3, 20, 80]], np.float32)
    np.testing.assert_allclose(
        in_runtime(network, {}, data), in_torch(network, {}, data), rtol=1e-4, atol=1e-6
    )


def test_dropout_leaves_no_node() -> None:
    network = network_of("Dropout(0.5)\nDense(3)\nDropout(0.2)", (4,))
    graph = Graph(Value("x", FLOAT, (4,)), Value("y", FLOAT, (3,)))
    assert write_layers(graph, network, random_weights(network), "x") == "dense/Gemm"
    assert [node.operator for node in graph.nodes] == ["Gemm"]
    assert list(graph.constants) == ["dense/kernel", "dense/bias"]
