"""Tables of what stands in files: what `ziffern read --csv` prints, once somebody has corrected it.

    known = numbers_in(Path("numbers.csv"))
    known[0].file, known[0].numbers        # Path("scans/a.png"), {1: ["2550", "17"]}
    compared(known[0], read("scans/a.png"))     # [Compared(1, "2550", "2550"), …]

A row a line, with the columns `file` and `text`, and `page` where files have several. Other columns
are left alone. Only the digits of a text count, so that 2.550,- is 2550, and a text without any
tells nothing.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import zip_longest
from pathlib import Path
from typing import Final

from ziffern.errors import DataError
from ziffern.reading.structure import Reading

_DIGITS: Final = frozenset("0123456789")
_LONGEST: Final = 100  # digits of a number; more is a mistake in the table


@dataclass(frozen=True)
class Known:
    """A file, and the numbers that stand on its pages (from 1), from top to bottom."""

    file: Path
    numbers: dict[int, list[str]] = field(default_factory=dict)


def numbers_in(table: Path) -> list[Known]:
    """Read a table of numbers, files in the order in which they come first.

    Files are looked for from the current folder, as `ziffern read` names them, and else from the
    table's.

    Raises:
        DataError: no such table, no table, a column missing, a page that is no number, or no
            numbers at all.
    """
    found: dict[str, Known] = {}
    for place, row in _rows(table):
        if None in row or None in row.values():
            raise DataError(f"{table}, line {place}: not as many columns as in the first line")
        number = "".join(sign for sign in row["text"] if sign in _DIGITS)
        if len(number) > _LONGEST:
            raise DataError(
                f"{table}, line {place}: a number of {len(number):,} digits; expected one line of "
                f"at most {_LONGEST}"
            )
        if number:
            name = row["file"]
            known = found.setdefault(name, Known(_placed(name, table)))
            known.numbers.setdefault(_page(row, table, place), []).append(number)
    if not found:
        raise DataError(f"{table}: no numbers in it; expected a row for each line of a file")
    return list(found.values())


@dataclass(frozen=True)
class Compared:
    """A number that stands on a page (from 1), and what was read there.

    One of the two may be None: nothing was read for the number, or a line more than there is.
    """

    page: int
    number: str | None
    read: str | None

    @property
    def right(self) -> bool:
        """Whether just the number was read."""
        return self.number == self.read


def compared(known: Known, reading: Reading) -> list[Compared]:
    """Set what was read against what stands there, line by line, on the pages of the table.

    Lines are paired in order, equal ones first.
    """
    found = []
    for page, numbers in sorted(known.numbers.items()):
        pages = reading["pages"][page - 1 : page]
        texts = [line["text"] for each in pages for line in each["lines"]]
        matcher = SequenceMatcher(None, numbers, texts, autojunk=False)
        for _, start, stop, begin, end in matcher.get_opcodes():
            pairs = zip_longest(numbers[start:stop], texts[begin:end])
            found += [Compared(page, number, text) for number, text in pairs]
    return found


def _rows(table: Path) -> list[tuple[int, dict[str, str]]]:
    """Return the rows by the lines of the file they end on."""
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:  # spreadsheets write a mark
            sample = file.readline()
            file.seek(0)
            # where commas part decimals, spreadsheets part columns by semicolons
            reader = csv.DictReader(file, delimiter=";" if ";" in sample else ",", strict=True)
            names = reader.fieldnames or []
            if missing := [name for name in ("file", "text") if name not in names]:
                raise DataError(
                    f"{table}: no column {missing[0]!r} in its first line; expected file,text as "
                    "in what ziffern read --csv prints"
                )
            return [(reader.line_num, row) for row in reader]
    except OSError as error:
        raise DataError(f"cannot read {table}: {error.strerror}") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(f"{table}: no table in UTF-8 ({error})") from error


def _placed(name: str, table: Path) -> Path:
    beside = table.parent / name
    return Path(name) if Path(name).exists() or not beside.exists() else beside


def _page(row: dict[str, str], table: Path, place: int) -> int:
    text = row.get("page") or "1"
    if not (text.isascii() and text.isdecimal()) or int(text) < 1:
        raise DataError(f"{table}, line {place}: page {text!r}; expected a number from 1")
    return int(text)
