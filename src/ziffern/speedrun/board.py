"""The board: recipes by the time their training takes, as a page, its pictures and their data.

    enter(Path("speedrun.md"), rows)

`speedrun.json` beside the page holds the rows, and page and pictures are made from it, so that a
recipe that is run again replaces just its own row. Rows of other machines stay.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from ziffern import recipe
from ziffern.album.page import saved
from ziffern.errors import InputError, RunError
from ziffern.evaluation.seeds import Spread
from ziffern.figures.speedrun import Mark, speedrun_figure
from ziffern.files import write_atomic
from ziffern.speedrun.rows import Row, Values

PROJECT = recipe.FOLDER.parents[2]
"""Where the sources lie: a board in there links its recipes."""

INTRODUCTION = """# Speedrun

How well a network reads after how many seconds of training. `ziffern speedrun` writes this page;
the command of a row trains it again, adds a row for your machine, and leaves those of others.

**Time** is that of training alone, from the first batch to the last: shuffling, augmentation,
forward and backward pass, optimiser, and whatever the first batches prepare. Not in it are the
start of Python, reading the data, validation, checkpoints and the evaluation. Time, speed and
energy are medians over the n seeds.

**The test set** was opened after the training, {looks}. Accuracies are mean ± standard deviation
over the seeds, and the interval (95 %, Student's t) is that of the mean; "alone" is without
averaging over moved or turned copies. Multiply-adds are those of one picture, times the pictures
that the network answers for it.
"""

HEAD = (
    "| recipe | time, s | accuracy, % | 95 % interval | alone, % | n | images/s "
    "| parameters (trained) | multiply-adds | energy, J | hardware | date | command |\n"
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|---|---|"
)


class Board(Values):
    """What `speedrun.json` holds."""

    format: Literal[1] = 1
    rows: tuple[Row, ...] = ()


def check(page: Path) -> None:
    """Check that a board can be kept at `page`, before the work whose result it is to hold.

    Raises:
        InputError: its name does not end in `.md`.
        RunError: the rows beside it are damaged.
    """
    if page.suffix != ".md":
        raise InputError(f"--board {page}: expected a name that ends in .md, such as speedrun.md")
    read(page)


def read(page: Path) -> tuple[Row, ...]:
    """Return the rows of a board, the fastest first; none where there is no board yet.

    Raises:
        RunError: they are damaged.
    """
    path = page.with_suffix(".json")
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise RunError(f"cannot read {path}: {error.strerror}") from error
    try:
        return Board.model_validate_json(content).rows
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise RunError(
            f"{path} is damaged ({': '.join(filter(None, [where, first['msg']]))}); "
            "move it away to begin a new board"
        ) from error


def enter(page: Path, rows: Sequence[Row], *, partial: bool = False) -> list[Row]:
    """Put rows on the board, in the place of those that they renew, and write it.

    Args:
        page: the page; data and pictures lie beside it under the same name.
        rows: what was measured.
        partial: that seeds are lacking, so a row that was there already is not given up.

    Returns:
        The rows that were entered.

    Raises:
        RunError: the rows on the board are damaged.
        WorkError: a file cannot be written.
    """
    old = {row.key: row for row in read(page)}
    entered = [row for row in rows if not (partial and row.key in old)]
    if entered:
        kept = {**old, **{row.key: row for row in entered}}
        write(page, sorted(kept.values(), key=lambda row: (row.seconds, row.key)))
    return entered


def write(page: Path, rows: Sequence[Row]) -> None:
    """Write data, pictures and page of a board."""
    content = Board(rows=tuple(rows)).model_dump_json(indent=2)
    write_atomic(page.with_suffix(".json"), f"{content}\n")
    parts = [INTRODUCTION.format(looks=_looks(rows))]
    # MNIST itself first, samples last
    data = sorted({(row.is_sample, row.data) for row in rows}, key=lambda one: (one[0], one[1]))
    for is_sample, name in data:
        shown = [row for row in rows if row.data == name]
        slug = re.sub(r"\W+", "-", name).strip("-")
        picture = page.with_name(f"{page.stem}-{slug}.svg")
        write_atomic(picture, saved(speedrun_figure([_mark(row) for row in shown]), "svg"))
        note = "A sample only: what is reached here is no result on the whole set.\n\n"
        parts.append(
            f"\n## {name}\n\n{note if is_sample else ''}{HEAD}\n"
            + "".join(f"{_line(row, page)}\n" for row in shown)
            + f"\n![Accuracy against seconds of training, {name}]({picture.name})\n"
        )
    write_atomic(page, "".join(parts))


def _looks(rows: Sequence[Row]) -> str:
    often = [row for row in rows if row.test_looks > 1]
    if not often:
        return "once for each seed"
    told = ", ".join(f"up to {row.test_looks} times for {row.name}" for row in often)
    return f"once for each seed, but {told}"


def _line(row: Row, page: Path) -> str:
    """Return the row of the table."""
    interval = row.accuracy.interval95
    cells = [
        _linked(row, page),
        seconds(row.seconds),
        _spread(row.accuracy),
        "–" if interval is None else f"{100 * interval[0]:.2f} to {100 * interval[1]:.2f}",
        "–" if row.alone is None else _spread(row.alone),
        f"{row.n}",
        f"{row.images_per_second:,.0f}",
        f"{row.parameters:,} ({row.trainable_parameters:,})",
        f"{row.multiply_adds:,} × {row.averaging}",
        "not told" if row.joules is None else f"{row.joules:,.0f} ({', '.join(row.joules_of)})",
        f"{row.hardware}, {row.precision}",
        row.date,
        f"`{row.command}`",
    ]
    # a change of a recipe may hold what would end a cell or a line
    safe = [" ".join(cell.split()).replace("|", "\\|") for cell in cells]
    return f"| {' | '.join(safe)} |"


def _linked(row: Row, page: Path) -> str:
    """Return the row's name, with a link to its recipe where both lie in the project."""
    folder = page.resolve().parent
    if not row.shipped or not folder.is_relative_to(PROJECT):
        return row.name
    path = Path(os.path.relpath(recipe.FOLDER, folder)).as_posix()
    return f"[{row.name}]({path}/{row.recipe}.toml)"


def _spread(found: Spread) -> str:
    sd = "" if found.sd is None else f" ± {100 * found.sd:.2f}"
    return f"{100 * found.mean:.2f}{sd}"


def seconds(value: float) -> str:
    """Write a duration in seconds, with three digits or what is before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def _mark(row: Row) -> Mark:
    found = row.accuracy
    return Mark(row.name, row.seconds, found.mean, found.sd, found.interval95, row.hardware)
