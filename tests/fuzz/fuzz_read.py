"""Fuzzing of the way from bytes to a reading, led by which lines are executed; for hours, not here.

    python tests/fuzz/fuzz_read.py CORPUS -max_total_time=600 -timeout=60 -rss_limit_mb=4096

CORPUS is a folder that keeps the inputs worth having; an empty one is filled with a small file of
each kind. Needs atheris, which is none of the extras. What it finds becomes a case in
`tests/reading/test_files.py` or `tests/reading/test_fuzz.py`, which try the same in seconds.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from itertools import islice
from pathlib import Path

import atheris

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "helpers"), str(TESTS / "reading")]

with atheris.instrument_imports(include=["PIL", "pi_heif", "pypdfium2", "ziffern"]):
    import test_fuzz

    from ziffern import pictures
    from ziffern.errors import DataError
    from ziffern.reading import files
    from ziffern.reading.reader import Reader

pictures.LIMIT = files.LIMIT = 2_000_000  # large pages say nothing new, slowly
SMALL = 200_000  # pixels that are read too
PATH = Path(tempfile.mkdtemp()) / "file"


def fill(corpus: Path) -> None:
    """Write a file of each kind into an empty corpus."""
    corpus.mkdir(parents=True, exist_ok=True)
    if not any(corpus.iterdir()):
        for kind in test_fuzz.KINDS:
            (corpus / kind).write_bytes(test_fuzz.whole(kind))


def one_input(content: bytes) -> None:
    """Open these bytes as a file, and read what pages they have."""
    PATH.write_bytes(content)
    try:
        for page in islice(files.pages(PATH), 3):
            if page[..., 0].size <= SMALL:
                test_fuzz.checked(READER.read_page(page), page)
    except DataError as error:
        if "\n" in str(error) or not str(error).startswith(str(PATH)):
            raise AssertionError(f"not one line about the file: {error!r}") from error


if __name__ == "__main__":
    READER = Reader()
    folders = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    fill(Path(folders[0]))
    warnings.simplefilter("ignore")
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
