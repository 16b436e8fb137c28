"""A recipe: one TOML file that says everything about a training.

    recipe = load("marvin")                          # a name, a path, or @file.toml
    recipe = load("marvin", {"train.epochs": 5})     # with changes
    print(recipe.network.parameters)

This module reads and writes recipes. All mistakes of a recipe are reported at once, with their
lines (see `ziffern.recipe_check`). It does not train (see `ziffern.training`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ziffern import optimizers, schedules, settings
from ziffern.augmentation import Augmentation
from ziffern.averaging import STEEPEST, Copies, Shifts
from ziffern.errors import InputError, RecipeError, did_you_mean
from ziffern.layers import Layer, Network, parse_layers
from ziffern.recipe_check import mistakes

FOLDER = Path(__file__).parent / "recipes"
"""Where the shipped recipes lie, one TOML file each."""

INPUT_SHAPE = (28, 28, 1)
"""What every network is fed: one grey picture, channels last."""


class Table(BaseModel):
    """Base of the tables of a recipe: unknown keys are mistakes, nothing changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class DataSettings(Table):
    """Which data, how it is split and how grey values become numbers."""

    dataset: str = "mnist"
    scale: Literal["raw", "unit", "standard"] = "unit"
    validation: int | float = 0.1
    """A share (0.1), a count (10000), or 0 for none."""
    held_out: Literal["random", "last", "writers"] = "random"
    """Which pictures are for validation: by lot, the last ones, or all of some writers."""
    stratified: bool = False
    split_seed: int | None = None
    """Seed of the split; the run's seed if not given."""
    nondigits: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Pictures of no digit that are trained on as well, as a share of the training pictures."""
    lines: Annotated[int, Field(ge=0, le=100_000)] = 0
    """Painted lines of digits whose right and wrong cuts are trained on as well."""

    @field_validator("validation", mode="before")
    @classmethod
    def _share_or_count(cls, value: Any) -> Any:
        # 1.0 would be all pictures, 0.5 and 1 are fine, and true is an int to Python
        kind = type(value)
        if (kind is int and value >= 0) or (kind is float and 0 <= value < 1):
            return value
        raise ValueError("a share below 1 such as 0.1, a count such as 10000, or 0 for none")


class EarlyStopping(Table):
    """When to stop before the last epoch, watching the validation set."""

    monitor: Literal["validation_loss", "validation_accuracy"] = "validation_loss"
    patience: Annotated[int, Field(ge=0)] = 10
    min_delta: Annotated[float, Field(ge=0)] = 0.0
    restore_best: bool = True
    """Whether the weights of the best epoch are the result, rather than those of the last."""


class Focus(Table):
    """Training more on what is not yet learnt (online batch selection, Loshchilov & Hutter 2015).

    The first epoch goes through all pictures, each later one through a `share` of them, drawn anew.
    """

    share: Annotated[float, Field(gt=0, le=1)] = 0.5
    hardest: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Part of that share: the pictures with the largest loss when last seen; the rest by lot."""


class TrainSettings(Table):
    """How long and how to train."""

    epochs: Annotated[int, Field(ge=1)]
    batch_size: Annotated[int, Field(ge=1)] = 128
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    background_class: bool = False
    """Whether what is no digit is a class of its own, whose logit is always 0."""
    ema: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Share that the averaged weights keep each step; they are the result then."""
    clip_norm: Annotated[float, Field(gt=0)] | None = None
    """Largest norm of all gradients together."""
    clip_value: Annotated[float, Field(gt=0)] | None = None
    """Largest size of a single gradient value."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    snapshots: bool = False
    """Whether the weights of every epoch are kept, to follow the path of training afterwards."""
    focus: Focus | None = None
    early_stopping: EarlyStopping | None = None


class PredictSettings(Table):
    """How the trained network answers."""

    shifts: Shifts = 0
    """Copies moved by one pixel that are answered together with each picture."""
    rotation: Annotated[float, Field(ge=0, le=STEEPEST)] = 0.0
    """Degrees by which the picture and its copies are answered turned, to either side, as well."""

    @property
    def copies(self) -> Copies:
        """Both together."""
        return Copies(self.shifts, self.rotation)


class EnsembleSettings(Table):
    """How many networks are trained by the recipe, with seeds of their own, and how they vote."""

    networks: Annotated[int, Field(ge=2, le=100)]
    vote: Literal["mean", "logits"] = "mean"
    """What is averaged: the networks' probabilities, or their logits."""


class Reported(Table):
    """What the source reports on the test set."""

    accuracy: float | None = None
    loss: float | None = None
    epochs: int | None = None
    note: str = ""


class Recipe(Table):
    """A checked recipe.

    `optimizer`, `schedule` and `augment` are the tables as written; `Recipe.optimizer_record` and
    its siblings are their typed forms.
    """

    name: str
    title: str
    source: str = ""
    summary: str = ""
    layers: str
    data: DataSettings = DataSettings()
    augment: dict[str, Any] = {}
    optimizer: dict[str, Any]
    schedule: dict[str, Any] = {}
    train: TrainSettings
    predict: PredictSettings = PredictSettings()
    ensemble: EnsembleSettings | None = None
    reported: Reported | None = None

    @cached_property
    def layer_list(self) -> list[Layer]:
        """The layers as records, in order."""
        return [layer for _, layer in parse_layers(self.layers)]

    @cached_property
    def network(self) -> Network:
        """The layers put together for 28×28 grey pictures."""
        return Network(self.layer_list, INPUT_SHAPE)

    @cached_property
    def optimizer_record(self) -> optimizers.Optimizer:
        """The optimiser with its arguments."""
        return optimizers.build(**self.optimizer)

    @cached_property
    def schedule_record(self) -> schedules.Schedule:
        """The learning-rate schedule with its arguments; constant if none is given."""
        return schedules.build(**{"name": "constant", **self.schedule})

    @cached_property
    def augmentation(self) -> Augmentation:
        """How training pictures are varied."""
        return settings.fill(Augmentation, self.augment)

    @property
    def split_seed(self) -> int:
        """The seed that the split into training and validation uses."""
        given = self.data.split_seed
        return self.train.seed if given is None else given

    @property
    def networks(self) -> int:
        """How many networks are trained by it."""
        return 1 if self.ensemble is None else self.ensemble.networks

    @property
    def parameters(self) -> int:
        """Weights of all its networks together."""
        return self.networks * self.network.parameters

    @property
    def trainable_parameters(self) -> int:
        """Those of them that training changes."""
        return self.networks * self.network.trainable_parameters

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds of all its networks for one picture, without averaging."""
        return self.networks * self.network.multiply_adds

    def member(self, number: int) -> Recipe:
        """Return the recipe of one network of an ensemble, the first being number 0.

        No two ensembles of one recipe share a seed, and all networks hold out the same pictures.
        """
        alone = self.model_copy(update={"name": f"{self.name}-network", "ensemble": None})
        seed = self.train.seed * self.networks + number
        return alone.changed({"train.seed": seed, "data.split_seed": self.split_seed})

    def check_classes(self, classes: int, dataset: str) -> None:
        """Check that the last layer has one output for each class.

        Raises:
            RecipeError: it has another number of outputs.
        """
        outputs = self.network.output_shape[0]
        if outputs != classes:
            made_by = next(
                (stage.layer for stage in reversed(self.network.stages) if stage.weights), None
            )
            raise RecipeError(
                f"recipe {self.name!r}",
                [
                    f"the network ends in {outputs} outputs ({made_by or 'without weights'}) but "
                    f"{dataset} has {classes} classes; make the last layer Dense({classes}, "
                    "activation='softmax')"
                ],
            )

    def changed(self, changes: Mapping[str, Any]) -> Recipe:
        """Return the recipe with values set by dotted keys, such as ``{"train.epochs": 5}``."""
        table = self.model_dump(exclude_none=True)
        where = f"recipe {self.name!r}"
        return _checked(_with_changes(table, changes, where), where)

    def to_toml(self) -> str:
        """Write the recipe as TOML that `parse` reads back to an equal recipe."""
        return tomli_w.dumps(_without_empty(self.model_dump()), multiline_strings=True)

    @model_validator(mode="before")
    @classmethod
    def _default_optimizer(cls, table: Any) -> Any:
        if isinstance(table, dict) and "optimizer" not in table:
            return {**table, "optimizer": {"name": "adam"}}
        return table


def names() -> list[str]:
    """Return the names of the shipped recipes."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(recipe: str | Path | Recipe, changes: Mapping[str, Any] | None = None) -> Recipe:
    """Load a recipe by name, from a file (`path.toml` or `@path`), or as it is.

    Args:
        recipe: `marvin`, `my/net.toml`, `@my/net.txt`, or a `Recipe`.
        changes: values to set by dotted key, for instance ``{"train.epochs": 5}``.

    Raises:
        RecipeError: unknown name or mistakes in the recipe; all of them are named.
    """
    if isinstance(recipe, Recipe):
        return recipe.changed(changes) if changes else recipe
    given = str(recipe)
    if given.startswith("@") or given.endswith(".toml") or "/" in given:
        path = Path(given.removeprefix("@"))
        where = str(path)
    else:
        path = FOLDER / f"{given}.toml"
        where = f"recipe {given!r}"
        if given not in names():
            raise RecipeError(f"unknown recipe {given!r}{did_you_mean(given, names())}")
    try:
        # with the mark that some editors for Windows put first
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        if isinstance(error, UnicodeDecodeError):
            reason = "it is not UTF-8 text"
        raise RecipeError(where, [f"cannot read the file: {reason}"]) from error
    return parse(text, name=path.stem, where=where, changes=changes)


def parse(
    text: str,
    *,
    name: str = "recipe",
    where: str = "recipe",
    changes: Mapping[str, Any] | None = None,
) -> Recipe:
    """Read a recipe from TOML text.

    Raises:
        RecipeError: with all mistakes, each with its line.
    """
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, ValueError) else "too deeply nested"
        raise RecipeError(where, [f"this is not TOML: {reason.partition(';')[0]}"]) from error
    table.setdefault("name", name)
    return _checked(_with_changes(table, changes or {}, where), where, text, changes or {})


def parse_changes(settings: list[str]) -> dict[str, Any]:
    """Turn ``["train.epochs=5", "optimizer.name=sgd"]`` into a mapping; values are TOML or text.

    Raises:
        InputError: a setting has no ``=``.
    """
    changes: dict[str, Any] = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals or not key.strip():
            raise InputError(f"--set {setting!r}: expected KEY=VALUE, such as train.epochs=5")
        try:
            changes[key.strip()] = tomllib.loads(f"x = {value}")["x"]
        except (ValueError, RecursionError):
            changes[key.strip()] = value
    return changes


def _with_changes(
    table: Mapping[str, Any], changes: Mapping[str, Any], where: str
) -> dict[str, Any]:
    changed = {
        key: dict(value) if isinstance(value, dict) else value for key, value in table.items()
    }
    for key, value in changes.items():
        *parents, last = key.split(".")
        target = changed
        for parent in parents:
            inner = target.get(parent, {})
            if not isinstance(inner, dict):
                raise RecipeError(where, [f"cannot set {key}: {parent!r} is not a table"])
            target[parent] = dict(inner)
            target = target[parent]
        target[last] = value
    return changed


def _checked(
    table: Mapping[str, Any], where: str, source: str = "", changed: Collection[str] = ()
) -> Recipe:
    """Make the recipe, or raise one `RecipeError` with every mistake and its line."""
    if found := mistakes(table, Recipe, source, changed):
        raise RecipeError(where, [f"line {line}: {text}" if line else text for line, text in found])
    return Recipe.model_validate(table)


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: _without_empty(item) for key, item in value.items() if item is not None}
        return {key: item for key, item in kept.items() if item not in ({}, "")}
    return value
