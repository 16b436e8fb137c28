"""Evaluating a run: on validation freely, on the sealed test set with every look counted.

    result = evaluate("latest")                  # one look at the test set
    result = evaluate("latest", split="validation")
    print(result.accuracy, result.wilson95)

The answers are kept in the run (`evaluations/`), so that the report can be drawn again without
another look.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

from ziffern import datasets, highscore
from ziffern import recipe as recipes
from ziffern.datasets import Dataset, Part
from ziffern.errors import InputError, RunError
from ziffern.evaluation.ensemble import Answerer, load
from ziffern.evaluation.model import Predictor
from ziffern.evaluation.result import Evaluation
from ziffern.recipe import Recipe
from ziffern.runs import RECIPE, Run
from ziffern.training.data import prepare

Split = Literal["validation", "test"]
FOLDER = "evaluations"
MEMBERS = "members"
"""Where an ensemble keeps the recipes of its members."""
NETWORKS = "networks"
"""Where an ensemble that was trained by a recipe keeps the runs of its members."""


def evaluate(
    run: str | Path | Run,
    *,
    on: str | None = None,
    split: Split = "test",
    data_dir: str | Path | None = None,
    runs: str | Path = "runs",
    averaging: bool = True,
) -> Evaluation:
    """Evaluate a run and keep the result in it.

    Where the model averages over copies of each picture, it answers with and without in the
    same look; both are kept.

    Args:
        run: a run, its name or path, or ``latest``.
        on: another dataset than the run's own.
        split: `test` counts as a look at the test set; `validation` is the part of the training
            set that the run held out.
        data_dir: where the data lie, if not where the run found them.
        runs: the folder of runs.
        averaging: which of both is returned.

    Raises:
        RunError: the run or its model cannot be read, or has no validation set.
        InputError: the dataset has other classes than the model, or no validation set of the run.
    """
    opened = run if isinstance(run, Run) else Run.open(run, runs)
    recipe = data_recipe(opened)
    own = opened.dataset["name"]
    dataset = (
        dataset_of(opened, recipe, data_dir) if on is None else datasets.load(on, data_dir=data_dir)
    )
    model = load(opened, precision="float32", engine="torch")
    if len(dataset.class_names) != len(model.class_names):
        raise InputError(
            f"{dataset.name} has {len(dataset.class_names)} classes, the model of {opened.name} "
            f"has {len(model.class_names)}; evaluate it on data with the same classes"
        )
    if split == "validation":
        if dataset.name != own:
            raise InputError(
                f"{opened.name} held out no part of {dataset.name}; use --split test with --on"
            )
        part, looks = validation_part(opened, recipe, dataset), opened.test_looks
    else:
        part = dataset.test
        looks = counted_look(opened, dataset)
    result = judge_both(model, part, dataset, split, looks)
    keep(opened, result)
    return result if averaging or result.alone is None else result.alone


def counted_look(run: Run, dataset: Dataset) -> int:
    """Count one more look of a run at a dataset's test part, and return the count.

    To be called before looking: a look that was interrupted was a look. Each dataset has a count
    of its own.

    Raises:
        RunError: it is a sample of what the run was trained on.
    """
    own = run.dataset["name"]
    if dataset.name == own and dataset.is_sample and not run.dataset["is_sample"]:
        raise RunError(
            f"{run.name} was trained on the whole of {own}, but only its sample is at hand, "
            "and results on that do not compare; give the data with --data-dir"
        )
    return run.count_test_look(None if dataset.name == own else dataset.name)


def judge(model: Predictor, part: Part, dataset: Dataset, split: str, looks: int) -> Evaluation:
    """Let the model answer all pictures of a part."""
    return Evaluation(
        dataset=dataset.name,
        split=split,
        class_names=dataset.class_names,
        labels=part.labels,
        probabilities=model.predict(part.images),
        test_looks=looks,
    )


def judge_both(model: Answerer, part: Part, dataset: Dataset, split: str, looks: int) -> Evaluation:
    """Let the model answer as it is and, where it averages, without averaging as well."""
    result = judge(model, part, dataset, split, looks)
    if model.averaging == 1:
        return result
    alone = judge(model.alone, part, dataset, split, looks)
    return replace(result, averaging=model.averaging, alone=alone)


def recipe_of(run: Run) -> Recipe:
    """Return the resolved recipe of a run.

    Raises:
        RunError: it is missing; an ensemble that was made of runs has none of its own.
        RecipeError: it has mistakes.
    """
    if made_of_runs(run):
        raise RunError(
            f"{run.name} is an ensemble of {len(run.members)} networks and has no recipe; "
            f"give one of its members, such as {a_member(run)}"
        )
    where = str(run.path / "recipe.toml")
    return recipes.parse(run.recipe_text, name=run.info["recipe"], where=where)


def made_of_runs(run: Run) -> bool:
    """Whether the run is an ensemble that was made of runs, not trained by a recipe."""
    return bool(run.members) and not (run.path / RECIPE).exists()


def a_member(run: Run) -> str:
    """Return how one of an ensemble's members can be named: its path or its name."""
    name = str(run.members[0]["run"])
    own = run.path / NETWORKS / name
    return str(own) if own.exists() else name


def data_recipe(run: Run) -> Recipe:
    """Return the recipe that says which data a run is about: of an ensemble, its first member's."""
    if not run.members:
        return recipe_of(run)
    first = run.members[0]
    path = run.path / MEMBERS / f"{first['run']}.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise RunError(f"{path} is missing or damaged: {error}") from error
    return recipes.parse(text, name=first["recipe"], where=str(path))


def dataset_of(run: Run, recipe: Recipe, data_dir: str | Path | None = None) -> Dataset:
    """Return the dataset that the run was trained on, from `data_dir` or where the run found it."""
    return datasets.load(recipe.data.dataset, data_dir=data_dir or run.dataset["data_dir"])


def validation_part(run: Run, recipe: Recipe, dataset: Dataset) -> Part:
    """Return the pictures that the run held out from its training set.

    Raises:
        RunError: the run has none, or the data are no longer those it was trained on.
    """
    if dataset.sha256("train") != run.dataset["sha256"]:
        raise RunError(
            f"{run.name} was trained on other data than {dataset.origin} holds now, so its "
            "validation part cannot be found again; give the data with --data-dir"
        )
    part = prepare(recipe, dataset).validation if run.dataset["validation_size"] else None
    if part is None:
        reason = "its members held out different pictures" if run.members else "data.validation = 0"
        raise RunError(f"{run.name} has no validation set ({reason})")
    return part


def split_of(run: Run) -> tuple[object, ...]:
    """Return what decides which pictures a run held out: equal where they are the same ones."""
    recipe, data = data_recipe(run), run.dataset
    if not data["validation_size"]:
        return (data["name"], data["sha256"], 0)
    settings = recipe.data
    # the last pictures are the same ones whatever the seed
    seed = None if settings.held_out == "last" else recipe.split_seed
    how = (settings.held_out, settings.stratified, seed)
    return (data["name"], data["sha256"], data["validation_size"], *how)


def score_key(run: Run) -> str:
    """Return the name under which the run enters the high score.

    Results on the packaged sample are not to be compared with those on the whole set.
    """
    dataset = run.dataset
    return f"{dataset['name']} (sample)" if dataset["is_sample"] else str(dataset["name"])


def stored(run: Run, split: str, dataset: str) -> Evaluation | None:
    """Return a kept evaluation, None where there was none yet."""
    path = run.path / FOLDER / f"{dataset}-{split}.npz"
    return Evaluation.load(path) if path.exists() else None


def keep(run: Run, result: Evaluation) -> None:
    """Keep answers in the run: the answers themselves, the figures, and the high score."""
    result.save(run.path / FOLDER / f"{result.dataset}-{result.split}.npz")
    if result.dataset == run.dataset["name"]:
        run.update_metrics(result.split, result.as_dict())
        if result.split == "test":
            figures = {"accuracy": result.accuracy, "loss": result.loss, "n": result.n}
            highscore.add_test(run.path.parent, score_key(run), run.name, figures)
    else:
        run.update_metrics(f"{result.split} on {result.dataset}", result.as_dict())
