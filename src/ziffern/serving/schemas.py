"""What stands in the OpenAPI document besides the endpoints' own models."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from ziffern.serving.problems import MEDIA, TYPES, title

Byte = Annotated[int, Field(ge=0, le=255)]
Normalised = list[list[Byte]]

ROWS = {
    "type": "array",
    "minItems": 28,
    "maxItems": 28,
    "items": {
        "type": "array",
        "minItems": 28,
        "maxItems": 28,
        "items": {"type": "integer", "minimum": 0, "maximum": 255},
    },
}
BASE64 = {"type": "string", "contentEncoding": "base64", "description": "A picture file."}
IMAGE: dict[str, Any] = {"anyOf": [ROWS, BASE64]}
"""A picture in JSON: 28 rows of 28 numbers, or a file as base64."""
_FIELDS = {
    "name": {"type": "string"},
    "names": {"type": "array", "items": {"type": "string"}},
    "flag": {"type": "boolean"},
}


def body(
    kind: type[BaseModel], fields: dict[str, str] | None = None, *, form: bool = True
) -> dict[str, Any]:
    """Return the description of a body that is JSON or a form.

    Args:
        kind: the model of the JSON.
        fields: what a form has besides `files`, by the names of `_FIELDS`.
        form: whether a form says all that is needed.
    """
    content: dict[str, Any] = {"application/json": {"schema": kind.model_json_schema()}}
    if form:
        content["multipart/form-data"] = {"schema": _form(fields or {})}
    return {"requestBody": {"required": True, "content": content}}


def form_body(fields: dict[str, str]) -> dict[str, Any]:
    """Return the description of a body that is a form; `fields` as for `body`."""
    content = {"multipart/form-data": {"schema": _form(fields)}}
    return {"requestBody": {"required": True, "content": content}}


def _form(fields: dict[str, str]) -> dict[str, Any]:
    file = {"type": "string", "contentMediaType": "application/octet-stream"}
    own = {name: _FIELDS[of] for name, of in fields.items()}
    return {
        "type": "object",
        "required": ["files"],
        "additionalProperties": False,
        "properties": {"files": {"type": "array", "minItems": 1, "items": file}, **own},
    }


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the description of the errors that an endpoint may answer."""
    return {status: _problem(status) for status in statuses}


def _problem(status: int) -> dict[str, Any]:
    meaning, kind, detail = _MEANING[status]
    example = {"type": TYPES + kind, "title": title(status), "status": status, "detail": detail}
    content = {"schema": {"$ref": "#/components/schemas/ProblemDocument"}, "example": example}
    told: dict[str, Any] = {"description": meaning, "content": {MEDIA: content}}
    if status in _HEADERS:
        name, what, kind = _HEADERS[status]
        told["headers"] = {name: {"description": what, "schema": {"type": kind}}}
    return told


_HEADERS = {
    401: ("WWW-Authenticate", "Bearer.", "string"),
    503: ("Retry-After", "When to ask again, in seconds.", "integer"),
}
_MEANING = {
    400: (
        "The body is no JSON, or no form; or the head of the request is too large.",
        "not-json",
        "the body is no JSON: unexpected end",
    ),
    401: (
        "The token is missing, or another one.",
        "token",
        "send the server's token as: Authorization: Bearer TOKEN",
    ),
    403: (
        "A page of another origin asks, or under a name that is not this server's.",
        "foreign",
        "pages of other origins may not ask this server",
    ),
    404: ("There is none of that name.", "unknown-model", "no model 'flagshp' is loaded"),
    408: ("The body did not arrive in time.", "too-slow", "the body did not arrive within 30 s"),
    409: (
        "Not in the state that it is in.",
        "conflict",
        "this training is finished: stop it first",
    ),
    413: (
        "More than the limits allow.",
        "too-large",
        "the body is too large; at most 33,554,432 bytes",
    ),
    415: (
        "Neither JSON nor a form.",
        "media-type",
        "expected application/json or multipart/form-data, got 'text/plain'",
    ),
    422: (
        "Something has another form than expected, or is no picture.",
        "invalid",
        "images: Field required",
    ),
    500: ("A fault of the program.", "failed", "the server failed; its log says why"),
    501: (
        "Something needed is not installed.",
        "lacking",
        "training needs torch; install it with: pip install 'ziffern[train]'",
    ),
    503: (
        "Too much to do; ask again in a moment.",
        "busy",
        "256 requests are being answered; ask again in a moment",
    ),
}
"""What a status means, the kind of problem that it mostly is, and a line as people read it."""
