"""The OpenAPI document as a whole: the token, what the guard may answer, and examples.

The framework describes what endpoints declare; this adds what stands around all of them. Endpoints
and their models are described where they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from ziffern.serving.examples import EXAMPLES, PARAMETERS
from ziffern.serving.guard import PRIVATE
from ziffern.serving.problems import Fault, ProblemDocument
from ziffern.serving.schemas import problems

SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "description": "What the server was started with: --token, or ZIFFERN_TOKEN. Many have none.",
}
EVERYWHERE = (400, 403, 500, 503)
WITH_BODY = (408, 413)


def install(app: FastAPI, *, token: bool) -> None:
    """Let an application describe itself in full; `token` says whether it asks for one."""
    framework = app.openapi

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(framework(), token=token)
        return app.openapi_schema or {}

    app.openapi = document  # type: ignore[method-assign]


def _complete(document: dict[str, Any], *, token: bool) -> None:
    parts = document["components"]
    # clients are made with a place for the token either way; without one they may leave it out
    parts["securitySchemes"] = {"token": SCHEME}
    needed: list[dict[str, Any]] = [{"token": []}] if token else [{}, {"token": []}]
    for kind in (ProblemDocument, Fault):
        own = kind.model_json_schema(ref_template="#/components/schemas/{model}")
        own.pop("$defs", None)
        parts["schemas"][kind.__name__] = own
    for name in ("HTTPValidationError", "ValidationError"):  # the framework's, never answered
        parts["schemas"].pop(name, None)
    for method, path, operation in _operations(document):
        private = path.startswith(PRIVATE)
        operation["security"] = needed if private else []
        told = operation["responses"]
        if "application/json" in told.get("422", {}).get("content", {}):
            del told["422"]  # the framework's guess where any text will do
        statuses = [*EVERYWHERE, *(WITH_BODY if "requestBody" in operation else ())]
        if private and token:
            statuses.append(401)
        for status, response in problems(*statuses).items():
            told.setdefault(str(status), response)
        operation["responses"] = dict(sorted(told.items()))
        _show(method, path, operation)


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _show(method: str, path: str, operation: dict[str, Any]) -> None:
    """Put the examples of an operation into its description."""
    example = EXAMPLES[f"{method} {path}"]
    for media, body in example.request.items():
        operation["requestBody"]["content"][media]["example"] = body
    if example.answer is not None:
        for status, response in operation["responses"].items():
            if status.startswith("2"):
                content = response.setdefault("content", {}).setdefault(example.media, {})
                content["example"] = example.answer
    values = next((given for at, given in PARAMETERS.items() if path.startswith(at)), {})
    for parameter in operation.get("parameters", ()):
        if parameter["required"]:
            parameter["example"] = values[parameter["name"]]
