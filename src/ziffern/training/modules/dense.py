"""Dense layers, and those that rearrange, drop or change values one by one."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from ziffern import layers
from ziffern.layers import Shape
from ziffern.training.modules.base import (
    Activation,
    Weighted,
    activation,
    channels_first,
    channels_last,
)


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
