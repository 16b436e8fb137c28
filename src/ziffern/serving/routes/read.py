"""`POST /v1/read`: a page, photo, scan or PDF, read as by `ziffern read`.

Only the request and the answer; who reads is `ziffern.serving.readers`.
"""

from __future__ import annotations

import re
from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from ziffern.serving.problems import Problem, invalid
from ziffern.serving.schemas import form_body, problems
from ziffern.serving.state import state_of
from ziffern.serving.uploads import form_of
from ziffern.states import State

router = APIRouter()


class DigitRead(BaseModel):
    """One mark on the paper."""

    digit: int | None
    probability: float
    box: list[int]
    state: State


class LineRead(BaseModel):
    """Digits beside each other."""

    text: str
    box: list[int]
    digits: list[DigitRead]


class PageRead(BaseModel):
    """One page or picture."""

    size: list[int]
    lines: list[LineRead]
    picture: str | None = None


class DocumentRead(BaseModel):
    """Everything that was read in one file."""

    file: str
    pages: list[PageRead]


@router.post(
    "/v1/read",
    response_model=DocumentRead,
    openapi_extra=form_body({"model": "name"}),
    responses=problems(404, 415, 422, 501),
)
async def read(
    request: Request,
    pictures: Annotated[
        bool, Query(description="Whether each page comes as a picture too.")
    ] = False,
) -> Response:
    """Read a page, photo, scan or PDF: lines of digits with their places.

    The reader's own model reads, unless the form names another one that is loaded.
    """
    state = state_of(request)
    form = await form_of(request, state.limits)
    if form is None:
        raise Problem("media-type", 415, "expected multipart/form-data with one file in 'files'")
    if len(form.files) != 1:
        raise invalid("/files", f"expected one file, got {len(form.files)}")
    if other := next((name for name in form.fields if name != "model"), None):
        raise invalid(f"/{other}", "expected files and model, no other field")
    ((content, name),) = form.files
    model = None
    if "model" in form.fields:
        *_, last = form.fields["model"]
        model = state.models.get(last).where
    found = await state.readers.read(content, _plain(name), model=model, pictures=pictures)
    return Response(orjson.dumps(found), media_type="application/json")


def _plain(name: str) -> str:
    """Return a file's own name, without folders and signs that do not print."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(sign for sign in last if sign.isprintable())[:200] or "page"
