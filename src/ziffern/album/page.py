"""Writes an album: one self-contained HTML page, and each picture as a file of its own.

    steps = [Step("Class balance", lambda: [Plate("balance", "Class balance", "…", figure)])]
    write_album(Path("explore-mnist"), "MNIST", steps)

What stands on the plates is not known here.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import matplotlib
from matplotlib.figure import Figure

from ziffern.errors import WorkError
from ziffern.figures.svg import inline_svg
from ziffern.files import write_atomic
from ziffern.report.templates import environment

DPI = 150
PAGE = "index.html"

Progress = Callable[[int, int, str], None]
"""Is told (steps done, steps in all, title of the step that begins)."""


class Table(NamedTuple):
    """Rows of texts; a column whose name ends in ``>`` is aligned to the right."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, eq=False)
class Plate:
    """One picture with what is to be said about it.

    name: of its files, unique in the album; letters, digits and hyphens.
    title: its heading.
    text: what one sees, in plain words; an empty line begins a new paragraph.
    figure: the picture; a plate may also do with text, facts or a table.
    alt: what the picture tells, for those who do not see it; the title if empty.
    facts: names and values beside it.
    table: the numbers.
    raster: a picture of so many parts that it is kept as pixels, not as lines.
    """

    name: str
    title: str
    text: str = ""
    figure: Figure | None = None
    alt: str = ""
    facts: Sequence[tuple[str, str]] = ()
    table: Table | None = None
    raster: bool = False


class Step(NamedTuple):
    """A piece of work that makes plates; its title can be shown before the work is done."""

    title: str
    make: Callable[[], Sequence[Plate]]


class _Shown(NamedTuple):
    plate: Plate
    drawing: str  # inline SVG, or a data URI where the plate is kept as pixels
    files: Sequence[str]


def write_album(
    folder: str | Path,
    title: str,
    steps: Sequence[Step],
    *,
    summary: str = "",
    facts: Sequence[tuple[str, str]] = (),
    progress: Progress | None = None,
) -> Path:
    """Do the steps in order and write their plates; return the path of the page.

    Beside the page stand NAME.svg and NAME.png of each plate (only the PNG of those kept as
    pixels). Files of the same names are replaced, the page last: an interrupted album leaves the
    page of the one before.

    Raises:
        WorkError: the folder cannot be written, or two plates have the same name.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkError(f"cannot make the folder {folder}: {error.strerror or error}") from error
    shown: list[_Shown] = []
    for done, step in enumerate(steps):
        if progress is not None:
            progress(done, len(steps) + 1, step.title)
        for plate in step.make():
            if any(plate.name == other.plate.name for other in shown):
                raise WorkError(f"the album {title!r} has two plates named {plate.name!r}")
            shown.append(_write_plate(folder, plate))
    if progress is not None:
        progress(len(steps), len(steps) + 1, "the page")
    source = resources.files("ziffern.album").joinpath("page.html.j2").read_text("utf-8")
    page = (
        environment()
        .from_string(source)
        .render(title=title, summary=summary, facts=facts, shown=shown)
    )
    return write_atomic(folder / PAGE, page.encode())


def _write_plate(folder: Path, plate: Plate) -> _Shown:
    if plate.figure is None:
        return _Shown(plate, "", ())
    pixels = saved(plate.figure, "png")
    files = [f"{plate.name}.png"]
    write_atomic(folder / files[0], pixels)
    if plate.raster:
        return _Shown(plate, f"data:image/png;base64,{base64.b64encode(pixels).decode()}", files)
    files.append(f"{plate.name}.svg")
    write_atomic(folder / files[1], saved(plate.figure, "svg"))
    drawing = inline_svg(plate.figure, name=plate.name, alt=plate.alt or plate.title)
    return _Shown(plate, drawing, files)


def saved(figure: Figure, kind: str) -> bytes:
    """Return a figure as a file of some kind (`png`, `svg`): the same figure, the same bytes."""
    buffer = io.BytesIO()
    # no date, and ids that do not change
    metadata = {"Date": None} if kind == "svg" else None
    with matplotlib.rc_context({"svg.hashsalt": "ziffern"}):
        figure.savefig(buffer, format=kind, dpi=DPI, metadata=metadata)
    return buffer.getvalue()
