"""What a history tells about the learning: its best epoch, and where the two curves part.

Works on rows of `ziffern.history.EpochRow`; nothing is drawn here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ziffern.evaluation.metrics import Floats

History = Sequence[Mapping[str, Any]]


def best_epoch(history: History) -> int | None:
    """Return the epoch (from 1) with the highest validation accuracy, the lower loss on a tie.

    None where no epoch was validated.
    """
    rows = [row for row in history if row.get("validation_accuracy") is not None]
    if not rows:
        return None
    best = max(rows, key=lambda row: (row["validation_accuracy"], -_number(row["validation_loss"])))
    return int(best["epoch"])


def parting_epoch(history: History) -> int | None:
    """Return the epoch (from 1) after which training and validation part, None if they do not.

    From there on the network learns its training pictures better and other pictures no better:
    overfitting. Losses are compared as logarithms, for from 0.02 to 0.01 is as much as from 0.2 to
    0.1. The noise of the validation loss is how far an epoch usually lies from the middle of its
    neighbours (the median of the second differences / 0.6745 / √6, which for normal noise is its
    standard deviation). The curves part at the first epoch with at least two more to come, of
    which none has a validation loss that is lower by more than the noise; provided that in these
    later epochs, on average and by more than twice the noise,

    - the training loss is lower than in that epoch,
    - the gap between the two losses is wider than in that epoch, and
    - the validation loss lies above the training loss.

    The epoch is the one that Prechelt ("Early Stopping – But When?", 1998) would stop after. The
    conditions tell overfitting from a training that has come to its end, and from one that is
    measured under harder conditions than its validation, by dropout or augmentation. Epochs
    without finite losses are left out; fewer than four tell nothing.
    """
    rows = [
        (row["epoch"], _number(row.get("loss")), _number(row.get("validation_loss")))
        for row in history
    ]
    rows = [row for row in rows if math.isfinite(row[1]) and math.isfinite(row[2])]
    if len(rows) < 4:
        return None
    # a loss of 0 has no logarithm; the smallest float32 with all its digits stands for it
    training, validation = np.log(np.maximum([row[1:] for row in rows], 1e-38)).T
    noise = _noise(validation)
    gap = validation - training
    for place in range(len(rows) - 2):
        if validation[place + 1 :].min() >= validation[place] - noise:
            apart = gap[place + 1 :].mean()
            learnt = training[place] - training[place + 1 :].mean()
            parted = min(apart, apart - gap[place], learnt) > 2 * noise
            return int(rows[place][0]) if parted else None
    return None


def _noise(values: Floats) -> float:
    return float(np.median(np.abs(np.diff(values, 2)))) / 0.6745 / math.sqrt(6)


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
