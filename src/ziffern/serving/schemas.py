"""What stands in the OpenAPI document besides the endpoints' own models."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from ziffern.serving.problems import MEDIA, ProblemDocument

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
EXAMPLE = [[0] * 28] * 4 + [[0] * 12 + [255] * 3 + [0] * 13] * 20 + [[0] * 28] * 4
"""A picture of a 1."""
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
    schema = kind.model_json_schema()
    example = {"images": [EXAMPLE]} if "images" in schema["properties"] else {"image": EXAMPLE}
    content: dict[str, Any] = {"application/json": {"schema": schema, "example": example}}
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
    reference = ProblemDocument.model_json_schema()
    return {
        status: {"description": _MEANING[status], "content": {MEDIA: {"schema": reference}}}
        for status in statuses
    }


_MEANING = {
    400: "The body is neither JSON nor a form.",
    404: "There is none of that name.",
    409: "Not in the state that it is in.",
    413: "More than the limits allow.",
    415: "Neither JSON nor a form.",
    422: "Something has another form than expected, or is no picture.",
    501: "Something needed is not installed.",
    503: "Too much to do; ask again in a moment.",
}
