"""How commands print: one JSON object alone on stdout, or text and tables for people."""

from __future__ import annotations

import io
import json
import logging
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any


def emit_json(value: Any) -> None:
    """Print one JSON object. Numbers that are not finite become null, which JSON lacks."""
    from ziffern.history import without_nan

    print(json.dumps(without_nan(value), indent=2, allow_nan=False, default=str))


def table(
    columns: Sequence[str], rows: Sequence[Sequence[object]], *, droppable: Sequence[str] = ()
) -> None:
    """Print a table. A column whose name ends in ``>`` is aligned to the right.

    Where a terminal is too narrow, the columns of `droppable` are left out, the first one first;
    then texts are broken, but neither figures nor the first column, which names the row. A file
    or a pipe gets whole lines, however long.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else 10_000, highlight=False)
    cells = [[Text(str(cell)) for cell in row] for row in rows]
    widths = {
        column: max(cell.cell_len for cell in (Text(column.removesuffix(">")), *below))
        for column, *below in zip(columns, *cells, strict=True)
    }
    dropped: set[str] = set()
    for column in droppable:
        kept = [width for name, width in widths.items() if name not in dropped]
        if sum(kept) + 2 * (len(kept) - 1) <= console.width:
            break
        dropped.add(column)
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for number, column in enumerate(columns):
        if column not in dropped:
            figures = column.endswith(">")
            drawn.add_column(
                column.removesuffix(">"),
                justify="right" if figures else "left",
                no_wrap=figures or number == 0,
                overflow="fold",
            )
    for row in cells:
        drawn.add_row(
            *(cell for cell, column in zip(row, columns, strict=True) if column not in dropped)
        )
    with console.capture() as captured:
        console.print(drawn)
    for line in captured.get().splitlines():
        print(line.rstrip())


def facts(pairs: Sequence[tuple[str, object]]) -> None:
    """Print names and values, one a line; on a terminal long values go on below themselves."""
    width = max((len(name) for name, _ in pairs), default=0)
    for name, value in pairs:
        print("\n".join(_wrapped(str(value), f"{name:<{width}}  ", " " * (width + 2), sys.stdout)))


def text(paragraphs: str) -> None:
    """Print a text; on a terminal its lines are broken between words."""
    for paragraph in paragraphs.split("\n"):
        print("\n".join(_wrapped(paragraph, "", "", sys.stdout)))


def note(message: str) -> None:
    """Print something for people to stderr, so that stdout stays clean."""
    print(message, file=sys.stderr, flush=True)


@contextmanager
def steps(
    *, quiet: bool = False, lines: int | None = None
) -> Iterator[Callable[[int, int, str], None] | None]:
    """Give a function that shows how long work goes on: (steps done, in all, what begins now).

    On a terminal one live line with the time that has passed; elsewhere a line a step on stderr,
    or about `lines` of them; nothing, and no function, if `quiet`.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    if quiet:
        yield None
        return
    console = Console(stderr=True)
    if not console.is_terminal or console.is_dumb_terminal:

        def line(done: int, total: int, title: str) -> None:
            if lines is None or done * lines // total > (done - 1) * lines // total:
                note(f"{min(done + 1, total)}/{total} {title}")

        yield line
        return
    columns = (
        BarColumn(24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),  # names of files are no markup
    )
    # results that go to the same terminal have to be printed above the bar
    shared = sys.stdout.isatty()
    with Progress(*columns, console=console, transient=True, redirect_stdout=shared) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total, title: bar.update(
            task, completed=done, total=total, description=title
        )


def percent(share: float | None, digits: int = 2) -> str:
    """Write a share as a percentage, a dash for None."""
    return "–" if share is None else f"{share:.{digits}%}"


def interval(figures: Any) -> str:
    """Write an accuracy with its 95 % interval; `figures` has `accuracy` and `wilson95`."""
    low, high = figures["wilson95"]
    return f"{figures['accuracy']:.2%} (95 % interval {low:.2%} to {high:.2%})"


@contextmanager
def notes_from_library() -> Iterator[None]:
    """Let the library's warnings reach the terminal as notes."""
    logger = logging.getLogger("ziffern")
    handler, propagate = _Notes(), logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate


@contextmanager
def unsaid(library: str) -> Iterator[None]:
    """Keep the notes of a part of the library, but for errors, from being said."""
    logger = logging.getLogger(library)
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def survive_encodings() -> None:
    """Replace signs that the terminal's encoding lacks, rather than fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


class _Notes(logging.Handler):
    """Prints each warning once, however often the library repeats it."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._seen: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if record.exc_info:  # a fault of the program: what helps to find it, each time
            note(f"{message}\n{logging.Formatter().formatException(record.exc_info)}")
        elif message not in self._seen:
            self._seen.add(message)
            note("\n".join(_wrapped(f"note: {message}", "", "  ", sys.stderr)))


def _wrapped(text: str, first: str, later: str, stream: Any) -> list[str]:
    """Break a text between words on a terminal; leave it whole elsewhere."""
    if not stream.isatty():
        return [first + text]
    columns = max(shutil.get_terminal_size().columns, 40)
    return textwrap.wrap(
        text,
        columns,
        initial_indent=first,
        subsequent_indent=later,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [first.rstrip()]
