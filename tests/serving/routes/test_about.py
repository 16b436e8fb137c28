"""What a server says about its models, its health and its figures."""

from __future__ import annotations

import os
from pathlib import Path

import httpx
import made_runs
import numpy as np
import pytest
from made_server import problem, served
from prometheus_client.parser import text_string_to_metric_families

import ziffern
from ziffern import modelfile, shipped
from ziffern.serving.limits import Limits


def test_the_models_with_cards_and_contracts(client: httpx.Client) -> None:
    found = client.get("/v1/models").json()["models"]
    assert [each["name"] for each in found] == ["flagship", "tiny"]
    entry, model = found[0], ziffern.load("flagship")
    assert entry["shipped"]
    assert entry["card"] == shipped.card("flagship")
    assert entry["contract"] == model.contract.to_dict()
    assert entry["thresholds"] == model.thresholds.to_dict()
    assert entry["class_names"] == list("0123456789")
    assert entry["averaging"] == model.averaging
    assert [layer["name"] for layer in entry["layers"]][:2] == ["conv2d", "batch_normalization"]
    assert entry["layers"][-1]["shape"] == [10]
    assert sum(layer["parameters"] for layer in entry["layers"]) == entry["parameters"]
    assert client.get("/v1/models/flagship").json() == entry
    problem(client.get("/v1/models/nothing"), 404, "unknown-model")


def test_health_and_other_addresses(client: httpx.Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok", "version": ziffern.__version__}
    assert client.get("/readyz").json() == {"status": "ready"}
    problem(client.get("/v1/nothing"), 404, "not-found")
    problem(client.get("/../../etc/passwd"), 404, "not-found")
    problem(client.get("/%2e%2e/%2e%2e/etc/passwd"), 404, "not-found")
    problem(client.get("/text"), 404, "not-found")
    problem(client.get("/v1/predict"), 405, "method-not-allowed")
    problem(client.post("/"), 405, "method-not-allowed")
    assert client.get("/").headers["content-type"].startswith("text/html")


def test_figures(client: httpx.Client, digits: np.ndarray) -> None:
    def figures() -> dict[str, float]:
        text = client.get("/metrics").text
        return {
            f"{each.name}{sorted(each.labels.values())}": each.value
            for family in text_string_to_metric_families(text)
            for each in family.samples
        }

    before = figures()
    client.post("/v1/predict", json={"images": digits[:3].tolist(), "models": ["tiny"]})
    client.get("/v1/models/none/such")
    after = figures()

    def more(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    assert more("ziffern_answers_total[]") == 3
    assert more("ziffern_requests_total['/v1/predict', '200', 'POST']") == 1
    assert more("ziffern_request_seconds_count['/v1/predict']") == 1
    assert after["ziffern_pictures_waiting[]"] == 0
    assert not any("none" in name for name in after)  # names of clients do not pile up


@pytest.fixture
def runs(in_tmp: Path) -> Path:
    for seed in range(2):
        made_runs.made("tiny", seed)
    return in_tmp / "runs"


def test_runs_are_loaded_and_unloaded(runs: Path, digits: np.ndarray) -> None:
    name = sorted(path.name for path in runs.iterdir())[0]
    with served("tiny", runs=str(runs), limits=Limits(models=2)) as client:
        answer = client.post("/v1/models", json={"name": name})
        assert answer.status_code == 201
        assert answer.json()["name"] == name
        assert answer.json()["card"] is None
        assert client.post("/v1/models", json={"name": name}).status_code == 200
        found = client.post("/v1/predict", json={"images": digits[:1].tolist()}).json()
        assert [each["model"] for each in found["predictions"]] == ["tiny", name]
        expected = ziffern.load(name, runs=runs, precision="float32").predict(digits[:1])[0]
        np.testing.assert_allclose(found["predictions"][1]["probabilities"], expected, atol=1e-5)
        problem(client.post("/v1/models", json={"name": "flagship"}), 413, "too-large")
        assert client.delete(f"/v1/models/{name}").status_code == 204
        problem(client.delete(f"/v1/models/{name}"), 404, "unknown-model")
        problem(client.delete("/v1/models/tiny"), 422, "unusable")


def test_a_run_that_was_trained_further_is_loaded_anew(runs: Path) -> None:
    name = sorted(path.name for path in runs.iterdir())[0]
    with served("tiny", runs=str(runs), limits=Limits(models=2)) as client:
        assert client.post("/v1/models", json={"name": name}).status_code == 201
        os.utime(runs / name / modelfile.WEIGHTS)
        assert client.post("/v1/models", json={"name": name}).status_code == 201
        assert client.post("/v1/models", json={"name": name}).status_code == 200
        assert len(client.get("/v1/models").json()["models"]) == 2


def test_of_several_processes_none_changes_its_models() -> None:
    with served("tiny", "flagship", training=False) as client:
        problem(client.post("/v1/models", json={"name": "universal"}), 501, "lacking")
        problem(client.delete("/v1/models/tiny"), 501, "lacking")


@pytest.mark.parametrize(
    "name", ["../runs", "/etc/passwd", ".", "..", "nothing", "a/b", "x.onnx", "tiny\x00", "~"]
)
def test_only_names_of_runs_are_loaded(client: httpx.Client, name: str) -> None:
    detail = problem(client.post("/v1/models", json={"name": name}), 404, "unknown-model")
    assert "/" not in detail.replace(name, "")


def test_what_is_no_name(client: httpx.Client) -> None:
    for body in ({}, {"name": 1}, {"name": ""}, {"name": "tiny", "x": 1}, [], "tiny"):
        problem(client.post("/v1/models", json=body), 422, "invalid")
