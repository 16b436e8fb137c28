"""The history of a training: one row an epoch, as JSON lines that survive a crash.

A line is added with one write, so a crash or a full disk can tear only the last line, and a torn
last line is left out when reading. Nothing here knows what a run or a training is.
"""

from __future__ import annotations

import errno
import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict, cast

from ziffern.errors import RunError
from ziffern.files import translated, write_atomic


class EpochRow(TypedDict):
    """One epoch. Loss in nats, accuracy 0 to 1, validation None where there is no validation set.

    A number that is not finite is written as null, because JSON has no NaN. It comes back as NaN,
    in the validation figures as None.
    """

    epoch: int
    loss: float
    accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    learning_rate: float
    seconds: float  # of training in this epoch, without validation
    images_per_second: float


def read(path: Path) -> list[EpochRow]:
    """Read all rows. A damaged last line is left out.

    Raises:
        RunError: the file is missing, or a line before the last one is damaged.
    """
    return _read(path)[0]


def write(path: Path, rows: Sequence[EpochRow]) -> None:
    """Replace the whole history, in one step."""
    write_atomic(path, b"".join(_line(row) for row in rows))


def append(path: Path, row: EpochRow) -> None:
    """Add one row; a torn line that an earlier crash left is removed first."""
    rows, clean = _read(path)
    if not clean:
        write(path, rows)
    line = _line(row)
    with translated(path), path.open("ab", buffering=0) as file:
        if file.write(line) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # a part fitted


def without_nan(value: Any) -> Any:
    """Return `value` with every number that is not finite replaced by None, at any depth."""
    if isinstance(value, Mapping):
        return {key: without_nan(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nan(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _line(row: EpochRow) -> bytes:
    return (json.dumps(without_nan(row), allow_nan=False) + "\n").encode()


def _read(path: Path) -> tuple[list[EpochRow], bool]:
    """Return the rows, and whether the file ends so that a line can be added."""
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise RunError(f"{path} is missing") from error
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror}") from error
    *lines, rest = content.split(b"\n")
    if rest:
        lines.append(rest)
    rows: list[EpochRow] = []
    for number, line in enumerate(lines, start=1):
        try:
            rows.append(_parse(line))
        except ValueError as error:
            if number == len(lines):
                return rows, False
            raise RunError(f"{path} is damaged: line {number} is not an epoch ({error})") from error
    return rows, not rest


def _parse(line: bytes) -> EpochRow:
    row = json.loads(line)
    if not isinstance(row, dict):
        raise ValueError("expected an object")
    for key in EpochRow.__annotations__:
        value = row.get(key, "")
        if value is None and not key.startswith("validation"):
            row[key] = math.nan
        elif not isinstance(value, (int, float, type(None))):
            raise ValueError(f"expected a number as {key!r}")
    return cast(EpochRow, row)
