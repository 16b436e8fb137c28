"""A recipe: one TOML file that says everything about a training.

    recipe = load("marvin")                          # a name, a path, or @file.toml
    recipe = load("marvin", {"train.epochs": 5})     # with changes
    print(recipe.network.parameters)

This module reads, checks and writes recipes. It reports all mistakes of a recipe at once, with
their lines. It does not train (see `ziffern.training`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ziffern import optimizers, schedules, settings
from ziffern.augmentation import Augmentation
from ziffern.errors import InputError, RecipeError, did_you_mean
from ziffern.layers import Layer, Network, NetworkError, ParseError, parse_layers

FOLDER = Path(__file__).parent / "recipes"
"""Where the shipped recipes lie, one TOML file each."""

INPUT_SHAPE = (28, 28, 1)
"""What every network is fed: one grey picture, channels last."""


class Table(BaseModel):
    """Base of the tables of a recipe: unknown keys are mistakes, nothing changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class DataSettings(Table):
    """Which data, how it is split and how grey values become numbers."""

    dataset: str = "mnist"
    scale: Literal["raw", "unit", "standard"] = "unit"
    validation: Annotated[int | float, Field(ge=0)] = 0.1
    """A share (0.1), a count (10000), or 0 for none."""
    stratified: bool = False
    split_seed: int | None = None
    """Seed of the split; the run's seed if not given."""


class EarlyStopping(Table):
    """When to stop before the last epoch, watching the validation set."""

    monitor: Literal["validation_loss", "validation_accuracy"] = "validation_loss"
    patience: Annotated[int, Field(ge=0)] = 10
    min_delta: Annotated[float, Field(ge=0)] = 0.0
    restore_best: bool = True
    """Whether the weights of the best epoch are the result, rather than those of the last."""


class TrainSettings(Table):
    """How long and how to train."""

    epochs: Annotated[int, Field(ge=1)]
    batch_size: Annotated[int, Field(ge=1)] = 128
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    ema: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Share that the averaged weights keep each step; they are the result then."""
    clip_norm: Annotated[float, Field(gt=0)] | None = None
    """Largest norm of all gradients together."""
    clip_value: Annotated[float, Field(gt=0)] | None = None
    """Largest size of a single gradient value."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    early_stopping: EarlyStopping | None = None


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

    def check_classes(self, classes: int, dataset: str) -> None:
        """Check that the last layer has one output for each class.

        Raises:
            RecipeError: it has another number of outputs.
        """
        outputs = self.network.output_shape[0]
        if outputs != classes:
            last = self.network.stages[-1]
            raise RecipeError(
                f"recipe {self.name!r}",
                [
                    f"the network ends in {outputs} outputs ({last.layer}) but {dataset} has "
                    f"{classes} classes; make the last layer Dense({classes}, "
                    "activation='softmax')"
                ],
            )

    def changed(self, changes: Mapping[str, Any]) -> Recipe:
        """Return the recipe with values set by dotted keys, such as ``{"train.epochs": 5}``."""
        table = self.model_dump(exclude_none=True)
        return _checked(_with_changes(table, changes, self.name), f"recipe {self.name!r}", {})

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
            raise RecipeError(f"unknown recipe {given!r}{did_you_mean(given, names())}", [])
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
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
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(where, [f"not TOML: {error}"]) from error
    table.setdefault("name", name)
    return _checked(_with_changes(table, changes or {}, where), where, key_lines(text))


def key_lines(text: str) -> dict[str, int]:
    """Map each dotted key of a TOML text, and each table, to its line (from 1).

    >>> key_lines("title = 'x'\\n[train]\\nepochs = 1")
    {'title': 1, 'train': 2, 'train.epochs': 3}
    """
    lines: dict[str, int] = {}
    prefix = ""
    inside: str | None = None  # the quotes that end the multi-line string we are in
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if inside is not None:
            inside = None if inside in stripped else inside
            continue
        if stripped.startswith("["):
            table = stripped.strip("[]").split("]")[0].strip()
            lines[table] = number
            prefix = table + "."
        elif "=" in stripped and not stripped.startswith("#"):
            key, _, value = stripped.partition("=")
            lines[prefix + key.strip().strip("\"'")] = number
            for quotes in ('"""', "'''"):
                if value.strip().startswith(quotes) and value.count(quotes) == 1:
                    inside = quotes
    return lines


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
        except tomllib.TOMLDecodeError:
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


def _checked(table: Mapping[str, Any], where: str, lines: Mapping[str, int]) -> Recipe:
    """Validate the table; raise one `RecipeError` with every mistake and its line."""
    problems: list[tuple[int, str]] = []

    def report(key: str, message: str) -> None:
        line = next((lines[part] for part in _prefixes(key) if part in lines), 0)
        problems.append((line, f"{key}: {message}" if key else message))

    recipe = None
    try:
        recipe = Recipe.model_validate(table)
    except ValidationError as error:
        for item in error.errors():
            key, message = _explained(item)
            report(key, message)
    layers = table.get("layers")
    if isinstance(layers, str):
        offset = lines.get("layers", 0)
        problems += [(line, f"layers: {text}") for line, text in _layer_problems(layers, offset)]
    for key, build in (
        ("optimizer", lambda given: optimizers.build(**given)),
        ("schedule", lambda given: schedules.build(**given)),
        ("augment", lambda given: settings.fill(Augmentation, given)),
    ):
        given = table.get(key)
        if not isinstance(given, dict) or not given:
            continue
        if key != "augment" and "name" not in given:
            report(key, f"needs a name{did_you_mean('', _names_of(key))}")
            continue
        try:
            build(given)
        except InputError as error:
            report(key, str(error))
    if problems:
        listed = [f"line {line}: {text}" if line else text for line, text in sorted(set(problems))]
        raise RecipeError(where, listed)
    assert recipe is not None
    return recipe


def _names_of(key: str) -> list[str]:
    return list(optimizers.OPTIMIZERS if key == "optimizer" else schedules.SCHEDULES)


def _layer_problems(text: str, offset: int) -> list[tuple[int, str]]:
    """Check layers and their shapes; lines are counted from `offset`, the line of ``layers =``."""
    # the text starts on the line of the key when the quotes are not followed by a line break,
    # which TOML drops; the first line of text is then one below
    first = offset if offset else 0
    try:
        placed = parse_layers(text)
    except ParseError as error:
        return [(first + line if offset else 0, message) for line, message in error.problems]
    if not placed:
        return [(first, "there is no layer; a network needs at least one")]
    try:
        network = Network([layer for _, layer in placed], INPUT_SHAPE)
    except NetworkError as error:
        line = placed[error.index][0]
        return [(first + line if offset else 0, str(error))]
    last_line = first + placed[-1][0] if offset else 0
    if len(network.output_shape) != 1:
        return [
            (
                last_line,
                f"the network ends in shape {network.output_shape}, but one number for each class "
                "is expected; add Flatten() and Dense(10, activation='softmax')",
            )
        ]
    final = getattr(network.stages[-1].layer, "activation", None)
    if final not in (None, "softmax"):
        return [
            (
                last_line,
                f"the last layer has activation {final!r}, but probabilities are expected; "
                "use activation='softmax' or none",
            )
        ]
    return []


def _prefixes(key: str) -> list[str]:
    parts = key.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]


def _explained(item: Any) -> tuple[str, str]:
    """Turn one pydantic error into (dotted key, message) in our words."""
    place = [part for part in item["loc"] if isinstance(part, str)]
    place = [part for part in place if part not in ("int", "float", "constrained-int")]
    key = ".".join(place)
    if item["type"] == "extra_forbidden":
        known = _known_keys(place[:-1])
        return key, f"unknown setting{did_you_mean(place[-1], known)}"
    if item["type"] == "missing":
        return key, "is missing"
    given = item.get("input")
    return key, f"{item['msg'][0].lower()}{item['msg'][1:]}, not {given!r}"


def _known_keys(place: list[str]) -> list[str]:
    model: Any = Recipe
    for part in place:
        annotation = model.model_fields[part].annotation
        options = [annotation, *getattr(annotation, "__args__", ())]
        model = next(
            option for option in options if isinstance(option, type) and issubclass(option, Table)
        )
    return list(model.model_fields)


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: _without_empty(item) for key, item in value.items() if item is not None}
        return {key: item for key, item in kept.items() if item not in ({}, "")}
    return value
