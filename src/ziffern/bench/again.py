"""How a model is trained again: as it was, or on other pictures, which is fine-tuning."""

from __future__ import annotations

import logging
from pathlib import Path

from ziffern import datasets, shipped
from ziffern import recipe as recipes
from ziffern.errors import InputError
from ziffern.evaluation.evaluate import dataset_of, recipe_of
from ziffern.evaluation.model import saved_of
from ziffern.recipe import Recipe
from ziffern.runs import Run
from ziffern.training.fine_tuning import fine_tuning

log = logging.getLogger(__name__)


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
