"""L1 and L2 penalties by Keras's names; the penalty is added to the training loss."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ziffern.errors import did_you_mean
from ziffern.layers.call import Call


@dataclass(frozen=True)
class Regularizer:
    """The penalty ``l1·Σ|w| + l2·Σw²`` of one weight array."""

    l1: float = 0.0
    l2: float = 0.0

    def __post_init__(self) -> None:
        for name in ("l1", "l2"):
            value = getattr(self, name)
            good = isinstance(value, int | float) and not isinstance(value, bool)
            if not good or not 0 <= value < math.inf:
                raise ValueError(f"{name}={value!r}: expected a number of at least 0")
            object.__setattr__(self, name, float(value))

    def __str__(self) -> str:
        if self.l2 == 0:
            return f"l1({self.l1!r})"
        return f"l2({self.l2!r})" if self.l1 == 0 else f"l1_l2({self.l1!r}, {self.l2!r})"


def regularizer_from(value: Any) -> Regularizer:
    """Make a regulariser from a name or a `Call`.

    The default strength is Keras's: 0.01 for l1 and l2, but 0 for both parts of l1_l2.

    Raises:
        ValueError: the name or an argument is unknown.
    """
    if isinstance(value, Regularizer):
        return value
    call = Call(value) if isinstance(value, str) else value
    if not isinstance(call, Call):
        raise ValueError("expected a regulariser such as 'l2' or l2(0.01)")
    names = {"l1": ("l1",), "l2": ("l2",), "l1_l2": ("l1", "l2"), "l1l2": ("l1", "l2")}
    arguments = names.get(call.name.lower())
    if arguments is None:
        known = ("l1", "l2", "l1_l2")
        raise ValueError(f"unknown regulariser {call.name!r}{did_you_mean(call.name, known)}")
    default = 0.01 if len(arguments) == 1 else 0.0
    return Regularizer(**call.bind(arguments, dict.fromkeys(arguments, default)))
