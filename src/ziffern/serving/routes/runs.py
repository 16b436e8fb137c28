"""`/v1/runs`: the board, one run, its report and figures, and two of them compared."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from ziffern.evaluation.evaluate import Split
from ziffern.runs import Run
from ziffern.serving import board, drawings
from ziffern.serving.drawings import Kind, Language
from ziffern.serving.schemas import problems
from ziffern.serving.state import state_of

router = APIRouter()

ALONE = (
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)
"""The policy of documents that stand for themselves: no script, nothing from elsewhere."""
HEADERS = {"content-security-policy": ALONE, "x-frame-options": "SAMEORIGIN"}


class Figures(BaseModel):
    """Results on one part of the data; `wilson95` is the 95 % interval of the accuracy."""

    accuracy: float
    n: int | None
    wilson95: list[float] | None
    loss: float | None


class RunEntry(BaseModel):
    """A run. `test_looks` says how often the test set was opened; `problem` what is wrong."""

    name: str
    recipe: str
    title: str
    seed: int | None
    started: str
    status: str
    epochs: int
    of_epochs: int | None
    seconds: float
    parameters: int | None
    dataset: str | None
    is_sample: bool | None
    members: int
    validation: Figures | None
    test: Figures | None
    test_looks: int
    problem: str | None


class RunList(BaseModel):
    """The newest runs, newest first; `left_out` says how many older ones there are."""

    runs: list[RunEntry]
    left_out: int


class RunDetails(RunEntry):
    """A run in full: what the list has, its recipe, its data and its history."""

    recipe_text: str | None
    member_runs: list[str]
    device: str | None
    precision: str | None
    hardware: str | None
    ziffern: str | None
    origin: str | None
    train_size: int | None
    validation_size: int | None
    training: dict[str, Any] | None
    history: list[dict[str, Any]]


class Comparison(BaseModel):
    """Two runs compared: as `ziffern compare --json`, with names of runs."""

    dataset: str
    split: str
    groups: list[dict[str, Any]]
    pairs: list[dict[str, Any]]


@router.get("/v1/runs")
async def listing(request: Request) -> RunList:
    """Return the board: all runs with their results, newest first."""
    rows, left_out = await asyncio.to_thread(state_of(request).board.rows)
    return RunList.model_validate({"runs": rows, "left_out": left_out})


@router.get("/v1/runs/{name}", responses=problems(404))
async def details(request: Request, name: str) -> RunDetails:
    """Return one run in full."""
    found = await asyncio.to_thread(state_of(request).board.details, name)
    return RunDetails.model_validate(found)


@router.get(
    "/v1/runs/{name}/figures/{kind}",
    response_class=Response,
    responses={
        200: {"content": {"image/svg+xml": {}}, "description": "The figure."},
        **problems(404, 422, 501),
    },
)
async def figure(
    request: Request,
    name: str,
    kind: Kind,
    beside: Annotated[
        str | None, Query(max_length=200, description="A run whose curves are drawn too.")
    ] = None,
    narrow: Annotated[bool, Query(description="Whether it is for a phone.")] = False,
    language: Language = "en",
) -> Response:
    """Draw a figure of a run: its curves, or of its validation part confusion or worst mistakes.

    A run that is still training is drawn as far as it is.
    """
    state = state_of(request)
    run = state.board.run(name)
    other = None if beside is None or kind != "curves" else state.board.run(beside)
    versions = await asyncio.to_thread(_versions, run, other)
    key = (kind, run.name, other and other.name, versions, narrow, language)
    svg = await state.desk.ask(
        key, drawings.drawn, str(run.path), kind, other and str(other.path), narrow, language
    )
    return Response(svg, media_type="image/svg+xml", headers=HEADERS)


@router.get(
    "/v1/runs/{name}/report", response_class=HTMLResponse, responses=problems(404, 422, 501)
)
async def report(request: Request, name: str) -> HTMLResponse:
    """Return the report of a run, one HTML document that needs nothing else."""
    state = state_of(request)
    run = state.board.run(name)
    key = ("report", run.name, await asyncio.to_thread(_versions, run))
    text = await state.desk.ask(key, drawings.report, str(run.path))
    return HTMLResponse(text, headers=HEADERS)


@router.get("/v1/runs/{name}/compare/{other}", responses=problems(404, 422, 501))
async def compare(
    request: Request, name: str, other: str, split: Split = "validation"
) -> Comparison:
    """Say whether a difference between two runs is shown, by the answers that they keep.

    This is no look at the test set: what was not evaluated on it does not compare there.
    """
    state = state_of(request)
    one, two = state.board.run(name), state.board.run(other)
    key = ("compare", one.name, two.name, split, await asyncio.to_thread(_versions, one, two))
    found = await state.desk.ask(key, drawings.comparison, str(one.path), str(two.path), split)
    return Comparison.model_validate(found)


def _versions(*runs: Run | None) -> tuple[object, ...]:
    return tuple(board.version(run) for run in runs if run is not None)
