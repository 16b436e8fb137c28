"""Commands that judge trained models: `report`, `check`."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from ziffern.cli import output
from ziffern.cli.options import DataFolder, Json, RunsFolder


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
