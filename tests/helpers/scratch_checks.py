"""Gradients in plain NumPy, held against PyTorch's and against difference quotients."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ziffern import layers
from ziffern.layers import parse_layers
from ziffern.scratch.network import Network
from ziffern.training.modules.base import channels_first, channels_last
from ziffern.training.network import TorchNetwork

Floats = NDArray[np.float64]


def records(text: str, shape: tuple[int, ...]) -> layers.Network:
    return layers.Network([layer for _, layer in parse_layers(text)], shape)


def random_weights(network: layers.Network, seed: int = 0) -> layers.Weights:
    """Weights of which none is 0 or 1 by chance; variances stay positive."""
    rng = np.random.default_rng(seed)
    return {
        name: (
            rng.uniform(0.5, 1.5, weight.shape)
            if "variance" in name
            else rng.normal(0, 0.6, weight.shape)
        ).astype(np.float32)
        for name, weight in network.weights.items()
    }


def check_layers(
    text: str, shape: tuple[int, ...], *, double: bool = True, exact: float = 1e-10
) -> None:
    """Hold outputs and all gradients of some layers against PyTorch's and difference quotients.

    PyTorch computes in float64, or with `double` off in float32; ours is always float64. `exact` is
    how far outputs and errors may be apart; PyTorch's gradients of weights come out as float32.
    """
    # a softmax at the end would be left out
    network = records(text + "\nRescaling(1.0)", shape)
    weights = random_weights(network)
    rng = np.random.default_rng(1)
    x = rng.normal(0, 1, (3, *shape))
    # the loss is Σ error·y, so that ∂E/∂y is `error`
    error = rng.normal(0, 1, (3, *network.output_shape))
    ours = Network(network, weights, dtype=np.float64)
    y = ours.forward(x, training=True)
    assert y.shape == error.shape
    assert y.dtype == np.float64
    error_x = ours.backward(error)
    expected_y, expected_x, expected = torch_gradients(network, weights, x, error, double)
    np.testing.assert_allclose(y, expected_y, rtol=exact, atol=exact)
    np.testing.assert_allclose(error_x, expected_x, rtol=exact, atol=exact)
    assert ours.gradients.keys() == expected.keys()
    for name, gradient in expected.items():
        np.testing.assert_allclose(ours.gradients[name], gradient, rtol=1e-5, atol=1e-5)
    check_numerically(ours, x, error, rng)


def torch_gradients(
    network: layers.Network, weights: layers.Weights, x: Floats, error: Floats, double: bool
) -> tuple[Floats, Floats, layers.Weights]:
    """Outputs, ∂E/∂x and ∂E/∂w by PyTorch's autograd, for E = Σ error·y."""
    module = TorchNetwork(network, as_written=True)
    module.load_weights(weights)
    kind = torch.float64 if double else torch.float32
    module.to(kind).train()
    given = torch.tensor(x, dtype=kind, requires_grad=True)
    y = module.stages(channels_first(given) if x.ndim == 4 else given)
    y = channels_last(y) if y.ndim == 4 else y
    (y * torch.tensor(error, dtype=kind)).sum().backward()
    trained = {name for name, weight in network.weights.items() if weight.trainable}
    with torch.no_grad():
        for name, tensor in module.tensors().items():
            if name in trained:  # in the weights' place, gradients come out in Keras's layout
                tensor.copy_(torch.zeros_like(tensor) if tensor.grad is None else tensor.grad)
    found = {name: array for name, array in module.weights().items() if name in trained}
    assert given.grad is not None
    return y.detach().numpy(), given.grad.numpy(), found


def check_numerically(
    network: Network, x: Floats, error: Floats, rng: np.random.Generator, places: int = 4
) -> None:
    """Compare some gradients with (E(w + h) − E(w − h)) / 2h."""

    def loss() -> float:
        kept = {name: array.copy() for name, array in network.weights.items()}
        value = float((error * network.forward(x, training=True)).sum())
        for name, array in network.weights.items():  # moving statistics have moved
            array[...] = kept[name]
        return value

    loss()
    network.forward(x, training=True)
    error_x = network.backward(error)
    pairs: list[tuple[Any, Any]] = [(x, error_x)]
    pairs += [(network.weights[name], found) for name, found in network.gradients.items()]
    for values, gradient in pairs:
        for place in rng.choice(values.size, min(places, values.size), replace=False):
            kept, h = values.flat[place], 1e-6
            values.flat[place] = kept + h
            above = loss()
            values.flat[place] = kept - h
            below = loss()
            values.flat[place] = kept
            assert abs((above - below) / (2 * h) - gradient.flat[place]) < 1e-5 * max(
                1.0, abs(gradient.flat[place])
            )
