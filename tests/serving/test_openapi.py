"""The OpenAPI document is whole and true: its examples are sent, and answered as they say."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from functools import partial
from typing import Any, cast

import httpx
import jsonschema_rs
import made_runs
import pytest
from made_server import served

from ziffern.history import EpochRow
from ziffern.runs import Run
from ziffern.serving import examples
from ziffern.serving.app import app
from ziffern.serving.training.queue import Trainings

# a training that learns nothing, and does what it is told
OBEDIENT = """
import json, sys
def say(**news): print(json.dumps(news), flush=True)
sys.stdin.readline()
say(begun={}, history=[])
for line in sys.stdin:
    if line.strip() == "stop":
        break
    say(state={"pause": "paused", "resume": "running"}[line.strip()])
say(end="interrupted")
"""

Document = dict[str, Any]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, list[Run]]]:
    """A server that trains in play, and two runs that can be compared."""
    folder = tmp_path_factory.mktemp("openapi") / "runs"
    obedient = partial(Trainings, command=(sys.executable, "-c", OBEDIENT))
    history = [cast(EpochRow, examples.EPOCH)]
    with made_runs.compared(folder, history) as runs, pytest.MonkeyPatch.context() as patch:
        patch.setattr("ziffern.serving.app.Trainings", obedient)
        with served("flagship", "tiny", runs=str(folder)) as client:
            yield client, runs


@pytest.fixture(scope="module")
def document(bench: tuple[httpx.Client, list[Run]]) -> Document:
    found: Document = bench[0].get("/openapi.json").json()
    return found


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def valid(value: Any, schema: Document, document: Document) -> list[str]:
    """Return what is wrong with a value, by a schema of the document."""
    whole = {**schema, "components": document["components"]}
    return [error.message for error in jsonschema_rs.Draft202012Validator(whole).iter_errors(value)]


def success(operation: Document) -> Iterator[tuple[str, Document]]:
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            yield from response.get("content", {}).items()


def test_every_operation_shows_what_it_takes_and_answers(document: Document) -> None:
    for method, path, operation in operations(document):
        where = f"{method} {path}"
        for media, content in operation.get("requestBody", {}).get("content", {}).items():
            assert content["example"], (where, media)
            if media == "application/json":
                assert valid(content["example"], content["schema"], document) == [], where
        for parameter in operation.get("parameters", ()):
            assert "example" in parameter or not parameter["required"], where
        answers = list(success(operation))
        assert answers or set(operation["responses"]) & {"204"}, where
        for media, content in answers:
            assert content["example"], (where, media)
            if media == "application/json":
                assert valid(content["example"], content["schema"], document) == [], where
    assert set(examples.EXAMPLES) == {
        f"{method} {path}" for method, path, _ in operations(document)
    }


def test_every_problem_is_described_as_one(document: Document) -> None:
    for _, path, operation in operations(document):
        told = {int(status): each for status, each in operation["responses"].items()}
        for status in (status for status in told if status >= 400):
            assert set(told[status]["content"]) == {"application/problem+json"}, (path, status)
            content = told[status]["content"]["application/problem+json"]
            assert valid(content["example"], content["schema"], document) == []
            assert content["example"]["status"] == status
        assert {400, 403, 500, 503} <= set(told), path
        assert ({408, 413} <= set(told)) == ("requestBody" in operation), path
    assert "HTTPValidationError" not in str(document)
    for name in re.findall(r"'\$ref': '([^']*)'", str(document)):
        assert name.removeprefix("#/components/schemas/") in document["components"]["schemas"]


def send(client: httpx.Client, method: str, path: str, media: str | None, body: Any) -> Any:
    if media == "multipart/form-data":
        files = [("files", ("one.pbm", text)) for text in body["files"]]
        fields = {
            name: str(value).lower() if isinstance(value, bool) else value
            for name, value in body.items()
            if name != "files"
        }
        return client.request(method, path, files=files, data=fields)
    return client.request(method, path, json=body) if media else client.request(method, path)


def test_all_examples_are_accepted_and_answered_as_described(
    bench: tuple[httpx.Client, list[Run]], document: Document
) -> None:
    client, runs = bench
    real = {examples.RUN: runs[0].name, examples.OTHER: runs[1].name}

    def trained(*states: str) -> None:
        def status() -> str:
            return str(client.get(f"/v1/trainings/{real[examples.TRAINING]}").json()["status"])

        end = time.monotonic() + 60
        while status() not in states:
            assert time.monotonic() < end, status()
            time.sleep(0.02)

    def ask(method: str, path: str, operation: Document) -> None:
        values = {
            each["name"]: (each["in"], real.get(each["example"], each["example"]))
            for each in operation.get("parameters", ())
            if "example" in each
        }
        address = path.format(**{name: value for name, (_, value) in values.items()})
        query = {name: value for name, (at, value) in values.items() if at == "query"}
        address = str(httpx.URL(address, params=query)) if query else address
        bodies = operation.get("requestBody", {}).get("content", {None: {}})
        for media, content in bodies.items():
            answer = send(client, method, address, media, content.get("example"))
            where = f"{method} {path} {media}: {answer.text[:300]}"
            assert answer.is_success, where
            described = operation["responses"][str(answer.status_code)].get("content", {})
            if not described:
                assert answer.content == b""
                continue
            kind = answer.headers["content-type"].partition(";")[0]
            shown = described[kind]
            if kind == "application/json":
                assert valid(answer.json(), shown["schema"], document) == [], where
                assert set(answer.json()) == set(shown["example"]) | (
                    {"picture"} & set(answer.json())
                ), where
            if path == "/v1/trainings" and method == "POST":
                real[examples.TRAINING] = answer.json()["id"]

    order = {f"{method} {path}": operation for method, path, operation in operations(document)}
    last = ("/pause", "/resume", "/stop", "/events")
    late = [each for each in order if each.startswith("DELETE") or each.endswith(last)]
    for each in sorted(set(order) - set(late), key=lambda each: not each.startswith("POST")):
        ask(*each.split(), order[each])  # what is made first, then looked at
    trainings = "/v1/trainings/{name}"
    for each, after in (
        (f"POST {trainings}/pause", ("paused",)),
        (f"POST {trainings}/resume", ("running",)),
        (f"POST {trainings}/stop", ("interrupted",)),
        (f"GET {trainings}/events", ()),
        (f"DELETE {trainings}", ()),
        ("DELETE /v1/models/{name}", ()),
    ):
        if "pause" in each:
            trained("running")
        ask(*each.split(), order[each])
        if after:
            trained(*after)
        late.remove(each)
    assert late == []


@pytest.mark.parametrize("token", [None, "secret"])
def test_the_token_is_told_and_needed_only_where_there_is_one(token: str | None) -> None:
    document = app(["tiny"], token=token).openapi()
    scheme = document["components"]["securitySchemes"]["token"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    for _, path, operation in operations(document):
        if path in ("/healthz", "/readyz"):
            assert operation["security"] == []
        elif token:
            assert operation["security"] == [{"token": []}]
        else:
            assert {} in operation["security"]
        needed = bool(token) and path not in ("/healthz", "/readyz")
        assert ("401" in operation["responses"]) == needed, path
