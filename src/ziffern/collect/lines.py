"""Digits cut out of lines whose numbers are known, into a dataset; one bad file stops no other.

    for page in gather_lines(numbers_in(Path("numbers.csv")), Path("own"), Reader()):
        print(page.file, page.problem or page.kept)

What makes boxes and labels of single digits superfluous is `ziffern.reading.spelled`. Nothing is
printed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ziffern.classes import NO_DIGIT
from ziffern.collect.cut import Digit
from ziffern.collect.folder import Kept, called_after, checked_writer, keep
from ziffern.collect.gather import numbered_pages
from ziffern.errors import DataError, InputError
from ziffern.reading.known import Known
from ziffern.reading.reader import Reader
from ziffern.reading.spelled import SpelledLine, Speller


@dataclass(frozen=True, eq=False)
class GatheredLines:
    """What became of one page of a file."""

    file: Path
    page: int | None
    """From 1; None where the file has only one."""
    numbers: list[str] = field(default_factory=list)
    found: list[SpelledLine | None] = field(default_factory=list)
    """The digits of each number, None for a number that is not on the page."""
    kept: Kept | None = None
    problem: InputError | None = None
    """Why the page could not be read."""


def gather_lines(
    known: Iterable[Known], folder: Path, reader: Reader, *, writer: str | None = None
) -> Iterator[GatheredLines]:
    """Find the digits of known numbers and keep them under `folder`, page by page.

    Args:
        known: files and the numbers on their pages.
        folder: of the dataset, made as needed; what is in it stays.
        reader: its model tells where digits are.
        writer: who wrote all of it; without it each page counts as a writer of its own, so that
            no page is both learnt from and tested on.

    Raises:
        InputError: `writer` cannot be a folder's name.
        WorkError: the folder cannot be written.
    """
    if writer is not None:
        checked_writer(writer)
    spelled = Speller(reader)
    for each in known:
        left = dict(each.numbers)
        for page, pixels in numbered_pages(each.file):
            if isinstance(pixels, InputError):
                left.clear()
                yield GatheredLines(each.file, page, problem=pixels)
                continue
            numbers = left.pop(page or 1, [])
            if numbers:
                found = spelled(pixels, numbers)
                kept = keep(_digits(found), folder, writer=writer or called_after(each.file, page))
                yield GatheredLines(each.file, page, numbers, found, kept)
        for page in left:
            problem = DataError(f"{each.file} has no page {page}")
            yield GatheredLines(each.file, page, problem=problem)


def _digits(found: Iterable[SpelledLine | None]) -> Iterator[Digit]:
    for line in found:
        if line is not None:
            for picture, label in zip(line.digits, line.labels.tolist(), strict=True):
                yield Digit(label, picture)
            for picture in line.others:
                yield Digit(NO_DIGIT, picture)
