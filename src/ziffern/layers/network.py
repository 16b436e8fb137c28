"""A list of layers put together: names, shapes, weights and cost of each, and a check that all fit.

A `Network` is still data; interpreters read it. It does not compute anything.
"""

from __future__ import annotations

import html
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ziffern.errors import InputError
from ziffern.layers.base import Layer, Shape, ShapeError, Weight, shown

Weights = dict[str, NDArray[np.float32]]
"""All weight arrays of a network by full name, such as ``conv2d_1/kernel``, in Keras's layout."""

MOST_WEIGHTS = 1_000_000_000
"""Of one layer: 4 GB. A zero too many in a recipe should not take a machine down."""
MOST_OUTPUTS = 10_000_000
"""Numbers that one layer may make of one picture: 40 MB."""


class NetworkError(InputError):
    """A layer does not fit where it stands; `index` says which (from 0)."""

    def __init__(self, index: int, message: str) -> None:
        self.index = index
        super().__init__(message)


@dataclass(frozen=True)
class Stage:
    """One layer in its place: its unique name and the shapes before and after it."""

    name: str
    layer: Layer
    input_shape: Shape
    output_shape: Shape

    @property
    def kind(self) -> str:
        """The layer's type, such as `Conv2D`."""
        return type(self.layer).__name__

    @cached_property
    def weights(self) -> Mapping[str, Weight]:
        """The layer's weights by short name."""
        return self.layer.weights(self.input_shape)

    @property
    def parameters(self) -> int:
        """Number of weight values, those that are not trained included (as Keras counts)."""
        return sum(weight.size for weight in self.weights.values())

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds for one sample."""
        return self.layer.multiply_adds(self.input_shape)


class Network:
    """A sequence of layers for inputs of one shape.

    Raises:
        NetworkError: a layer cannot take the shape that reaches it or would be monstrously large,
            or two layers have the same name.
    """

    def __init__(self, layers: Sequence[Layer], input_shape: Shape = (28, 28, 1)) -> None:
        self.input_shape = input_shape
        stages: list[Stage] = []
        counts: dict[str, int] = {}
        taken: set[str] = set()
        shape = input_shape
        for index, layer in enumerate(layers):
            where = f"layer {index + 1} {shown(layer)}"
            name: str | None = getattr(layer, "name", None)
            if name is None:
                count = counts.get(layer.stem, 0)
                counts[layer.stem] = count + 1
                name = f"{layer.stem}_{count}" if count else layer.stem
            if name in taken:
                raise NetworkError(index, f"{where}: the name {name!r} is taken already")
            taken.add(name)
            try:
                stage = Stage(name, layer, shape, layer.output_shape(shape))
                parameters = stage.parameters
            except (ShapeError, NetworkError) as error:
                raise NetworkError(index, f"{where}: {error}") from error
            if parameters > MOST_WEIGHTS:
                raise NetworkError(
                    index, f"{where}: needs {parameters:,} weights, more than {MOST_WEIGHTS:,}"
                )
            if (outputs := math.prod(stage.output_shape)) > MOST_OUTPUTS:
                raise NetworkError(
                    index,
                    f"{where}: makes {outputs:,} numbers of each picture, more than "
                    f"{MOST_OUTPUTS:,}",
                )
            stages.append(stage)
            shape = stage.output_shape
        self.stages = tuple(stages)
        self.output_shape = shape

    @cached_property
    def weights(self) -> dict[str, Weight]:
        """All weights by full name, in order."""
        return {
            f"{stage.name}/{short}": weight
            for stage in self.stages
            for short, weight in stage.weights.items()
        }

    @property
    def parameters(self) -> int:
        """Number of weight values, those that are not trained included."""
        return sum(stage.parameters for stage in self.stages)

    @property
    def trainable_parameters(self) -> int:
        """Number of weight values that training changes."""
        return sum(weight.size for weight in self.weights.values() if weight.trainable)

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds for one sample."""
        return sum(stage.multiply_adds for stage in self.stages)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(stage.name)}</td><td>{html.escape(str(stage.layer))}</td>"
            f"<td>{stage.output_shape}</td><td>{stage.parameters:,}</td></tr>"
            for stage in self.stages
        )
        return (
            f"{self.parameters:,} parameters"
            "<table><tr><th>name</th><th>layer</th><th>output shape</th><th>parameters</th></tr>"
            f"{rows}</table>"
        )

    def initial_weights(self, seed: int) -> Weights:
        """Draw the weights that training starts from.

        Each array has a random stream of its own, made from the seed and its name, so a layer
        added at the end does not change the start of the others.
        """
        drawn = {}
        for name, weight in self.weights.items():
            rng = np.random.Generator(np.random.PCG64([seed, zlib.crc32(name.encode())]))
            drawn[name] = weight.initializer.draw(weight.shape, rng)
        return drawn
