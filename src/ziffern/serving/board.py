"""The board of runs: each in a few figures, and one in full. Read from their folders, never made.

    board = Board("runs")
    board.rows()            # newest first
    board.details("20261121-190502-marvin-s0")

A run is named by its folder's name, whole: no path and no part of a name leads to one. Figures,
reports and comparisons are made by `ziffern.serving.desk`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ziffern.errors import ZiffernError, did_you_mean
from ziffern.evaluation import metrics
from ziffern.evaluation.evaluate import FOLDER, data_recipe
from ziffern.history import without_nan
from ziffern.runs import HISTORY, INFO, METRICS, RECIPE, Run, listing
from ziffern.serving.problems import Problem, without_folders

NAME = re.compile(r"\w[\w .+-]{0,199}")
MOST = 1000
"""How many runs are listed; more are too many for a page."""


class Board:
    """The runs of one folder.

    Args:
        runs: that folder; it may be missing.
    """

    def __init__(self, runs: str | Path) -> None:
        self._runs = Path(runs)
        self._known: dict[str, tuple[tuple[int, ...], dict[str, Any]]] = {}

    def run(self, name: str) -> Run:
        """Return a run by its whole name.

        Raises:
            Problem: there is none of that name.
        """
        path = self._runs / name
        if NAME.fullmatch(name) and (path / INFO).is_file():
            return Run(path)
        known = [each.name for each in self._runs.iterdir()] if self._runs.is_dir() else []
        hint = did_you_mean(name[:100], known)
        hint = hint if hint.startswith(":") else ""
        values = {"what": "run", "name": name[:100]}
        raise Problem("not-found", 404, f"there is no run {name[:100]!r}{hint}", values=values)

    def rows(self) -> tuple[list[dict[str, Any]], int]:
        """Return the newest runs, newest first, and how many older ones are left out."""
        summaries = listing(self._runs)
        return [self._row(Run(Path(each.path))) for each in summaries[:MOST]], max(
            0, len(summaries) - MOST
        )

    def details(self, name: str) -> dict[str, Any]:
        """Return everything about a run that fits into some pages of JSON.

        Raises:
            Problem: there is no such run.
            RunError: it is damaged.
        """
        run = self.run(name)
        info, found = run.info, run.metrics
        dataset = info.get("dataset")
        return {
            **self._row(run),
            "recipe_text": without_folders(run.recipe_text) if not run.members else None,
            "member_runs": [member["run"] for member in run.members],
            "device": info.get("device"),
            "precision": info.get("precision"),
            "hardware": (info.get("hardware") or {}).get("cpu"),
            "ziffern": info.get("ziffern"),
            "origin": dataset and without_folders(dataset["origin"]),
            "train_size": dataset and dataset["train_size"],
            "validation_size": dataset and dataset["validation_size"],
            "training": found.get("training"),
            "history": without_nan(run.history),
        }

    def _row(self, run: Run) -> dict[str, Any]:
        """Return a run in a few figures; read anew only where its files have changed."""
        stamp = tuple(_changed(run.path / name) for name in (INFO, METRICS, HISTORY, RECIPE))
        known = self._known.get(run.name)
        if known is None or known[0] != stamp:
            self._known[run.name] = known = stamp, _read(run)
        return known[1]


def version(run: Run) -> tuple[int, ...]:
    """Return what changes whenever something does that figures of a run are drawn from."""
    names = (INFO, METRICS, HISTORY, RECIPE, *_evaluations(run))
    return tuple(_changed(run.path / name) for name in names)


def _evaluations(run: Run) -> list[str]:
    folder = run.path / FOLDER
    return sorted(f"{FOLDER}/{path.name}" for path in folder.iterdir()) if folder.is_dir() else []


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _read(run: Run) -> dict[str, Any]:
    summary = run.summary
    row: dict[str, Any] = {
        "name": run.name,
        "recipe": summary.recipe,
        "title": "",
        "seed": summary.seed,
        "started": summary.started,
        "status": summary.status,
        "epochs": summary.epochs,
        "of_epochs": None,
        "seconds": summary.seconds,
        "parameters": None,
        "dataset": None,
        "is_sample": None,
        "members": len(run.members) if summary.problem is None else 0,
        "validation": None,
        "test": None,
        "test_looks": summary.test_looks,
        "problem": summary.problem and without_folders(summary.problem),
    }
    if summary.problem is not None:
        return row
    info, found = run.info, run.metrics
    row["problem"] = info.get("problem") and without_folders(str(info["problem"]))
    if dataset := info.get("dataset"):
        row |= {"dataset": without_folders(dataset["name"]), "is_sample": dataset["is_sample"]}
    for split in ("validation", "test"):
        if split in found:
            row[split] = _figures(found[split])
    if row["validation"] is None and summary.validation_accuracy is not None:  # while it trains
        row["validation"] = _figures(
            {
                "accuracy": summary.validation_accuracy,
                "n": (dataset or {}).get("validation_size"),
            }
        )
    try:
        recipe = data_recipe(run)
        row["parameters"] = recipe.network.parameters
        if not run.members:
            row |= {"title": recipe.title, "of_epochs": recipe.train.epochs}
    except ZiffernError:
        pass  # its figures still say what it was
    return row


def _figures(found: dict[str, Any]) -> dict[str, Any]:
    """Return accuracy, number of pictures and 95 % interval."""
    accuracy, n = found["accuracy"], found.get("n")
    interval = found.get("wilson95")
    if interval is None and n:
        interval = list(metrics.wilson_interval(round(accuracy * n), n))
    return {"accuracy": accuracy, "n": n, "wilson95": interval, "loss": found.get("loss")}
