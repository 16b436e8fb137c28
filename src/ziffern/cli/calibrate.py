"""`ziffern calibrate`: probabilities to believe, and a promise for what is called sure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ziffern.cli import output
from ziffern.cli.options import DataFolder, Json, RunsFolder

if TYPE_CHECKING:
    from ziffern.evaluation.calibrate import Calibration
    from ziffern.evaluation.rejection import Called


def calibrate(
    model: str,
    /,
    *,
    promise: Annotated[
        float,
        Parameter(metavar="SHARE", help="Of the digits called sure at most so many are wrong."),
    ] = 0.001,
    confidence: Annotated[
        float, Parameter(metavar="SHARE", help="With which confidence the promise has to hold.")
    ] = 0.95,
    on: Annotated[
        str | None,
        Parameter(
            metavar="DATASET",
            help="The dataset whose training part is used, in place of the digits that the run "
            "held out; with --judge its test part.",
        ),
    ] = None,
    judge: Annotated[
        bool,
        Parameter(
            negative=(),
            show_default=False,
            help="Change nothing: tell what the model calls digits and no digits as it is.",
        ),
    ] = False,
    data_dir: DataFolder = None,
    runs: RunsFolder = "runs",
    json: Json = False,
) -> None:
    """Fit a run's temperature and the thresholds of sure and no digit, kept in its model.

    Parameters
    ----------
    model:
        A run's name, a unique part of it, its path, or latest; with --judge also a shipped model, a
        folder with model.json or an .onnx file.
    """
    from ziffern.evaluation import calibrate as work

    if judge:
        found, others = work.judge(model, on=on, data_dir=data_dir, runs=runs)
        limits = found.thresholds
        if json:
            output.emit_json(
                {
                    "model": model,
                    "temperature": found.temperature,
                    "thresholds": limits.to_dict(),
                    "others": [each.as_dict() for each in others],
                }
            )
            return
        output.facts(
            [
                ("model", model),
                ("temperature", f"{found.temperature:g}"),
                ("sure", f"from a probability of {limits.sure:g} on"),
                ("no digit", f"below {limits.digit:g}"),
            ]
        )
        _table(others)
        return
    done = work.calibrate(
        model, promise=promise, confidence=confidence, on=on, data_dir=data_dir, runs=runs
    )
    if json:
        output.emit_json(done.as_dict())
        return
    _tell(done)
    _table(done.others)


def _tell(done: Calibration) -> None:
    limits, seen = done.judgement.thresholds, done.judgement.evidence
    wrong, lost = seen.wrong, seen.rejected
    output.facts(
        [
            ("run", done.run.path),
            (
                "temperature",
                f"{done.judgement.temperature:g}; cross-entropy {seen.loss[0]:.4f} → "
                f"{seen.loss[1]:.4f}, calibration error {seen.ece[0]:.4f} → {seen.ece[1]:.4f}",
            ),
            (
                "sure",
                f"from a probability of {limits.sure:g} on, {seen.sure:.2%} of the digits",
            ),
            (
                "promise",
                f"of the digits called sure at most {seen.promise:.3%} are wrong: {wrong.count:,} "
                f"of {wrong.n:,} were, which shows at most {wrong.at_most:.3%} with "
                f"{seen.confidence:.0%} confidence",
            ),
            (
                "no digit",
                f"below {limits.digit:g}, {lost.count:,} of {lost.n:,} digits, at most "
                f"{lost.at_most:.2%}",
            ),
            (
                "shown on",
                f"{lost.n:,} of {seen.where}; {seen.chosen_on:,} others chose temperature and "
                "thresholds",
            ),
        ]
    )


def _table(others: Sequence[Called]) -> None:
    print()
    output.table(
        ["pictures", "n>", "sure>", "unsure>", "no digit>", "called what they are not"],
        [
            [
                each.kind,
                f"{each.n:,}",
                f"{each.sure:,}",
                f"{each.unsure:,}",
                f"{each.no_digit:,}",
                f"{each.false / each.n:.1%} (95 % interval "
                f"{each.wilson95[0]:.1%} to {each.wilson95[1]:.1%})",
            ]
            for each in others
        ],
    )
    for each in others:
        if each.wrong is not None:
            print(f"\nof the {each.sure:,} {each.kind} called sure {each.wrong:,} are read wrong")
