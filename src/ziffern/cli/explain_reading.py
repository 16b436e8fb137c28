"""`ziffern explain-reading`: why a digit was read as it was."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ziffern.cli import drawing, output
from ziffern.cli.options import DataFolder, Json, RunsFolder

if TYPE_CHECKING:
    from ziffern.exploration.misread import Answer

DATASET = "mnist"


def explain_reading(
    image: Path,
    /,
    *,
    model: Annotated[
        str | None,
        Parameter(
            metavar="NAME",
            help="The model that reads, named as for ziffern predict, if not the shipped one for "
            "paper.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        Parameter(metavar="FILE", help="Draw it all on one sheet: a .png, .svg or .pdf file."),
    ] = None,
    data_dir: DataFolder = None,
    runs: RunsFolder = "runs",
    json: Json = False,
) -> None:
    """Tell why a digit was read as it was: pen, slant, size, relatives, and what would flip it.

    Parameters
    ----------
    image:
        A picture file with one digit, dark on light or light on dark, of any size.
    """
    from ziffern import datasets
    from ziffern.evaluation.ensemble import load
    from ziffern.exploration.misread import study_of
    from ziffern.pictures import open_picture

    if out is not None:
        drawing.check(out, "--out")
        drawing.check_source(out, "--out", image)
    levels = open_picture(image)
    if model is None:
        from ziffern.reading.reader import DEFAULT_MODEL

        model = str(DEFAULT_MODEL)
    reader = load(model, runs=runs, precision="float32")
    # a sample is enough to look for relatives in
    with nullcontext() if data_dir else output.unsaid("ziffern.datasets"):
        training = datasets.load(DATASET, data_dir=data_dir, offline=True).train
    study = study_of(levels, reader, training)
    written = {}
    if out is not None:
        from ziffern.figures.misread import misread_figure

        written["drawing"] = drawing.save(misread_figure(study, title=image.name), out)
    if json:
        output.emit_json({"image": str(image), "model": model, **study.as_dict(), **written})
        return
    output.text("\n".join(study.sentences()))
    if study.changed:
        print()
        output.table(
            ["changed", "answers, and with which change"],
            [
                [name, ", ".join(f"{_named(each)} ({each.change})" for each in answers)]
                for name, answers in study.changed.items()
            ],
        )
    if written:
        print()
        output.facts(list(written.items()))


def _named(answer: Answer) -> str:
    """Return the digit that is read, or that none is."""
    return "none" if answer.state == "no-digit" else answer.digit
