"""`ziffern runs`: the runs so far, one of them, and the best."""

from __future__ import annotations

import dataclasses

from cyclopts import App

from ziffern.cli import output
from ziffern.cli.output import Json, RunsFolder

app = App(name="runs", help="List and show runs.")


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
    columns = ["run", "status", "epochs>", "seconds>", "validation>", "test>", "test looks>"]
    output.table(
        "",
        columns,
        [
            [
                item.name,
                item.problem or item.status,
                item.epochs,
                f"{item.seconds:.1f}",
                output.percent(item.validation_accuracy),
                output.percent(item.test_accuracy),
                item.test_looks,
            ]
            for item in summaries
        ],
    )


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
    if json:
        output.emit_json({"path": str(opened.path), **info, "metrics": metrics, "history": history})
        return
    dataset = info.get("dataset", {})
    pairs = [
        ("run", opened.path),
        ("recipe", f"{info.get('recipe')}, seed {info.get('seed')}"),
        ("status", info.get("status")),
        ("started", info.get("started")),
        ("data", f"{dataset.get('name')}: {dataset.get('origin')}"),
        ("epochs", len(history)),
    ]
    for split in ("validation", "test"):
        if figures := metrics.get(split):
            low, high = figures["wilson95"]
            pairs.append(
                (
                    split,
                    f"{figures['accuracy']:.2%} (95 % interval {low:.2%} to {high:.2%}), "
                    f"loss {figures['loss']:.4f}, n = {figures['n']:,}",
                )
            )
    pairs.append(("test looks", opened.test_looks))
    if (report := opened.path / "report.html").exists():
        pairs.append(("report", report))
    output.facts(pairs)


@app.command
def best(*, runs: RunsFolder = "runs", json: Json = False) -> None:
    """Show the high score: the best run on each dataset by validation accuracy."""
    from ziffern import highscore

    table = highscore.best(runs)
    if json:
        output.emit_json({"best": table})
        return
    if not table:
        print(f"no high score in {runs} yet")
    for dataset, entry in table.items():
        test = entry["test"]
        opened = "not opened" if test is None else output.percent(test["accuracy"])
        output.facts(
            [
                ("dataset", dataset),
                ("run", entry["run"]),
                ("recipe", f"{entry['recipe']}, seed {entry['seed']}"),
                ("validation", output.percent(entry["validation"]["accuracy"])),
                ("test", opened),
            ]
        )
