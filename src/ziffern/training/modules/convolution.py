"""Convolutions, with TensorFlow's asymmetric `same` padding."""

from __future__ import annotations

from typing import Any, ClassVar

from torch import Tensor, nn
from torch.nn import functional

from ziffern import layers
from ziffern.layers import Shape
from ziffern.layers.convolution import dilated, same_padding
from ziffern.training.modules.base import Array, Weighted, activation


def split_padding(shape: Shape, window: Any, strides: Any, how: str) -> tuple[Any, Any]:
    """Return (padding PyTorch does itself, padding (left, right, top, bottom) done before)."""
    if how == "valid":
        return 0, None
    top, bottom = same_padding(shape[0], window[0], strides[0])
    left, right = same_padding(shape[1], window[1], strides[1])
    if top == bottom and left == right:
        return (top, left), None
    return 0, (left, right, top, bottom)


class Conv2D(Weighted):
    """Convolution; the first one may see single-channel pictures."""

    permutations: ClassVar = {"kernel": (3, 2, 0, 1)}
    parameter_names: ClassVar = {"kernel": "conv.weight", "bias": "conv.bias"}

    def __init__(self, layer: layers.convolution.Conv2D, shape: Shape) -> None:
        super().__init__()
        extent = dilated(layer.kernel_size, layer.dilation_rate)
        padding, self.before = split_padding(shape, extent, layer.strides, layer.padding)
        self.conv = nn.Conv2d(
            shape[2],
            layer.filters,
            layer.kernel_size,
            layer.strides,
            padding,
            layer.dilation_rate,
            layer.groups,
            layer.use_bias,
        )
        self.activation = activation(layer.activation, 3)

    def forward(self, x: Tensor) -> Tensor:
        if self.before is not None:
            x = functional.pad(x, self.before)
        x = self.conv(x)
        return x if self.activation is None else self.activation(x)


def depthwise_into(array: Array) -> Array:
    """(h, w, in, multiplier) → (in·multiplier, 1, h, w)."""
    height, width, channels, multiplier = array.shape
    return array.transpose(2, 3, 0, 1).reshape(channels * multiplier, 1, height, width)


def depthwise_outof(array: Array, multiplier: int) -> Array:
    """(in·multiplier, 1, h, w) → (h, w, in, multiplier)."""
    outputs, _, height, width = array.shape
    return array.reshape(outputs // multiplier, multiplier, height, width).transpose(2, 3, 0, 1)


class DepthwiseConv2D(Weighted):
    """One kernel per channel."""

    parameter_names: ClassVar = {"kernel": "conv.weight", "bias": "conv.bias"}

    def __init__(self, layer: layers.convolution.DepthwiseConv2D, shape: Shape) -> None:
        super().__init__()
        extent = dilated(layer.kernel_size, layer.dilation_rate)
        padding, self.before = split_padding(shape, extent, layer.strides, layer.padding)
        self.multiplier = layer.depth_multiplier
        self.conv = nn.Conv2d(
            shape[2],
            shape[2] * layer.depth_multiplier,
            layer.kernel_size,
            layer.strides,
            padding,
            layer.dilation_rate,
            groups=shape[2],
            bias=layer.use_bias,
        )
        self.activation = activation(layer.activation, 3)

    forward = Conv2D.forward

    def into(self, short: str, array: Array) -> Array:
        return depthwise_into(array) if short == "kernel" else array

    def outof(self, short: str, array: Array) -> Array:
        return depthwise_outof(array, self.multiplier) if short == "kernel" else array


class SeparableConv2D(Weighted):
    """Depthwise, then 1×1."""

    permutations: ClassVar = {"pointwise_kernel": (3, 2, 0, 1)}
    parameter_names: ClassVar = {
        "depthwise_kernel": "conv.weight",
        "pointwise_kernel": "pointwise.weight",
        "bias": "pointwise.bias",
    }

    def __init__(self, layer: layers.convolution.SeparableConv2D, shape: Shape) -> None:
        super().__init__()
        extent = dilated(layer.kernel_size, layer.dilation_rate)
        padding, self.before = split_padding(shape, extent, layer.strides, layer.padding)
        self.multiplier = layer.depth_multiplier
        middle = shape[2] * layer.depth_multiplier
        self.conv = nn.Conv2d(
            shape[2],
            middle,
            layer.kernel_size,
            layer.strides,
            padding,
            layer.dilation_rate,
            groups=shape[2],
            bias=False,
        )
        self.pointwise = nn.Conv2d(middle, layer.filters, 1, bias=layer.use_bias)
        self.activation = activation(layer.activation, 3)

    def forward(self, x: Tensor) -> Tensor:
        if self.before is not None:
            x = functional.pad(x, self.before)
        x = self.pointwise(self.conv(x))
        return x if self.activation is None else self.activation(x)

    def into(self, short: str, array: Array) -> Array:
        return depthwise_into(array) if short == "depthwise_kernel" else super().into(short, array)

    def outof(self, short: str, array: Array) -> Array:
        if short == "depthwise_kernel":
            return depthwise_outof(array, self.multiplier)
        return super().outof(short, array)
