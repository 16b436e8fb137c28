"""How commands print: one JSON object alone on stdout, or text and tables for people."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import Parameter

Json = Annotated[bool, Parameter(name="--json", negative=(), help="Print one JSON object.")]
RunsFolder = Annotated[str, Parameter(name="--runs", help="Folder of runs.")]
DataFolder = Annotated[
    str | None, Parameter(name="--data-dir", help="Folder that holds the data, or is a dataset.")
]


def emit_json(value: Any) -> None:
    """Print one JSON object. Numbers that are not finite become null, which JSON lacks."""
    from ziffern.history import without_nan

    print(json.dumps(without_nan(value), indent=2, allow_nan=False, default=str))


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; columns whose name ends in ``>`` are aligned to the right."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(title=title or None, title_justify="left", box=None, pad_edge=False)
    for column in columns:
        right = column.endswith(">")
        drawn.add_column(
            column.removesuffix(">"), justify="right" if right else "left", overflow="fold"
        )
    for row in rows:
        drawn.add_row(*(Text(str(cell)) for cell in row))
    # a file or a pipe gets whole lines, however long
    width = None if sys.stdout.isatty() else 200
    Console(width=width, highlight=False).print(drawn)


def facts(pairs: Sequence[tuple[str, object]]) -> None:
    """Print names and values, one a line, names in a column."""
    width = max((len(name) for name, _ in pairs), default=0)
    for name, value in pairs:
        print(f"{name:<{width}}  {value}")


def note(message: str) -> None:
    """Print a line for people to stderr, so that stdout stays clean."""
    print(message, file=sys.stderr, flush=True)


def percent(share: float | None, digits: int = 2) -> str:
    """Write a share as a percentage, a dash for None."""
    return "–" if share is None else f"{share:.{digits}%}"


def interval(result: Any) -> str:
    """Write an accuracy with its 95 % interval and the numbers behind it."""
    low, high = result.wilson95
    return (
        f"{result.accuracy:.2%} (95 % interval {low:.2%} to {high:.2%}), "
        f"{result.correct:,} of {result.n:,} right"
    )


class _Notes(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        note(f"note: {record.getMessage()}")


def show_warnings() -> None:
    """Let the library's notes reach the terminal, once."""
    logger = logging.getLogger("ziffern")
    if not any(isinstance(handler, _Notes) for handler in logger.handlers):
        logger.addHandler(_Notes())
        logger.propagate = False
