"""How good a set of answers is: accuracy with its interval, loss, confusion, scores per class.

Plain functions from labels and probabilities (or counts) to numbers, NumPy only. Nothing here loads
data or runs a network. `ziffern.evaluation.result.Evaluation` bundles them.

>>> low, high = wilson_interval(9970, 10000)
>>> f"{low:.2%} … {high:.2%}"
'99.57% … 99.79%'
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from ziffern.errors import InputError, WorkError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Keras's epsilon: a confident mistake costs at most -log(1e-7) = 16.1, never infinity
SMALLEST_PROBABILITY = 1e-7


@dataclass(frozen=True)
class ClassScore:
    """How well one class is recognised; a ratio without cases (0/0) counts as 0."""

    name: str
    precision: float
    recall: float
    f1: float
    support: int

    def as_dict(self) -> dict[str, str | float | int]:
        """Return the score as JSON-able dict, its name under `class`."""
        return {
            "class": self.name,
            "precision": self.precision,
            "recall": self.recall,
            "f1": self.f1,
            "support": self.support,
        }


def checked(labels: NDArray[np.integer], probabilities: NDArray[np.floating]) -> None:
    """Make sure that `labels` (N,) and `probabilities` (N, C) can be evaluated.

    Raises:
        InputError: nothing to evaluate, shapes that do not fit, labels that are no class number.
        WorkError: probabilities that are none: NaN, infinite, outside 0…1, rows not summing to 1.
    """
    if probabilities.ndim != 2 or labels.shape != probabilities.shape[:1]:
        raise InputError(
            "labels and probabilities must have shapes (N,) and (N, classes), "
            f"but have {labels.shape} and {probabilities.shape}"
        )
    n, classes = probabilities.shape
    if n == 0:
        raise InputError("there is nothing to evaluate: 0 samples were given")
    if labels.dtype.kind not in "iu":
        raise InputError(f"labels must be whole numbers, but are {labels.dtype}")
    if labels.min() < 0 or labels.max() >= classes:
        raise InputError(
            f"labels must lie in 0…{classes - 1} for {classes} classes, "
            f"but lie in {labels.min()}…{labels.max()}"
        )
    broken = int((~np.isfinite(probabilities)).any(axis=1).sum())
    if broken:
        raise WorkError(
            f"the network answered NaN or infinity for {broken:,} of {n:,} samples: "
            "its weights are damaged or its training diverged; train it again, "
            "with a smaller learning rate if that is the cause"
        )
    # float16 and bfloat16 outputs sum to 1 only within about 1 %; less is left to no class at all
    if probabilities.min() < 0 or (probabilities.sum(axis=1) > 1.02).any():
        raise WorkError(
            "the network's answers are no probabilities (each row must be ≥ 0 and sum to at most "
            "1): apply softmax to its logits first"
        )


def accuracy(labels: NDArray[np.integer], predictions: NDArray[np.integer]) -> float:
    """Return the share of right answers, 0…1.

    Raises:
        InputError: no answers, or not one answer per label.
    """
    if labels.shape != predictions.shape:
        raise InputError(f"{labels.shape} labels do not fit {predictions.shape} predictions")
    if labels.size == 0:
        raise InputError("there is nothing to evaluate: 0 samples were given")
    return float((labels == predictions).mean())


def cross_entropy(labels: NDArray[np.integer], probabilities: NDArray[np.floating]) -> float:
    """Return the mean of −log p(true class), in nats, with p clipped to at least 1e-7.

    Raises:
        InputError: as `checked` does.
        WorkError: as `checked` does.
    """
    checked(labels, probabilities)
    p_true = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    # the upper clip keeps float32 rows that sum to 1.0000001 from a loss below 0
    return float(-np.log(p_true.clip(SMALLEST_PROBABILITY, 1.0)).mean())


def wilson_interval(correct: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the Wilson score interval (low, high) of the share `correct` / `n`.

    It stays inside 0…1 and keeps its coverage near 100 %, where the textbook interval
    p ± 1.96·√(p(1−p)/n) fails (Wilson 1927, J. Am. Stat. Assoc. 22; Brown, Cai, DasGupta 2001).

    Raises:
        InputError: `n` < 1, `correct` outside 0…n, `confidence` outside 0…1.
    """
    if n < 1 or not 0 <= correct <= n:
        raise InputError(f"an interval needs 0 ≤ correct ≤ n and n ≥ 1, but got {correct} of {n}")
    if not 0 < confidence < 1:
        raise InputError(f"confidence must lie between 0 and 1, but is {confidence}")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    p = correct / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    # the ends are exact at 0 and n; rounding must not push them past
    low = 0.0 if correct == 0 else centre - half
    high = 1.0 if correct == n else centre + half
    return low, high


def clopper_pearson_upper(count: int, n: int, confidence: float = 0.95) -> float:
    """Return what a share is at most, with `confidence`, of which `count` of `n` were seen.

    Exact and one-sided: the share at which so few or fewer would be seen with a probability of
    1 − confidence (Clopper, Pearson 1934, Biometrika 26).

    Raises:
        InputError: as `wilson_interval` does.
    """
    wilson_interval(count, n, confidence)  # for its checks
    if count == n:
        return 1.0
    seen = np.arange(1, count + 1)
    ways = np.r_[0.0, np.log((n - seen + 1) / seen).cumsum()]  # logarithms of n over 0 … count
    few = np.arange(count + 1)
    low, high = count / n, 1.0
    for _ in range(60):  # each halves what is left, down to the last bit
        share = (low + high) / 2
        terms = ways + few * math.log(share) + (n - few) * math.log1p(-share)
        largest = terms.max()  # taken out, so that no power vanishes
        if largest + math.log(np.exp(terms - largest).sum()) > math.log(1 - confidence):
            low = share
        else:
            high = share
    return high


def confusion_matrix(
    labels: NDArray[np.integer], predictions: NDArray[np.integer], classes: int
) -> Integers:
    """Count answers: int64 (classes, classes), row = true class, column = predicted class.

    Raises:
        InputError: not one answer per label, or a class number outside 0…classes−1.
    """
    if labels.shape != predictions.shape:
        raise InputError(f"{labels.shape} labels do not fit {predictions.shape} predictions")
    for what, values in (("labels", labels), ("predictions", predictions)):
        if values.size and (values.min() < 0 or values.max() >= classes):
            raise InputError(f"{what} must lie in 0…{classes - 1} for {classes} classes")
    cells = labels.astype(np.int64) * classes + predictions
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def per_class(confusion: Integers, class_names: Sequence[str]) -> tuple[ClassScore, ...]:
    """Return precision, recall, F1 and support of every class of a confusion matrix.

    Raises:
        InputError: the matrix is not square with one name per class.
    """
    if confusion.shape != (len(class_names), len(class_names)):
        raise InputError(
            f"a confusion matrix of shape {confusion.shape} does not fit {len(class_names)} classes"
        )
    right = confusion.diagonal()
    support, predicted = confusion.sum(axis=1), confusion.sum(axis=0)
    precision, recall = _ratio(right, predicted), _ratio(right, support)
    # F1 from counts, not from the two ratios: exact, and 0 where both are 0
    f1 = _ratio(2 * right, support + predicted)
    columns = zip(class_names, precision, recall, f1, support, strict=True)
    return tuple(
        ClassScore(name, float(p), float(r), float(f), int(s)) for name, p, r, f, s in columns
    )


def _ratio(part: Integers, whole: Integers) -> Floats:
    return part / np.maximum(whole, 1)
