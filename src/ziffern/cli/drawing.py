"""Drawings that a command writes into a file of the user's choice."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ziffern.errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMS = (".png", ".svg", ".pdf")


def check(path: Path, option: str) -> None:
    """Raise `InputError` if `path`, given as `option`, is of no form that can be written.

    To be called before the work whose result is drawn.
    """
    if path.suffix.lower() not in FORMS:
        raise InputError(f"{option} {path}: expected a name that ends in .png, .svg or .pdf")


def check_source(path: Path, option: str, source: Path) -> None:
    """Raise `InputError` if what is written to `path` would replace what it is made of."""
    if path.exists() and source.exists() and path.samefile(source):
        raise InputError(f"{option} {path}: would replace the picture given; name another file")


def save(figure: Figure, path: Path) -> str:
    """Write a figure in the form that the name's end says, and return the path as text."""
    import io

    from ziffern.files import write_atomic

    buffer = io.BytesIO()
    figure.savefig(buffer, format=path.suffix.lower().lstrip("."), dpi=150)
    return str(write_atomic(path, buffer.getvalue()))
