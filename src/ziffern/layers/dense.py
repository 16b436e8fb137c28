"""Fully connected layers and the layers that only rearrange or drop values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ziffern.layers.base import (
    Layer,
    Shape,
    ShapeError,
    Weight,
    activation,
    activation_name,
    arg,
    boolean,
    initial,
    initializer,
    need_rank,
    number,
    optional_name,
    optional_regularizer,
    rate,
    whole,
)
from ziffern.layers.initializers import Initializer
from ziffern.layers.regularizers import Regularizer


@dataclass(frozen=True)
class Dense(Layer):
    """``activation(inputs · kernel + bias)`` over the last dimension."""

    units: int = arg(whole)
    activation: str | None = arg(activation, None)
    use_bias: bool = arg(boolean, True)
    kernel_initializer: Initializer = arg(initializer, initial("glorot_uniform"))
    bias_initializer: Initializer = arg(initializer, initial("zeros"))
    kernel_regularizer: Regularizer | None = arg(optional_regularizer, None)
    bias_regularizer: Regularizer | None = arg(optional_regularizer, None)
    name: str | None = arg(optional_name, None)

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], self.units)

    def weights(self, shape: Shape) -> Mapping[str, Weight]:
        kernel = Weight(
            (shape[-1], self.units),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
        )
        bias = Weight((self.units,), self.bias_initializer, regularizer=self.bias_regularizer)
        return {"kernel": kernel, "bias": bias} if self.use_bias else {"kernel": kernel}

    def multiply_adds(self, shape: Shape) -> int:
        return math.prod(shape) * self.units


@dataclass(frozen=True)
class Activation(Layer):
    """An activation function as a layer of its own."""

    activation: str = arg(activation_name)
    name: str | None = arg(optional_name, None)


@dataclass(frozen=True)
class Dropout(Layer):
    """Drops a share of the values in training and scales up the rest (Srivastava et al. 2014)."""

    rate: float = arg(rate)
    name: str | None = arg(optional_name, None)


@dataclass(frozen=True)
class SpatialDropout2D(Layer):
    """Drops whole channels in training (Tompson et al. 2015)."""

    rate: float = arg(rate)
    name: str | None = arg(optional_name, None)

    def output_shape(self, shape: Shape) -> Shape:
        need_rank(self, shape, 3, "(height, width, channels)")
        return shape


@dataclass(frozen=True)
class Flatten(Layer):
    """All dimensions in one, channels varying fastest."""

    name: str | None = arg(optional_name, None)

    def output_shape(self, shape: Shape) -> Shape:
        return (math.prod(shape),)


def target_shape(value: Any) -> Shape:
    """A shape such as (28, 28, 1); one number means (number,); one -1 is worked out."""
    items = tuple(value) if isinstance(value, list | tuple) else (value,)
    good = all(isinstance(i, int) and not isinstance(i, bool) and (i > 0 or i == -1) for i in items)
    if not items or not good or items.count(-1) > 1:
        raise ValueError("expected a shape such as (28, 28, 1), with at most one -1")
    return items


@dataclass(frozen=True)
class Reshape(Layer):
    """The same values in another shape."""

    target_shape: Shape = arg(target_shape)
    name: str | None = arg(optional_name, None)

    def output_shape(self, shape: Shape) -> Shape:
        values = math.prod(shape)
        known = math.prod(size for size in self.target_shape if size != -1)
        if -1 in self.target_shape and values % known == 0:
            return tuple(values // known if size == -1 else size for size in self.target_shape)
        if -1 in self.target_shape or values != known:
            raise ShapeError(
                f"cannot turn {shape} ({values} values) into {self.target_shape} ({known} values)"
            )
        return self.target_shape


@dataclass(frozen=True)
class Rescaling(Layer):
    """``inputs · scale + offset``, for instance ``Rescaling(1./255)`` on raw grey values."""

    scale: float = arg(number)
    offset: float = arg(number, 0.0)
    name: str | None = arg(optional_name, None)


def input_shape(value: Any) -> Shape:
    """A shape such as (28, 28, 1)."""
    items = target_shape(value)
    if -1 in items:
        raise ValueError("expected a shape such as (28, 28, 1)")
    return items


@dataclass(frozen=True)
class Input(Layer):
    """States the shape of the network's input, as notebooks do; checked, otherwise without effect.

    Ziffern always feeds (28, 28, 1); another shape with as many values is given by reshaping.
    """

    keras_name = "input_layer"

    shape: Shape = arg(input_shape)
    name: str | None = arg(optional_name, None)

    def output_shape(self, shape: Shape) -> Shape:
        if math.prod(shape) != math.prod(self.shape):
            raise ShapeError(f"the network is fed {shape}, which is not {self.shape}")
        return self.shape
