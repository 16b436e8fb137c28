"""Which marks of a line stand in numbers, and which in text, where letters look like digits.

    in_numbers(["no-digit", "unsure", "sure", "no-digit", "sure", "sure", "sure", "sure"])

Alone, an l cannot be told from a 1 nor an o from a 0; among other letters they can. A hidden Markov
model with two states does that, by their most likely sequence (Viterbi 1967).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from ziffern.states import State

# How often marks are called what, of the digits of 300 cheque amounts (1,359 marks) and of the
# letters of ten printed sentences in twelve fonts (4,585), rounded.
_NUMBER: Final[Mapping[State, float]] = {"sure": 0.74, "unsure": 0.19, "no-digit": 0.07}
_TEXT: Final[Mapping[State, float]] = {"sure": 0.35, "unsure": 0.30, "no-digit": 0.35}
_BEGIN: Final = 0.9  # that a line begins with a number, which readers are shown most of the time
_CHANGE: Final = 0.03  # that text follows a mark of a number, or the other way round


def in_numbers(states: Sequence[State]) -> npt.NDArray[np.bool_]:
    """Return which marks of a line stand in numbers, (n,).

    Args:
        states: what a network calls each mark, from left to right, (n,).
    """
    likely = np.log([[table[state] for table in (_TEXT, _NUMBER)] for state in states])
    changes = np.log([[1 - _CHANGE, _CHANGE], [_CHANGE, 1 - _CHANGE]])
    total = likely[0] + [math.log(1 - _BEGIN), math.log(_BEGIN)]
    came = np.zeros((len(states), 2), np.intp)
    for place in range(1, len(states)):
        options = total[:, np.newaxis] + changes
        came[place] = options.argmax(axis=0)
        total = options.max(axis=0) + likely[place]
    found = np.empty(len(states), np.intp)
    found[-1] = total.argmax()
    for place in range(len(states) - 1, 0, -1):
        found[place - 1] = came[place, found[place]]
    numbers: npt.NDArray[np.bool_] = found == 1
    return numbers
