"""Batch and layer normalisation as Keras computes them."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from ziffern import layers
from ziffern.layers import Shape
from ziffern.training.modules.base import Weighted, channels_first, channels_last


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
