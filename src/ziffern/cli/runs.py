"""`ziffern runs`: the runs so far, one of them, the best, and their curves."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from ziffern.cli import drawing, output
from ziffern.cli.options import Json, RunsFolder

app = App(name="runs", help="List, show and draw runs.", sort_key=10)


@app.command(name="list")
def list_(*, runs: RunsFolder = "runs", json: Json = False) -> None:
    """List all runs, newest first, with their results and how often the test set was looked at."""
    from ziffern.runs import listing

    summaries = listing(runs)
    if json:
        output.emit_json({"runs": [dataclasses.asdict(item) for item in summaries]})
        return
    if not summaries:
        print(f"no runs in {runs}; make one with: ziffern train quick")
        return
    output.table(
        ["run", "status", "epochs>", "time>", "validation>", "test>", "looks>"],
        [
            [
                item.name,
                item.status,
                item.epochs,
                f"{item.seconds:.1f} s",
                output.percent(item.validation_accuracy),
                output.percent(item.test_accuracy),
                item.test_looks,
            ]
            for item in summaries
        ],
        droppable=["time>", "epochs>"],
    )
    problems = [item.problem for item in summaries if item.problem]
    if problems:
        print()
    for problem in problems:
        print(f"damaged: {problem}")


@app.command
def show(run: str, /, *, runs: RunsFolder = "runs", json: Json = False) -> None:
    """Show a run: what was trained, on what, and its results.

    Parameters
    ----------
    run:
        A run's name, a unique part of it, its path, or latest.
    """
    from ziffern.runs import Run

    opened = Run.open(run, runs)
    info, metrics, history = opened.info, opened.metrics, opened.history
    looks = opened.test_looks
    if json:
        output.emit_json({"path": str(opened.path), **info, "metrics": metrics, "history": history})
        return
    data, training = info.get("dataset") or {}, metrics.get("training")
    pairs: list[tuple[str, object]] = [
        ("run", opened.path),
        ("recipe", f"{info.get('recipe')}, seed {info.get('seed')}"),
        ("status", info.get("status")),
        ("started", str(info.get("started")).replace("T", " ")),
        ("data", f"{data.get('name')}: {data.get('origin')}" if data else "–"),
        ("epochs", len(history)),
    ]
    if problem := info.get("problem"):
        pairs.insert(3, ("problem", problem))
    if training:
        pairs.append(
            (
                "training",
                f"{training['seconds_training']:.1f} s, "
                f"{training['images_per_second']:,.0f} images/s "
                f"({info.get('device')}, {info.get('precision')})",
            )
        )
    pairs += [
        (split, _figures(metrics[split])) for split in ("validation", "test") if split in metrics
    ]
    pairs.append(("test looks", looks))
    if (report := opened.path / "report.html").exists():
        pairs.append(("report", report))
    if info["status"] in ("interrupted", "failed"):
        pairs.append(("go on with", f"ziffern train --resume {opened.path}"))
    output.facts(pairs)


def _figures(found: dict[str, Any]) -> str:
    if found.keys() >= {"wilson95", "loss", "n"}:
        return f"{output.interval(found)}, loss {found['loss']:.4f}, n = {found['n']:,}"
    return output.percent(found["accuracy"])


@app.command
def curves(
    *names: str,
    zoom: Annotated[
        float | None,
        Parameter(
            metavar="Z",
            help="Show the Z-th part of the range next to 0 (loss) and to 100 % (accuracy).",
        ),
    ] = None,
    out: Annotated[
        Path, Parameter(metavar="FILE", help="Where to: a name that ends in .png, .svg or .pdf.")
    ] = Path("curves.svg"),
    runs: RunsFolder = "runs",
    json: Json = False,
) -> None:
    """Draw the curves of a run, or of several in one picture.

    Parameters
    ----------
    names:
        A run's name, a unique part of it, its path, or latest; may be repeated.
    """
    from ziffern.errors import InputError
    from ziffern.evaluation.learning import best_epoch, parting_epoch
    from ziffern.figures.curves import curves_figure
    from ziffern.figures.runs import runs_figure, unvalidated
    from ziffern.runs import Run

    if not names:
        raise InputError("give one run or more, such as ziffern runs curves latest")
    drawing.check(out, "--out")
    opened = {run.path.resolve(): run for run in (Run.open(name, runs) for name in names)}
    histories = {run.name: run.history for run in opened.values()}
    for name, history in histories.items():
        if not history:
            raise InputError(f"{name} has no finished epoch: there are no curves to draw")
    if len({run.dataset["sha256"] for run in opened.values()}) > 1:
        output.note("note: these runs learnt from different data; their curves do not compare")
    if len(histories) == 1:
        figure = curves_figure(*histories.values(), zoom=zoom)
    else:
        if without := unvalidated(histories):
            output.note(
                f"note: without validation pictures: {', '.join(without)}; all runs are shown on "
                "those that they learn from"
            )
        labels = dict(zip(_short(list(histories)), histories.values(), strict=True))
        figure = runs_figure(labels, zoom=zoom)
    picture = drawing.save(figure, out)
    rows: list[dict[str, Any]] = []
    for name, history in histories.items():
        best = best_epoch(history)
        there: Any = next((row for row in history if row["epoch"] == best), {})
        rows.append(
            {
                "run": name,
                "epochs": len(history),
                "best_epoch": best,
                "validation_accuracy": there.get("validation_accuracy"),
                "validation_loss": there.get("validation_loss"),
                "training_accuracy": history[-1]["accuracy"],
                "training_loss": history[-1]["loss"],
                "parting_epoch": parting_epoch(history),
            }
        )
    if json:
        output.emit_json({"picture": picture, "runs": rows})
        return
    output.table(
        ["run", "epochs>", "best epoch>", "validation>", "loss>", "training>", "parting after>"],
        [
            [
                row["run"],
                row["epochs"],
                row["best_epoch"] or "–",
                output.percent(row["validation_accuracy"]),
                "–" if row["validation_loss"] is None else f"{row['validation_loss']:.4f}",
                output.percent(row["training_accuracy"]),
                row["parting_epoch"] or "–",
            ]
            for row in rows
        ],
        droppable=["loss>", "epochs>", "training>"],
    )
    print(f"\npicture: {picture}")


def _short(names: list[str]) -> list[str]:
    """Leave out date and time where the rest still tells the runs apart."""
    rests = [re.sub(r"^\d{8}-\d{6}-", "", name) for name in names]
    return [
        rest if rests.count(rest) == 1 else name for name, rest in zip(names, rests, strict=True)
    ]


@app.command
def best(*, runs: RunsFolder = "runs", json: Json = False) -> None:
    """Show the high score: the best run on each dataset by validation accuracy."""
    from ziffern import highscore

    entries = highscore.best(runs)
    if json:
        output.emit_json({"best": entries})
        return
    if not entries:
        print(f"no high score in {runs} yet; make one with: ziffern train quick")
        return
    output.table(
        ["dataset", "run", "validation>", "test>"],
        [
            [
                dataset,
                entry["run"],
                output.percent(entry["validation"]["accuracy"]),
                "not opened"
                if entry["test"] is None
                else output.percent(entry["test"]["accuracy"]),
            ]
            for dataset, entry in entries.items()
        ],
    )
