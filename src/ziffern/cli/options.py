"""Options that several commands share."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import CoercionError, Parameter, Token

Json = Annotated[
    bool,
    Parameter(name="--json", negative=(), show_default=False, help="Print one JSON object."),
]
RunsFolder = Annotated[
    str, Parameter(name="--runs", metavar="DIR", help="Folder that holds the runs.")
]
DataFolder = Annotated[
    str | None,
    Parameter(
        name="--data-dir", metavar="DIR", help="Folder that holds the data, or is a dataset."
    ),
]
Changes = Annotated[
    list[str] | None,
    Parameter(
        name="--set",
        metavar="KEY=VALUE",
        negative=(),
        help="Change a value of the recipe, such as train.epochs=5; may be repeated.",
    ),
]


def whole(kind: Any, tokens: Sequence[Token]) -> int | tuple[int, ...]:
    """Convert what was given to whole numbers; unlike the parser's own way, 4.5 is none."""
    for token in tokens:
        if not re.fullmatch(r"[+-]?\d+", token.value):
            raise CoercionError(token=token, target_type=int)
    numbers = tuple(int(token.value) for token in tokens)
    return numbers[0] if kind is int else numbers
