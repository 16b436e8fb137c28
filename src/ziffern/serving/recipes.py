"""Recipes for clients: which there are, one's text, and what is right or wrong with one.

Quick enough to be asked at every key press; nothing is trained or loaded here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from ziffern import measured
from ziffern import recipe as recipes
from ziffern.errors import RecipeError, did_you_mean
from ziffern.recipe import Recipe
from ziffern.serving.limits import Limits
from ziffern.serving.problems import Problem, without_folders
from ziffern.serving.training import orders

_LINE = re.compile(r"line (\d+): (.*)", re.S)
_TOML_LINE = re.compile(r"(.*) \(at line (\d+), column \d+\)", re.S)


@cache
def listing() -> list[dict[str, Any]]:
    """Return the shipped recipes, by name."""
    return [_summary(recipes.load(name)) for name in recipes.names()]


def text(name: str) -> str:
    """Return the TOML text of a shipped recipe.

    Raises:
        Problem: there is none of that name.
    """
    known = recipes.names()
    if name not in known:
        hint = did_you_mean(name[:60], known)
        values = {"what": "recipe", "name": name[:60]}
        raise Problem("not-found", 404, f"unknown recipe {name[:60]!r}{hint}", values=values)
    return (recipes.FOLDER / f"{name}.toml").read_text(encoding="utf-8")


def check(
    name: str | None, given: str | None, changes: Mapping[str, Any], limits: Limits
) -> dict[str, Any]:
    """Return all mistakes of a recipe with their lines, or what it is.

    Arguments as for `orders.of_recipe`.
    """
    try:
        found = orders.of_recipe(name, given, changes, limits)
    except RecipeError as error:
        mistakes = [_mistake(line) for line in error.problems or [str(error)]]
        return {"mistakes": mistakes, "recipe": None}
    details = _details(found)
    if given is not None or changes:
        details["measured"] = None  # which was not this one
    return {"mistakes": [], "recipe": details}


def _mistake(line: str) -> dict[str, Any]:
    """Return a mistake and its line, from 1; null where it stands on none."""
    number, what = None, line
    if match := _LINE.fullmatch(line):
        number, what = int(match[1]), match[2]
    elif match := _TOML_LINE.fullmatch(line):
        number, what = int(match[2]), match[1]
    return {"line": number, "text": without_folders(what)}


def _summary(recipe: Recipe) -> dict[str, Any]:
    found = measured.of(recipe.name)
    return {
        "name": recipe.name,
        "title": recipe.title,
        "source": recipe.source,
        "summary": recipe.summary,
        "parameters": recipe.parameters,
        "multiply_adds": recipe.multiply_adds,
        "epochs": recipe.train.epochs,
        "seed": recipe.train.seed,
        "dataset": recipe.data.dataset,
        "measured": found and {key: found[key] for key in ("accuracy", "accuracy_sd", "n")},
    }


def _details(recipe: Recipe) -> dict[str, Any]:
    network = recipe.network
    return {
        **_summary(recipe),
        "batch_size": recipe.train.batch_size,
        "trainable_parameters": recipe.trainable_parameters,
        "averaging": recipe.predict.copies.pictures,
        "layers": [
            {
                "name": stage.name,
                "kind": stage.kind,
                "text": str(stage.layer),
                "shape": list(stage.output_shape),
                "parameters": stage.parameters,
                "multiply_adds": stage.multiply_adds,
            }
            for stage in network.stages
        ],
    }
