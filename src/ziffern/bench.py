"""The bench: clamp a recipe in, train it, keep everything in a run folder, evaluate it.

    run = train("marvin", changes={"train.epochs": 3})
    result = evaluate(run)

This module puts the parts together; it computes nothing itself.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

import ziffern
from ziffern import datasets, device, modelfile, shipped
from ziffern import recipe as recipes
from ziffern.datasets import Dataset
from ziffern.datasets.parts import Images, Labels
from ziffern.errors import InputError, RunError, WorkError
from ziffern.evaluation.ensemble import load
from ziffern.evaluation.evaluate import dataset_of, evaluate, judge_both, recipe_of, score_key
from ziffern.evaluation.model import Model, folder, saved_of
from ziffern.memory import OutOfMemoryError, explained
from ziffern.recipe import Recipe
from ziffern.runs import Run, create
from ziffern.training import checkpoint
from ziffern.training.batches import Pictures, TrainingBatches
from ziffern.training.data import TrainingData, prepare
from ziffern.training.engine import DivergedError, Engine
from ziffern.training.events import Listener
from ziffern.training.fine_tuning import fine_tuning
from ziffern.training.listeners import (
    EarlyStopping,
    Energy,
    HighScore,
    History,
    LiveCurves,
    Progress,
    Snapshots,
)
from ziffern.training.listeners.tensorboard import TensorBoard
from ziffern.training.loss import NO_DIGIT

__all__ = ["evaluate", "load", "resume", "train"]

log = logging.getLogger(__name__)


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
        listeners: further listeners.
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
    begin = None if start is None else saved_of(start, runs)
    origin = None if start is None else _name_of(start, runs)  # before there is a later run
    dataset = datasets.load(chosen.data.dataset, data_dir=data_dir)
    engine, data = _engine(chosen, dataset, on, start=begin)
    run = create(runs, chosen.name, chosen.train.seed)
    run.write_recipe(chosen.to_toml())
    facts = device.describe()
    run.update_info(
        ziffern=ziffern.__version__,
        hardware=facts,
        device=str(engine.device),
        precision=engine.precision,
        start=origin,
        dataset={
            "name": dataset.name,
            "origin": dataset.origin,
            "is_sample": dataset.is_sample,
            "data_dir": None if data_dir is None else str(Path(data_dir).resolve()),
            "sha256": dataset.sha256("train"),
            "train_size": len(data.training),
            "validation_size": 0 if data.validation is None else len(data.validation),
        },
    )
    if begun is not None:
        begun(run)
    chain = [Progress(quiet=quiet), *_live(live), *listeners]
    return _fit(run, engine, data, dataset, chain, tensorboard)


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
    if opened.info["status"] in ("finished", "stopped early"):
        raise RunError(f"{opened.name} is {opened.info['status']}; there is nothing to resume")
    chosen = recipe_of(opened)
    dataset = dataset_of(opened, chosen, data_dir)
    if dataset.sha256("train") != opened.dataset["sha256"]:
        raise RunError(
            f"{opened.name} was trained on other data than {dataset.origin} holds now; "
            "give it the same data, or train anew"
        )
    start = opened.info.get("start")
    # what the weights were made for is needed to go on, too, where it was measured on pictures
    if start and (opened.path / checkpoint.LAST).exists() and chosen.data.scale != "standard":
        start = None
    begin = saved_of(start, opened.path.parent) if start else None
    engine, data = _engine(chosen, dataset, on, opened.info["precision"], begin)
    checkpoint.restore(engine, opened.path, opened.history)
    opened.update_info(status="running", precision=engine.precision)
    chain = [Progress(quiet=quiet), *_live(live), *listeners]
    return _fit(opened, engine, data, dataset, chain, tensorboard)


def again(
    model: str | Path, *, runs: str | Path = "runs", data_dir: str | None = None
) -> tuple[Recipe, str | None, str | None]:
    """Return how to train a model again: a recipe, where the data lie, and what to start from.

    Without `data_dir`, or where that holds the data it was trained on, its training is repeated,
    from the weights it began with. Other data there make it a fine-tuning
    (`ziffern.training.fine_tuning`).

    Raises:
        InputError: no such model, an ensemble, or data that cannot be used; a model that ships
            with Ziffern can only be fine-tuned.
    """
    if str(model) in shipped.names():
        if data_dir is None:
            raise InputError(
                f"{model} is a shipped model: give pictures of your own to fine-tune it on, "
                f"--data-dir DIR, or train its recipe: ziffern train {model}"
            )
        saved = saved_of(model)
        base = recipes.load(str(saved.facts["recipe"]))
    else:
        run = Run.open(model, runs)
        base, start = recipe_of(run), run.info.get("start")
        if data_dir is None:
            return base, run.dataset["data_dir"], start
        if dataset_of(run, base, data_dir).sha256("train") == run.dataset["sha256"]:
            return base, data_dir, start
        saved = saved_of(run)
    place = Path(data_dir).expanduser().resolve()
    own = datasets.load(place)
    log.warning("fine-tuning %s on %s (%s pictures)", model, own.name, f"{len(own.train):,}")
    return fine_tuning(saved, base, own, str(place)), None, str(model)


def _name_of(start: str | Path, runs: str | Path) -> str:
    """Return what names a model for good; `latest` is another one tomorrow."""
    where = folder(start, runs)
    return where.name if where.parent in (shipped.FOLDER, Path(runs)) else str(where)


@explained("use a smaller network or fewer pictures")
def _engine(
    recipe: Recipe,
    dataset: Dataset,
    on: str,
    precision: str | None = None,
    start: modelfile.SavedModel | None = None,
) -> tuple[Engine, TrainingData]:
    where = device.choose(on)
    data = prepare(recipe, dataset)
    if start is not None and start.contract.scale == data.contract.scale:
        # the weights know grey values as they were scaled for them, not as these pictures would be
        data = replace(data, contract=start.contract)
    wanted = precision or recipe.train.precision
    no_digit = np.full(len(data.nondigits), NO_DIGIT, np.int64)
    cut_images, cut_labels = _cuttings(recipe, data)
    training = TrainingBatches(
        np.concatenate([data.training.images, data.nondigits, cut_images]),
        np.concatenate([data.training.labels, no_digit, cut_labels]),
        data.contract,
        where,
        recipe,
    )
    validation = None
    if data.validation is not None:
        part = data.validation
        validation = Pictures(part.images, part.labels, data.contract, where)
    engine = Engine(
        recipe,
        training,
        validation,
        precision=device.precision(wanted, where),
    )
    if start is not None:
        engine.start_from(start.weights)
    return engine, data


def _cuttings(recipe: Recipe, data: TrainingData) -> tuple[Images, Labels]:
    """Return what the reader cuts out of lines painted with the training digits, if wanted."""
    if recipe.data.lines == 0:
        return data.training.images[:0], data.training.labels[:0]
    try:
        from ziffern.reading.cuttings import cuttings
    except ModuleNotFoundError as error:
        hint = "pip install 'ziffern[read]', or train without: --set data.lines=0"
        raise WorkError(f"painted lines need {error.name}: {hint}") from error
    log.warning("painting and cutting %s lines", f"{recipe.data.lines:,}")  # takes minutes
    return cuttings(
        recipe.data.lines, seed=recipe.train.seed, digits=data.training, contract=data.contract
    )


def _live(wanted: bool) -> list[Listener]:
    if not wanted:
        return []
    from ziffern.figures.curves import curves_figure  # takes longer to import than a short training

    return [LiveCurves(curves_figure)]


def _fit(
    run: Run,
    engine: Engine,
    data: TrainingData,
    dataset: Dataset,
    listeners: Sequence[Listener],
    tensorboard: bool,
) -> Run:
    recipe = engine.recipe
    chain: list[Listener] = [History(run)]
    if recipe.train.snapshots:  # before the checkpoint: what that knows of is kept here as well
        chain.append(Snapshots(engine.averaged_weights, run.path))
    chain.append(checkpoint.Checkpoint(engine, run.path))
    if (stopping := recipe.train.early_stopping) is not None:
        chain.append(
            EarlyStopping(
                stopping.monitor, patience=stopping.patience, min_delta=stopping.min_delta
            )
        )
    if tensorboard:
        chain.append(TensorBoard(run.path / "tb"))
    energy = Energy(_uuid(engine.device))
    lacking: OutOfMemoryError | None = None
    started = time.perf_counter()
    try:
        outcome = engine.fit([*chain, *listeners, energy])
    except DivergedError as error:
        run.update_info(status="diverged", problem=str(error))
        raise DivergedError(f"{error} (kept: {run.path})") from error
    except OutOfMemoryError as error:
        outcome, lacking = "interrupted", error
    except KeyboardInterrupt:  # in a listener, before the first batch or after the last
        outcome = "interrupted"
    except BaseException as error:
        run.update_info(status="failed", problem=str(error) or type(error).__name__)
        raise
    if outcome == "interrupted":
        # the weights are in the middle of an epoch: the last finished one is what counts
        epochs = checkpoint.restore(engine, run.path, run.history)
        run.write_history(engine.state.history[:epochs])
        run.update_info(status="interrupted", epochs=epochs)
        if lacking is not None:
            kept = f"epoch {epochs} is kept" if epochs else "no epoch was finished"
            lacking = OutOfMemoryError(
                f"{lacking}, or free memory and go on with: ziffern train --resume {run.path} "
                f"({kept})"
            )
            run.update_info(problem=str(lacking))
        if epochs == 0:
            if lacking is not None:
                raise lacking
            return run
    saved = modelfile.SavedModel(
        name=run.name,
        layers=tuple(str(layer) for layer in recipe.layer_list),
        weights=engine.result(),
        contract=data.contract,
        class_names=dataset.class_names,
        shifts=recipe.predict.shifts,
        facts={
            "recipe": recipe.name,
            "seed": recipe.train.seed,
            "dataset": dataset.name,
            "epoch": engine.result_epoch,
            "ziffern": ziffern.__version__,
        },
    )
    modelfile.save(run.path, saved)
    if data.validation is not None:
        result = judge_both(
            Model(saved, precision="float32"),
            data.validation,
            dataset,
            "validation",
            run.test_looks,
        )
        result.save(run.path / "evaluations" / f"{dataset.name}-validation.npz")
        run.update_metrics("validation", result.as_dict())
    run.update_metrics(
        "training",
        {
            "epochs": engine.state.epoch,
            "result_epoch": engine.result_epoch,
            "seconds_training": engine.state.seconds,
            "seconds_total": time.perf_counter() - started,
            "images_per_second": _pictures(engine) / engine.state.seconds,
            "threads": torch.get_num_threads(),
            "joules": energy.joules,
            "joules_of": energy.of,
        },
    )
    if lacking is not None:
        raise lacking
    if outcome != "interrupted":
        run.update_info(status=outcome, epochs=engine.state.epoch)
        checkpoint.finish(engine, run.path)
        HighScore(run, score_key(run)).on_train_end(engine.state)
    return run


def _uuid(where: torch.device) -> str | None:
    """Return how the driver calls a GPU, None for what is not NVIDIA's."""
    if where.type != "cuda":
        return None
    return str(getattr(torch.cuda.get_device_properties(where), "uuid", "")) or None


def _pictures(engine: Engine) -> int:
    """Return how many pictures were trained on, repeats counted."""
    return sum(engine.training.pictures(epoch) for epoch in range(1, engine.state.epoch + 1))


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
