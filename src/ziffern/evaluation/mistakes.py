"""Which answers were wrong, and how badly: rankings of single samples and of pairs of classes.

Returns indices and counts; showing the pictures is the work of `ziffern.figures.mistakes`, asking
why an answer is wrong that of `causes`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ziffern.evaluation.metrics import Floats, Integers, checked


class ConfusedPair(NamedTuple):
    """`samples` of class `true` were taken for class `predicted`."""

    true: int
    predicted: int
    samples: int


def margins(labels: NDArray[np.integer], probabilities: NDArray[np.floating]) -> Floats:
    """Return p(predicted) − p(true) of every sample, float64 (N,) in 0…1; 0 where right.

    The ranking of source S2: near 1 the network was sure of something wrong.

    Raises:
        InputError: as `metrics.checked` does.
        WorkError: as `metrics.checked` does.
    """
    checked(labels, probabilities)
    p_true: Floats = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    p_predicted: Floats = probabilities.max(axis=1).astype(np.float64)
    return p_predicted - p_true


def wrong_indices(labels: NDArray[np.integer], probabilities: NDArray[np.floating]) -> Integers:
    """Return the indices of all wrong answers, the most wrong (greatest margin) first.

    Equal margins keep the order of the samples, so the ranking is the same everywhere.

    Raises:
        InputError: as `metrics.checked` does.
        WorkError: as `metrics.checked` does.
    """
    margin = margins(labels, probabilities)
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[np.argsort(-margin[wrong], kind="stable")].astype(np.int64)


def right_indices(labels: NDArray[np.integer], probabilities: NDArray[np.floating]) -> Integers:
    """Return the indices of all right answers, the hardest (least probable answer) first.

    Equal probabilities keep the order of the samples.

    Raises:
        InputError: as `metrics.checked` does.
        WorkError: as `metrics.checked` does.
    """
    checked(labels, probabilities)
    right = np.flatnonzero(probabilities.argmax(axis=1) == labels)
    order = np.argsort(probabilities[right].max(axis=1), kind="stable")
    return right[order].astype(np.int64)


def confused_pairs(confusion: Integers, limit: int | None = None) -> list[ConfusedPair]:
    """Return the pairs of classes that were confused, most frequent first, at most `limit`."""
    pairs = [
        ConfusedPair(int(true), int(predicted), int(confusion[true, predicted]))
        for true, predicted in zip(*np.nonzero(confusion), strict=True)
        if true != predicted
    ]
    return sorted(pairs, key=lambda pair: -pair.samples)[:limit]
