"""LSTM, GRU and SimpleRNN on PyTorch's cells, weights in Keras's order."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ziffern import layers
from ziffern.layers import Shape
from ziffern.training.modules.base import Array, Weighted


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
