"""`/v1/trainings`: start, watch, pause, stop and resume trainings; their queue.

Who trains when is decided by `ziffern.serving.training.queue`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from ziffern.history import without_nan
from ziffern.serving.problems import Problem, invalid
from ziffern.serving.routes.recipes import Given
from ziffern.serving.schemas import problems
from ziffern.serving.state import state_of
from ziffern.serving.training import orders
from ziffern.serving.training.orders import Order
from ziffern.serving.training.queue import Training, Trainings

router = APIRouter()

ALONE = "this server has several processes and trains nothing; start it with --workers 1"


class Wanted(Given):
    """What is to be trained: a recipe, or with `resume` the name of an interrupted run."""

    resume: Annotated[str | None, Field(max_length=200)] = None


class TrainingEntry(BaseModel):
    """A training. `place` is that in the queue, from 1; `run` the name of its run."""

    id: str
    status: str
    place: int | None
    recipe: str
    title: str
    seed: int
    epochs: int
    parameters: int
    run: str | None
    resumable: bool
    dataset: str
    is_sample: bool | None
    train_size: int | None
    validation_size: int | None
    device: str | None
    progress: dict[str, float] | None
    problem: str | None


class TrainingList(BaseModel):
    """All trainings of this server, in the order in which they came.

    `lacking` says why nothing can be trained here; null if everything needed is there.
    """

    trainings: list[TrainingEntry]
    lacking: str | None


class TrainingDetails(TrainingEntry):
    """A training with its finished epochs."""

    history: list[dict[str, float | None]]


@router.get("/v1/trainings")
async def listing(request: Request) -> TrainingList:
    """Return all trainings: those at work, those that wait, and the last ones that have ended."""
    trainings = state_of(request).trainings
    if trainings is None:
        return TrainingList(trainings=[], lacking=ALONE)
    entries = [trainings.entry(each) for each in trainings]
    return TrainingList.model_validate({"trainings": entries, "lacking": orders.lacking()})


@router.post("/v1/trainings", status_code=201, responses=problems(404, 409, 422, 501))
async def start(request: Request, wanted: Wanted) -> TrainingEntry:
    """Train a recipe, or go on with a run; it waits in the queue until its turn comes."""
    trainings = _of(request)
    if lacking := orders.lacking():
        raise Problem("lacking", 501, lacking, values={"what": "training"})
    order = await asyncio.to_thread(_order, request, wanted)
    user = request.client.host if request.client else "here"
    return TrainingEntry.model_validate(trainings.entry(trainings.add(order, user)))


@router.get("/v1/trainings/{name}", responses=problems(404, 501))
async def one(request: Request, name: str) -> TrainingDetails:
    """Return a training with its finished epochs."""
    trainings = _of(request)
    training = trainings.get(name)
    history = without_nan(training.history)
    return TrainingDetails.model_validate({**trainings.entry(training), "history": history})


@router.get(
    "/v1/trainings/{name}/events",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/event-stream": {}}, "description": "Server-sent events."},
        **problems(404, 501),
    },
)
async def events(request: Request, name: str) -> StreamingResponse:
    """Tell how a training goes, as server-sent events, until it ends.

    `epoch` is a row of the history, those so far first; `training` the training itself, several
    times a second; `again` says that the history begins anew.
    """
    state = state_of(request)
    trainings = _of(request)
    watched = trainings.watch(trainings.get(name), alive=lambda: state.ready)
    first = [news async for news in _first(watched)]

    async def stream() -> AsyncIterator[bytes]:
        async with aclosing(watched):  # type: ignore[type-var]
            for news in first:
                yield _event(*news)
            async for news in watched:
                yield _event(*news)

    return StreamingResponse(
        stream(), media_type="text/event-stream", headers={"x-accel-buffering": "no"}
    )


@router.post("/v1/trainings/{name}/pause", responses=problems(404, 409, 501))
async def pause(request: Request, name: str) -> TrainingEntry:
    """Hold a training where it is."""
    return _told(request, name, Trainings.pause)


@router.post("/v1/trainings/{name}/resume", responses=problems(404, 409, 501))
async def resume(request: Request, name: str) -> TrainingEntry:
    """Let a paused training go on, or put an interrupted one into the queue again."""
    return _told(request, name, Trainings.resume)


@router.post("/v1/trainings/{name}/stop", responses=problems(404, 409, 501))
async def stop(request: Request, name: str) -> TrainingEntry:
    """End a training; the last finished epoch is kept, and it can be resumed."""
    return _told(request, name, Trainings.stop)


@router.delete("/v1/trainings/{name}", status_code=204, responses=problems(404, 409, 501))
async def remove(request: Request, name: str) -> None:
    """Take a training out of the queue, or an ended one off the list; its run stays."""
    trainings = _of(request)
    trainings.remove(trainings.get(name))


def _of(request: Request) -> Trainings:
    trainings = state_of(request).trainings
    if trainings is None:
        raise Problem("lacking", 501, ALONE, values={"what": "training"})
    return trainings


def _order(request: Request, wanted: Wanted) -> Order:
    state = state_of(request)
    if wanted.resume is None:
        if wanted.recipe is None and wanted.text is None:
            raise invalid("/recipe", "give the name of a recipe, or a text")
        return Order(orders.of_recipe(wanted.recipe, wanted.text, wanted.changes, state.limits))
    if wanted.recipe is not None or wanted.text is not None or wanted.changes:
        raise invalid("/resume", "a run goes on as it is; give no recipe and no changes")
    run = state.board.run(wanted.resume)
    return Order(orders.of_run(run, state.limits), run.name)


def _told(request: Request, name: str, tell: Any) -> TrainingEntry:
    trainings = _of(request)
    training: Training = trainings.get(name)
    tell(trainings, training)
    return TrainingEntry.model_validate(trainings.entry(training))


async def _first(watched: AsyncIterator[tuple[str, Any]]) -> AsyncIterator[tuple[str, Any]]:
    """Yield the first news alone: whoever is refused hears it before an answer begins."""
    async for news in watched:
        yield news
        return


def _event(kind: str, values: Any) -> bytes:
    if not kind:
        return b":\n\n"
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), orjson.dumps(without_nan(values)))
