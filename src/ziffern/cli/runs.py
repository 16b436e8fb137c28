"""`ziffern runs`: the runs so far, one of them, and the best."""

from __future__ import annotations

import dataclasses
from typing import Any

from cyclopts import App

from ziffern.cli import output
from ziffern.cli.options import Json, RunsFolder

app = App(name="runs", help="List and show runs.", sort_key=10)


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
