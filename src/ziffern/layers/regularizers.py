"""L1 and L2 penalties by Keras's names; the penalty is added to the training loss."""

from __future__ import annotations

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
            if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
                raise ValueError(f"{name}={value!r}: expected a number of at least 0")

    def __str__(self) -> str:
        if self.l2 == 0:
            return f"l1({self.l1!r})"
        return f"l2({self.l2!r})" if self.l1 == 0 else f"l1_l2({self.l1!r}, {self.l2!r})"


def regularizer_from(value: Any) -> Regularizer:
    """Make a regulariser from a name or a `Call`; the default strength is Keras's 0.01."""
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
    return Regularizer(**call.bind(arguments, dict.fromkeys(arguments, 0.01)))
