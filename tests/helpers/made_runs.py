"""Run folders as trainings leave them, made without training: a recipe, a tiny model, answers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import little
import numpy as np
import pytest

from ziffern import datasets, modelfile, recipe
from ziffern.contract import Contract
from ziffern.evaluation.evaluate import FOLDER, recipe_of, validation_part
from ziffern.evaluation.result import Evaluation
from ziffern.history import EpochRow
from ziffern.modelfile import SavedModel
from ziffern.runs import Run, create

DIGITS = tuple("0123456789")
LAYERS = ("AveragePooling2D(7)", "Flatten()", "Dense(10, activation='softmax')")


def model(seed: int = 0, name: str = "tiny", **changes: Any) -> SavedModel:
    """Return an untrained network of 170 weights."""
    empty = SavedModel(name, LAYERS, {}, Contract(), DIGITS)
    made = dataclasses.replace(empty, weights=empty.network.initial_weights(seed))
    return dataclasses.replace(made, **changes)


def made(
    name: str = "tiny",
    seed: int = 0,
    *,
    changes: dict[str, Any] | None = None,
    saved: SavedModel | None = None,
    dataset: dict[str, Any] | None = None,
    wrong: Sequence[int] | None = None,
    split: str = "test",
    runs: str = "runs",
) -> Run:
    """Make a finished run on the sample of MNIST.

    `wrong` are the pictures that it reads wrong, as one class too high; None leaves it without an
    evaluation.
    """
    run = create(runs, name, seed)
    table = {"train.seed": seed, "data.validation": 500, **(changes or {})}
    run.write_recipe(recipe.parse(little.RECIPE, name=name, changes=table).to_toml())
    modelfile.save(run.path, saved or model(seed, run.name))
    about = {
        "name": "mnist",
        "origin": "sample in the package",
        "is_sample": True,
        "data_dir": None,
        "sha256": datasets.load("mnist").sha256("train"),
        "train_size": 4500,
        "validation_size": 500,
    }
    run.update_info(
        status="finished", hardware={}, device="cpu", precision="float32",
        dataset={**about, **(dataset or {})},
    )  # fmt: skip
    run.update_metrics(
        "training",
        {
            "epochs": 3,
            "result_epoch": 3,
            "seconds_training": 1.0 + seed,
            "seconds_total": 2.0,
            "images_per_second": 100.0,
        },
    )
    if wrong is not None:
        labels = datasets.load("mnist").test.labels
        path = run.path / FOLDER / f"{run.dataset['name']}-{split}.npz"
        answers(labels, wrong, split=split, names=run.dataset["name"]).save(path)
    return run


def answers(
    labels: np.ndarray, wrong: Sequence[int], *, split: str = "test", names: str = "mnist"
) -> Evaluation:
    """Return answers that are right but for some, with 90 % certainty."""
    told = labels.astype(np.int64)
    told[list(wrong)] = (told[list(wrong)] + 1) % 10
    probabilities = np.full((len(labels), 10), 0.1 / 9, np.float32)
    probabilities[np.arange(len(labels)), told] = 0.9
    return Evaluation(names, split, DIGITS, labels.astype(np.int64), probabilities)


def folder(run: Run) -> Path:
    """Return the folder that a run lies in."""
    return run.path.parent


@contextmanager
def compared(folder: Path, history: Sequence[EpochRow]) -> Iterator[list[Run]]:
    """Make two finished runs, a good and a bad one, that answered the same validation pictures.

    Until the end of the block there is no data but the sample.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZIFFERN_OFFLINE", "1")
        patch.setenv("ZIFFERN_CACHE", str(folder))  # which holds no data
        patch.delenv("ZIFFERN_DATA", raising=False)
        found = []
        for name, wrong in (("good", range(5)), ("bad", range(3, 40))):
            run = made(name, changes={"data.split_seed": 1}, runs=str(folder))
            labels = validation_part(run, recipe_of(run), datasets.load("mnist")).labels
            read = answers(labels, list(wrong), split="validation")
            read.save(run.path / FOLDER / "mnist-validation.npz")
            run.update_metrics("validation", read.as_dict())
            run.write_history(list(history))
            found.append(run)
        yield found
