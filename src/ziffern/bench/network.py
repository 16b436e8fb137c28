"""One network trained by a recipe, everything kept in a run folder.

Puts the parts together and computes nothing itself. Which of `ziffern.bench` is to be done, one
network or several, is decided by `ziffern.bench.training`.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

import ziffern
from ziffern import datasets, device, modelfile, shipped
from ziffern.bench.options import Options
from ziffern.classes import NO_DIGIT
from ziffern.datasets import Dataset
from ziffern.datasets.parts import Images, Labels
from ziffern.errors import RunError, WorkError
from ziffern.evaluation.evaluate import dataset_of, judge_both, score_key
from ziffern.evaluation.model import Model, folder, saved_of
from ziffern.memory import OutOfMemoryError, explained
from ziffern.recipe import Recipe
from ziffern.runs import Run, create
from ziffern.training import checkpoint
from ziffern.training.batches import Pictures, TrainingBatches
from ziffern.training.data import TrainingData, no_digits, prepare
from ziffern.training.engine import DivergedError, Engine
from ziffern.training.events import Listener
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

log = logging.getLogger(__name__)


def train(recipe: Recipe, options: Options) -> Run:
    """Train a network and return its run. Arguments and errors: `ziffern.bench.train`."""
    start, runs = options.start, options.runs
    begin = None if start is None else saved_of(start, runs)
    origin = None if start is None else _name_of(start, runs)  # before there is a later run
    dataset = datasets.load(recipe.data.dataset, data_dir=options.data_dir)
    engine, data = engine_for(recipe, dataset, options.on, start=begin)
    run = create(runs, recipe.name, recipe.train.seed)
    run.write_recipe(recipe.to_toml())
    facts = device.describe()
    run.update_info(
        ziffern=ziffern.__version__,
        hardware=facts,
        device=str(engine.device),
        precision=engine.precision,
        start=origin,
        certainty=_certainty(begin, recipe),
        dataset={
            "name": dataset.name,
            "origin": dataset.origin,
            "is_sample": dataset.is_sample,
            "data_dir": None if options.data_dir is None else str(Path(options.data_dir).resolve()),
            "sha256": dataset.sha256("train"),
            "train_size": len(data.training),
            "validation_size": 0 if data.validation is None else len(data.validation),
        },
    )
    if options.begun is not None:
        options.begun(run)
    return _fit(run, engine, data, dataset, options)


def resume(run: Run, recipe: Recipe, options: Options) -> Run:
    """Go on with an interrupted network. Errors: `ziffern.bench.resume`."""
    dataset = dataset_of(run, recipe, options.data_dir)
    if dataset.sha256("train") != run.dataset["sha256"]:
        raise RunError(
            f"{run.name} was trained on other data than {dataset.origin} holds now; "
            "give it the same data, or train anew"
        )
    start = run.info.get("start")
    # what the weights were made for is needed to go on, too, where it was measured on pictures
    if start and (run.path / checkpoint.LAST).exists() and recipe.data.scale != "standard":
        start = None
    begin = saved_of(start, run.path.parent) if start else None
    engine, data = engine_for(recipe, dataset, options.on, run.info["precision"], begin)
    checkpoint.restore(engine, run.path, run.history)
    run.update_info(status="running", precision=engine.precision)
    return _fit(run, engine, data, dataset, options)


def _certainty(start: modelfile.SavedModel | None, recipe: Recipe) -> dict[str, Any] | None:
    """Return what tells sure answers of a model from others, with which its successor goes on.

    It is closer to what that needs than none; that a promise holds has to be shown anew. Where only
    one of the two has a background class, their probabilities mean different things.
    """
    if start is None or start.background_class != recipe.train.background_class:
        return None
    return modelfile.certainty_table(start.temperature, start.thresholds)


def _name_of(start: str | Path, runs: str | Path) -> str:
    """Return what names a model for good; `latest` is another one tomorrow."""
    where = folder(start, runs)
    return where.name if where.parent in (shipped.FOLDER, Path(runs)) else str(where)


@explained("use a smaller network or fewer pictures")
def engine_for(
    recipe: Recipe,
    dataset: Dataset,
    on: str,
    precision: str | None = None,
    start: modelfile.SavedModel | None = None,
) -> tuple[Engine, TrainingData]:
    """Return what trains a recipe on a dataset, and the pictures it trains on."""
    where = device.choose(on)
    data = prepare(recipe, dataset)
    if start is not None and start.contract.scale == data.contract.scale:
        # the weights know grey values as they were scaled for them, not as these pictures would be
        data = replace(data, contract=start.contract)
    wanted = precision or recipe.train.precision
    others = no_digits(recipe, dataset, data)
    no_digit = np.full(len(others), NO_DIGIT, np.int64)
    cut_images, cut_labels = _cuttings(recipe, data)
    training = TrainingBatches(
        np.concatenate([data.training.images, others, cut_images]),
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
    options: Options,
) -> Run:
    recipe = engine.recipe
    shown = [Progress(quiet=options.quiet), *_live(options.live), *options.listeners]
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
    if options.tensorboard:
        chain.append(TensorBoard(run.path / "tb"))
    energy = Energy(_uuid(engine.device))
    lacking: OutOfMemoryError | None = None
    started = time.perf_counter()
    try:
        outcome = engine.fit([*chain, *shown, energy])
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
    temperature, thresholds = modelfile.certainty_of(run.info.get("certainty") or {})
    saved = modelfile.SavedModel(
        name=run.name,
        layers=tuple(str(layer) for layer in recipe.layer_list),
        weights=engine.result(),
        contract=data.contract,
        class_names=dataset.class_names,
        copies=recipe.predict.copies,
        background_class=recipe.train.background_class,
        temperature=temperature,
        thresholds=thresholds,
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
