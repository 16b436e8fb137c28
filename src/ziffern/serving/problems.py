"""Errors as problem documents (RFC 9457): one clear line, and no path of the host in it.

    raise Problem("unknown-model", 404, "no model 'flagshp' is loaded: did you mean 'flagship'?")

Everything that can go wrong below an endpoint becomes one here: our own errors, validation, unknown
addresses. What is a fault of the program is logged, and the client is told only that.
"""

from __future__ import annotations

import http
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from ziffern.errors import RecipeError, RunError, WorkError, ZiffernError

Values = Mapping[str, int | float | str]
MEDIA = "application/problem+json"
TYPES = "urn:ziffern:problem:"
KINDS = {404: "not-found", 405: "method-not-allowed", 413: "too-large", 415: "media-type"}
"""Of errors that the framework raises by their status alone."""
# an absolute path of at least two parts; its last part may be told
_FOLDERS = re.compile(r"(?<![\w.:/])(?:[A-Za-z]:)?[/\\](?:[^\s/\\:'\",;]+[/\\])+(?!v1\b)")


class Fault(BaseModel):
    """One of several mistakes of a request."""

    pointer: str
    detail: str


class ProblemDocument(BaseModel):
    """What a client gets instead of an answer."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Fault] | None = None
    values: dict[str, int | float | str] | None = None


class Problem(Exception):  # noqa: N818 - it is what RFC 9457 calls it
    """What is answered instead of what was asked.

    Args:
        kind: what stands after `TYPES` in the document.
        status: of HTTP.
        detail: one line for people.
        errors: several mistakes as pairs of a JSON pointer and a line.
        values: what the line tells, for who says it in another language: names, numbers, and as
            `what` which one of its kind it is.
        headers: of the answer.
    """

    def __init__(
        self,
        kind: str,
        status: int,
        detail: str,
        *,
        errors: Sequence[tuple[str, str]] = (),
        values: Values | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind, self.status, self.detail = kind, status, without_folders(detail)
        self.errors = [{"pointer": at, "detail": without_folders(text)} for at, text in errors]
        self.values = {
            name: without_folders(value) if isinstance(value, str) else value
            for name, value in (values or {}).items()
        }
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """Return the document as an answer."""
        document: dict[str, Any] = {
            "type": TYPES + self.kind,
            "title": title(self.status),
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors:
            document["errors"] = self.errors
        if self.values:
            document["values"] = self.values
        return Response(orjson.dumps(document), self.status, self.headers, MEDIA)


def title(status: int) -> str:
    """Return what HTTP calls a status."""
    return http.HTTPStatus(status).phrase


def invalid(pointer: str, detail: str) -> Problem:
    """Return the problem of one value that has another form than expected."""
    where = f"{pointer.lstrip('/')}: " if pointer else ""
    return Problem("invalid", 422, where + detail, errors=[(pointer, detail)])


def busy(detail: str, **values: int | float | str) -> Problem:
    """Return the problem of a server that has too much to do; `values` as of a problem."""
    return Problem("busy", 503, detail, values=values, headers={"retry-after": "1"})


def of_error(error: ZiffernError) -> Problem:
    """Return the problem that one of our own errors is."""
    detail = " ".join(str(error).split())
    if isinstance(error, RecipeError):
        errors = [("", line) for line in error.problems or ()]
        return Problem("unusable", 422, detail, errors=errors, values={"what": "recipe"})
    if isinstance(error, RunError):
        return Problem("not-found", 404, detail)
    if isinstance(error, WorkError):
        # what is not installed will not be there in a moment either
        return Problem("lacking", 501, detail) if "pip install" in detail else busy(detail)
    return Problem("unusable", 422, detail)


def of_validation(errors: Sequence[Any]) -> Problem:
    """Return the problem of a request that pydantic refused; each mistake with its place."""
    found = []
    for error in errors:
        place = [str(part) for part in error["loc"] if part not in ("body", "query", "path")]
        found.append(("".join(f"/{part}" for part in place), str(error["msg"])))
    at, first = found[0]
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return Problem("invalid", 422, f"{at.lstrip('/') or 'body'}: {first}{more}", errors=found)


def hide(*folders: str | Path) -> None:
    """Leave these folders out of all lines, whatever signs and spaces their names have."""
    for folder in map(str, folders):
        if folder not in (".", os.sep, ""):
            _hidden[folder] = re.compile(rf"(?<![\w./\\]){re.escape(folder)}[/\\]+")


_hidden: dict[str, re.Pattern[str]] = {}


def without_folders(text: str) -> str:
    """Return a line without the folders of absolute paths: where things lie is nobody's business.

    >>> without_folders("/data/runs/x/model.json is missing")
    'model.json is missing'
    """
    for folder in sorted(_hidden, key=len, reverse=True):
        text = _hidden[folder].sub("", text)
    return _FOLDERS.sub("", text)


def install(app: FastAPI) -> None:
    """Let an application answer all errors this way."""

    async def of_problem(_request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return error.response()

    async def of_ours(_request: Request, error: Exception) -> Response:
        assert isinstance(error, ZiffernError)
        return of_error(error).response()

    async def of_request(_request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return of_validation(error.errors()).response()

    async def of_framework(_request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        status = error.status_code
        if status == 400 and str(error.detail).startswith("Too many files"):
            status = 413
        kind = KINDS.get(status, "not-json" if status == 400 else "refused")
        headers = dict(error.headers or {})
        return Problem(kind, status, str(error.detail), headers=headers).response()

    app.add_exception_handler(Problem, of_problem)
    app.add_exception_handler(ZiffernError, of_ours)
    app.add_exception_handler(RequestValidationError, of_request)
    app.add_exception_handler(HTTPException, of_framework)
