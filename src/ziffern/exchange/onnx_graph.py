"""An ONNX graph as plain data, and the place in it where a layer writes its nodes.

    place = Place(graph, "dense", stage, {"kernel": kernel})
    out = place.node("MatMul", "x", place.constant("kernel", kernel))

Here are names, arrays and activation functions; what each layer is made of stands in
`ziffern.exchange.onnx_layers`, and `ziffern.exchange.onnx_writer` makes a file of a graph.
Operators are those of opset 17 (https://onnx.ai/onnx/operators/).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ziffern.layers import Shape, Stage

Array = NDArray[Any]
FLOAT, UINT8 = 1, 2  # ONNX's numbers for types


@dataclass(frozen=True)
class Node:
    """One operator: names of what goes in and comes out (empty: not wanted), and attributes."""

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]


@dataclass(frozen=True)
class Value:
    """What goes into a graph or comes out of it; the batch is not part of the shape."""

    name: str
    kind: int
    shape: Shape


@dataclass
class Graph:
    """Nodes in the order of computing, constants by name, and what goes in and comes out."""

    takes: Value
    gives: Value
    nodes: list[Node] = field(default_factory=list)
    constants: dict[str, Array] = field(default_factory=dict)
    _names: Counter[str] = field(default_factory=Counter)

    def name(self, wanted: str) -> str:
        """Return a name that is not taken yet: the wanted one, or that with a number."""
        self._names[wanted] += 1
        number = self._names[wanted]
        return wanted if number == 1 else self.name(f"{wanted}_{number}")


@dataclass(frozen=True)
class Place:
    """Where a layer stands in a graph: its full name, shapes, and weights by short name."""

    graph: Graph
    name: str
    stage: Stage
    weights: Mapping[str, Array]

    def node(self, operator: str, *inputs: str, output: int = 0, **attributes: Any) -> str:
        """Add a node and return the name of its only output, or of that with number `output`."""
        name = self.graph.name(f"{self.name}/{operator}")
        outputs = (*("",) * output, name)
        self.graph.nodes.append(Node(operator, inputs, outputs, attributes))
        return name

    def constant(self, short: str, array: Array) -> str:
        """Add a constant and return its name."""
        name = self.graph.name(f"{self.name}/{short}")
        self.graph.constants[name] = array
        return name

    def number(self, short: str, value: float) -> str:
        """Add a constant of one float32 number and return its name."""
        return self.constant(short, np.array(value, np.float32))

    def ints(self, short: str, *values: int) -> str:
        """Add a constant of 64-bit whole numbers, as shapes and places are given."""
        return self.constant(short, np.array(values, np.int64))

    def reshape(self, x: str, *shape: int) -> str:
        """Give the numbers of each picture another shape."""
        return self.node("Reshape", x, self.ints("shape", 0, *shape))  # 0: as many as come in

    def transpose(self, x: str, *axes: int) -> str:
        """Bring the axes into another order."""
        return self.node("Transpose", x, perm=axes)

    def channels_last(self, x: str) -> str:
        """(N, C, H, W) → (N, H, W, C)."""
        return self.transpose(x, 0, 2, 3, 1)

    def channels_first(self, x: str) -> str:
        """(N, H, W, C) → (N, C, H, W)."""
        return self.transpose(x, 0, 3, 1, 2)


def is_maps(shape: Shape) -> bool:
    """Whether a record's shape is (height, width, channels), which here is (N, C, H, W)."""
    return len(shape) == 3


def _gelu(place: Place, x: str) -> str:
    """x·Φ(x), exact (Hendrycks & Gimpel 2016)."""
    error = place.node("Erf", place.node("Div", x, place.number("root", 2**0.5)))
    share = place.node("Add", error, place.number("one", 1))
    return place.node("Mul", place.node("Mul", x, share), place.number("half", 0.5))


def _threshold(place: Place, x: str) -> str:
    step = place.node("GreaterOrEqual", x, place.number("zero", 0))
    return place.node("Cast", step, to=FLOAT)


def _one(operator: str, **attributes: Any) -> Callable[[Place, str], str]:
    return lambda place, x: place.node(operator, x, **attributes)


ACTIVATIONS: dict[str, Callable[[Place, str], str]] = {
    "relu": _one("Relu"),
    "relu6": lambda place, x: place.node(
        "Clip", x, place.number("least", 0), place.number("most", 6)
    ),
    "leaky_relu": _one("LeakyRelu", alpha=0.2),
    "elu": _one("Elu"),
    "gelu": _gelu,
    "silu": lambda place, x: place.node("Mul", x, place.node("Sigmoid", x)),
    "sigmoid": _one("Sigmoid"),
    "tanh": _one("Tanh"),
    "softplus": _one("Softplus"),
    "softsign": _one("Softsign"),
    "selu": _one("Selu"),
    "hard_sigmoid": _one("HardSigmoid", alpha=1 / 6, beta=0.5),
    "hard_silu": _one("HardSwish"),
    "exponential": _one("Exp"),
    "threshold": _threshold,
}
"""All but softmax, which needs to know the shape."""


def activated(place: Place, x: str, name: str | None) -> str:
    """Add an activation function by Keras's name behind the layer's output `x`."""
    if name in (None, "linear"):
        return x
    if name == "softmax":
        return place.node("Softmax", x, axis=1 if is_maps(place.stage.output_shape) else -1)
    return ACTIVATIONS[name](place, x)
