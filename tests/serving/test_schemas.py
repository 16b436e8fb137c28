"""The OpenAPI document says what the server does, also where requests are made from it by lot."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import openapi
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.generation import GenerationMode

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
OWN = ("/v1/predict", "/v1/read", "/v1/models", "/healthz", "/readyz", "/metrics")


@pytest.fixture(scope="module")
def document(client: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def test_every_endpoint_is_described(document: dict[str, Any]) -> None:
    assert set(document["paths"]) >= {
        "/v1/predict", "/v1/read", "/v1/models", "/v1/models/{name}",
        "/v1/models/{name}/activations", "/v1/models/{name}/unit", "/v1/models/{name}/why",
        "/v1/models/{name}/steps", "/healthz", "/readyz", "/metrics",
    }  # fmt: skip
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation.get("summary") or operation.get("description"), path
    body = document["paths"]["/v1/predict"]["post"]["requestBody"]["content"]
    assert set(body) == {"application/json", "multipart/form-data"}


def test_requests_made_by_lot_never_make_the_server_fail(
    client: httpx.Client, document: dict[str, Any]
) -> None:
    schema = openapi.from_dict(document)
    schema.config.update(base_url=str(client.base_url).rstrip("/"))
    seen = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        if not operation.path.startswith(OWN) or operation.method.upper() == "DELETE":
            continue
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            cases: list[Any] = []
            # where nothing can be wrong, nothing wrong can be made
            with suppress(Unsatisfiable):
                _collected(operation.as_strategy(generation_mode=mode), cases)()
            for case in cases:
                answer = case.call()
                case.validate_response(answer, checks=CHECKS)
                if answer.status_code >= 400:
                    assert "/srv" not in answer.text
                    kind = answer.headers["content-type"]
                    assert kind == ["application/problem+json"] or "problem" in str(kind)
                seen += 1
    assert seen > 50


def _collected(strategy: Any, cases: list[Any]) -> Any:
    @settings(
        max_examples=4,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(case: Any) -> None:
        cases.append(case)

    return collect
