"""Named groups of checked settings: what an optimiser, a schedule or the augmentation is told.

A group is a frozen dataclass derived from `Settings`, its fields made with `number`, `whole`,
`flag`, `choice` and `words`. Every value is checked when a record is made, and all mistakes of one
record come in one message. `build` makes a record from a name and the rest of a recipe's table.
Nothing here knows what the values mean.

    @dataclass(frozen=True, kw_only=True)
    class Averaging(Settings):
        kind = "averaging"
        decay: float = number(0.999, at_least=0, below=1)
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, TypeVar

from ziffern.errors import InputError, did_you_mean

_LIMITS: dict[str, tuple[str, Callable[[float, float], bool]]] = {
    "at_least": ("of at least", lambda value, limit: value >= limit),
    "above": ("above", lambda value, limit: value > limit),
    "at_most": ("at most", lambda value, limit: value <= limit),
    "below": ("below", lambda value, limit: value < limit),
}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Base of the records. `kind` and `name` say in messages which record is meant.

    Raises:
        InputError: an argument has a wrong type or is out of range; all wrong ones are named.
    """

    kind: ClassVar[str] = ""
    name: ClassVar[str] = ""

    def __post_init__(self) -> None:
        problems = []
        for item in fields(self):
            value = getattr(self, item.name)
            try:
                object.__setattr__(self, item.name, item.metadata["check"](value))
            except ValueError as error:
                problems.append(f"{item.name}={value!r}: {error}")
        if problems:
            raise InputError(f"{self.title()}: {'; '.join(problems)}")

    @classmethod
    def title(cls) -> str:
        """Return what the record is called in messages, as ``optimizer 'adam'``."""
        return f"{cls.kind} {cls.name!r}" if cls.name else cls.kind

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """Return every argument's name and default, in order."""
        return {item.name: item.default for item in fields(cls)}


def number(default: float, **limits: float) -> float:
    """Make a field for a finite number; limits: `at_least`, `above`, `at_most`, `below`."""

    def check(value: Any) -> float:
        # bool is an int to Python, but `momentum = true` is a mistake
        if not isinstance(value, int | float) or isinstance(value, bool) or not _within(value):
            raise ValueError(f"expected a number{wanted}")
        return float(value)

    _within, wanted = _range(limits)
    return field(default=float(default), metadata={"check": check})


def whole(default: int, **limits: float) -> int:
    """Make a field for a whole number; limits as for `number`."""

    def check(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not _within(value):
            raise ValueError(f"expected a whole number{wanted}")
        return value

    _within, wanted = _range(limits)
    return field(default=default, metadata={"check": check})


def _range(limits: Mapping[str, float]) -> tuple[Callable[[float], bool], str]:
    """Return a test of the limits, and the limits in words."""

    def within(value: float) -> bool:
        # compared rather than converted: a whole number may be too large for a float
        return abs(value) <= sys.float_info.max and all(
            _LIMITS[name][1](value, limit) for name, limit in limits.items()
        )

    words = " and ".join(f"{_LIMITS[name][0]} {limit:g}" for name, limit in limits.items())
    return within, f" {words}" if words else ""


def flag(default: bool) -> bool:
    """Make a field for true or false."""

    def check(value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValueError("expected true or false")
        return value

    return field(default=default, metadata={"check": check})


def choice(default: str, *others: str) -> str:
    """Make a field for one of a few words."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in options:
            raise ValueError(f"expected {' or '.join(repr(option) for option in options)}")
        return value

    options = (default, *others)
    return field(default=default, metadata={"check": check})


def words() -> tuple[str, ...]:
    """Make a field for a list of words, empty by default."""

    def check(value: Any) -> tuple[str, ...]:
        if not isinstance(value, list | tuple) or not all(isinstance(word, str) for word in value):
            raise ValueError("expected a list of words")
        return tuple(value)

    return field(default=(), metadata={"check": check})


Record = TypeVar("Record", bound=Settings)


def by_name(*records: type[Record]) -> dict[str, type[Record]]:
    """Return the records by their names, in the order given."""
    return {record.name: record for record in records}


def build(known: Mapping[str, type[Record]], name: str, arguments: Mapping[str, Any]) -> Record:
    """Make the record called `name`, one of `known`.

    Raises:
        InputError: the name or an argument is unknown (with the nearest one), or a value is wrong.
    """
    if name not in known:
        kind = next(iter(known.values())).kind
        raise InputError(f"unknown {kind} {name!r}{did_you_mean(str(name), known)}")
    return fill(known[name], arguments)


def fill(record: type[Record], arguments: Mapping[str, Any]) -> Record:
    """Make a record from a table of arguments; raises `InputError` as `build` does."""
    known = record.defaults()
    problems = [
        f"unknown argument {name!r}{did_you_mean(name, known)}"
        for name in arguments
        if name not in known
    ]
    try:
        made = record(**{name: value for name, value in arguments.items() if name in known})
    except InputError as error:
        raise InputError("; ".join([str(error), *problems])) from None
    if problems:
        raise InputError(f"{record.title()}: {'; '.join(problems)}")
    return made
