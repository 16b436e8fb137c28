"""Batch normalisation (Ioffe & Szegedy 2015)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ziffern.scratch.base import Array, Layer

if TYPE_CHECKING:
    from ziffern.layers.normalization import BatchNormalization as Record


class BatchNormalization(Layer):
    """Brings each channel to mean 0 and variance 1 over the batch, then scales and shifts it."""

    def __init__(self, record: Record, weights: dict[str, Array]) -> None:
        super().__init__()
        self.weights = weights  # gamma and beta as far as switched on, moving_mean, moving_variance
        self.momentum, self.epsilon = record.momentum, record.epsilon

    def forward(self, x: Array, *, training: bool = False) -> Array:
        """y = γ·x̂ + β,  x̂ = (x − μ)/√(σ² + ε).

        μ and σ² of a channel: in training those of the batch (over pictures, rows and columns),
        later the moving ones, which take up 1 − momentum of the batch's at each step.
        """
        mean, variance = self.weights["moving_mean"], self.weights["moving_variance"]
        if training:
            over = tuple(range(x.ndim - 1))
            moving = ((mean, x.mean(axis=over)), (variance, x.var(axis=over)))
            for kept, new in moving:
                kept += (1 - self.momentum) * (new - kept)
            mean, variance = (new for _, new in moving)
        self.deviation = np.sqrt(variance + self.epsilon)
        self.normal = (x - mean) / self.deviation
        y: Array = self.weights.get("gamma", 1) * self.normal + self.weights.get("beta", 0)
        return y

    def backward(self, error: Array) -> Array:
        """∂E/∂γ = Σ x̂·δ,  ∂E/∂β = Σ δ,  ∂E/∂x = γ/√(σ² + ε)·(δ − mean δ − x̂·mean(x̂·δ)).

        δ is `error`, ∂E/∂y; sums and means are over the batch, for a channel each. The two means
        are there because x also moves μ and σ²: what all values of a channel have in common, and
        what would only stretch them, is normalised away and cannot change the loss.
        """
        over = tuple(range(error.ndim - 1))
        if "gamma" in self.weights:
            self.gradients["gamma"] = (self.normal * error).sum(axis=over)
        if "beta" in self.weights:
            self.gradients["beta"] = error.sum(axis=over)
        common, stretch = error.mean(axis=over), (self.normal * error).mean(axis=over)
        slope = self.weights.get("gamma", 1) / self.deviation
        back: Array = slope * (error - common - self.normal * stretch)
        return back
