"""The models that ship with Ziffern: which there are, whether their files are whole, their cards.

    where = folder("flagship")           # its files are as they were shipped, or one line says what
    card("flagship")["accuracy"]         # its card for programs

Each is a folder with a model (`ziffern.modelfile`), the same as an ONNX file, and its card, for
people (`README.md`) and for programs (`card.json`); `tools/ship.py` writes them. This module reads
no weights and answers no pictures.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from ziffern.errors import RunError, did_you_mean
from ziffern.files import read_json

FOLDER = Path(__file__).parent / "models"
"""Where they lie, one folder each."""
MODEL = ("model.json", "model.safetensors", "model.onnx")
CARD, TEXT = "card.json", "README.md"
FORMAT = 1
LARGEST = 4_000_000
"""Bytes of all shipped models together, so that the package stays quick to fetch."""


def names() -> tuple[str, ...]:
    """Return the names of the models that ship with Ziffern, damaged ones too."""
    known = {*MODEL, CARD}
    return tuple(sorted({path.parent.name for path in FOLDER.glob("*/*") if path.name in known}))


def folder(name: str) -> Path:
    """Return the folder of a shipped model, once its files are known to be those that were shipped.

    Raises:
        RunError: no such model, or a file of it is missing or another one than was shipped.
    """
    files = card(name)["files"]
    for file in MODEL:
        try:
            content = (FOLDER / name / file).read_bytes()
        except OSError as error:
            raise _damaged(name, f"{file} is missing or cannot be read") from error
        if hashlib.sha256(content).hexdigest() != files.get(file):
            raise _damaged(name, f"{file} is not the file that was shipped")
    return FOLDER / name


def card(name: str) -> dict[str, Any]:
    """Return the card of a shipped model, as `card.json` holds it.

    Raises:
        RunError: no such model, or its card is missing or damaged.
    """
    path = _known(name) / CARD
    try:
        table = read_json(path)
    except RunError as error:
        raise _damaged(name, str(error).removeprefix(f"{path.parent}/")) from error
    if not isinstance(table, dict) or not isinstance(table.get("files"), dict):
        raise _damaged(name, f"{CARD} holds no card")
    if table.get("format") != FORMAT:
        raise _damaged(name, f"{CARD} has format {table.get('format')!r}, expected {FORMAT}")
    return table


def text(name: str) -> str:
    """Return the card of a shipped model as Markdown. Errors as for `card`."""
    try:
        return (_known(name) / TEXT).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _damaged(name, f"{TEXT} is missing or cannot be read") from error


def _known(name: str) -> Path:
    if name not in names():
        near = did_you_mean(name, names()) or "; none ship with this version"
        raise RunError(f"no shipped model {name!r}{near}")
    return FOLDER / name


def _damaged(name: str, problem: str) -> RunError:
    return RunError(
        f"the shipped model {name} is damaged: {problem}; install Ziffern again: "
        "pip install --force-reinstall --no-deps ziffern"
    )
