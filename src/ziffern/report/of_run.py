"""The report of a run folder: gathers what the run holds and writes `report.html` into it.

The network is loaded to answer printed digits; the test set is not looked at again, for the
answers to it are kept in the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ziffern.classes import DIGITS
from ziffern.datasets import Dataset, fonts
from ziffern.evaluation.ensemble import Answerer, Ensemble, load
from ziffern.evaluation.evaluate import data_recipe, dataset_of, stored
from ziffern.evaluation.model import Model
from ziffern.evaluation.result import Evaluation
from ziffern.evaluation.review import review
from ziffern.evaluation.runtime import RuntimeModel
from ziffern.files import write_atomic
from ziffern.recipe import Recipe
from ziffern.report.content import LayerRow, Printed, ReportContent
from ziffern.report.page import write_report as html_of
from ziffern.report.pictures import write_figures
from ziffern.runs import Run

NAME = "report.html"


def write_report(run: str | Path | Run, *, runs: str | Path = "runs") -> Path:
    """Write `report.html` and `figures/` of a run; the test set is not looked at again."""
    opened = run if isinstance(run, Run) else Run.open(run, runs)
    recipe = data_recipe(opened)
    dataset = dataset_of(opened, recipe)
    model = load(opened, precision="float32", engine="torch")
    found = review(opened, recipe, dataset)
    info, training = opened.info, opened.metrics.get("training", {})
    notices = []
    if info["dataset"]["is_sample"]:
        notices.append(
            "Trained on the small sample that travels with Ziffern, not on the whole dataset."
        )
    if info["status"] not in ("finished", "stopped early"):
        notices.append(f"This training is {info['status']}.")
    about = (
        _of_ensemble(opened, model)
        if isinstance(model, Ensemble)
        else _of_network(opened, model, recipe)
    )
    if found is not None:
        about["settings"] |= _averaging(found.evaluation)
    content = ReportContent(
        **about,
        run=opened.name,
        notices=notices,
        history=opened.history,
        kept_epoch=training.get("result_epoch"),
        validation=stored(opened, "validation", dataset.name),
        test=stored(opened, "test", dataset.name),
        images=None if found is None else found.part.images,
        causes=() if found is None else found.causes,
        disputed=() if found is None else found.disputed,
        printed=_printed(model, dataset),
        test_looks=opened.test_looks,
        hardware=_texts(info.get("hardware", {})),
        versions={"ziffern": info.get("ziffern", "")},
        times=_times(training),
    )
    write_figures(content, opened.path)
    return write_atomic(opened.path / NAME, html_of(content))


def _of_network(run: Run, model: Model | RuntimeModel, recipe: Recipe) -> dict[str, Any]:
    """Return what the report says of a single network."""
    return {
        "title": recipe.title,
        "summary": recipe.summary,
        "layers": [
            LayerRow(
                stage.name, stage.kind, stage.output_shape, stage.parameters, stage.multiply_adds
            )
            for stage in model.network.stages
        ],
        "reported": recipe.reported.accuracy if recipe.reported else None,
        "settings": _settings(recipe, run.info),
        "recipe_toml": run.recipe_text,
    }


def _of_ensemble(run: Run, ensemble: Ensemble) -> dict[str, Any]:
    """Return what the report says of an ensemble; its members stand in place of layers."""
    what = "probabilities" if ensemble.saved.vote == "mean" else "logits"
    data = run.dataset
    return {
        "title": f"Ensemble of {len(ensemble.members)} networks",
        "summary": f"It answers with the mean of its members' {what}.",
        "layers": [
            LayerRow(
                told["run"],
                told["recipe"],
                member.network.output_shape,
                member.network.parameters,
                member.network.multiply_adds,
            )
            for told, member in zip(run.members, ensemble.members, strict=True)
        ],
        "settings": {
            "data": f"{data['name']}: {data['origin']}",
            "validation pictures": f"{data['validation_size']:,}",
        },
    }


def _averaging(found: Evaluation) -> dict[str, str]:
    """Say how many answers are averaged and what that brings, where it is more than one."""
    if found.alone is None:
        return {}
    text = f"mean of {found.averaging} answers a picture; without it {found.alone.accuracy:.2%}"
    return {"averaging": text}


def _printed(model: Answerer, dataset: Dataset) -> Printed | None:
    """Let the network read printed digits, where its classes are the digits."""
    if dataset.class_names != DIGITS:
        return None
    images, labels, names = fonts.synthetic()
    if not len(images):
        return None
    answers = model.predict(images).argmax(axis=1)
    return Printed(images, labels, names, answers)


def _settings(recipe: Recipe, info: Mapping[str, Any]) -> dict[str, str]:
    data = info["dataset"]
    optimizer = dict(recipe.optimizer)
    name = optimizer.pop("name")
    return {
        "source": recipe.source,
        "data": f"{data['name']}: {data['origin']}",
        "training pictures": f"{data['train_size']:,}",
        "validation pictures": f"{data['validation_size']:,}",
        "optimiser": ", ".join([name, *(f"{key} {value}" for key, value in optimizer.items())]),
        "schedule": ", ".join(f"{value}" for value in recipe.schedule.values()) or "constant",
        "batch size": str(recipe.train.batch_size),
        "seed": str(recipe.train.seed),
        "precision": info["precision"],
    }


def _texts(table: Mapping[str, Any]) -> dict[str, str]:
    return {key.replace("_", " "): str(value) for key, value in table.items() if value is not None}


def _times(training: Mapping[str, Any]) -> dict[str, str]:
    if not training:
        return {}
    return {
        "epochs": str(training["epochs"]),
        "training": f"{training['seconds_training']:.1f} s",
        "training speed": f"{training['images_per_second']:,.0f} images/s",
        "with validation and saving": f"{training['seconds_total']:.1f} s",
    }
