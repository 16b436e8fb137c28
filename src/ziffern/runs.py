"""A run is a folder: what was trained, how it went and what came out, readable without Ziffern.

    runs/20261121-190502-marvin-s0/
        recipe.toml      the resolved recipe, enough to repeat the run
        run.json         name, recipe, seed, started, status, versions, hardware, dataset
        history.jsonl    one JSON object an epoch (`ziffern.history`)
        metrics.json     figures by split, and `test_looks`: how often the test set was opened

This module makes, finds and reads run folders and keeps these four files. What else lies in a run
(weights, report, figures, checkpoints) belongs to the module that writes it.

    run = create("runs", "marvin", seed=0)
    Run.open("latest").history[-1]["validation_accuracy"]
"""

from __future__ import annotations

import errno
import html
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import filelock

from ziffern import history, shipped
from ziffern.errors import RunError, did_you_mean
from ziffern.files import read_json, translated, write_atomic, write_json
from ziffern.history import EpochRow, without_nan
from ziffern.run_check import check_info, check_metrics

INFO, METRICS, HISTORY, RECIPE = "run.json", "metrics.json", "history.jsonl", "recipe.toml"
DATED = re.compile(r"\d{8}-\d{6}-")
LOCK_SECONDS = 60


@dataclass(frozen=True)
class Summary:
    """One run in a few figures. `status` is ``"damaged"`` where `problem` says what is wrong."""

    name: str
    path: str
    recipe: str = ""
    seed: int | None = None
    started: str = ""
    status: str = "damaged"
    epochs: int = 0
    validation_accuracy: float | None = None
    test_accuracy: float | None = None
    test_looks: int = 0
    seconds: float = 0.0
    problem: str | None = None


@dataclass(frozen=True)
class Run:
    """One run folder. Every property reads the file anew, for a run may still be going on."""

    path: Path

    @classmethod
    def open(cls, name_or_path: str | Path, runs_dir: str | Path = "runs") -> Run:
        """Find a run by path, by name in `runs_dir`, by the start or another unique part of its
        name (``marvin-s0``), or as ``"latest"``.

        Raises:
            RunError: there is no such run, several fit, or its run.json is missing or damaged.
        """
        given = Path(name_or_path)
        with translated(given, "open"):
            if (given / INFO).is_file():
                path = given
            elif given.is_file():
                raise RunError(f"{given} is a file: expected a run, which is a folder with {INFO}")
            elif given.name != str(name_or_path):  # a path: its last part, looked for in its parent
                path = _find(given.name, given.parent)
            else:
                path = _find(given.name, Path(runs_dir))
        run = cls(path)
        _ = run.info  # a run that cannot say what it is cannot be opened
        return run

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name or self.path.resolve().name

    @property
    def info(self) -> dict[str, Any]:
        """`run.json`: recipe, seed, started, status, versions, hardware, dataset."""
        info = _read_object(self.path / INFO)
        check_info(self.path / INFO, info)
        return info

    @property
    def dataset(self) -> dict[str, Any]:
        """What the run was trained on: name, origin, is_sample, data_dir, sha256, sizes.

        Raises:
            RunError: its training never began.
        """
        if "dataset" not in (info := self.info):
            raise RunError(f"{self.name} ended before its training began; train anew")
        return dict(info["dataset"])

    @property
    def members(self) -> list[dict[str, Any]]:
        """Of an ensemble, what its members are: run, recipe, seed of each; empty for other runs."""
        return list(self.info.get("members", ()))

    @property
    def metrics(self) -> dict[str, Any]:
        """`metrics.json`: figures by split, and `test_looks`."""
        metrics = _read_object(self.path / METRICS)
        check_metrics(self.path / METRICS, metrics)
        return metrics

    @property
    def test_looks(self) -> int:
        """How often the test set was opened with this run."""
        return int(self.metrics["test_looks"])

    @property
    def history(self) -> list[EpochRow]:
        """The finished epochs. A last line torn by a crash is left out."""
        return history.read(self.path / HISTORY)

    @property
    def recipe_text(self) -> str:
        """`recipe.toml` as text."""
        try:
            return (self.path / RECIPE).read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise RunError(f"{self.path / RECIPE} is missing") from error
        except (OSError, UnicodeDecodeError) as error:
            raise RunError(f"{self.path / RECIPE} is damaged: {error}") from error

    def write_recipe(self, text: str) -> None:
        """Write `recipe.toml`."""
        write_atomic(self.path / RECIPE, text)

    def update_info(self, **fields: Any) -> None:
        """Set fields of `run.json`, as in ``run.update_info(status="finished")``."""
        with locked(self.path):
            _update(self.path / INFO, fields)

    def update_metrics(self, split: str, figures: Mapping[str, Any]) -> None:
        """Set the figures of one split, as in ``run.update_metrics("validation", {...})``."""
        with locked(self.path):
            _update(self.path / METRICS, {split: figures})

    def count_test_look(self, other: str | None = None) -> int:
        """Count one more look at the test set and return the count. Call it before looking.

        `other` names another dataset than the run's own; its looks are counted by themselves.
        """
        with locked(self.path):
            if other is None:
                looks = self.test_looks + 1
                _update(self.path / METRICS, {"test_looks": looks})
            else:
                counts = dict(self.metrics.get("test_looks_on") or {})
                looks = counts[other] = counts.get(other, 0) + 1
                _update(self.path / METRICS, {"test_looks_on": counts})
        return looks

    def append_history(self, row: EpochRow) -> None:
        """Add one epoch to `history.jsonl`."""
        history.append(self.path / HISTORY, row)

    def write_history(self, rows: Sequence[EpochRow]) -> None:
        """Replace the history, as a resumed run does that goes back to its checkpoint."""
        history.write(self.path / HISTORY, rows)

    @property
    def summary(self) -> Summary:
        """The run in a few figures. Never raises for a damaged run: it says what is wrong."""
        known: dict[str, Any] = {"name": self.name, "path": str(self.path)}
        try:
            info = self.info
            known |= {key: info[key] for key in ("recipe", "seed", "started")}
            metrics, rows = self.metrics, self.history
            accuracy = _accuracy(metrics, "validation")
            if accuracy is None and rows:
                accuracy = rows[-1]["validation_accuracy"]
            # an ensemble has no epochs of its own: those of its networks, and the time of all
            whole = training if "networks" in (training := metrics.get("training", {})) else None
            return Summary(
                **known,
                status=info["status"],
                epochs=whole["epochs"] if whole else len(rows),
                validation_accuracy=accuracy,
                test_accuracy=_accuracy(metrics, "test"),
                test_looks=self.test_looks,
                seconds=float(whole["seconds_training"])
                if whole
                else sum(row["seconds"] for row in rows),
            )
        except RunError as error:
            return Summary(**known, problem=str(error))

    def _repr_html_(self) -> str:
        summary = self.summary
        cells = {
            "run": summary.name,
            "recipe": summary.recipe,
            "status": summary.problem or summary.status,
            "epochs": summary.epochs,
            "validation accuracy": _percent(summary.validation_accuracy),
            "test accuracy": _percent(summary.test_accuracy),
            "looks at the test set": summary.test_looks,
        }
        head = "".join(f"<th>{html.escape(key)}</th>" for key in cells)
        body = "".join(f"<td>{html.escape(str(value))}</td>" for value in cells.values())
        return f"<table><tr>{head}</tr><tr>{body}</tr></table>"


def create(runs_dir: str | Path, recipe_name: str, seed: int) -> Run:
    """Make a new run folder that no other process has, named by time, recipe and seed.

    Raises:
        WorkError: the folder cannot be made or written; nothing is left behind.
    """
    now = datetime.now().astimezone()
    recipe = re.sub(r"[^\w.-]+", "-", recipe_name).strip("-.") or "recipe"
    name = f"{now:%Y%m%d-%H%M%S}-{recipe}-s{seed}"
    run = Run(_make_folder(Path(runs_dir), name))
    info = {
        "name": run.name,
        "recipe": recipe_name,
        "seed": seed,
        "started": now.isoformat(timespec="milliseconds"),
        "status": "running",
    }
    try:
        write_json(run.path / INFO, info)
        write_json(run.path / METRICS, {"test_looks": 0})
        run.write_history([])
    except BaseException:
        shutil.rmtree(run.path, ignore_errors=True)
        raise
    return run


def listing(runs_dir: str | Path = "runs") -> list[Summary]:
    """Sum up all runs of a folder, newest first; none when the folder is missing."""
    return [Run(path).summary for path in _folders(Path(runs_dir))]


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep all other processes that ask for the same folder waiting until the block is done."""
    lock = filelock.FileLock(folder / ".lock", timeout=LOCK_SECONDS)
    with translated(folder, "lock"):
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _make_folder(runs_dir: Path, name: str) -> Path:
    path, number = runs_dir / name, 1
    with translated(runs_dir, "make a run in"):
        if runs_dir.exists() and not runs_dir.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        runs_dir.mkdir(parents=True, exist_ok=True)
        while True:
            try:
                path.mkdir()  # of several processes exactly one succeeds
                return path
            except FileExistsError:
                number += 1
                path = runs_dir / f"{name}-{number}"


def _find(name: str, runs_dir: Path) -> Path:
    if (runs_dir / name).is_dir():
        return runs_dir / name
    paths = _folders(runs_dir)
    if name in shipped.names() and not any(name in path.name for path in paths):
        raise RunError(
            f"{name} is no run but a model that ships with Ziffern; ziffern models {name} shows "
            f"its results, ziffern check {name} grades it"
        )
    if not paths:
        raise RunError(f"no run {name!r}: there are no runs in {runs_dir} (train one first)")
    if name == "latest":
        return next((path for path in paths if Run(path).summary.started), paths[0])
    names = [path.name for path in paths]
    starting = [known for known in names if known.startswith(name)]
    fitting = starting or [known for known in names if name in known]
    if len(fitting) == 1:
        return runs_dir / fitting[0]
    if fitting:
        listed = ", ".join(fitting[:5]) + (", …" if len(fitting) > 5 else "")
        raise RunError(f"{name!r} fits {len(fitting)} runs in {runs_dir}: {listed}; give one name")
    # What follows the date and time is what people remember, so that is compared as well.
    hint = did_you_mean(name, {*names, *(known[16:] for known in names if DATED.match(known))})
    if not hint.startswith(":"):
        hint = f"; the newest: {', '.join(names[:5])}"
    raise RunError(f"no run {name!r} in {runs_dir}{hint}")


def _folders(runs_dir: Path) -> list[Path]:
    """All run folders, damaged ones too, newest first."""
    if not runs_dir.is_dir():
        return []
    with translated(runs_dir, "read"):
        paths = [
            path
            for path in runs_dir.iterdir()
            if path.is_dir() and (DATED.match(path.name) or (path / INFO).exists())
        ]
        return sorted(paths, key=lambda path: (_started(path), path.name), reverse=True)


def _started(path: Path) -> float:
    """Seconds since 1970; of a damaged run when its folder was last changed."""
    try:
        return datetime.fromisoformat(read_json(path / INFO)["started"]).timestamp()
    except (RunError, KeyError, TypeError, ValueError):
        return path.stat().st_mtime


def _read_object(path: Path) -> dict[str, Any]:
    value = read_json(path)
    if not isinstance(value, dict):
        raise RunError(f"{path} is damaged: expected a JSON object")
    return value


def _update(path: Path, fields: Mapping[str, Any]) -> None:
    write_json(path, without_nan({**_read_object(path), **fields}))


def _accuracy(metrics: Mapping[str, Any], split: str) -> float | None:
    figures = metrics.get(split)
    accuracy = figures.get("accuracy") if isinstance(figures, dict) else None
    return accuracy if isinstance(accuracy, (int, float)) else None


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.2%}"
