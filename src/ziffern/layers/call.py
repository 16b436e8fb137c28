"""A call written inside a layer line, such as ``l2(0.01)``: a name and literal arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ziffern.errors import did_you_mean


@dataclass(frozen=True)
class Call:
    """A call that was read but not made; nothing in a recipe is ever executed."""

    name: str
    positional: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        keywords = [f"{name}={value!r}" for name, value in self.keywords.items()]
        return f"{self.name}({', '.join([*map(repr, self.positional), *keywords])})"

    def bind(self, names: Sequence[str], defaults: Mapping[str, Any]) -> dict[str, Any]:
        """Match the call's arguments to `names` in order, as Python would.

        Raises:
            ValueError: too many, unknown, doubled or missing arguments; all are named.
        """
        problems = []
        if len(self.positional) > len(names):
            takes = f"{len(names)} argument" + ("" if len(names) == 1 else "s")
            listed = f" ({', '.join(names)})" if names else ""
            problems.append(f"takes {takes}{listed}, but {len(self.positional)} given")
        bound = dict(zip(names, self.positional, strict=False))
        for name, value in self.keywords.items():
            if name not in names:
                problems.append(f"has no argument {name!r}{did_you_mean(name, names)}")
            elif name in bound:
                problems.append(f"is given {name!r} twice")
            else:
                bound[name] = value
        missing = [name for name in names if name not in bound and name not in defaults]
        if missing:
            problems.append(f"needs {' and '.join(missing)}")
        if problems:
            raise ValueError(f"{self.name} " + "; ".join(problems))
        return {**defaults, **bound}
