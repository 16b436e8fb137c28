"""Pooling over windows and over whole maps."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ziffern import layers
from ziffern.layers import Shape
from ziffern.training.modules.base import ACTIVATIONS, Activation
from ziffern.training.modules.convolution import Conv2D, split_padding
from ziffern.training.modules.dense import Function


def _loses_relu(module: nn.Module) -> bool:
    """Take the relu away from a convolution or a layer of its own; False where there is none."""
    if isinstance(module, Conv2D) and module.activation is ACTIVATIONS["relu"]:
        module.activation = None
    elif isinstance(module, Function) and module.function is functional.relu:
        module.function = lambda x: x
    else:
        return False
    return True


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

    def take_relu_from(self, before: nn.Module) -> None:
        """Apply the relu that comes before, after pooling: on a quarter of the values.

        relu(max(x)) = max(relu(x)), and the gradients agree as well.
        """
        if self.maximum and _loses_relu(before):
            self.activation = ACTIVATIONS["relu"]

    def forward(self, x: Tensor) -> Tensor:
        if self.maximum:
            if self.before is not None:
                x = functional.pad(x, self.before, value=float("-inf"))
            halved = self.window == self.step == (2, 2) and self.padding in (0, (0, 0))
            if halved and not torch.is_grad_enabled():
                x = largest_of_four(x)
            elif halved and self.activation is not None and PositiveMaximum.takes(x):
                return PositiveMaximum.apply(x)  # type: ignore[no-untyped-call, no-any-return]
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

    Twice as fast as PyTorch's pooling, which keeps the places of the maxima for a backward pass.
    """
    height, width = x.shape[2] // 2 * 2, x.shape[3] // 2 * 2
    top = torch.maximum(x[:, :, 0:height:2, 0:width:2], x[:, :, 0:height:2, 1:width:2])
    bottom = torch.maximum(x[:, :, 1:height:2, 0:width:2], x[:, :, 1:height:2, 1:width:2])
    return torch.maximum(top, bottom)


class PositiveMaximum(torch.autograd.Function):
    """relu and the maximum of each 2×2 window in bfloat16, computed on the bits as integers.

    Bit patterns of numbers that are not negative have the order of the numbers and negative ones
    stand below them, and processors have vectors of integers where PyTorch widens bfloat16 number
    by number. The gradient goes to the upper of equal rows, then to the left of equal columns.

    For the way back two differences are kept, of the upper row from the larger one and of the left
    column: zero where the gradient goes, negative where it goes to the other. They are half and a
    quarter of the maps, which need not be kept; PyTorch's pooling keeps maps and 64-bit places,
    fills with zeros and then scatters.
    """

    @staticmethod
    def takes(x: Tensor) -> bool:
        """Tell whether `x` is what this class is made for: bfloat16 (N, C, H, W) on a CPU."""
        return (
            x.dtype == torch.bfloat16
            and x.device.type == "cpu"
            and x.is_contiguous(memory_format=torch.channels_last)
            and min(x.shape[2:]) >= 2
        )

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        number, channels, height, width = x.shape
        top, bottom = _rows(x.permute(0, 2, 3, 1).view(torch.int16)).unbind(2)
        # relu first: the difference of two numbers that are not negative cannot overflow
        larger = torch.maximum(top, bottom).clamp_(min=0)
        left, right = larger.view(number, height // 2, width // 2, 2, channels).unbind(3)
        largest = torch.maximum(left, right)
        columns = left - largest
        rows = torch.sub(top.clamp(min=0), larger, out=larger)
        ctx.save_for_backward(rows, columns, largest)
        ctx.shape = (number, height, width, channels)
        return largest.view(torch.bfloat16).permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        rows, columns, largest = ctx.saved_tensors
        _, height, width, _ = ctx.shape
        passed = torch.ops.aten.threshold_backward  # the gradient where a value is above a limit
        came = gradient.contiguous(memory_format=torch.channels_last).permute(0, 2, 3, 1)
        came = passed(came.view(torch.int16), largest, 0)  # nothing flows where relu gave zero
        pairs = came.new_empty((*came.shape[:3], 2, came.shape[3]))
        left, right = pairs.unbind(3)
        passed.grad_input(came, columns, -1, grad_input=left)
        torch.sub(came, left, out=right)  # bits less the same bits, or less nothing
        odd = height % 2 or width % 2
        whole: Tensor = (came.new_zeros if odd else came.new_empty)(ctx.shape)
        top, bottom = _rows(whole).unbind(2)
        came = pairs.view(rows.shape)
        passed.grad_input(came, rows, -1, grad_input=top)
        torch.sub(came, top, out=bottom)
        return whole.view(torch.bfloat16).permute(0, 3, 1, 2)


def _rows(x: Tensor) -> Tensor:
    """View (N, H, W, C) as pairs of rows (N, H/2, 2, W, C), without an odd last row or column."""
    height, width = x.shape[1] // 2, x.shape[2] // 2
    rows: Tensor = x[:, : 2 * height, : 2 * width].unflatten(1, (height, 2))  # type: ignore[no-untyped-call]
    return rows


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
        self.activation: Activation | None = None

    def take_relu_from(self, before: nn.Module) -> None:
        """Apply the relu that comes before, after pooling (as in `Pooling2D`)."""
        if self.maximum and _loses_relu(before):
            self.activation = ACTIVATIONS["relu"]

    def forward(self, x: Tensor) -> Tensor:
        x = self._pooled(x)
        return x if self.activation is None else self.activation(x)

    def _pooled(self, x: Tensor) -> Tensor:
        if self.maximum and torch.is_grad_enabled():
            # as one window: the gradient of `amax` looks for equals, which takes four times as long
            x = functional.max_pool2d(x, x.shape[2:])
            return x if self.keepdims else x.flatten(1)
        if self.maximum:
            return x.amax((2, 3), self.keepdims)
        return x.mean((2, 3), self.keepdims)
