"""The activation functions with their derivatives, and the layers that apply them.

    sigmoid = FUNCTIONS["sigmoid"]
    y = sigmoid.value(x)
    slope = sigmoid.slope(x, y)          # dy/dx = y·(1 − y)

A derivative is given x and y, because many are simplest in terms of what the function gave. Softmax
is a layer of its own: each of its values depends on all the others.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ziffern.scratch.base import Array, Layer

LEAK = 0.2  # Keras's slope of leaky_relu for x < 0
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805  # Klambauer et al. 2017


@dataclass(frozen=True)
class Function:
    """A function of single values, f(x), with its derivative f′(x, y) where y = f(x)."""

    formula: str
    derivative: str
    value: Callable[[Array], Array]
    slope: Callable[[Array, Array], Array]


def sigmoid(x: Array) -> Array:
    """Return 1/(1 + e^−x); for x < 0 written as e^x/(1 + e^x), so that no power overflows."""
    power = np.exp(-np.abs(x))
    y: Array = np.where(x >= 0, 1, power) / (1 + power)
    return y


def normal_share(x: Array) -> Array:
    """Return Φ(x), the share of a normal distribution below x. NumPy has no error function."""
    share = np.vectorize(math.erf, otypes=[np.float64])(x / math.sqrt(2))
    y: Array = (0.5 + 0.5 * share).astype(x.dtype)
    return y


def normal_density(x: Array) -> Array:
    """Return φ(x) = e^(−x²/2)/√(2π), the derivative of Φ."""
    y: Array = np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)
    return y


def below_zero(x: Array) -> Array:
    """Return e^x − 1 for x < 0, 0 else: the lower half of elu, without overflow above."""
    y: Array = np.expm1(np.minimum(x, 0))
    return y


def where(
    condition: NDArray[np.bool_], then: Array | float, otherwise: Array | float, x: Array
) -> Array:
    """Return `then` where the condition holds, else `otherwise`, in the float type of x."""
    return np.where(condition, np.asarray(then, x.dtype), np.asarray(otherwise, x.dtype))


FUNCTIONS: dict[str, Function] = {
    "linear": Function("x", "1", lambda x: x, lambda x, y: np.ones_like(x)),
    "relu": Function(
        "max(x, 0)", "1 for x > 0, else 0",
        lambda x: np.maximum(x, 0), lambda x, y: where(x > 0, 1, 0, x),
    ),
    "relu6": Function(
        "min(max(x, 0), 6)", "1 for 0 < x < 6, else 0",
        lambda x: np.clip(x, 0, 6), lambda x, y: where((x > 0) & (x < 6), 1, 0, x),
    ),
    "leaky_relu": Function(
        "x for x > 0, else 0.2·x", "1 for x > 0, else 0.2",
        lambda x: np.maximum(x, LEAK * x), lambda x, y: where(x > 0, 1, LEAK, x),
    ),
    "elu": Function(
        "x for x > 0, else e^x − 1", "1 for x > 0, else y + 1",
        lambda x: np.maximum(x, 0) + below_zero(x), lambda x, y: where(x > 0, 1, y + 1, x),
    ),
    "selu": Function(
        "1.0507·(x for x > 0, else 1.6733·(e^x − 1))", "1.0507 for x > 0, else y + 1.7581",
        lambda x: SELU_SCALE * (np.maximum(x, 0) + SELU_ALPHA * below_zero(x)),
        lambda x, y: where(x > 0, SELU_SCALE, y + SELU_SCALE * SELU_ALPHA, x),
    ),
    "gelu": Function(
        "x·Φ(x), Φ: share of a normal distribution below x", "Φ(x) + x·φ(x)",
        lambda x: x * normal_share(x), lambda x, y: normal_share(x) + x * normal_density(x),
    ),
    "silu": Function(
        "x·sigmoid(x)", "y + sigmoid(x)·(1 − y)",
        lambda x: x * sigmoid(x), lambda x, y: y + sigmoid(x) * (1 - y),
    ),
    "sigmoid": Function("1/(1 + e^−x)", "y·(1 − y)", sigmoid, lambda x, y: y * (1 - y)),
    "hard_sigmoid": Function(
        "x/6 + 1/2, cut at 0 and 1", "1/6 for −3 < x < 3, else 0",
        lambda x: np.clip(x / 6 + 0.5, 0, 1), lambda x, y: where(np.abs(x) < 3, 1 / 6, 0, x),
    ),
    "hard_silu": Function(
        "x·(x/6 + 1/2, cut at 0 and 1)", "0 for x < −3, 1 for x > 3, else x/3 + 1/2",
        lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
        lambda x, y: where(np.abs(x) < 3, x / 3 + 0.5, where(x > 0, 1, 0, x), x),
    ),
    "tanh": Function("(e^x − e^−x)/(e^x + e^−x)", "1 − y²", np.tanh, lambda x, y: 1 - y * y),
    "softplus": Function(
        "ln(1 + e^x)", "sigmoid(x)",
        lambda x: np.logaddexp(x, np.zeros_like(x)), lambda x, y: sigmoid(x),
    ),
    "softsign": Function(
        "x/(1 + |x|)", "1/(1 + |x|)²",
        lambda x: x / (1 + np.abs(x)), lambda x, y: (1 - np.abs(y)) ** 2,
    ),
    "exponential": Function("e^x", "y", np.exp, lambda x, y: y),
    "threshold": Function(
        "1 for x ≥ 0, else 0", "0 everywhere: nothing is learnt through it",
        lambda x: where(x >= 0, 1, 0, x), lambda x, y: np.zeros_like(x),
    ),
}  # fmt: skip
"""Every activation of `ziffern.layers.ACTIVATIONS` but softmax."""


class Activation(Layer):
    """One of `FUNCTIONS`, by its name, for each value on its own."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.function = name, FUNCTIONS[name]

    def forward(self, x: Array, *, training: bool = False) -> Array:
        """y = f(x)."""
        self.x, self.y = x, self.function.value(x)
        return self.y

    def backward(self, error: Array) -> Array:
        """∂E/∂x = f′(x)·∂E/∂y."""
        return self.function.slope(self.x, self.y) * error


def softmax(x: Array) -> Array:
    """Turn scores (…, C) into probabilities that sum to 1: e^x_k / Σ_j e^x_j.

    The largest score is subtracted first. That changes nothing, but no power overflows.
    """
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    y: Array = powers / powers.sum(axis=-1, keepdims=True)
    return y


class Softmax(Layer):
    """Softmax over the last dimension, where it is not the network's end (there, see `loss`)."""

    def forward(self, x: Array, *, training: bool = False) -> Array:
        """y_k = e^x_k / Σ_j e^x_j."""
        self.y = softmax(x)
        return self.y

    def backward(self, error: Array) -> Array:
        """∂E/∂x_k = y_k·(∂E/∂y_k − Σ_j y_j·∂E/∂y_j).

        Because ∂y_j/∂x_k is y_k·(1 − y_k) for j = k and −y_j·y_k else: what one class gains the
        others lose.
        """
        together = (self.y * error).sum(axis=-1, keepdims=True)
        back: Array = self.y * (error - together)
        return back


def layer_of(name: str) -> Layer:
    """Return the layer that applies the activation called `name`."""
    return Softmax() if name == "softmax" else Activation(name)
