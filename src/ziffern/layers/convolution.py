"""Convolutions and zero padding."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ziffern.layers.base import (
    Layer,
    Pair,
    Shape,
    ShapeError,
    Weight,
    activation,
    arg,
    boolean,
    initial,
    initializer,
    need_rank,
    optional_name,
    optional_regularizer,
    padding,
    pair,
    whole,
)
from ziffern.layers.initializers import Initializer
from ziffern.layers.regularizers import Regularizer

LARGEST_WINDOW = 1000  # with padding='same' the input is padded to it


def window_output(layer: Layer, shape: Shape, window: Pair, strides: Pair, how: str) -> Pair:
    """Return height and width after sliding a `window` over `shape` (height, width, channels).

    Raises:
        ShapeError: the window is larger than the input, or absurdly large with padding.
    """
    need_rank(layer, shape, 3, "(height, width, channels)")
    if max(window) > LARGEST_WINDOW:
        raise ShapeError(f"a window of {window[0]}×{window[1]} is larger than any picture here")
    if how == "same":
        return math.ceil(shape[0] / strides[0]), math.ceil(shape[1] / strides[1])
    if window[0] > shape[0] or window[1] > shape[1]:
        raise ShapeError(
            f"a window of {window[0]}×{window[1]} does not fit into an input of "
            f"{shape[0]}×{shape[1]}; use padding='same' or fewer poolings before it"
        )
    return (shape[0] - window[0]) // strides[0] + 1, (shape[1] - window[1]) // strides[1] + 1


def same_padding(size: int, window: int, stride: int) -> Pair:
    """Return the zeros before and after one dimension for ``padding='same'``.

    The odd zero goes to the end, as in TensorFlow.

    >>> same_padding(28, 3, 2), same_padding(28, 6, 2)
    ((0, 1), (2, 2))
    """
    total = max(0, (math.ceil(size / stride) - 1) * stride + window - size)
    return total // 2, total - total // 2


def dilated(kernel: Pair, rate: Pair) -> Pair:
    """Return the extent of a kernel whose taps are `rate` apart."""
    return (kernel[0] - 1) * rate[0] + 1, (kernel[1] - 1) * rate[1] + 1


def check_dilation(strides: Pair, rate: Pair) -> None:
    """Refuse strides together with dilation, as Keras does."""
    if max(strides) > 1 and max(rate) > 1:
        raise ValueError("strides and dilation_rate cannot both be above 1")


@dataclass(frozen=True)
class Conv2D(Layer):
    """Two-dimensional convolution (LeCun et al. 1989); kernel (height, width, in, filters)."""

    filters: int = arg(whole)
    kernel_size: Pair = arg(pair)
    strides: Pair = arg(pair, (1, 1))
    padding: str = arg(padding, "valid")
    dilation_rate: Pair = arg(pair, (1, 1))
    groups: int = arg(whole, 1)
    activation: str | None = arg(activation, None)
    use_bias: bool = arg(boolean, True)
    kernel_initializer: Initializer = arg(initializer, initial("glorot_uniform"))
    bias_initializer: Initializer = arg(initializer, initial("zeros"))
    kernel_regularizer: Regularizer | None = arg(optional_regularizer, None)
    bias_regularizer: Regularizer | None = arg(optional_regularizer, None)
    name: str | None = arg(optional_name, None)

    def check(self) -> None:
        check_dilation(self.strides, self.dilation_rate)
        if self.filters % self.groups:
            raise ValueError(f"filters={self.filters} cannot be shared by groups={self.groups}")

    def output_shape(self, shape: Shape) -> Shape:
        extent = dilated(self.kernel_size, self.dilation_rate)
        height, width = window_output(self, shape, extent, self.strides, self.padding)
        if shape[2] % self.groups:
            raise ShapeError(f"{shape[2]} channels cannot be shared by groups={self.groups}")
        return height, width, self.filters

    def weights(self, shape: Shape) -> Mapping[str, Weight]:
        kernel = Weight(
            (*self.kernel_size, shape[2] // self.groups, self.filters),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
        )
        bias = Weight((self.filters,), self.bias_initializer, regularizer=self.bias_regularizer)
        return {"kernel": kernel, "bias": bias} if self.use_bias else {"kernel": kernel}

    def multiply_adds(self, shape: Shape) -> int:
        height, width, _ = self.output_shape(shape)
        return height * width * self.weights(shape)["kernel"].size


@dataclass(frozen=True)
class DepthwiseConv2D(Layer):
    """One kernel per input channel; kernel (height, width, in, depth_multiplier)."""

    kernel_size: Pair = arg(pair)
    strides: Pair = arg(pair, (1, 1))
    padding: str = arg(padding, "valid")
    depth_multiplier: int = arg(whole, 1)
    dilation_rate: Pair = arg(pair, (1, 1))
    activation: str | None = arg(activation, None)
    use_bias: bool = arg(boolean, True)
    depthwise_initializer: Initializer = arg(initializer, initial("glorot_uniform"))
    bias_initializer: Initializer = arg(initializer, initial("zeros"))
    depthwise_regularizer: Regularizer | None = arg(optional_regularizer, None)
    bias_regularizer: Regularizer | None = arg(optional_regularizer, None)
    name: str | None = arg(optional_name, None)

    def check(self) -> None:
        check_dilation(self.strides, self.dilation_rate)

    def output_shape(self, shape: Shape) -> Shape:
        extent = dilated(self.kernel_size, self.dilation_rate)
        height, width = window_output(self, shape, extent, self.strides, self.padding)
        return height, width, shape[2] * self.depth_multiplier

    def weights(self, shape: Shape) -> Mapping[str, Weight]:
        kernel = Weight(
            (*self.kernel_size, shape[2], self.depth_multiplier),
            self.depthwise_initializer,
            regularizer=self.depthwise_regularizer,
        )
        channels = shape[2] * self.depth_multiplier
        bias = Weight((channels,), self.bias_initializer, regularizer=self.bias_regularizer)
        return {"kernel": kernel, "bias": bias} if self.use_bias else {"kernel": kernel}

    def multiply_adds(self, shape: Shape) -> int:
        height, width, _ = self.output_shape(shape)
        return height * width * self.weights(shape)["kernel"].size


@dataclass(frozen=True)
class SeparableConv2D(Layer):
    """A depthwise convolution followed by a 1×1 convolution (Chollet 2017)."""

    filters: int = arg(whole)
    kernel_size: Pair = arg(pair)
    strides: Pair = arg(pair, (1, 1))
    padding: str = arg(padding, "valid")
    dilation_rate: Pair = arg(pair, (1, 1))
    depth_multiplier: int = arg(whole, 1)
    activation: str | None = arg(activation, None)
    use_bias: bool = arg(boolean, True)
    depthwise_initializer: Initializer = arg(initializer, initial("glorot_uniform"))
    pointwise_initializer: Initializer = arg(initializer, initial("glorot_uniform"))
    bias_initializer: Initializer = arg(initializer, initial("zeros"))
    depthwise_regularizer: Regularizer | None = arg(optional_regularizer, None)
    pointwise_regularizer: Regularizer | None = arg(optional_regularizer, None)
    bias_regularizer: Regularizer | None = arg(optional_regularizer, None)
    name: str | None = arg(optional_name, None)

    def check(self) -> None:
        check_dilation(self.strides, self.dilation_rate)

    def output_shape(self, shape: Shape) -> Shape:
        extent = dilated(self.kernel_size, self.dilation_rate)
        return *window_output(self, shape, extent, self.strides, self.padding), self.filters

    def weights(self, shape: Shape) -> Mapping[str, Weight]:
        middle = shape[2] * self.depth_multiplier
        found = {
            "depthwise_kernel": Weight(
                (*self.kernel_size, shape[2], self.depth_multiplier),
                self.depthwise_initializer,
                regularizer=self.depthwise_regularizer,
            ),
            "pointwise_kernel": Weight(
                (1, 1, middle, self.filters),
                self.pointwise_initializer,
                regularizer=self.pointwise_regularizer,
            ),
        }
        if self.use_bias:
            found["bias"] = Weight(
                (self.filters,), self.bias_initializer, regularizer=self.bias_regularizer
            )
        return found

    def multiply_adds(self, shape: Shape) -> int:
        height, width, _ = self.output_shape(shape)
        kernels = self.weights(shape)
        return (
            height * width * (kernels["depthwise_kernel"].size + kernels["pointwise_kernel"].size)
        )


Sides = tuple[Pair, Pair]


def sides(value: Any) -> Sides:
    """1, (1, 2) for vertical and horizontal, or ((top, bottom), (left, right))."""

    def side(item: Any) -> Pair:
        items = item if isinstance(item, list | tuple) else (item, item)
        good = all(isinstance(i, int) and not isinstance(i, bool) and i >= 0 for i in items)
        if len(items) != 2 or not good:
            raise ValueError("expected whole numbers such as 1, (1, 2) or ((1, 1), (2, 2))")
        return items[0], items[1]

    if isinstance(value, list | tuple):
        if len(value) != 2:
            raise ValueError("expected whole numbers such as 1, (1, 2) or ((1, 1), (2, 2))")
        return side(value[0]), side(value[1])
    return side(value), side(value)


@dataclass(frozen=True)
class ZeroPadding2D(Layer):
    """Zeros around the picture: all sides, (vertical, horizontal) or each of four."""

    padding: Sides = arg(sides, ((1, 1), (1, 1)))
    name: str | None = arg(optional_name, None)

    def output_shape(self, shape: Shape) -> Shape:
        need_rank(self, shape, 3, "(height, width, channels)")
        (top, bottom), (left, right) = self.padding
        return shape[0] + top + bottom, shape[1] + left + right, shape[2]
