"""The loss: softmax and cross-entropy in one, from the network's scores (logits)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ziffern.scratch.activations import softmax
from ziffern.scratch.base import Array


def cross_entropy(
    logits: Array, labels: NDArray[np.integer], *, label_smoothing: float = 0.0
) -> tuple[float, Array]:
    """Return the mean loss of a batch, in nats, and its error ∂E/∂logits, (N, C).

    E = −Σ_k t_k·ln p_k with p = softmax(logits) and the target t: 1 for the true class, 0 for the
    others. With smoothing s the target is 1 − s + s/C and s/C (Szegedy et al. 2016). The error is
    as simple as can be: is less should, ∂E/∂z_k = p_k − t_k; of the mean over N pictures, the Nth
    part of it.

    ln p_k is z_k − ln Σ_j e^z_j, so that no logarithm of a rounded 0 occurs.

    Args:
        logits: (N, C), any numbers.
        labels: (N,), true classes 0 to C − 1.
        label_smoothing: 0 to 1.
    """
    count, classes = logits.shape
    targets = np.full_like(logits, label_smoothing / classes)
    targets[np.arange(count), labels] += 1 - label_smoothing
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -(targets * log_probabilities).sum() / count
    return float(loss), (softmax(logits) - targets) / count
