"""The fully connected layer."""

from __future__ import annotations

from ziffern.scratch.base import Array, Layer


class Dense(Layer):
    """A matrix product and a bias; the activation after it is a layer of its own."""

    def __init__(self, weights: dict[str, Array]) -> None:
        super().__init__()
        self.weights = weights  # kernel (inputs, units), and bias (units,) if there is one

    def forward(self, x: Array, *, training: bool = False) -> Array:
        """z_k = Σ_j x_j·w_jk + b_k:  (N, …, inputs) → (N, …, units)."""
        self.x = x
        z = x @ self.weights["kernel"]
        return z + self.weights["bias"] if "bias" in self.weights else z

    def backward(self, error: Array) -> Array:
        """∂E/∂w_jk = Σ_n x_j·δ_k,  ∂E/∂b_k = Σ_n δ_k,  ∂E/∂x_j = Σ_k w_jk·δ_k.

        δ_k is `error`, ∂E/∂z_k; n runs over the batch. The error of an input is the sum of the
        errors it leads to, by the same weights that led there.
        """
        kernel = self.weights["kernel"]
        x, delta = self.x.reshape(-1, kernel.shape[0]), error.reshape(-1, kernel.shape[1])
        self.gradients["kernel"] = x.T @ delta
        if "bias" in self.weights:
            self.gradients["bias"] = delta.sum(axis=0)
        return error @ kernel.T
