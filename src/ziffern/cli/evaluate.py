"""`ziffern evaluate`: how good a run is, and how well any model reads other hands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from ziffern.cli import output
from ziffern.cli.options import DataFolder, Json, RunsFolder

if TYPE_CHECKING:
    from ziffern.evaluation.hands import Collection, Group
    from ziffern.evaluation.result import Evaluation

WORST_WRITERS, WORST_CLASSES = 5, 3
"""So many are printed; the page and the JSON have all."""


def evaluate(
    model: str,
    /,
    *,
    on: Annotated[
        str | None,
        Parameter(
            metavar="DATASET,…",
            help="Other collections than the run's own, separated by commas; for models without a "
            "run too.",
        ),
    ] = None,
    split: Annotated[
        Literal["validation", "test", "all"],
        Parameter(
            help="Which part; test counts as a look at the test set. With --on also all, for "
            "collections that the model has not learnt from."
        ),
    ] = "test",
    averaging: Annotated[
        bool,
        Parameter(
            help="Whether a model that averages over copies of each picture does so; both "
            "are kept, and it is one look."
        ),
    ] = True,
    out: Annotated[
        Path | None,
        Parameter(
            metavar="DIR",
            help="With --on, where the page with pictures goes; if not given, hands in the run, "
            "and none for a model without a run.",
        ),
    ] = None,
    data_dir: DataFolder = None,
    runs: RunsFolder = "runs",
    json: Json = False,
) -> None:
    """Evaluate a run: accuracy with its interval, per class, confusion, calibration.

    With --on any model: accuracy by collection and by groups of writers, and the digits read worst.

    Parameters
    ----------
    model:
        A run's name, a unique part of it, its path, or latest; with --on also a shipped model, a
        folder with model.json, or an .onnx file of Ziffern.
    """
    from ziffern.errors import InputError

    if split == "validation" or on is None:
        if split == "all" or out is not None:
            option = "--split all" if split == "all" else "--out"
            raise InputError(f"{option} is for other collections; name them with --on")
        _evaluate_run(model, on, split, data_dir, runs, averaging, json)
        return
    _evaluate_hands(model, on, split, data_dir, runs, averaging, out, json)


def _evaluate_hands(
    model: str,
    on: str,
    split: Literal["test", "all"],
    data_dir: str | None,
    runs: str,
    averaging: bool,
    out: Path | None,
    json: bool,
) -> None:
    from ziffern.evaluation.hands import judge

    names = [name for name in on.split(",") if name]
    hands = judge(model, on=names, split=split, data_dir=data_dir, runs=runs, averaging=averaging)
    if not json:
        print(f"{hands.model} on {'test parts' if split == 'test' else 'all pictures'}\n")
        output.table(
            ["collection", "of it", "accuracy>", "95 % interval", "right>"],
            [row for collection in hands.collections for row in _rows(collection)],
            droppable=["right>"],
        )
    page = None
    if folder := out or (hands.folder and hands.folder / "hands"):
        from ziffern.album.hands import write_hands

        with output.steps(quiet=json) as progress:
            page = write_hands(hands, folder, progress=progress)
    if json:
        output.emit_json({**hands.as_dict(), "split": split, "album": page and str(page)})
        return
    if hands.folder is not None:
        looks = (f"{it.evaluation.dataset} {it.evaluation.test_looks}" for it in hands.collections)
        print(f"\ntest looks: {', '.join(looks)}")
    if page is None:
        output.note("\nwhat was misread, in pictures: --out DIR")
    else:
        print(f"\npictures: {page}")


def _rows(collection: Collection) -> list[list[object]]:
    """Return a line for the collection and one for each group; of writers and classes the worst."""
    shown = collection.evaluation
    rows = [_row(shown.dataset, "all", shown)]
    for kind, groups in collection.groups.items():
        limit = {"writer": WORST_WRITERS, "class": WORST_CLASSES}.get(kind, len(groups))
        rows += [_row("", f"{kind} {group.name}", group) for group in groups[:limit]]
        if len(groups) > limit:
            others = {"writer": "writers", "class": "classes"}[kind]
            rows.append(["", f"{len(groups) - limit} other {others}: no worse", "", "", ""])
    return rows


def _row(name: str, of_it: str, counted: Evaluation | Group) -> list[object]:
    low, high = counted.wilson95
    accuracy, right = output.percent(counted.accuracy), f"{counted.correct:,} of {counted.n:,}"
    return [name, of_it, accuracy, f"{low:.2%} to {high:.2%}", right]


def _evaluate_run(
    run: str,
    on: str | None,
    split: Literal["validation", "test"],
    data_dir: str | None,
    runs: str,
    averaging: bool,
    json: bool,
) -> None:
    from ziffern.evaluation.evaluate import evaluate
    from ziffern.runs import Run

    opened = Run.open(run, runs)
    result = evaluate(opened, on=on, split=split, data_dir=data_dir, averaging=averaging)
    found = {"run": str(opened.path), **result.as_dict()}
    if json:
        output.emit_json(found)
        return
    output.facts(
        [
            ("run", opened.path),
            ("data", f"{result.dataset}, {result.split}"),
            ("accuracy", f"{output.interval(found)}, {result.correct:,} of {result.n:,} right"),
            *_averaging(found),
            ("loss", f"{result.loss:.4f}"),
            ("calibration error", f"{found['ece']:.4f}"),
            ("test looks", result.test_looks),
        ]
    )
    print()
    output.table(
        ["class", "precision>", "recall>", "F1>", "pictures>"],
        [
            [
                row["class"],
                *(output.percent(row[key]) for key in ("precision", "recall", "f1")),
                f"{row['support']:,}",
            ]
            for row in found["per_class"]
        ],
    )
    print("\nconfusion: true class in rows, answers in columns")
    names = result.class_names
    # long names would not fit side by side, so the columns get numbers
    short = all(len(name) < 5 for name in names)
    heads = names if short else tuple(str(number) for number in range(len(names)))
    output.table(
        ["", *(f"{head}>" for head in heads)],
        [
            [name if short else f"{number} {name}", *row]
            for number, (name, row) in enumerate(zip(names, found["confusion"], strict=True))
        ],
    )


def _averaging(found: dict[str, Any]) -> list[tuple[str, object]]:
    """Say what averaging over copies brought, where a model averages."""
    if (alone := found.get("without_averaging")) is None:
        return []
    return [
        ("averaging", f"mean of {found['averaging']} answers a picture"),
        ("without it", f"{output.interval(alone)}, {alone['correct']:,} of {alone['n']:,} right"),
    ]
