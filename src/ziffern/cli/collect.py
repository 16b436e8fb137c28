"""`ziffern collect`: datasets of one's own hands, from printed sheets and from known numbers."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from ziffern.cli import output
from ziffern.cli.options import Json, whole
from ziffern.errors import InputError, WorkError

if TYPE_CHECKING:
    from ziffern.collect.gather import Gathered
    from ziffern.collect.lines import GatheredLines

PROGRESS = 20  # lines of it, where there is no terminal

app = App(
    name="collect",
    help="Collect handwriting of your own, on printed sheets or from numbers you know.",
    sort_key=5,
)


@app.command
def sheet(
    *,
    out: Annotated[Path, Parameter(metavar="FILE", help="Where the PDF is written.")] = Path(
        "sheet.pdf"
    ),
    paper: Annotated[str, Parameter(metavar="PAPER", help="a4 or letter.")] = "a4",
    pages: Annotated[
        int,
        Parameter(
            metavar="N",
            converter=whole,
            help="How many different pages, each for 10 pictures of every digit.",
        ),
    ] = 1,
    writers: Annotated[
        int | None,
        Parameter(
            metavar="N",
            converter=whole,
            help="Write all pages for each of N writers, with numbers that tell them apart.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Write a sheet as PDF, to print and to write digits on."""
    from ziffern.collect.sheet import sheet as drawn
    from ziffern.files import write_atomic

    if out.suffix.lower() != ".pdf":
        raise InputError(f"--out {out}: expected a name that ends in .pdf")
    write_atomic(out, drawn(paper=paper, pages=pages, writers=writers))
    if json:
        output.emit_json({"file": out, "paper": paper, "pages": pages, "writers": writers})
        return
    print(out)
    output.note("\nnext: print it in its own size, and then: ziffern collect cut SCANS --out own")


@app.command
def cut(
    *files: Path,
    out: Annotated[
        Path, Parameter(metavar="DIR", help="Folder of the dataset; what is in it stays.")
    ] = Path("own"),
    writer: Annotated[
        str | None,
        Parameter(
            metavar="CODE",
            help="Who wrote these sheets (without it, the number printed on them, or the name of "
            "the file).",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Cut photos or scans of written sheets into a labelled dataset.

    Parameters
    ----------
    files:
        Photos, scans of one or several pages, PDFs, or folders of them.
    """
    from ziffern.collect.gather import gather, listed

    if not files:
        raise InputError("give photos or scans of sheets, such as ziffern collect cut scans/*.jpg")
    given = listed(files)
    found: list[Gathered] = []
    with output.steps(quiet=json) as tell:
        for done, file in enumerate(given):
            if tell is not None:
                tell(done, len(given), str(file))
            found += gather([file], out, writer=writer)
    good = [_facts(sheet) for sheet in found if sheet.problem is None]
    bad = [sheet for sheet in found if sheet.problem is not None]
    problems = [str(sheet.problem).removeprefix(f"{sheet.file}: ") for sheet in bad]
    if json:
        output.emit_json(
            {
                "folder": out,
                "sheets": good,
                "digits": _by_digit(found),
                "problems": [
                    {"file": sheet.file, "page": sheet.page, "problem": problem}
                    for sheet, problem in zip(bad, problems, strict=True)
                ],
            }
        )
    elif len(found) == 1 and bad:
        raise InputError(f"{_place(bad[0])}: {problems[0]}")
    elif good:
        _show(good)
    if bad:
        for sheet, problem in zip(bad, problems, strict=True):
            output.note(f"not cut: {_place(sheet)}: {problem}")
        raise WorkError(f"{len(bad)} of {len(found)} sheets could not be cut")
    if not any(_by_digit(found).values()):
        raise WorkError("there is no digit in any box; write them by pen, not too faintly")
    if not json:
        output.note(f"\nnext: ziffern train --from universal --data-dir {out}")


@app.command
def lines(
    table: Path,
    /,
    *,
    out: Annotated[
        Path, Parameter(metavar="DIR", help="Folder of the dataset; what is in it stays.")
    ] = Path("own"),
    model: Annotated[
        str | None,
        Parameter(
            metavar="NAME",
            help="The model that finds the digits, named as for ziffern predict, if not the "
            "shipped one for paper.",
        ),
    ] = None,
    writer: Annotated[
        str | None,
        Parameter(
            metavar="CODE",
            help="Who wrote these numbers (without it, each page counts as a writer).",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Cut numbers that are known into a labelled dataset.

    Parameters
    ----------
    table:
        CSV with the columns file and text, and page where files have several: what ziffern read
        --csv prints, with the mistakes corrected.
    """
    from ziffern.collect.lines import gather_lines
    from ziffern.reading.known import numbers_in
    from ziffern.reading.reader import DEFAULT_MODEL, Reader

    known = numbers_in(table)
    reader = Reader(model or DEFAULT_MODEL)
    found: list[GatheredLines] = []
    with output.steps(quiet=json, lines=PROGRESS) as tell:
        for done, each in enumerate(known):
            if tell is not None:
                tell(done, len(known), str(each.file))
            found += gather_lines([each], out, reader, writer=writer)
    problems = [problem for page in found for problem in _problems(page)]
    kept = [page.kept for page in found if page.kept is not None]
    cut = [line for page in found for line in page.found if line is not None]
    digits = Counter(label for line in cut for label in line.labels.tolist())
    facts = {
        "folder": out,
        "lines": len(cut),
        "digits": {str(digit): digits[digit] for digit in range(10)},
        "no_digit": sum(len(line.others) for line in cut),
        "written": sum(each.written for each in kept),
        "there_already": sum(each.known for each in kept),
        "problems": problems,
    }
    if json:
        output.emit_json(facts)
    elif cut:
        print(
            f"{out}: {facts['written']:,} new pictures of {len(cut):,} lines: "
            f"{digits.total():,} digits and {facts['no_digit']:,} wrong cuts"
            + (f", {facts['there_already']:,} there already" if facts["there_already"] else "")
        )
    for problem in problems:
        output.note(f"not cut: {problem['file']}: {problem['problem']}")
    if problems and not cut:
        raise WorkError("no line could be cut")
    if not json:
        output.note(f"\nnext: ziffern train --from {reader.model.name} --data-dir {out}")


def _problems(page: GatheredLines) -> list[dict[str, Any]]:
    """Return what could not be cut of a page, and why, as JSON can hold it."""
    facts = {"file": str(page.file), "page": page.page}
    if page.problem is not None:
        return [facts | {"problem": str(page.problem).removeprefix(f"{page.file}: ")}]
    return [
        facts | {"problem": f"{number} was not found in it"}
        for number, line in zip(page.numbers, page.found, strict=True)
        if line is None
    ]


def _place(sheet: Gathered) -> str:
    return str(sheet.file) if sheet.page is None else f"{sheet.file}, page {sheet.page}"


def _facts(sheet: Gathered) -> dict[str, Any]:
    assert sheet.cut is not None
    assert sheet.kept is not None
    return {
        "file": _place(sheet),
        "writer": sheet.writer,
        "sheet": sheet.cut.sheet.page,
        "digits": len(sheet.cut.digits),
        "empty": sheet.cut.empty,
        "blacked_out": sheet.cut.blacked_out,
        "written": sheet.kept.written,
        "there_already": sheet.kept.known,
        "marks": sheet.cut.marks,
    }


def _by_digit(found: list[Gathered]) -> dict[str, int]:
    counts = Counter(digit.label for sheet in found if sheet.cut for digit in sheet.cut.digits)
    return {str(digit): counts[digit] for digit in range(10)}


def _show(sheets: list[dict[str, Any]]) -> None:
    keys = ("file", "writer", "sheet", "digits", "empty", "blacked_out", "there_already")
    output.table(
        [key.replace("_", " ") + (">" if place > 1 else "") for place, key in enumerate(keys)],
        [[sheet[key] for key in keys] for sheet in sheets],
        droppable=["there already>", "sheet>", "blacked out>"],
    )
    writers = {sheet["writer"] for sheet in sheets if sheet["digits"]}
    by = writers.pop() if len(writers) == 1 else f"{len(writers)} writers"
    print(f"\n{sum(sheet['written'] for sheet in sheets):,} new digits by {by}")
