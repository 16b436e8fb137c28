"""Finding all mistakes of a recipe at once, each with its line and in words for people.

`mistakes` holds a recipe's table against its model, reads the layers, puts the network together and
makes every record. It raises nothing and changes nothing; `ziffern.recipe` turns what it finds into
one error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

from pydantic import BaseModel, ValidationError

from ziffern import optimizers, schedules, settings
from ziffern.augmentation import Augmentation
from ziffern.errors import InputError, did_you_mean
from ziffern.layers import Network, NetworkError, ParseError, parse_layers

Mistake = tuple[int, str]
"""Line from 1, or 0 where there is none; and what is wrong."""


def mistakes(
    table: Mapping[str, Any],
    model: type[BaseModel],
    source: str = "",
    changed: Collection[str] = (),
) -> list[Mistake]:
    """Return everything that is wrong with a recipe, by line.

    Args:
        table: the recipe as TOML gives it, with the changes made.
        model: the recipe's model.
        source: the TOML text, to find lines in.
        changed: dotted keys that were set from outside; their mistakes are not on a line.
    """
    lines = key_lines(source)
    for key in changed:
        lines |= {key: 0} | {outer: 0 for outer in _outwards(key) if outer not in lines}

    def line_of(key: str) -> int:
        return next((lines[outer] for outer in _outwards(key) if outer in lines), 0)

    found: list[Mistake] = []
    try:
        model.model_validate(table)
    except ValidationError as error:
        for item in error.errors():
            key = ".".join(str(part) for part in item["loc"])
            found.append((line_of(key), f"{key}: {_explained(item, model)}"))
    layers = table.get("layers")
    if isinstance(layers, str):
        place = _placed(source, lines.get("layers", 0))
        found += [(place(line), f"layers: {text}") for line, text in _in_layers(layers)]
    for key in ("optimizer", "schedule", "augment"):
        if isinstance(values := table.get(key), dict):
            found += [(line_of(at), text) for at, text in _in_settings(key, values)]
    found += [(line_of(at), text) for at, text in _unwatchable(table)]
    return sorted(set(found))


def key_lines(text: str) -> dict[str, int]:
    """Map each dotted key of a TOML text, and each table, to its line (from 1).

    >>> key_lines("title = 'x'\\n[train]\\nepochs = 1")
    {'title': 1, 'train': 2, 'train.epochs': 3}
    """
    lines: dict[str, int] = {}
    prefix = ""
    inside: str | None = None  # the quotes that end the multi-line string we are in
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        if inside is not None:
            inside = None if inside in stripped else inside
        elif stripped.startswith("["):
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


def _outwards(key: str) -> list[str]:
    """Return a dotted key and the tables around it, from the inside out."""
    parts = key.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]


def _placed(source: str, line: int) -> Callable[[int], int]:
    """Return what turns a line of the layer text into one of the file; `line` has the key."""
    opening = re.search("=\\s*(\"\"\"|''')(.*)", source.split("\n")[line - 1]) if line else None
    if opening is None or opening[1] in opening[2]:
        return lambda _: line
    # TOML drops a line break right after the quotes
    first = line + 1 if opening[2].rstrip("\r") in ("", "\\") else line
    return lambda number: first + number - 1


def _in_layers(text: str) -> list[Mistake]:
    """Check layers and how they fit; lines are those of `text`."""
    try:
        placed = parse_layers(text)
    except ParseError as error:
        return error.problems
    if not placed:
        return [(1, "there is no layer; a network needs at least one")]
    lines = [line for line, _ in placed]
    try:
        network = Network([layer for _, layer in placed])
    except NetworkError as error:
        return [(lines[error.index], str(error))]
    if len(network.output_shape) != 1:
        return [
            (
                lines[-1],
                f"the network ends in shape {network.output_shape}, but one number for each class "
                "is expected; add Flatten() and Dense(10, activation='softmax')",
            )
        ]
    last = network.stages[-1]
    activation = getattr(last.layer, "activation", None)
    if activation not in (None, "linear", "softmax"):
        message = f"{last.layer}: the network ends in {activation}, not in probabilities; {_ENDS}"
        return [(lines[-1], message)]
    # training takes a last softmax into its loss; one before the end would be there twice
    for line, stage in zip(reversed(lines), reversed(network.stages), strict=True):
        if getattr(stage.layer, "activation", None) == "softmax" and stage is not last:
            return [(line, f"{stage.layer}: softmax is for the last layer; {_ENDS}")]
        if stage.weights:
            break
    return []


_ENDS = "let it end in softmax, or in no activation at all"


def _in_settings(table: str, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Check a table that becomes a record; return (dotted key, message)."""
    arguments = dict(values)
    make: Callable[..., Any] = _augmentation
    if table != "augment":
        module = optimizers if table == "optimizer" else schedules
        known = optimizers.OPTIMIZERS if table == "optimizer" else schedules.SCHEDULES
        if "name" not in arguments:
            needed = table == "optimizer" or arguments
            return [(table, f"{table}: needs a name{did_you_mean('', known)}")] if needed else []
        name = arguments.pop("name")
        if not isinstance(name, str):
            return [(f"{table}.name", f"{table}.name: expected text in quotes, not {_shown(name)}")]
        if name not in known:
            wrong = f"unknown {table} {name!r}{did_you_mean(name, known)}"
            return [(f"{table}.name", wrong)]
        make = partial(module.build, name)
    found = []
    for key, value in arguments.items():
        try:
            make(**{key: value})  # one at a time, so that each mistake finds its line
        except InputError as error:
            found.append((f"{table}.{key}", str(error)))
    return found


def _augmentation(**arguments: Any) -> Augmentation:
    return settings.fill(Augmentation, arguments)


def _unwatchable(table: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Find what watches the validation set where a recipe has none."""

    def at(*keys: str) -> Any:
        value: Any = table
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    if at("data", "validation") != 0 or isinstance(at("data", "validation"), bool):
        return []
    plateau = at("schedule", "name") == "reduce_lr_on_plateau"
    monitor = at("schedule", "monitor") or "validation_loss"
    watchers = {
        "train.early_stopping": isinstance(at("train", "early_stopping"), dict),
        "schedule": plateau and str(monitor).startswith("validation"),
    }
    return [
        (
            key,
            f"data.validation is 0, but {key} watches the validation set; give a share such as 0.1",
        )
        for key, watches in watchers.items()
        if watches
    ]


_EXPECTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "string_type": "text in quotes",
    "bool_type": "true or false",
    "dict_type": "a table",
    "model_type": "a table",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "literal_error": "{expected}",
    "value_error": "{error}",
}
"""Pydantic's kinds of mistakes in our words."""


def _explained(item: Any, model: type[BaseModel]) -> str:
    """Say what one of pydantic's errors means."""
    *place, name = item["loc"]
    if item["type"] == "extra_forbidden":
        return f"unknown setting{did_you_mean(str(name), _keys(model, place))}"
    if item["type"] == "missing":
        return "is missing"
    context = item.get("ctx", {})
    if item["type"] not in _EXPECTED:
        return f"{item['msg']}, not {_shown(item['input'])}"
    expected = _EXPECTED[item["type"]].format(**context)
    hint = ""
    if item["type"] == "literal_error" and isinstance(item["input"], str):
        near = did_you_mean(item["input"], re.findall("'(.*?)'", context["expected"]))
        hint = near if near.startswith(":") else ""
    return f"expected {expected}, not {_shown(item['input'])}{hint}"


def _shown(value: Any) -> str:
    """Spell a value as TOML does, cut where it is long."""
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _keys(model: type[BaseModel], place: list[str]) -> list[str]:
    """Return the keys of the table at `place`."""
    for part in place:
        annotation = model.model_fields[part].annotation
        options = [annotation, *getattr(annotation, "__args__", ())]
        model = next(
            option
            for option in options
            if isinstance(option, type) and issubclass(option, BaseModel)
        )
    return list(model.model_fields)
