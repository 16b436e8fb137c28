"""What a client may have trained: a recipe within the server's limits, or a run to go on with.

Checked before anything starts, so that whoever asks hears at once what is wrong. Nothing here needs
PyTorch, and no recipe reaches a file of the host: datasets are names of the catalogue, never paths.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ziffern import recipe as recipes
from ziffern.datasets import catalogue, joined
from ziffern.errors import RecipeError, did_you_mean
from ziffern.recipe import Recipe
from ziffern.runs import Run
from ziffern.serving.limits import Limits
from ziffern.serving.problems import Problem

NAME = re.compile(r"[\w][\w .+-]{0,59}")
NEEDED = ("torch", "jinja2", "matplotlib", "sklearn", "scipy")
"""What the extra `train` brings."""
GOES_ON = ("interrupted", "failed")
"""Runs of such a status can be resumed."""


@dataclass(frozen=True)
class Order:
    """What is to be trained: a recipe as it is resolved, and the run if it goes on with one."""

    recipe: Recipe
    run: str | None = None


@cache
def lacking() -> str | None:
    """Return why nothing can be trained here, None if everything needed is installed."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if not missing:
        return None
    return f"training needs {missing[0]}; install it with: pip install 'ziffern[train]'"


def of_recipe(
    name: str | None, text: str | None, changes: Mapping[str, Any], limits: Limits
) -> Recipe:
    """Return the recipe that a client asks for.

    Args:
        name: of a shipped recipe; with `text`, what that is called.
        text: TOML in place of the shipped recipe's.
        changes: values by dotted key, such as ``{"train.epochs": 3}``.
        limits: of the server.

    Raises:
        RecipeError: unknown name, mistakes (all of them), or more than the limits allow.
    """
    where = "the recipe"
    if text is None:
        known = recipes.names()
        if name not in known:
            given = name or ""
            raise RecipeError(f"unknown recipe {given!r}{did_you_mean(given, known)}")
        found = recipes.load(name, changes)
    else:
        _check_size(text, where, limits)
        found = recipes.parse(text, name=name or "recipe", where=where, changes=changes)
    _check_size(found.to_toml(), where, limits)  # changes may be long too
    if wrong := beyond(found, limits):
        raise RecipeError(where, wrong)
    return found


def _check_size(text: str, where: str, limits: Limits) -> None:
    size = len(text.encode(errors="replace"))
    if size > limits.recipe:
        raise RecipeError(where, [f"it has {size:,} bytes; at most {limits.recipe:,} are allowed"])


def of_run(run: Run, limits: Limits) -> Recipe:
    """Return the recipe of a run that can be gone on with.

    Raises:
        Problem: it is finished, at work, or an ensemble.
        RecipeError: its recipe has mistakes, or asks for more than the limits allow.
    """
    status = run.info["status"]
    if run.members or status not in GOES_ON:
        what = f"{run.name} is {status}; only an interrupted training can be resumed"
        raise Problem("conflict", 409, what)
    found = recipes.parse(run.recipe_text, name=run.info["recipe"], where=run.name)
    if wrong := beyond(found, limits):
        raise RecipeError(run.name, wrong)
    return found


def beyond(recipe: Recipe, limits: Limits) -> list[str]:
    """Return all in which a recipe asks for more than a server gives, one line each."""
    network, train = recipe.network, recipe.train
    found = []
    if not NAME.fullmatch(recipe.name):
        found.append("name: expected at most 60 letters, digits, spaces and . + - _")
    if recipe.ensemble is not None:
        found.append("ensemble: a server trains one network at a time; leave this table out")
    if wrong := _dataset(recipe.data.dataset):
        found.append(wrong)
    if train.epochs > limits.epochs:
        found.append(f"train.epochs is {train.epochs:,}; this server trains {limits.epochs:,}")
    if network.parameters > limits.parameters:
        found.append(
            f"the network has {network.parameters:,} parameters; this server trains up to "
            f"{limits.parameters:,}"
        )
    if train.snapshots and network.parameters * train.epochs > 20 * limits.parameters:
        found.append("train.snapshots would keep too much; set it to false, or train fewer epochs")
    return found


def _dataset(name: str) -> str | None:
    """Return what is wrong with a dataset's name, which here has to be one of the catalogue."""
    known = {*catalogue.names(), *catalogue.aliases()}
    members = joined.parse(name) if joined.SIGN in name else [name]
    for member in members:
        if member not in known:
            shown = Path(member).name[:60]
            hint = did_you_mean(shown, known)
            return f"data.dataset: {shown!r} is not in the catalogue of this server{hint}"
    return None
