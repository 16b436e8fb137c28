"""Dividing samples into training and validation by a seed.

The order comes from the raw 64-bit stream of PCG64, which NumPy guarantees not to change, and a
stable sort of it: the same seed gives the same split on every machine and with every NumPy.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import numpy.typing as npt

from ziffern.errors import DataError

Indices = npt.NDArray[np.int64]
HeldOut = Literal["random", "last", "writers"]


def shuffled(total: int, seed: int) -> Indices:
    """Return 0 … total - 1 in an order that depends on the seed alone.

    Raises:
        DataError: the seed is negative.
    """
    if isinstance(seed, bool) or seed < 0:
        raise DataError(f"split seed {seed} is negative; expected a whole number from 0")
    keys = np.random.PCG64(seed).random_raw(total)
    return np.argsort(keys, kind="stable").astype(np.int64)


def split(
    labels: npt.NDArray[np.integer],
    *,
    validation: float | int,
    seed: int,
    stratified: bool = False,
    held_out: HeldOut = "random",
    writers: npt.NDArray[np.str_] | None = None,
) -> tuple[Indices, Indices]:
    """Return the indices (train, validation), both in shuffled order, int64.

    Args:
        labels: (N,).
        validation: a float in (0, 1) is a share of the samples, an int from 1 a count; 0 means no
            validation set.
        seed: from 0.
        stratified: the validation set has the class shares of the whole, each count within 1
            (largest remainders).
        held_out: which samples are for validation: those that come by lot, the last ones, or all
            those of writers that come by lot, as many writers as it takes to reach `validation`.
        writers: who wrote each sample, (N,), where that is known.

    Raises:
        DataError: `validation` or `seed` is out of range, or there are no two writers to tell.
    """
    total = len(labels)
    count = _count(validation, total)
    order = shuffled(total, seed)
    if held_out == "writers" and count:
        chosen = _of_writers(writers, count, seed)
        return order[~chosen[order]], order[chosen[order]]
    candidates = order if held_out == "random" else np.arange(total)[::-1]
    chosen = np.zeros(total, dtype=bool)
    if stratified:
        of_candidates = np.asarray(labels)[candidates]
        for label, quota in _quotas(labels, count).items():
            chosen[candidates[of_candidates == label][:quota]] = True
    else:
        chosen[candidates[:count]] = True
    return order[~chosen[order]], order[chosen[order]]


def _of_writers(
    writers: npt.NDArray[np.str_] | None, count: int, seed: int
) -> npt.NDArray[np.bool_]:
    """Return which samples are by the writers held out, (N,)."""
    names, each = np.unique([] if writers is None else writers, return_counts=True)
    if writers is None or len(names) < 2:
        raise DataError(
            "held_out = 'writers' needs a dataset that says who wrote what, by at least two; "
            "expected DIR/WRITER/DIGIT/*.png, or held_out = 'random'"
        )
    lot = shuffled(len(names), seed)
    before = np.cumsum(each[lot]) - each[lot]
    drawn = lot[: min(int((before < count).sum()), len(names) - 1)]
    return np.isin(writers, names[drawn])


def _count(validation: float | int, total: int) -> int:
    if validation == 0:
        return 0
    if isinstance(validation, bool) or not math.isfinite(validation) or validation < 0:
        raise DataError(f"validation {validation} is no share between 0 and 1 and no count")
    if isinstance(validation, int):
        if validation >= total:
            raise DataError(
                f"validation = {validation:,} leaves nothing to train on: "
                f"there are {total:,} samples; give a smaller count"
            )
        return validation
    if validation >= 1:
        raise DataError(
            f"validation share {validation} is not below 1; "
            f"give a share such as 0.1, or a count such as 10000 as a whole number"
        )
    count = round(validation * total)
    if count in (0, total):
        left = "validation" if count == 0 else "training"
        raise DataError(
            f"validation share {validation} of {total:,} samples leaves none for {left}"
        )
    return count


def _quotas(labels: npt.NDArray[np.integer], count: int) -> dict[int, int]:
    """Share `count` among the classes by largest remainder; of equals the lower label first."""
    classes, sizes = np.unique(labels, return_counts=True)
    total = len(labels)
    exact = {
        label: divmod(count * size, total)
        for label, size in zip(classes.tolist(), sizes.tolist(), strict=True)
    }
    quotas = {label: whole for label, (whole, _) in exact.items()}
    left = count - sum(quotas.values())
    for label in sorted(exact, key=lambda label: (-exact[label][1], label))[:left]:
        quotas[label] += 1
    return quotas
