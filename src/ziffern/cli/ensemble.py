"""`ziffern ensemble`: several trained runs as one model."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from ziffern.cli import output
from ziffern.cli.options import Json, RunsFolder


def ensemble(
    *members: Annotated[str, Parameter(name="RUN")],
    vote: Annotated[
        Literal["mean", "logits"],
        Parameter(help="What is averaged: the probabilities (mean) or the logits."),
    ] = "mean",
    runs: RunsFolder = "runs",
    json: Json = False,
) -> None:
    """Make one model of several runs: a run of its own, evaluated and reported like any other.

    Parameters
    ----------
    members:
        At least two runs, each by name, a unique part of it, its path, or latest.
    """
    from ziffern.evaluation import combine
    from ziffern.evaluation.ensemble import read

    run = combine.ensemble(members, vote=vote, runs=runs)
    model = read(run.path)
    validation = run.metrics.get("validation")
    names = [member["run"] for member in run.members]
    if json:
        output.emit_json(
            {
                "run": str(run.path),
                "members": names,
                "vote": vote,
                "parameters": model.parameters,
                "multiply_adds": model.multiply_adds,
                "validation": validation,
            }
        )
        return
    output.facts(
        [
            ("run", run.path),
            ("members", ", ".join(names)),
            ("vote", f"mean of the {'probabilities' if vote == 'mean' else 'logits'}"),
            ("parameters", f"{model.parameters:,}"),
            ("multiply-adds", f"{model.multiply_adds:,} a picture"),
            (
                "validation",
                "none: no picture was held out by all members (data.split_seed makes them share)"
                if validation is None
                else f"{output.interval(validation)}, n = {validation['n']:,}",
            ),
        ]
    )
    output.note(f"\nnext: ziffern evaluate {run.path}")
