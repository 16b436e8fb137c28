"""`ziffern read`: the digits on paper, from photos, scans and PDF, one file or thousands."""

from __future__ import annotations

import csv as tables
import json as texts
import math
import re
import sys
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

from cyclopts import Parameter

from ziffern.cli import output
from ziffern.errors import DataError, InputError, WorkError

if TYPE_CHECKING:
    from ziffern.reading.many import Failure
    from ziffern.reading.structure import Line, Reading

COLUMNS = ("file", "page", "line", "text", "state", "probability", "x", "y", "width", "height")
PICTURES = (".png", ".jpg", ".jpeg")
_PAGE = re.compile(r"-page-\d+$")  # behind the name of a picture, for all pages but the first
NAMED = 3  # of the files that a folder has besides
PROGRESS = 20  # lines of it, where there is no terminal


def read(
    *files: Annotated[Path, Parameter(name="FILE")],
    model: Annotated[
        str | None,
        Parameter(
            metavar="NAME",
            help="The model that answers, named as for ziffern predict, if not the shipped one "
            "for paper.",
        ),
    ] = None,
    json: Annotated[
        bool,
        Parameter(name="--json", negative=(), show_default=False, help="Print one JSON object."),
    ] = False,
    csv: Annotated[
        bool,
        Parameter(
            name="--csv", negative=(), show_default=False, help="Print a table with a row a line."
        ),
    ] = False,
    annotate: Annotated[
        Path | None,
        Parameter(
            metavar="OUT",
            help="Draw what was read over each page, into a folder; of a single file also into "
            "a .png or .jpg.",
        ),
    ] = None,
    truth: Annotated[
        Path | None,
        Parameter(
            metavar="TABLE",
            help="Tell how well the files of a table are read: CSV with the columns file and "
            "text, what --csv prints with the mistakes corrected.",
        ),
    ] = None,
) -> None:
    """Read the digits on paper: photos, scans, forms, cheques.

    Parameters
    ----------
    files:
        Pictures (PNG, JPEG, TIFF, WebP, HEIC and more), PDFs, and folders of them.
    """
    if truth is not None:
        if files or csv or annotate is not None:
            raise InputError("--truth names the files itself; give it alone, or with --json")
        _judge(truth, model, json=json)
        return
    if not files:
        raise InputError("give picture files, PDFs or folders of them")
    if json and csv:
        raise InputError("--json and --csv: give one of them")
    alone = len(files) == 1 and not files[0].is_dir()
    chosen = _chosen(files)
    pictures = None if annotate is None else _pictures(chosen, annotate, alone=alone)
    failed: list[Failure] = []
    with closing(_found(chosen, model, pictures)) as found:
        readings = _readings(found, failed, alone=alone)
        if json and alone:
            output.emit_json(next(readings))
        elif json:
            _print_json(readings, failed)
        elif csv:
            _print_csv(readings)
        else:
            _print_text(readings, alone=alone)
    if failed:
        raise WorkError(f"{len(failed):,} of {len(chosen):,} files could not be read")


def _judge(truth: Path, model: str | None, *, json: bool) -> None:
    """Print how many of the numbers of a table are read right, and those that are not."""
    from ziffern.evaluation.metrics import wilson_interval
    from ziffern.reading.known import compared, numbers_in

    known = numbers_in(truth)
    wrong: list[dict[str, object]] = []
    failed: list[Failure] = []
    right = total = 0
    with closing(_found([each.file for each in known], model, None)) as found:
        for each, reading in zip(known, found, strict=True):
            if "error" in reading:
                failed.append(cast("Failure", reading))
                total += sum(map(len, each.numbers.values()))
                continue
            lines = compared(each, reading)
            right += sum(line.right for line in lines)
            total += sum(line.number is not None for line in lines)
            wrong += [
                {"file": str(each.file), "page": line.page, "text": line.number, "read": line.read}
                for line in lines
                if not line.right
            ]
    further = sum(each["text"] is None for each in wrong)
    low, high = wilson_interval(right, total)
    if json:
        output.emit_json(
            {
                "lines": total,
                "right": right,
                "accuracy": right / total,
                "wilson95": [low, high],
                "further": further,
                "wrong": wrong,
                "failed": failed,
            }
        )
    else:
        if wrong:
            output.table(
                ["file", "page>", "there stands>", "read>"],
                [
                    [each["file"], each["page"], each["text"] or "–", each["read"] or "–"]
                    for each in wrong
                ],
                droppable=["page>"],
            )
            print()
        print(
            f"{right:,} of {total:,} lines right, {right / total:.1%} "
            f"({low:.1%} to {high:.1%})" + (f", {further:,} read that are none" if further else "")
        )
    if failed:
        for failure in failed:
            output.note(f"ziffern: {failure['error']}")
        raise WorkError(f"{len(failed):,} of {len(known):,} files could not be read")


def _chosen(given: Iterable[Path]) -> list[Path]:
    """Return the files to read, in order; of a folder a note tells what else is in it."""
    from ziffern.reading.files import KINDS, in_folder

    chosen: list[Path] = []
    for path in given:
        if not path.is_dir():
            chosen.append(path)
            continue
        files, others = in_folder(path)
        chosen += files
        if others:
            some = ", ".join(others[:NAMED]) + (", …" if len(others) > NAMED else "")
            output.note(f"{path}: {len(files):,} to read; {len(others):,} left out ({some})")
    if not chosen:
        raise DataError(f"nothing to read in {', '.join(map(str, given))}; expected {KINDS}")
    return chosen


def _pictures(chosen: Sequence[Path], out: Path, *, alone: bool) -> list[Path]:
    """Return for each file where to draw, by names of their own; no file beside them is replaced.

    Raises:
        InputError: `out` cannot be drawn into without that.
    """
    # of a link both places: where it is, and where it leads
    places = {at.resolve() for file in chosen for at in (file.parent, file.resolve().parent)}
    if out.suffix.lower() in PICTURES and not out.is_dir():
        if not alone:
            raise InputError(f"--annotate {out}: one picture for several files; give a folder")
        if out.resolve() == chosen[0].resolve():
            raise InputError(f"--annotate {out}: that is the file to read; give another name")
        if out.resolve().parent in places and (there := _there(out)):
            raise InputError(
                f"--annotate {out}: {there[0].name} is there already, beside the file to read; "
                "give another name, or a folder"
            )
        return [out]
    if out.exists() and not out.is_dir():
        raise InputError(f"--annotate {out}: expected a folder, or a name in .png or .jpg")
    if out.resolve() in places:
        raise InputError(f"--annotate {out}: the files to read lie there; give another folder")
    taken: set[str] = set()
    paged: set[str] = set()  # names that have one of those taken among their pages
    pictures = []
    for file in chosen:
        name, number = file.stem, 1
        while not taken.isdisjoint(_with_first(name)) or name.lower() in paged:
            number += 1
            name = f"{file.stem}-{number}"
        taken.add(name.lower())
        paged.add(_with_first(name)[1])
        pictures.append(out / f"{name}.jpg")
    return pictures


def _with_first(name: str) -> tuple[str, str]:
    """Return a picture's name and that of the first page, if it is a page, without capitals."""
    return name.lower(), _PAGE.sub("", name.lower())


def _there(out: Path) -> list[Path]:
    """Return the files that drawing into `out` could replace: itself and the pages after it."""
    return [
        path
        for path in sorted(out.parent.glob(f"{escape(out.stem)}*{out.suffix}"))
        if _PAGE.sub("", path.stem) == out.stem
    ]


def _found(
    chosen: Sequence[Path], model: str | None, pictures: Sequence[Path] | None
) -> Generator[Reading | Failure, None, None]:
    from ziffern.reading.many import read_many

    with (
        closing(read_many(chosen, model, pictures=pictures)) as found,
        output.steps(quiet=len(chosen) == 1, lines=PROGRESS) as progress,
    ):
        for number, file in enumerate(chosen):
            if progress:
                progress(number, len(chosen), str(file))
            yield next(found)


def _readings(
    found: Iterable[Reading | Failure], failed: list[Failure], *, alone: bool
) -> Iterator[Reading]:
    """Yield what could be read; tell what could not at once, and keep it in `failed`."""
    for each in found:
        if "error" not in each:
            yield each
            continue
        failure = cast("Failure", each)
        if alone:
            raise DataError(failure["error"])
        failed.append(failure)
        output.note(f"ziffern: {failure['error']}")


def _print_json(readings: Iterable[Reading], failed: Sequence[Failure]) -> None:
    """Print one object as it comes, with one line for each file."""
    print('{"readings": [', end="")
    for number, reading in enumerate(readings):
        print("," * (number > 0), texts.dumps(reading, allow_nan=False), sep="\n", end="")
    print('\n], "failed": [', end="")
    for number, failure in enumerate(failed):
        print("," * (number > 0), texts.dumps(failure), sep="\n", end="")
    print("\n]}")


def _print_csv(readings: Iterable[Reading]) -> None:
    table = tables.writer(sys.stdout, lineterminator="\n")
    table.writerow(COLUMNS)
    for reading in readings:
        for page, found in enumerate(reading["pages"], 1):
            for number, line in enumerate(found["lines"], 1):
                digits = [digit for digit in line["digits"] if digit["digit"] is not None]
                if not digits:
                    continue
                # a mark between them that was taken for no digit may have been one
                sure = all(digit["state"] == "sure" for digit in line["digits"])
                probability = math.prod(digit["probability"] for digit in digits)
                table.writerow(
                    [
                        reading["file"],
                        page,
                        number,
                        line["text"],
                        "sure" if sure else "unsure",
                        f"{probability:.4f}",
                        *line["box"],
                    ]
                )


def _print_text(readings: Iterable[Reading], *, alone: bool) -> None:
    digits = unsure = 0
    for reading in readings:
        found = False
        for number, page in enumerate(reading["pages"], 1):
            where = [] if alone else [reading["file"]]
            if len(reading["pages"]) > 1:
                where.append(f"page {number}")
            start = f"{', '.join(where)}: " if where else ""
            for line in page["lines"]:
                text, doubtful = _marked(line)
                if text:
                    print(f"{start}{text}")
                found |= bool(text)
                digits, unsure = digits + len(line["text"]), unsure + doubtful
        if not found:
            output.note(f"{reading['file']}: no digit found")
    if unsure:
        are = "is" if unsure == 1 else "are"
        output.note(f"{unsure:,} of {digits:,} digits {are} unsure, marked with a question mark")


def _marked(line: Line) -> tuple[str, int]:
    """Return a line's digits, a question mark behind the unsure ones, and how many these are."""
    shown = [digit for digit in line["digits"] if digit["digit"] is not None]
    unsure = [digit["state"] == "unsure" for digit in shown]
    signs = [f"{digit['digit']}{'?' * doubt}" for digit, doubt in zip(shown, unsure, strict=True)]
    return "".join(signs), sum(unsure)
