"""From a dataset and a recipe to what a training sees: two parts and the preprocessing contract.

Only the training part of the dataset is touched; the test part stays sealed.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np

from ziffern.classes import DIGITS
from ziffern.contract import Contract
from ziffern.datasets import Dataset, Part, split
from ziffern.datasets.nondigits import nondigits
from ziffern.datasets.parts import SIZE, Images
from ziffern.errors import DataError
from ziffern.recipe import Recipe

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class TrainingData:
    """Training and validation part, split as the recipe says, and how grey values are scaled."""

    training: Part
    validation: Part | None
    contract: Contract


def prepare(recipe: Recipe, dataset: Dataset) -> TrainingData:
    """Split the training part of `dataset` and fit the contract's scaling to it.

    Raises:
        DataError: the set is too small for the recipe's split or batch size, or lines are to be
            painted of what is no digit.
        RecipeError: the network's outputs are not the dataset's classes.
    """
    recipe.check_classes(len(dataset.class_names), dataset.name)
    if recipe.data.lines and dataset.class_names != DIGITS:
        raise DataError(
            f"data.lines paints lines of the digits 0 to 9, but the classes of {dataset.name} are "
            f"{', '.join(dataset.class_names)}; train without lines: --set data.lines=0"
        )
    whole = dataset.train
    chosen, held_out = split(
        whole.labels,
        validation=_held_out(recipe.data.validation, dataset, len(whole)),
        seed=recipe.split_seed,
        stratified=recipe.data.stratified,
        held_out=recipe.data.held_out,
        writers=whole.writers,
    )
    training = whole.subset(chosen)
    if recipe.train.batch_size > len(training):
        raise DataError(
            f"train.batch_size is {recipe.train.batch_size}, but there are only {len(training)} "
            f"training pictures; lower it, such as --set train.batch_size={len(training) // 4 or 1}"
        )
    validation = whole.subset(held_out) if len(held_out) else None
    return TrainingData(training, validation, _contract(recipe, training))


def no_digits(recipe: Recipe, dataset: Dataset, data: TrainingData) -> Images:
    """Return the pictures of no digit that are trained on as well, uint8 (M, 28, 28).

    Drawn ones, which takes some seconds, and those of the dataset; M may be 0.
    """
    # by lot a writer may be on both sides, and so may what is no digit
    strangers = data.validation if recipe.data.held_out == "writers" else None
    own = _own(dataset.train.nondigits, strangers)
    return np.concatenate([_drawn(recipe, data.training), own])


def _drawn(recipe: Recipe, training: Part) -> Images:
    count = round(recipe.data.nondigits * len(training))
    if count == 0:
        return training.images[:0]
    log.warning("drawing %s pictures of no digit", f"{count:,}")
    return nondigits(count, seed=recipe.train.seed, digits=training.images)


def _own(nondigits: Part | None, strangers: Part | None) -> Images:
    """Return what a dataset has of no digit, without what is by the writers of `strangers`."""
    if nondigits is None:
        return np.empty((0, SIZE, SIZE), np.uint8)
    if nondigits.writers is None or strangers is None or strangers.writers is None:
        return nondigits.images
    return nondigits.images[~np.isin(nondigits.writers, strangers.writers)]


def _held_out(validation: float | int, dataset: Dataset, total: int) -> float | int:
    """Turn a count that is meant for the whole dataset into the same share of its sample."""
    whole = dataset.entry.sizes.get("train", 0)
    if dataset.is_sample and isinstance(validation, int) and total <= validation < whole:
        return validation / whole
    return validation


def _contract(recipe: Recipe, training: Part) -> Contract:
    if recipe.data.scale != "standard":
        return Contract(scale=recipe.data.scale)
    # exact from a histogram of grey values, so that it is the same on every machine
    counts = np.bincount(training.images.ravel(), minlength=256)
    levels = np.arange(256) / 255
    mean = float(counts @ levels / counts.sum())
    variance = float(counts @ (levels - mean) ** 2 / counts.sum())
    return Contract(scale="standard", mean=mean, deviation=max(variance**0.5, 1e-6))
