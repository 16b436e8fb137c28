"""One PyTorch module for each layer record, with Keras's behaviour and Keras's weights.

A module takes and gives (N, C, H, W) in channels_last memory where the record says
(height, width, channels), and the record's own shape otherwise. `Weighted` modules exchange their
weights in Keras's layout.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ziffern import layers
from ziffern.layers import Shape
from ziffern.layers.convolution import dilated, same_padding

Activation = Callable[[Tensor], Tensor]
Array = NDArray[np.float32]

ACTIVATIONS: dict[str, Activation] = {
    "relu": functional.relu_,
    "relu6": functional.relu6,
    "leaky_relu": lambda x: functional.leaky_relu(x, 0.2),
    "elu": functional.elu,
    "gelu": functional.gelu,
    "silu": functional.silu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "softplus": functional.softplus,
    "softsign": functional.softsign,
    "selu": functional.selu,
    "hard_sigmoid": functional.hardsigmoid,
    "exponential": torch.exp,
    "threshold": lambda x: (x >= 0).to(x.dtype),
}
"""All but softmax, which needs to know the rank. relu works in place: it follows a layer whose
backward pass does not need its output."""


def activation(name: str | None, rank: int) -> Activation | None:
    """Return the function of this name for outputs of `rank` dimensions without the batch."""
    if name is None:
        return None
    if name == "softmax":
        dimension = 1 if rank == 3 else -1  # maps hold their channels first
        return lambda x: functional.softmax(x.float(), dimension)
    return ACTIVATIONS[name]


def channels_last(x: Tensor) -> Tensor:
    """View maps (N, C, H, W) as (N, H, W, C)."""
    return x.permute(0, 2, 3, 1)


def channels_first(x: Tensor) -> Tensor:
    """View (N, H, W, C) as maps (N, C, H, W), in channels_last memory."""
    return x.permute(0, 3, 1, 2)


class Weighted(nn.Module):
    """A module with weights. `permutations` turns each of Keras's arrays into PyTorch's axes."""

    permutations: ClassVar[dict[str, tuple[int, ...]]] = {}
    parameter_names: ClassVar[dict[str, str]] = {}

    def tensors(self) -> dict[str, Tensor]:
        """Return parameters and buffers by Keras's short names."""
        names = self.state_dict(keep_vars=True)
        return {short: names[own] for short, own in self.parameter_names.items() if own in names}

    def into(self, short: str, array: Array) -> Array:
        """Turn an array from Keras's layout into the module's."""
        axes = self.permutations.get(short)
        return array if axes is None else array.transpose(axes)

    def outof(self, short: str, array: Array) -> Array:
        """Turn an array from the module's layout into Keras's."""
        axes = self.permutations.get(short)
        return array if axes is None else array.transpose(np.argsort(axes))


class Dense(Weighted):
    """Matrix product over the last dimension."""

    permutations: ClassVar = {"kernel": (1, 0)}
    parameter_names: ClassVar = {"kernel": "linear.weight", "bias": "linear.bias"}

    def __init__(self, layer: layers.dense.Dense, shape: Shape) -> None:
        super().__init__()
        self.linear = nn.Linear(shape[-1], layer.units, bias=layer.use_bias)
        self.activation = activation(layer.activation, len(shape))
        self.maps = len(shape) == 3

    def forward(self, x: Tensor) -> Tensor:
        x = channels_first(self.linear(channels_last(x))) if self.maps else self.linear(x)
        return x if self.activation is None else self.activation(x)


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

    def pass_relu_to(self, pooling: Pooling2D) -> None:
        """Let the maximum pooling that follows apply this layer's relu, on a quarter of the values.

        relu(max(x)) = max(relu(x)), and the gradients agree as well.
        """
        if self.activation is ACTIVATIONS["relu"] and pooling.maximum:
            self.activation, pooling.activation = None, self.activation

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


class Pooling2D(nn.Module):
    """Maximum or mean over windows; padding counts neither as value nor as number."""

    def __init__(
        self,
        layer: layers.pooling.MaxPooling2D | layers.pooling.AveragePooling2D,
        shape: Shape,
    ) -> None:
        super().__init__()
        self.maximum = isinstance(layer, layers.pooling.MaxPooling2D)
        self.window, self.step = layer.pool_size, layer.step
        self.padding, self.before = split_padding(shape, layer.pool_size, layer.step, layer.padding)
        self.activation: Activation | None = None
        self.count: Tensor | None
        self.register_buffer("count", None, persistent=False)
        if not self.maximum and self.before is not None:
            # the share of each window that lies inside the picture
            inside = functional.pad(torch.ones(1, 1, *shape[:2]), self.before)
            self.count = functional.avg_pool2d(inside, self.window, self.step)

    def forward(self, x: Tensor) -> Tensor:
        if self.maximum:
            if self.before is not None:
                x = functional.pad(x, self.before, value=float("-inf"))
            x = functional.max_pool2d(x, self.window, self.step, self.padding)
            return x if self.activation is None else self.activation(x)
        if self.count is not None:
            assert self.before is not None
            x = functional.avg_pool2d(functional.pad(x, self.before), self.window, self.step)
            return x / self.count.to(x.dtype)
        return functional.avg_pool2d(
            x, self.window, self.step, self.padding, count_include_pad=False
        )


class GlobalPooling2D(nn.Module):
    """Maximum or mean over each whole map."""

    def __init__(
        self,
        layer: layers.pooling.GlobalMaxPooling2D | layers.pooling.GlobalAveragePooling2D,
        shape: Shape,
    ) -> None:
        super().__init__()
        self.maximum = isinstance(layer, layers.pooling.GlobalMaxPooling2D)
        self.keepdims = layer.keepdims

    def forward(self, x: Tensor) -> Tensor:
        if self.maximum:
            return x.amax((2, 3), self.keepdims)
        return x.mean((2, 3), self.keepdims)


class BatchNormalization(Weighted):
    """Batch statistics in training, moving ones otherwise, updated as Keras does."""

    parameter_names: ClassVar = {
        "gamma": "gamma",
        "beta": "beta",
        "moving_mean": "moving_mean",
        "moving_variance": "moving_variance",
    }

    def __init__(self, layer: layers.normalization.BatchNormalization, shape: Shape) -> None:
        super().__init__()
        size = shape[-1]
        self.rate, self.epsilon = 1 - layer.momentum, layer.epsilon
        self.rows = len(shape) == 2
        # PyTorch mixes bfloat16 inputs with float32 weights only where weights are given, so
        # those that are switched off are constants
        for name, used, value in (
            ("gamma", layer.scale, torch.ones(size)),
            ("beta", layer.center, torch.zeros(size)),
        ):
            if used:
                self.register_parameter(name, nn.Parameter(value))
            else:
                self.register_buffer(name, value, persistent=False)
        self.gamma: Tensor
        self.beta: Tensor
        self.moving_mean: Tensor
        self.moving_variance: Tensor
        self.register_buffer("moving_mean", torch.zeros(size))
        self.register_buffer("moving_variance", torch.ones(size))

    def forward(self, x: Tensor) -> Tensor:
        if self.rows:
            steps = x.shape
            return self._normalised(x.reshape(-1, steps[-1])).view(steps)
        return self._normalised(x)

    def _normalised(self, x: Tensor) -> Tensor:
        if not self.training:
            return functional.batch_norm(
                x,
                self.moving_mean,
                self.moving_variance,
                self.gamma,
                self.beta,
                eps=self.epsilon,
            )
        # The statistics are moved here, because PyTorch would move towards the unbiased variance
        # (n/(n-1)), Keras towards the biased one.
        out, mean, inverse = torch.native_batch_norm(
            x, self.gamma, self.beta, None, None, True, self.rate, self.epsilon
        )
        with torch.no_grad():
            self.moving_mean.lerp_(mean, self.rate)
            self.moving_variance.lerp_(inverse.pow(-2) - self.epsilon, self.rate)
        return out


class LayerNormalization(Weighted):
    """Normalises over the last dimension (the channels of maps)."""

    parameter_names: ClassVar = {"gamma": "gamma", "beta": "beta"}

    def __init__(self, layer: layers.normalization.LayerNormalization, shape: Shape) -> None:
        super().__init__()
        size = shape[-1]
        self.epsilon, self.maps = layer.epsilon, len(shape) == 3
        self.gamma = nn.Parameter(torch.ones(size)) if layer.scale else None
        self.beta = nn.Parameter(torch.zeros(size)) if layer.center else None

    def forward(self, x: Tensor) -> Tensor:
        x = channels_last(x) if self.maps else x
        x = functional.layer_norm(x, x.shape[-1:], self.gamma, self.beta, self.epsilon)
        return channels_first(x) if self.maps else x


class Reshape(nn.Module):
    """Keras's order of values: channels vary fastest. On channels_last memory this is a view."""

    def __init__(self, before: Shape, after: Shape) -> None:
        super().__init__()
        self.maps_before, self.after = len(before) == 3, after

    def forward(self, x: Tensor) -> Tensor:
        x = channels_last(x) if self.maps_before else x
        x = x.reshape(x.shape[0], *self.after)
        return channels_first(x) if len(self.after) == 3 else x


class Dropout(nn.Module):
    """Drops values in training and scales up the rest.

    PyTorch draws one number of 32 bits a value for this, on one core, which took a twelfth of a
    step of CNN 101. On the CPU 16 bits a value are drawn, which is three times as fast; the rate is
    then a multiple of 1/65536, and the scale is that of the rate that holds.
    """

    def __init__(self, layer: layers.dense.Dropout) -> None:
        super().__init__()
        self.rate = layer.rate
        self.dropped = round(layer.rate * 65536)

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.rate == 0:
            return x
        maps = x.dim() == 4
        if x.device.type != "cpu" or not (channels_last(x) if maps else x).is_contiguous():
            return functional.dropout(x, self.rate)
        words = torch.empty((x.numel() + 3) // 4, dtype=torch.int64).random_(-(2**63), None)
        kept = words.view(torch.int16)[: x.numel()] >= self.dropped - 32768
        mask = kept.to(x.dtype).mul_(65536 / (65536 - self.dropped))
        if maps:
            return x * channels_first(mask.view(channels_last(x).shape))
        return x * mask.view(x.shape)


class Function(nn.Module):
    """A layer without weights that is one function."""

    def __init__(self, function: Activation) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


class Recurrent(Weighted):
    """LSTM, GRU and SimpleRNN over (N, steps, features), in float32.

    PyTorch and Keras order the gates of an LSTM alike; a GRU's first two are swapped. Where Keras
    has one bias, PyTorch's second one stays zero.
    """

    permutations: ClassVar = {"kernel": (1, 0), "recurrent_kernel": (1, 0)}

    def __init__(
        self,
        layer: layers.recurrent.LSTM | layers.recurrent.GRU | layers.recurrent.SimpleRNN,
        shape: Shape,
    ) -> None:
        super().__init__()
        self.layer = layer
        self.gru = isinstance(layer, layers.recurrent.GRU)
        kind: Any = nn.GRU if self.gru else nn.LSTM
        options: dict[str, Any] = {}
        if isinstance(layer, layers.recurrent.SimpleRNN):
            kind, options = nn.RNN, {"nonlinearity": layer.activation}
        self.cell = kind(shape[1], layer.units, batch_first=True, bias=layer.use_bias, **options)
        if layer.use_bias and not self.gru:
            self.cell.bias_hh_l0.requires_grad_(False).zero_()

    def tensors(self) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {
            "kernel": self.cell.weight_ih_l0,
            "recurrent_kernel": self.cell.weight_hh_l0,
        }
        if self.layer.use_bias:
            found["bias"] = self.cell.bias_ih_l0
            if self.gru:
                found["recurrent_bias"] = self.cell.bias_hh_l0
        return found

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            x = x.float()
            if self.layer.go_backwards:
                x = x.flip(1)
            if self.training and self.layer.dropout:
                kept = torch.ones_like(x[:, :1])
                x = x * functional.dropout(kept, self.layer.dropout)
            states: Tensor = self.cell(x)[0]
        return states if self.layer.return_sequences else states[:, -1]

    def into(self, short: str, array: Array) -> Array:
        return self._swapped(super().into(short, array))

    def outof(self, short: str, array: Array) -> Array:
        return super().outof(short, self._swapped(array))

    def _swapped(self, array: Array) -> Array:
        """Exchange the first two gates of a GRU; the gates are blocks of rows here."""
        if not self.gru:
            return array
        first, second, third = np.split(array, 3)
        return np.concatenate([second, first, third])


class Residual(nn.Module):
    """The body's output plus the shortcut's."""

    def __init__(self, body: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.body(x) + self.shortcut(x)
        return out
