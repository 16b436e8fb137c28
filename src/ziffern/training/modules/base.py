"""What all modules share: activation functions, memory layouts, exchange of weights.

A module takes and gives (N, C, H, W) in channels_last memory where the record says
(height, width, channels), and the record's own shape otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

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
    "hard_silu": functional.hardswish,
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
