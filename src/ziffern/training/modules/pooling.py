"""Pooling over windows and over whole maps."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ziffern import layers
from ziffern.layers import Shape
from ziffern.training.modules.base import ACTIVATIONS, Activation
from ziffern.training.modules.convolution import Conv2D, split_padding


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

    def take_relu_from(self, before: Conv2D) -> None:
        """Apply the relu of the convolution before, after pooling: on a quarter of the values.

        relu(max(x)) = max(relu(x)), and the gradients agree as well.
        """
        if self.maximum and before.activation is ACTIVATIONS["relu"]:
            self.activation, before.activation = before.activation, None

    def forward(self, x: Tensor) -> Tensor:
        if self.maximum:
            if self.before is not None:
                x = functional.pad(x, self.before, value=float("-inf"))
            halved = self.window == self.step == (2, 2) and self.padding in (0, (0, 0))
            if halved and not torch.is_grad_enabled():
                x = largest_of_four(x)
            else:
                x = functional.max_pool2d(x, self.window, self.step, self.padding)
            return x if self.activation is None else self.activation(x)
        if self.count is not None:
            assert self.before is not None
            x = functional.avg_pool2d(functional.pad(x, self.before), self.window, self.step)
            return x / self.count.to(x.dtype)
        return functional.avg_pool2d(
            x, self.window, self.step, self.padding, count_include_pad=False
        )


def largest_of_four(x: Tensor) -> Tensor:
    """Return the maximum of each 2×2 window of maps (N, C, H, W); an odd last row is left out.

    Twice as fast as PyTorch's pooling, which keeps the places of the maxima for a backward pass;
    with one, that pooling is faster.
    """
    height, width = x.shape[2] // 2 * 2, x.shape[3] // 2 * 2
    top = torch.maximum(x[:, :, 0:height:2, 0:width:2], x[:, :, 0:height:2, 1:width:2])
    bottom = torch.maximum(x[:, :, 1:height:2, 0:width:2], x[:, :, 1:height:2, 1:width:2])
    return torch.maximum(top, bottom)


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
