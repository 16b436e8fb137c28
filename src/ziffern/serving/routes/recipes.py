"""`/v1/recipes`: which there are, one's text, and checking one while it is written."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from ziffern.serving import recipes
from ziffern.serving.routes.about import LayerEntry
from ziffern.serving.schemas import problems
from ziffern.serving.state import state_of

router = APIRouter()

Changes = Annotated[
    dict[Annotated[str, Field(max_length=100)], bool | int | float | str],
    Field(max_length=50, description="Values by dotted key, such as train.epochs."),
]


class RecipeEntry(BaseModel):
    """A recipe in a few words and numbers; `measured` is our own result on the test set."""

    name: str
    title: str
    source: str
    summary: str
    parameters: int
    multiply_adds: int
    epochs: int
    seed: int
    dataset: str
    measured: dict[str, Any] | None


class RecipeList(BaseModel):
    """The shipped recipes, by name."""

    recipes: list[RecipeEntry]


class RecipeText(BaseModel):
    """A shipped recipe as it is written."""

    name: str
    text: str


class Given(BaseModel):
    """A recipe: the name of a shipped one, or TOML text (then `recipe` is what it is called)."""

    model_config = ConfigDict(extra="forbid", strict=True)

    recipe: Annotated[str | None, Field(max_length=100)] = None
    text: str | None = None
    changes: Changes = {}


class Mistake(BaseModel):
    """What is wrong, and on which line of the text (from 1); null if it is on none."""

    line: int | None
    text: str


class Checked(RecipeEntry):
    """A recipe without mistakes: its layers with what comes out of them, and what they cost."""

    batch_size: int
    trainable_parameters: int
    averaging: int
    layers: list[LayerEntry]


class Check(BaseModel):
    """All mistakes of a recipe, or what it is."""

    mistakes: list[Mistake]
    recipe: Checked | None


@router.get("/v1/recipes")
async def listing() -> RecipeList:
    """Return the shipped recipes."""
    found = await asyncio.to_thread(recipes.listing)
    return RecipeList.model_validate({"recipes": found})


@router.get("/v1/recipes/{name}", responses=problems(404))
async def text(name: str) -> RecipeText:
    """Return the text of a shipped recipe."""
    return RecipeText(name=name, text=recipes.text(name))


@router.post("/v1/recipes/check", responses=problems(422))
async def check(request: Request, given: Given) -> Check:
    """Return all mistakes of a recipe with their lines, else its layers, shapes and parameters."""
    limits = state_of(request).limits
    found = await asyncio.to_thread(recipes.check, given.recipe, given.text, given.changes, limits)
    return Check.model_validate(found)
