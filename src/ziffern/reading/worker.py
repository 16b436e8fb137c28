"""A process that reads one file after the other, for `ziffern.reading.many`.

    python -m ziffern.reading.worker [MODEL]

It takes one file a line on standard input, as JSON with `file`, `picture` (where to draw what was
read, or null), `copy` (where to write the page itself, or null) and `model` (another one for this
file, or null), and answers with lines of JSON:
`ready` or `refused` at the start; `page` after each page, so that one can see it live; `note` for
warnings; and at last the `reading`, or the `error` for the file. Nothing but a broken decoder ends
it.
"""

from __future__ import annotations

import importlib.util
import io
import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ziffern.errors import DataError, WorkError, ZiffernError
from ziffern.files import write_atomic
from ziffern.memory import ran_out
from ziffern.pictures import Pixels
from ziffern.reading.files import pages
from ziffern.reading.structure import Page, Reading

if TYPE_CHECKING:
    from ziffern.reading.reader import Reader

MEMORY = 4 << 30
"""Bytes that the process may take; the worst page tried, of 100 megapixels, took 3.3 GiB."""

MODELS = 4
"""How many models are kept besides the first."""

Say = Callable[..., None]
COPY = 1600  # pixels of the longer side of a copy, at most


def main() -> None:
    """Load the model, then answer until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started this
    _bound_memory()
    say = _private_output()
    logging.getLogger("ziffern").addHandler(_Notes(say))
    try:
        import cv2

        from ziffern.reading.reader import DEFAULT_MODEL, Reader

        cv2.setNumThreads(int(os.environ["OMP_NUM_THREADS"]))  # it does not look there itself
        own = sys.argv[1] if len(sys.argv) > 1 else DEFAULT_MODEL
        readers = {own: Reader(own)}
    except ZiffernError as error:
        say(refused=str(error), kind=type(error).__name__)
        return
    except ModuleNotFoundError as error:
        missing = f"reading needs {error.name}: pip install 'ziffern[read]'"
        say(refused=missing, kind=WorkError.__name__)
        return
    say(ready=True)
    for line in sys.stdin:
        task = json.loads(line)
        try:
            name = task["model"] or own
            if name not in readers:
                readers.update({name: Reader(name)})
                readers = {kept: readers[kept] for kept in (own, *list(readers)[-MODELS:])}
            say(reading=_read(readers[name], task["file"], task["picture"], task["copy"], say))
        except Exception as error:
            say(error=_reason(error, task["file"]))


def _bound_memory() -> None:
    """Let a file that would fill all memory end this process, not the machine."""
    if importlib.util.find_spec("resource") is None:  # Windows
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    soft = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _private_output() -> Say:
    """Keep standard output for the answers: what libraries print goes elsewhere."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def say(**message: Any) -> None:
        print(json.dumps(message), file=answers, flush=True)

    return say


def _read(reader: Reader, file: str, picture: str | None, copy: str | None, say: Say) -> Reading:
    found: list[Page] = []
    try:
        for pixels in pages(file):
            page = reader.read_page(pixels)
            found.append(page)
            if picture is not None:
                _draw(pixels, page, of_page(Path(picture), len(found)))
            if copy is not None:
                _copy(pixels, of_page(Path(copy), len(found)))
            say(page=len(found))
    except DataError as error:
        if not found:
            raise
        say(note=f"{error}; only what comes before that was read")
    return {"file": file, "pages": found}


def of_page(picture: Path, number: int) -> Path:
    """Return the picture's path for a page, counted from 1: the first has the name itself."""
    return picture if number == 1 else picture.with_stem(f"{picture.stem}-page-{number}")


def _draw(pixels: Pixels, page: Page, path: Path) -> None:
    from PIL import Image

    from ziffern.reading.annotate import annotated

    content = io.BytesIO()
    kind = Image.registered_extensions()[path.suffix.lower()]
    # thin coloured lines do not bear colours at half the resolution
    options = {"quality": 90, "subsampling": 0} if kind == "JPEG" else {}
    Image.fromarray(annotated(pixels, page)).save(content, kind, **options)
    write_atomic(path, content.getvalue())


def _copy(pixels: Pixels, path: Path) -> None:
    """Write a page as JPEG, reduced where it is larger than screens are."""
    from PIL import Image

    content = io.BytesIO()
    image = Image.fromarray(pixels)
    image.thumbnail((COPY, COPY))
    image.save(content, "JPEG", quality=85)
    write_atomic(path, content.getvalue())


def _reason(error: Exception, file: str) -> str:
    if isinstance(error, ZiffernError):
        return str(error)
    if ran_out(error):
        return f"{file}: not enough memory to read it"
    told = " ".join(str(error).split())
    return f"{file}: cannot be read ({type(error).__name__}: {told})"


class _Notes(logging.Handler):
    """Hands the library's warnings to the process that prints."""

    def __init__(self, say: Say) -> None:
        super().__init__(logging.WARNING)
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        self._say(note=record.getMessage())


if __name__ == "__main__":
    main()
