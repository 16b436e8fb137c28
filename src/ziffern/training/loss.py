"""What an answer costs in training: cross-entropy, and something else for pictures of no digit.

A picture that is no digit has the label `NO_DIGIT`. There are two ways to learn from it, so that a
network's confidence tells whether there is a digit at all:

Without a background class its target is the same probability for every class (outlier exposure:
Hendrycks, Mazeika, Dietterich 2019, "Deep Anomaly Detection with Outlier Exposure").

With one it is a class of its own, whose logit is always 0 and needs no weights; the digits' logits
rise above it or fall below. A digit between two classes is then told from what is no digit. (A
class for all else: Zhang, LeCun 2017, "Universum Prescription"; that the sum of the powers tells
more than the largest share: Liu et al. 2020, "Energy-based Out-of-distribution Detection".)
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from ziffern.classes import NO_DIGIT


def losses(
    logits: Tensor,
    labels: Tensor,
    *,
    smoothing: float = 0.0,
    nondigits: bool = True,
    background_class: bool = False,
) -> Tensor:
    """Return what each answer costs, in nats, (N,).

    Args:
        logits: (N, C).
        labels: int64 (N,), 0 … C - 1 or `NO_DIGIT`. Without a background class that costs 0 where
            all classes are alike.
        smoothing: share of a target that is spread over all classes, the background with them.
        nondigits: whether `NO_DIGIT` may be among the labels; without, it is one quick step.
        background_class: whether there is a further class, of the constant logit 0.
    """
    if background_class:
        logits = functional.pad(logits.float(), (0, 1))
        labels = torch.where(labels == NO_DIGIT, logits.shape[1] - 1, labels)
        nondigits = False
    if not nondigits:
        return functional.cross_entropy(logits, labels, reduction="none", label_smoothing=smoothing)
    log_shares = functional.log_softmax(logits.float(), dim=1)
    even = -log_shares.mean(dim=1)
    right = -log_shares.gather(1, labels.clamp_min(0).unsqueeze(1)).squeeze(1)
    digit = torch.lerp(right, even, smoothing)
    return torch.where(labels == NO_DIGIT, even - math.log(logits.shape[1]), digit)


def correct(
    logits: Tensor, labels: Tensor, *, nondigits: bool = True, background_class: bool = False
) -> Tensor:
    """Return which answers are right, bool (N,); arguments as for `losses`.

    A picture of no digit is answered rightly where no class has more than half.
    """
    if not nondigits:
        return logits.argmax(1) == labels
    logits = functional.pad(logits.float(), (0, 1), value=0.0 if background_class else -torch.inf)
    shares, classes = torch.softmax(logits, dim=1)[:, :-1].max(dim=1)
    return torch.where(labels == NO_DIGIT, shares <= 0.5, classes == labels)
