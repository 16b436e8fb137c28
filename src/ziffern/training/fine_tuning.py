"""Fine-tuning: from a trained model and pictures of one's own to the recipe that adapts it to them.

    recipe = fine_tuning(model, base, datasets.load("own/"), "own/")

The network and its contract stay the model's; augmentation, what is drawn as no digit, and how the
model answers stay those of its recipe. The rest is what suits little data: small steps, few epochs,
small batches. This module trains nothing; every value can be changed as in any recipe.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ziffern.classes import DIGITS
from ziffern.datasets import Dataset, Part
from ziffern.modelfile import SavedModel
from ziffern.recipe import Recipe

EPOCHS: Final = 10
RATE: Final = 3e-4
"""Learning rate, a thirtieth of quick's: with more, what was learnt before is forgotten."""
BATCH: Final = 32
_BATCHES: Final = 4  # an epoch at least, or batch normalisation and Adam see too little
_VALIDATION: Final = 0.2
_LINE: Final = 4  # digits of a painted line, so that each picture comes about once in one
_WRITERS: Final = 5  # from so many on, a fifth of them can be held out


def fine_tuning(model: SavedModel, base: Recipe, dataset: Dataset, place: str) -> Recipe:
    """Return the recipe that fine-tunes a model on a dataset.

    Args:
        model: what the training is to start from.
        base: the recipe that the model was trained by.
        dataset: one's own pictures; with five writers or more, whole writers are for validation.
        place: where these lie, for the recipe to name.

    Raises:
        DataError: the dataset cannot be read.
        RecipeError: the base's settings do not fit.
    """
    table = base.model_dump(exclude_none=True)
    table |= {
        "name": f"{base.name}-{dataset.name}",
        "title": f"{base.title}, fine-tuned on {dataset.title}",
        "source": "",
        "summary": "",
        "layers": "\n".join(model.layers),
        "data": {
            "dataset": place,
            "scale": model.contract.scale,
            "validation": _VALIDATION,
            "nondigits": base.data.nondigits,
            "lines": _lines(base, dataset),
            **_held_out(dataset.train),
        },
        "optimizer": {"name": "adamw", "learning_rate": RATE},
        "schedule": {"name": "one_cycle"},
        "train": {
            "epochs": EPOCHS,
            "batch_size": _batch(len(dataset.train)),
            "seed": base.train.seed,
            "label_smoothing": base.train.label_smoothing,
            "background_class": model.background_class,
            "precision": base.train.precision,
        },
        "predict": model.copies.to_dict(),
    }
    table.pop("reported", None)
    return Recipe.model_validate(table)


def _lines(base: Recipe, dataset: Dataset) -> int:
    if dataset.class_names != DIGITS:
        return 0
    return min(base.data.lines, len(dataset.train) // _LINE)


def _held_out(part: Part) -> dict[str, object]:
    if part.writers is not None and len(np.unique(part.writers)) >= _WRITERS:
        return {"held_out": "writers"}
    return {"stratified": True}


def _batch(pictures: int) -> int:
    """Return a batch size with which an epoch has some batches, however few pictures there are."""
    left = round(pictures * (1 - _VALIDATION))
    return max(2, min(BATCH, left // _BATCHES))
