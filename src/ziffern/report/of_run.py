"""The report of a run folder: gathers what the run holds and writes `report.html` into it.

The network is loaded to answer printed digits; the test set is not looked at again, for the
answers to it are kept in the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ziffern.datasets import Dataset, fonts
from ziffern.evaluation.evaluate import dataset_of, recipe_of, stored
from ziffern.evaluation.model import Model, load
from ziffern.evaluation.review import review
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
    recipe = recipe_of(opened)
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
    content = ReportContent(
        title=recipe.title,
        run=opened.name,
        summary=recipe.summary,
        notices=notices,
        layers=[
            LayerRow(
                stage.name, stage.kind, stage.output_shape, stage.parameters, stage.multiply_adds
            )
            for stage in model.network.stages
        ],
        history=opened.history,
        kept_epoch=training.get("result_epoch"),
        validation=stored(opened, "validation", dataset.name),
        test=stored(opened, "test", dataset.name),
        images=None if found is None else found.part.images,
        causes=() if found is None else found.causes,
        disputed=() if found is None else found.disputed,
        printed=_printed(model, dataset),
        test_looks=opened.test_looks,
        reported=recipe.reported.accuracy if recipe.reported else None,
        settings=_settings(recipe, info),
        hardware=_texts(info.get("hardware", {})),
        versions={"ziffern": info.get("ziffern", "")},
        times=_times(training),
        recipe_toml=opened.recipe_text,
    )
    write_figures(content, opened.path)
    return write_atomic(opened.path / NAME, html_of(content))


def _printed(model: Model, dataset: Dataset) -> Printed | None:
    """Let the network read printed digits, where its classes are the digits."""
    if dataset.class_names != tuple("0123456789"):
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
