"""What a server says about itself: its models, its health, its figures."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from ziffern import __version__
from ziffern.serving.models import Models
from ziffern.serving.problems import Problem, busy
from ziffern.serving.schemas import problems
from ziffern.serving.state import state_of

router = APIRouter()


class LayerEntry(BaseModel):
    """A layer as it is written in a recipe, and what comes out of it."""

    name: str
    kind: str
    text: str
    shape: list[int]
    parameters: int
    multiply_adds: int


class ModelEntry(BaseModel):
    """A loaded model."""

    name: str
    shipped: bool
    class_names: list[str]
    parameters: int
    multiply_adds: int
    averaging: int
    temperature: float
    background_class: bool
    thresholds: dict[str, float]
    contract: dict[str, Any]
    layers: list[LayerEntry] | None
    card: dict[str, Any] | None


class ModelList(BaseModel):
    """All loaded models; the first one is the one to ask if only one is wanted."""

    models: list[ModelEntry]


class Wanted(BaseModel):
    """A model to load: the name of a run, or of a shipped model."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[str, Field(min_length=1, max_length=200)]


class Health(BaseModel):
    """The server runs."""

    status: str
    version: str


class Readiness(BaseModel):
    """The server answers."""

    status: str


@router.get("/v1/models")
async def models(request: Request) -> ModelList:
    """Return the loaded models with their cards and contracts."""
    return ModelList.model_validate({"models": [one.entry for one in state_of(request).models]})


@router.get("/v1/models/{name}", responses=problems(404))
async def model(request: Request, name: str) -> ModelEntry:
    """Return one loaded model."""
    return ModelEntry.model_validate(state_of(request).models.get(name).entry)


@router.post(
    "/v1/models",
    status_code=201,
    responses={200: {"model": ModelEntry}, **problems(404, 413, 422, 501)},
)
async def load(request: Request, wanted: Wanted, response: Response) -> ModelEntry:
    """Load a run of the runs folder, or a shipped model; 200 if it is loaded already."""
    served, new = await asyncio.to_thread(_changing(request).load, wanted.name)
    response.status_code = 201 if new else 200
    return ModelEntry.model_validate(served.entry)


@router.delete("/v1/models/{name}", status_code=204, responses=problems(404, 422, 501))
async def unload(request: Request, name: str) -> None:
    """Unload a model."""
    await asyncio.to_thread(_changing(request).unload, name)


def _changing(request: Request) -> Models:
    """Return the models of a server that is one process: others would not hear of a change."""
    state = state_of(request)
    if state.trainings is None:
        several = "several processes answer here; name their models at the start: --models"
        raise Problem("lacking", 501, several, values={"what": "one-process"})
    return state.models


@router.get("/healthz")
async def healthz() -> Health:
    """Say that the server runs."""
    return Health(status="ok", version=__version__)


@router.get("/readyz")
async def readyz(request: Request) -> Readiness:
    """Say that the server answers."""
    if not state_of(request).ready:
        raise busy("the server is starting or stopping")
    return Readiness(status="ready")


@router.get("/metrics", response_class=Response)
async def metrics(request: Request) -> Response:
    """Return the server's figures in Prometheus's format."""
    found = state_of(request).metrics
    return Response(found.text(), media_type=found.MEDIA)
