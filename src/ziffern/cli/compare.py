"""`ziffern compare`: whether one network is better than another, or the difference is not shown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from ziffern.cli import output
from ziffern.cli.options import DataFolder, Json, RunsFolder


def compare(
    *given: Annotated[str, Parameter(name="RUN")],
    split: Annotated[
        Literal["validation", "test"],
        Parameter(help="Which kept evaluations are compared; this is no look at the test set."),
    ] = "test",
    out: Annotated[
        Path | None,
        Parameter(
            metavar="DIR",
            help="Write a page with pictures: accuracies, and the digits that tell the networks "
            "apart.",
        ),
    ] = None,
    data_dir: DataFolder = None,
    runs: RunsFolder = "runs",
    json: Json = False,
) -> None:
    """Compare runs: spread over seeds, intervals, and whether a difference is shown.

    Runs of one recipe are taken as its seeds.

    Parameters
    ----------
    given:
        At least two runs, each by name, a unique part of it, its path, or latest; a recipe's name
        stands for all its finished runs.
    """
    from ziffern.evaluation.comparable import compare as compared

    found = compared(given, split=split, runs=runs)
    page = None
    if out is not None:
        from ziffern.album.compare import write_comparison

        with output.steps(quiet=json) as progress:
            page = write_comparison(found, out, data_dir=data_dir, progress=progress)
    table = found.as_dict()
    if json:
        output.emit_json({**table, "page": None if page is None else str(page)})
        return
    print(f"{found.dataset}, {found.split}\n")
    output.table(
        ["group", "seed>", "accuracy>", "95 % interval", "right>", "looks>"],
        [row for group in table["groups"] for row in _rows(group)],
        droppable=["looks>", "right>"],
    )
    for pair in found.pairs:
        print(f"\n{pair.sentence}")
    if page is not None:
        print(f"\npictures: {page}")


def _rows(group: dict[str, Any]) -> list[list[object]]:
    """Return a line for each run and, where there are several, one for all of them."""
    rows: list[list[object]] = [
        [
            group["name"],
            run["seed"],
            output.percent(run["accuracy"]),
            _interval(run["wilson95"]),
            f"{run['correct']:,} of {run['n']:,}",
            run["test_looks"],
        ]
        for run in group["runs"]
    ]
    if group["n"] > 1:
        mean = f"{group['mean']:.2%} ± {group['sd']:.2%}"
        rows.append([group["name"], "mean", mean, _interval(group["interval95"]), "", ""])
    return rows


def _interval(ends: list[float]) -> str:
    low, high = ends
    return f"{low:.2%} to {high:.2%}"
