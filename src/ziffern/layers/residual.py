"""A block whose input is added to its output (He et al. 2016).

    Residual([
        Conv2D(32, 3, padding='same', use_bias=False),
        BatchNormalization(),
        Activation('relu'),
        Conv2D(32, 3, padding='same'),
    ])

`shortcut` lists layers on the way around, for instance ``[Conv2D(64, 1, strides=2)]`` where the
block changes the shape; without it the input itself is added.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ziffern.layers.base import Layer, Shape, ShapeError, Weight, arg, optional_name
from ziffern.layers.network import Network


def branch(value: Any) -> tuple[Layer, ...]:
    """A list of layers."""
    if not isinstance(value, list | tuple) or not all(isinstance(item, Layer) for item in value):
        raise ValueError("expected a list of layers, such as [Conv2D(32, 3, padding='same')]")
    return tuple(value)


def filled_branch(value: Any) -> tuple[Layer, ...]:
    """A list of at least one layer."""
    if not (layers := branch(value)):
        raise ValueError("expected at least one layer")
    return layers


@dataclass(frozen=True)
class Residual(Layer):
    """``body(inputs) + shortcut(inputs)``."""

    body: tuple[Layer, ...] = arg(filled_branch)
    shortcut: tuple[Layer, ...] = arg(branch, ())
    name: str | None = arg(optional_name, None)

    def branches(self, shape: Shape) -> dict[str, Network]:
        """Return the networks of `body` and `shortcut` for an input of `shape`."""
        return {
            "body": Network(self.body, shape),
            "shortcut": Network(self.shortcut, shape),
        }

    def output_shape(self, shape: Shape) -> Shape:
        ends = {name: network.output_shape for name, network in self.branches(shape).items()}
        if ends["body"] != ends["shortcut"]:
            raise ShapeError(
                f"the body ends in {ends['body']} but the shortcut in {ends['shortcut']}"
                + _advice(shape, ends["body"])
            )
        return ends["body"]

    def weights(self, shape: Shape) -> Mapping[str, Weight]:
        return {
            f"{branch}/{name}": weight
            for branch, network in self.branches(shape).items()
            for name, weight in network.weights.items()
        }

    def multiply_adds(self, shape: Shape) -> int:
        return sum(network.multiply_adds for network in self.branches(shape).values())


def _advice(shape: Shape, wanted: Shape) -> str:
    """Name a shortcut of one layer that leads from one shape to the other, where there is one."""
    if len(shape) == 3 and len(wanted) == 3:
        for stride in (1, 2, 4):
            if tuple(math.ceil(side / stride) for side in shape[:2]) == wanted[:2]:
                strides = f", strides={stride}" if stride > 1 else ""
                return f"; give shortcut=[Conv2D({wanted[2]}, 1{strides})]"
        return "; use padding='same' in the body"
    if len(shape) == len(wanted) and shape[:-1] == wanted[:-1]:
        return f"; give shortcut=[Dense({wanted[-1]})]"
    return ""
