"""Why an answer is wrong: is it the network, the label or the picture?

The rule is automatic, so it is a hint and no verdict; docs/mistakes.md says how well it agrees
with people. Finding the evidence is the work of `neighbours` and of the datasets' catalogue.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ziffern.errors import InputError
from ziffern.evaluation.metrics import Integers
from ziffern.evaluation.neighbours import Likeness

Cause = Literal["network wrong", "label disputed", "hardly readable"]
CAUSES: tuple[Cause, ...] = get_args(Cause)


def causes(wrong: Integers, disputed: Collection[int], evidence: Likeness) -> tuple[Cause, ...]:
    """Sort wrong answers by what is to blame, one cause for each.

    "label disputed": people who were asked did not confirm the label. Else "hardly readable": the
    training pictures most like it are of another class than its label, so that a second reader,
    who knows nothing of the network, fails too. Else "network wrong": its likes bear its label.

    Args:
        wrong: indices of the wrong answers (M,).
        disputed: indices of the pictures whose labels people dispute.
        evidence: of the same M pictures in the same order.

    Raises:
        InputError: the evidence is not about as many pictures.
    """
    if len(wrong) != len(evidence.own):
        raise InputError(f"{len(wrong)} wrong answers do not fit {len(evidence.own)} comparisons")
    found: list[Cause] = []
    for index, own, other in zip(wrong.tolist(), evidence.own, evidence.other, strict=True):
        if index in disputed:
            found.append("label disputed")
        else:
            found.append("hardly readable" if own > other else "network wrong")
    return tuple(found)


def set_aside(
    labels: NDArray[np.integer], predictions: NDArray[np.integer], indices: Sequence[int]
) -> tuple[int, int]:
    """Return (right answers, answers) without the pictures of `indices`.

    Raises:
        InputError: an index without a picture, or nothing is left.
    """
    keep = np.ones(len(labels), dtype=bool)
    if any(not 0 <= index < len(labels) for index in indices):
        raise InputError(f"cannot set {max(indices)} aside: there are {len(labels)} answers")
    keep[list(indices)] = False
    if not keep.any():
        raise InputError(f"all {len(labels)} answers are set aside: there is nothing to count")
    return int((labels == predictions)[keep].sum()), int(keep.sum())
