"""What an answer costs in training: cross-entropy, for pictures of no digit the distance to "even".

A picture that is no digit has the label `NO_DIGIT`. Its target is the same probability for every
class (outlier exposure: Hendrycks, Mazeika, Dietterich 2019, "Deep Anomaly Detection with Outlier
Exposure"), so that a network's confidence tells whether there is a digit at all.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from ziffern.datasets.parts import NO_DIGIT


def losses(
    logits: Tensor, labels: Tensor, *, smoothing: float = 0.0, nondigits: bool = True
) -> Tensor:
    """Return what each answer costs, in nats, (N,).

    Args:
        logits: (N, C).
        labels: int64 (N,), 0 … C - 1 or `NO_DIGIT`, whose cost is 0 where all classes are alike.
        smoothing: share of a digit's target that is spread over all classes.
        nondigits: whether `NO_DIGIT` may be among the labels; without, it is one quick step.
    """
    if not nondigits:
        return functional.cross_entropy(logits, labels, reduction="none", label_smoothing=smoothing)
    log_shares = functional.log_softmax(logits.float(), dim=1)
    even = -log_shares.mean(dim=1)
    right = -log_shares.gather(1, labels.clamp_min(0).unsqueeze(1)).squeeze(1)
    digit = torch.lerp(right, even, smoothing)
    return torch.where(labels == NO_DIGIT, even - math.log(logits.shape[1]), digit)


def correct(logits: Tensor, labels: Tensor, *, nondigits: bool = True) -> Tensor:
    """Return which answers are right, bool (N,); arguments as for `losses`.

    A picture of no digit is answered rightly where no class has more than half.
    """
    if not nondigits:
        return logits.argmax(1) == labels
    shares, classes = torch.softmax(logits.float(), dim=1).max(dim=1)
    return torch.where(labels == NO_DIGIT, shares <= 0.5, classes == labels)
