"""Looks into a model: as Python finds them, and clear lines where there is nothing to see."""

from __future__ import annotations

import base64
import dataclasses
import io
from typing import Any

import httpx
import numpy as np
import pytest
from made_server import base64_png, png, problem
from PIL import Image

import ziffern
from ziffern.contract import steps
from ziffern.serving.looks import Look


def test_a_background_class_stands_last(digits: np.ndarray) -> None:
    model = ziffern.load("tiny", engine="torch", precision="float32").alone
    model.saved = dataclasses.replace(model.saved, background_class=True, temperature=3.0)
    softmax = Look(model.saved, digits[0]).softmax()
    assert (softmax["class_names"][-1], softmax["logits"][-1]) == ("no digit", 0)
    probabilities = model.predict(digits[:1])[0]
    np.testing.assert_allclose(softmax["probabilities"][:-1], probabilities, atol=1e-5)
    left = 1 - probabilities.sum(dtype=np.float64)
    assert softmax["probabilities"][-1] == pytest.approx(left, abs=1e-5)


def test_activations_of_a_picture(client: httpx.Client, digits: np.ndarray) -> None:
    found = client.post("/v1/models/flagship/activations", json={"image": digits[0].tolist()})
    assert found.status_code == 200
    seen = found.json()
    assert seen["normalised"] == digits[0].tolist()
    model = ziffern.load("flagship").alone
    softmax = seen["softmax"]
    np.testing.assert_allclose(softmax["logits"], model.logits(digits[:1])[0], atol=1e-4)
    np.testing.assert_allclose(softmax["probabilities"], model.predict(digits[:1])[0], atol=1e-5)
    np.testing.assert_allclose(softmax["exp"], np.exp(softmax["shifted"]), rtol=1e-6)
    assert softmax["sum"] == pytest.approx(sum(softmax["exp"]))
    first, *_, last = seen["layers"]
    entry = client.get("/v1/models/flagship").json()
    height, width, filters = first["shape"]
    assert [height, width, filters] == entry["layers"][0]["shape"]
    assert len(first["maps"]) == filters
    assert len(base64.b64decode(first["maps"][0])) == height * width
    assert last["values"] == softmax["logits"]
    assert [layer["name"] for layer in seen["layers"]] == [
        layer["name"] for layer in entry["layers"]
    ]
    assert len(found.content) < 300_000


def test_the_same_by_form_and_address(client: httpx.Client, digits: np.ndarray) -> None:
    url = "/v1/models/tiny/activations"
    expected = client.post(url, json={"image": digits[0].tolist()}).json()
    assert client.post(url, files={"files": png(digits[0])}).json() == expected
    text = base64.urlsafe_b64encode(png(digits[0])).decode()
    assert client.get(url, params={"image": text.rstrip("=")}).json() == expected
    problem(client.get(url), 422, "invalid")
    problem(client.get(url, params={"image": "A" * 30_001}), 422, "invalid")


def test_one_unit(client: httpx.Client, digits: np.ndarray) -> None:
    body = {"image": digits[0].tolist(), "layer": "separable_conv2d", "unit": 2, "place": [3, 4]}
    found = client.post("/v1/models/tiny/unit", json=body).json()
    assert found["place"] == [3, 4]
    shown = sum(channel["sum"] for channel in found["channels"])
    assert shown + found["rest"] + found["bias"] == pytest.approx(found["sum"], abs=1e-5)
    assert found["output"] == pytest.approx(found["sum"], abs=1e-5)
    for channel in found["channels"]:
        product = np.array(channel["weights"]) * np.array(channel["inputs"])
        assert channel["sum"] == pytest.approx(product.sum(), abs=1e-6)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"layer": "conv"}, "no layer 'conv': did you mean 'conv2d"),
        ({"layer": "flatten"}, "flatten (Flatten) has no sums"),
        ({"unit": 12}, "conv2d has 12 units, numbered from 0; got 12"),
        ({"place": [14, 0]}, "conv2d has 14×14 places; got [14, 0]"),
        ({"place": [1]}, "conv2d has 14×14 places; got [1]"),
    ],
)
def test_units_that_are_not_there(client: httpx.Client, change: dict[str, Any], text: str) -> None:
    body = {"image": [[0] * 28] * 28, "layer": "conv2d", "unit": 0, **change}
    detail = problem(client.post("/v1/models/tiny/unit", json=body), 422, "unusable")
    assert detail.startswith(text)


def test_why(client: httpx.Client, digits: np.ndarray) -> None:
    url = "/v1/models/tiny/why"
    found = client.post(url, json={"image": digits[0].tolist(), "neighbours": 3}).json()
    logits = ziffern.load("tiny").alone.logits(digits[:1])[0]
    assert found["target"] == int(logits.argmax())
    assert found["score"] == pytest.approx(float(logits.max()), abs=1e-4)
    assert np.array(found["occlusion"]).shape == (28, 28)
    assert [near["digit"] for near in found["neighbours"]] == [found["target"]] * 3
    other = client.post(url, json={"image": digits[0].tolist(), "target": 3, "neighbours": 0})
    assert other.json()["target"] == 3
    assert other.json()["neighbours"] == []
    for wrong in ({"target": 10}, {"target": -1}, {"neighbours": 51}, {"target": "7"}):
        body = {"image": digits[0].tolist(), **wrong}
        problem(client.post(url, json=body), 422, "invalid")


def test_how_a_picture_is_prepared(client: httpx.Client, digits: np.ndarray) -> None:
    large = 255 - np.kron(digits[1], np.ones((30, 30), np.uint8))
    found = client.post("/v1/models/tiny/steps", json={"image": base64_png(large)}).json()
    expected = steps(large)
    assert [step["name"] for step in found["steps"]] == [step.name for step in expected]
    assert [step["text"] for step in found["steps"]] == [step.text for step in expected]
    assert found["normalised"] == expected[-1].picture.tolist()
    picture = base64.b64decode(found["steps"][0]["picture"].partition(",")[2])
    assert Image.open(io.BytesIO(picture)).size == (560, 560)
    same = client.post("/v1/models/tiny/steps", files={"files": png(large)})
    assert same.json() == found


@pytest.mark.parametrize("path", ["activations", "unit", "why", "steps"])
def test_what_is_no_picture_or_model(client: httpx.Client, path: str) -> None:
    more = {"layer": "conv2d", "unit": 0} if path == "unit" else {}
    url = f"/v1/models/tiny/{path}"
    for image in ([], "AAAA", None, [[0]], 7):
        answer = client.post(url, json={"image": image, **more})
        assert answer.status_code == 422
        problem(answer, 422, answer.json()["type"].rpartition(":")[2])
    problem(client.post(url, json={"images": [], **more}), 422, "invalid")
    files = [("files", b"x"), ("files", b"y")]
    problem(client.post(url, files=files, data=more), 422, "invalid")
    good = {"image": [[0] * 28] * 28, **more}
    problem(client.post(f"/v1/models/none/{path}", json=good), 404, "unknown-model")
