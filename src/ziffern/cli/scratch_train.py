"""`ziffern scratch train`: train a recipe with the layers in plain NumPy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

from cyclopts import Parameter

from ziffern.cli import output
from ziffern.cli.options import Changes, DataFolder, Json, whole
from ziffern.errors import WorkError

if TYPE_CHECKING:
    from ziffern.datasets import Dataset
    from ziffern.evaluation.result import Evaluation
    from ziffern.scratch.training import Training
    from ziffern.training.events import TrainingState


def train(
    recipe: str,
    /,
    *,
    set_: Changes = None,
    seed: Annotated[
        int | None,
        Parameter(
            metavar="N",
            converter=whole,
            help="The seed of everything random (without it, that of the recipe).",
        ),
    ] = None,
    test: Annotated[
        bool,
        Parameter(
            negative=(),
            show_default=False,
            help="Open the test set at the end, once, and tell the accuracy on it.",
        ),
    ] = False,
    out: Annotated[
        Path | None,
        Parameter(metavar="DIR", help="Keep the trained network in this folder."),
    ] = None,
    data_dir: DataFolder = None,
    json: Json = False,
) -> None:
    """Train a recipe with the layers in plain NumPy, without PyTorch.

    Parameters
    ----------
    recipe:
        A recipe's name, or the path of a TOML file.
    """
    from ziffern import datasets
    from ziffern import recipe as recipes
    from ziffern.scratch.training import Training, check
    from ziffern.training.data import prepare

    chosen = recipes.load(recipe, recipes.parse_changes(set_ or []))
    if seed is not None:
        chosen = chosen.changed({"train.seed": seed})
    check(chosen)
    dataset = datasets.load(chosen.data.dataset, data_dir=data_dir)
    data = prepare(chosen, dataset)
    training = Training(chosen, data.training, data.validation, data.contract)
    finished = _watched(training)
    kept = None
    if out is not None and training.history:
        kept = _keep(training, dataset, out)
    result = _answers(training, dataset) if test and finished else None
    found = _facts(training, dataset, finished, result, kept)
    if json:
        output.emit_json(found)
    else:
        output.facts(_lines(found))
    if not finished:
        done = f"{len(training.history)} finished" if training.history else "none was finished"
        raise WorkError(
            f"interrupted in epoch {training.epoch} of {chosen.train.epochs}, "
            f"batch {training.batch} of {training.batches_per_epoch}; of the epochs {done}"
        )


def _watched(training: Training) -> bool:
    """Train to the end and show how it goes; False where it was interrupted."""
    from ziffern.training.events import TrainingState
    from ziffern.training.listeners import Progress

    progress, recipe = Progress(), training.recipe
    state = TrainingState(
        recipe=recipe,
        network=cast(Any, training.network),  # nobody looks at it here
        epochs=recipe.train.epochs,
        batches_per_epoch=training.batches_per_epoch,
        total_steps=training.batches_per_epoch * training.recipe.train.epochs,
        batch_size=recipe.train.batch_size,
        train_size=len(training.training),
        history=training.history,
    )

    def after_batch(training: Training) -> None:
        _copy(training, state)
        progress.on_batch_end(state)

    progress.on_train_begin(state)
    progress.on_epoch_begin(state)
    try:
        for _ in training.fit(after_batch):
            progress.on_epoch_end(state)
    except KeyboardInterrupt:
        return False
    finally:
        progress.on_train_end(state)
    return True


def _copy(training: Training, state: TrainingState) -> None:
    state.epoch, state.batch, state.step = training.epoch, training.batch, training.step
    state.images_seen, state.loss_sum = training.images_seen, training.loss_sum
    state.correct, state.learning_rate = training.correct, training.learning_rate
    state.epoch_seconds = training.epoch_seconds


def _keep(training: Training, dataset: Dataset, folder: Path) -> str:
    """Write the network as it was after its last finished epoch."""
    import ziffern
    from ziffern import modelfile

    recipe = training.recipe
    saved = modelfile.SavedModel(
        name=f"{recipe.name}-s{recipe.train.seed}",
        layers=tuple(str(layer) for layer in recipe.layer_list),
        weights=training.finished,
        contract=training.contract,
        class_names=dataset.class_names,
        facts={
            "recipe": recipe.name,
            "seed": recipe.train.seed,
            "dataset": dataset.name,
            "epoch": len(training.history),
            "ziffern": ziffern.__version__,
        },
    )
    modelfile.save(folder, saved)
    return str(folder)


def _answers(training: Training, dataset: Dataset) -> Evaluation:
    """Let the trained network answer the test set."""
    from ziffern.evaluation.result import Evaluation

    part = dataset.test
    return Evaluation(
        dataset=dataset.name,
        split="test",
        class_names=dataset.class_names,
        labels=part.labels,
        probabilities=training.network.predict(training.contract.scaled(part.images)),
        test_looks=1,
    )


def _facts(
    training: Training, dataset: Dataset, finished: bool, test: Evaluation | None, kept: str | None
) -> dict[str, Any]:
    from ziffern.evaluation.metrics import wilson_interval

    recipe, rows = training.recipe, training.history
    found: dict[str, Any] = {
        "recipe": recipe.name,
        "seed": recipe.train.seed,
        "status": "finished" if finished else "interrupted",
        "epochs": len(rows),
        "seconds_training": sum(row["seconds"] for row in rows),
        "dataset": dataset.name,
        "is_sample": dataset.is_sample,
        "validation": None,
        "test": None,
        "model": kept,
        "history": rows,
    }
    if rows and training.validation is not None:
        n, accuracy = len(training.validation), rows[-1]["validation_accuracy"] or 0.0
        correct = round(accuracy * n)
        found["validation"] = {
            "accuracy": accuracy,
            "wilson95": list(wilson_interval(correct, n)),
            "loss": rows[-1]["validation_loss"],
            "n": n,
            "correct": correct,
        }
    if test is not None:
        keys = ("accuracy", "wilson95", "loss", "n", "correct")
        found["test"] = {key: value for key, value in test.as_dict().items() if key in keys}
    return found


def _lines(found: dict[str, Any]) -> list[tuple[str, object]]:
    pairs: list[tuple[str, object]] = [("recipe", f"{found['recipe']}, seed {found['seed']}")]
    sample = " of a sample" if found["is_sample"] else ""
    for split in ("validation", "test"):
        if (figures := found[split]) is not None:
            pairs.append(
                (
                    split,
                    f"accuracy {output.interval(figures)}, loss {figures['loss']:.4f} "
                    f"on {figures['n']:,} pictures{sample}",
                )
            )
    epochs = "1 epoch" if found["epochs"] == 1 else f"{found['epochs']} epochs"
    pairs.append(("training", f"{epochs} in {found['seconds_training']:.1f} s, in plain NumPy"))
    if found["model"]:
        pairs.append(("model", found["model"]))
    return pairs
