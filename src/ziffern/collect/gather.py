"""Many files of sheets into one dataset; one bad photo does not stop the rest.

    for sheet in gather([Path("scans.pdf")], Path("own")):
        print(sheet.file, sheet.writer, sheet.problem or len(sheet.cut.digits))

Nothing is printed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ziffern.collect.cut import Cut, cut
from ziffern.collect.folder import Kept, checked_writer, keep, writer_of
from ziffern.errors import InputError
from ziffern.pictures import Pixels
from ziffern.reading.files import in_folder, pages


@dataclass(frozen=True, eq=False)
class Gathered:
    """What became of one page of a file."""

    file: Path
    page: int | None
    """From 1; None where the file has only one."""
    writer: str = ""
    cut: Cut | None = None
    kept: Kept | None = None
    problem: InputError | None = None
    """Why nothing could be cut; then there are neither `cut` nor `kept`."""


def gather(files: Iterable[Path], folder: Path, *, writer: str | None = None) -> Iterator[Gathered]:
    """Cut all pages of all files and keep their digits under `folder`, page by page.

    Args:
        files: photos, scans and PDFs; see `listed` for folders of them.
        folder: of the dataset, made as needed; what is in it stays.
        writer: who wrote all of it; without it each sheet's own, see `folder.writer_of`.

    Raises:
        InputError: `writer` cannot be a folder's name.
        WorkError: the folder cannot be written.
    """
    if writer is not None:
        checked_writer(writer)
    for file in files:
        for number, page in numbered_pages(file):
            if isinstance(page, InputError):
                yield Gathered(file, number, problem=page)
                continue
            try:
                found = cut(page)
                name = writer or writer_of(found.sheet, file, number)
                kept = keep(found.digits, folder, writer=name)
            except InputError as error:
                yield Gathered(file, number, problem=error)
                continue
            yield Gathered(file, number, name, found, kept)


def listed(paths: Iterable[Path]) -> list[Path]:
    """Return the files among `paths`, and in place of folders the files in them.

    Raises:
        InputError: a folder has nothing that could be a sheet.
    """
    found: list[Path] = []
    for path in paths:
        inside = in_folder(path)[0] if path.is_dir() else [path]
        if not inside:
            raise InputError(f"{path} holds no pictures; expected photos or scans of sheets")
        found += inside
    return found


def numbered_pages(file: Path) -> Iterator[tuple[int | None, Pixels | InputError]]:
    """Yield the pages of a file by their numbers, or at their place what is wrong with it.

    The number is None where there is only one page.
    """
    left, number = pages(file), 1
    try:
        page = next(left, None)
        while page is not None:
            following = next(left, None)
            yield number if number > 1 or following is not None else None, page
            page, number = following, number + 1
    except InputError as error:
        yield number if number > 1 else None, error
