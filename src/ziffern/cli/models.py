"""Commands that judge trained models: `evaluate`, `report`, `check`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from cyclopts import Parameter

from ziffern.cli import output
from ziffern.cli.options import DataFolder, Json, RunsFolder


def evaluate(
    run: str,
    /,
    *,
    on: Annotated[
        str | None, Parameter(metavar="DATASET", help="Another dataset than the run's own.")
    ] = None,
    split: Annotated[
        Literal["validation", "test"],
        Parameter(help="Which part of it; test counts as a look at the test set."),
    ] = "test",
    averaging: Annotated[
        bool,
        Parameter(
            help="Whether a model that averages over moved copies of each picture does so; both "
            "are kept, and it is one look."
        ),
    ] = True,
    data_dir: DataFolder = None,
    runs: RunsFolder = "runs",
    json: Json = False,
) -> None:
    """Evaluate a run: accuracy with its interval, per class, confusion, calibration.

    Parameters
    ----------
    run:
        A run's name, a unique part of it, its path, or latest.
    """
    from ziffern import bench
    from ziffern.runs import Run

    opened = Run.open(run, runs)
    result = bench.evaluate(opened, on=on, split=split, data_dir=data_dir, averaging=averaging)
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
    """Say what averaging over moved copies brought, where a model averages."""
    if (alone := found.get("without_averaging")) is None:
        return []
    return [
        ("averaging", f"mean of {found['averaging']} answers a picture"),
        ("without it", f"{output.interval(alone)}, {alone['correct']:,} of {alone['n']:,} right"),
    ]


def report(run: str, /, *, runs: RunsFolder = "runs", json: Json = False) -> None:
    """Write the report of a run: one HTML file. It does not look at the test set again.

    Parameters
    ----------
    run:
        A run's name, a unique part of it, its path, or latest.
    """
    from ziffern.report.of_run import write_report

    path = write_report(run, runs=runs)
    if json:
        output.emit_json({"report": str(path)})
    else:
        print(f"report: {path}")


def check(
    model: str,
    /,
    *,
    data_dir: DataFolder = None,
    runs: RunsFolder = "runs",
    min_accuracy: Annotated[
        float, Parameter(metavar="SHARE", help="Least accuracy on the test set.")
    ] = 0.97,
    min_printed: Annotated[
        float, Parameter(metavar="SHARE", help="Least accuracy on printed digits.")
    ] = 0.6,
    max_ece: Annotated[float, Parameter(metavar="SHARE", help="Largest calibration error.")] = 0.03,
    json: Json = False,
) -> int:
    """Grade a saved model: loads, right contract, accuracy, printed digits, calibration.

    The test set is opened for it. Exit code 1 if the model does not pass.

    Parameters
    ----------
    model:
        A run, a shipped model, a folder with model.json, or an .onnx, .keras or .h5 file.
    """
    from ziffern.evaluation.check import grade

    grades = grade(
        model,
        data_dir=data_dir,
        runs=runs,
        min_accuracy=min_accuracy,
        min_printed=min_printed,
        max_ece=max_ece,
    )
    if json:
        output.emit_json(grades.as_dict())
    else:
        width = max((len(criterion.name) for criterion in grades.criteria), default=0)
        output.facts(
            [
                (f"{'pass' if one.passed else 'FAIL'}  {one.name:<{width}}", one.reason)
                for one in grades.criteria
            ]
        )
        print(f"\n{grades.model} {'passes' if grades.passed else 'does not pass'}")
    return 0 if grades.passed else 1
