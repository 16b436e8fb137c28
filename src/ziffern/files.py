"""Writing files so that a reader sees the old content or the new one, never half of it.

A file is written beside its target and renamed over it. Errors of the file system (full disk,
read-only folder, a file where a folder should be) come out as one `WorkError` that names the path.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ziffern.errors import RunError, WorkError


@contextmanager
def translated(path: Path, action: str = "write") -> Iterator[None]:
    """Re-raise an `OSError` inside the block as a `WorkError` that names `path`."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise WorkError(f"cannot {action} {path}: {reason}") from error


def write_atomic(path: Path, content: bytes | str) -> Path:
    """Write `content` to `path` in one step, making parent folders as needed.

    Raises:
        WorkError: the file system refused; nothing is left behind.
    """
    data = content.encode() if isinstance(content, str) else content
    with translated(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            # mkstemp makes private files; what we write is as readable as any other file
            temporary.chmod(0o666 & ~_umask())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    return path


def write_json(path: Path, value: Any) -> Path:
    """Write `value` as indented JSON, atomically. NaN and infinity are refused (not JSON)."""
    return write_atomic(path, json.dumps(value, indent=2, allow_nan=False) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        RunError: it is missing or damaged.
    """
    try:
        return json.loads(path.read_text())
    except FileNotFoundError as error:
        raise RunError(f"{path} is missing") from error
    except (ValueError, OSError, RecursionError) as error:
        raise RunError(f"{path} is damaged: {error}") from error


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
