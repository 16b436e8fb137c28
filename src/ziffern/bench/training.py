"""Training by a recipe, one network or an ensemble of several, and going on with either."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ziffern import recipe as recipes
from ziffern.bench import ensemble, network
from ziffern.bench.options import Options
from ziffern.errors import RunError
from ziffern.evaluation.comparable import FINISHED
from ziffern.evaluation.evaluate import recipe_of
from ziffern.recipe import Recipe
from ziffern.runs import Run
from ziffern.training.events import Listener


def train(
    recipe: str | Path | Recipe,
    *,
    changes: Mapping[str, Any] | None = None,
    seed: int | None = None,
    data_dir: str | Path | None = None,
    runs: str | Path = "runs",
    start: str | Path | None = None,
    listeners: Sequence[Listener] = (),
    begun: Callable[[Run], None] | None = None,
    live: bool = False,
    tensorboard: bool = True,
    quiet: bool = False,
    on: str = "auto",
) -> Run:
    """Train a recipe and return its run.

    Args:
        recipe: a name, a path, `@file.toml` or a `Recipe`.
        changes: values by dotted key, such as ``{"train.epochs": 3}``.
        seed: the run's seed, in place of the recipe's.
        data_dir: a folder that holds the recipe's dataset or is a dataset itself.
        runs: where run folders are made.
        start: a run or model whose weights the training starts from.
        listeners: further listeners; they hear of each network of an ensemble in turn.
        begun: called with the run once its folder is there, before the training.
        live: whether to show curves in the notebook, drawn anew at the end of each epoch.
        tensorboard: whether to write TensorBoard files into the run.
        quiet: whether to show no progress.
        on: `auto`, `cpu` or `cuda`.

    Raises:
        InputError: the recipe, the data or `start` cannot be used; no run folder is made.
        DivergedError: the loss became NaN or infinite; the run keeps its last finished epoch.
        OutOfMemoryError: there is not enough memory; it keeps that epoch as well.
        WorkError: the run folder cannot be written.
    """
    chosen = recipes.load(recipe, changes)
    if seed is not None:
        chosen = chosen.changed({"train.seed": seed})
    options = Options(
        data_dir=data_dir,
        runs=runs,
        start=start,
        listeners=listeners,
        begun=begun,
        live=live,
        tensorboard=tensorboard,
        quiet=quiet,
        on=on,
    )
    if chosen.ensemble is None:
        return network.train(chosen, options)
    return ensemble.train(chosen, options)


def resume(
    run: str | Path | Run,
    *,
    data_dir: str | Path | None = None,
    runs: str | Path = "runs",
    listeners: Sequence[Listener] = (),
    live: bool = False,
    tensorboard: bool = True,
    quiet: bool = False,
    on: str = "auto",
) -> Run:
    """Go on with an interrupted run from its last finished epoch.

    On the same machine the weights end as those of a run that was never interrupted. `data_dir` is
    where the data lie, if not where the run found them.

    Raises:
        RunError: the run is finished, or its checkpoint is damaged.
    """
    opened = run if isinstance(run, Run) else Run.open(run, runs)
    if opened.info["status"] in FINISHED:
        raise RunError(f"{opened.name} is {opened.info['status']}; there is nothing to resume")
    chosen = recipe_of(opened)
    options = Options(
        data_dir=data_dir,
        listeners=listeners,
        live=live,
        tensorboard=tensorboard,
        quiet=quiet,
        on=on,
    )
    if chosen.ensemble is None:
        return network.resume(opened, chosen, options)
    return ensemble.resume(opened, chosen, options)


def facts(run: Run) -> dict[str, Any]:
    """Return what `ziffern train --json` prints about a run."""
    training, info = run.metrics.get("training", {}), run.info
    validation = run.metrics.get("validation", {})
    return {
        "run": str(run.path),
        "recipe": info["recipe"],
        "seed": info["seed"],
        "status": info["status"],
        "epochs": training.get("epochs", 0),
        "networks": training.get("networks"),
        "seconds_training": training.get("seconds_training"),
        "images_per_second": training.get("images_per_second"),
        "validation_accuracy": validation.get("accuracy"),
        "validation_loss": validation.get("loss"),
        "validation_n": validation.get("n", 0),
        "dataset": info["dataset"]["name"],
        "is_sample": info["dataset"]["is_sample"],
        "device": info["device"],
        "precision": info["precision"],
    }
