"""The same picture gives the same 28×28 bytes and probabilities, whichever way it is asked."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from made_server import base64_png, png, problem
from PIL import Image, PngImagePlugin

import ziffern
from ziffern.cli import main

URL = "/v1/predict"


@pytest.fixture(scope="session")
def drawn(digits: np.ndarray) -> list[np.ndarray]:
    """Digits as people give them: dark on light, large, coloured, and as the set has them."""
    large = 255 - np.kron(digits[1], np.ones((7, 7), np.uint8))
    wide = np.pad(255 - np.kron(digits[2], np.ones((4, 4), np.uint8)), ((9, 30), (60, 2)), "edge")
    colour = np.stack([wide, wide // 2 + 100, wide], axis=2)
    return [digits[0], 255 - digits[3], large, wide, colour]


def asked(client: httpx.Client, **values: Any) -> list[dict[str, Any]]:
    answer = client.post(URL, json=values)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["predictions"]
    return found


def test_rest_python_and_command_line_agree(
    client: httpx.Client,
    drawn: list[np.ndarray],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    files = []
    for number, picture in enumerate(drawn):
        files.append(tmp_path / f"{number}.png")
        Image.fromarray(picture).save(files[-1])
    model = ziffern.load("tiny")
    expected = np.stack([ziffern.normalise(picture) for picture in drawn])
    probabilities = model.predict(expected)
    assert main(["predict", "tiny", *map(str, files), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["predictions"]
    ways = {
        "base64": asked(client, images=[base64_png(one) for one in drawn], models=["tiny"]),
        "form": client.post(
            URL,
            files=[("files", (file.name, file.read_bytes())) for file in files],
            data={"models": "tiny"},
        ).json()["predictions"],
        "alone": [asked(client, images=[base64_png(one)], models=["tiny"])[0] for one in drawn],
    }
    for found in ways.values():
        seen = np.array([each["normalised"] for each in found], np.uint8)
        np.testing.assert_array_equal(seen, expected)
        given = np.array([each["probabilities"] for each in found])
        np.testing.assert_allclose(given, probabilities, atol=2e-6)
        for each, line in zip(found, told, strict=True):
            np.testing.assert_allclose(
                each["probabilities"], list(line["probabilities"].values()), atol=2e-6
            )
            assert str(each["digit"]) == line["digit"] or each["state"] == "no-digit"


def test_rows_of_numbers_are_taken_byte_for_byte(client: httpx.Client, digits: np.ndarray) -> None:
    images = digits[:100]
    found = asked(client, images=images.tolist(), models=["tiny"])
    seen = np.array([each["normalised"] for each in found], np.uint8)
    np.testing.assert_array_equal(seen, [ziffern.normalise(image) for image in images])
    expected = ziffern.load("tiny").predict(seen)
    np.testing.assert_allclose([each["probabilities"] for each in found], expected, atol=2e-6)


def test_pictures_in_the_outer_order_and_models_as_named(
    client: httpx.Client, digits: np.ndarray
) -> None:
    images = [base64_png(digits[0]), digits[1].tolist()]
    every = asked(client, images=images)
    assert [each["model"] for each in every] == ["flagship", "tiny"] * 2
    named = asked(client, images=images, models=["tiny", "flagship", "tiny"])
    assert [each["model"] for each in named] == ["tiny", "flagship"] * 2
    np.testing.assert_array_equal(every[2]["normalised"], named[3]["normalised"])
    assert every[2]["normalised"] == digits[1].tolist()


def test_answers_without_averaging(client: httpx.Client, digits: np.ndarray) -> None:
    model = ziffern.load("tiny").alone
    (found,) = asked(client, images=[digits[5].tolist()], models=["tiny"], averaging=False)
    np.testing.assert_allclose(found["probabilities"], model.predict(digits[5:6])[0], atol=2e-6)
    form = {"files": png(digits[5])}
    data = {"averaging": "false", "models": ["tiny"]}
    (same,) = client.post(URL, files=form, data=data).json()["predictions"]
    assert same == found


def test_a_blank_is_no_digit_where_the_model_says_so(client: httpx.Client) -> None:
    (found, _) = asked(client, images=[np.zeros((28, 28), int).tolist()])
    model = ziffern.load("flagship")
    confidence = model.predict(np.zeros((1, 28, 28), np.uint8)).max()
    assert (found["state"] == "no-digit") == (confidence < model.thresholds.digit)
    assert (found["digit"] is None) == (found["state"] == "no-digit")


@pytest.mark.parametrize("prefix", ["data:image/png;base64,", "data:;base64,", ""])
def test_pictures_as_browsers_make_them(
    client: httpx.Client, digits: np.ndarray, prefix: str
) -> None:
    text = prefix + base64_png(digits[0])
    (found,) = asked(client, images=[text], models=["tiny"])
    assert found["normalised"] == digits[0].tolist()


ROWS = [[0] * 28] * 28


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        ([], "/images/0"),
        ([[0]], "/images/0"),
        (ROWS[:27], "/images/0"),
        ([*ROWS[:27], [0] * 27], "/images/0"),
        ([*ROWS[:26], [0] * 27, [0] * 29], "/images/0"),
        ([*ROWS[:27], [256, *[0] * 27]], "/images/0"),
        ([*ROWS[:27], [-1, *[0] * 27]], "/images/0"),
        ([*ROWS[:27], [0.5, *[0] * 27]], "/images/0"),
        ([*ROWS[:27], [True, *[0] * 27]], "/images/0"),
        ([*ROWS[:27], [None, *[0] * 27]], "/images/0"),
        ([*ROWS[:27], ["0", *[0] * 27]], "/images/0"),
        ([*ROWS[:27], 28], "/images/0"),
        ([28] * 28, "/images/0"),
        ([10**30] * 28, "/images/0"),
        ("", "/images/0"),
        ("no base64!", "/images/0"),
        ("AAAA", "/images/0"),
        ("%%%", "/images/0"),
        (None, "/images/0"),
        (7, "/images/0"),
        ({}, "/images/0"),
        ({"0": ROWS}, "/images/0"),
    ],
)
def test_what_is_no_picture(client: httpx.Client, value: Any, pointer: str) -> None:
    for extra in ({}, {"averaging": False}):
        answer = client.post(URL, json={"images": [value], **extra})
        assert answer.status_code == 422
        problem(answer, 422, answer.json()["type"].rpartition(":")[2])
        assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({}, "images: Field required"),
        ({"images": []}, "images: List should have at least 1 item"),
        ({"images": "AAAA"}, "images: Input should be a valid list"),
        ({"images": [ROWS], "model": "tiny"}, "model: Extra inputs are not permitted"),
        ({"images": [ROWS], "models": []}, "models: List should have at least 1 item"),
        ({"images": [ROWS], "models": [1]}, "models/0: Input should be a valid string"),
        ({"images": [ROWS], "averaging": 1}, "averaging: Input should be a valid boolean"),
        ([ROWS], "body: Input should be a valid dictionary"),
    ],
)
def test_other_forms_of_json(client: httpx.Client, content: Any, text: str) -> None:
    detail = problem(client.post(URL, json=content), 422, "invalid")
    assert detail.startswith(text)


def test_unknown_models(client: httpx.Client) -> None:
    answer = client.post(URL, json={"images": [ROWS], "models": ["flagshp"]})
    detail = problem(answer, 404, "unknown-model")
    assert detail == "no model 'flagshp' is loaded: did you mean 'flagship'?"


def test_bodies_of_other_kinds(client: httpx.Client) -> None:
    for body in (b"", b"{", b"\xff\xfe", b'{"images": [NaN]}', b"[" * 10_000):
        answer = client.post(URL, content=body, headers={"content-type": "application/json"})
        problem(answer, 400, "not-json")
    problem(client.post(URL, content=b"x"), 415, "media-type")
    problem(client.post(URL, data={"a": "b"}), 415, "media-type")
    kind = {"content-type": "multipart/form-data"}
    problem(client.post(URL, content=b"--X\r\n", headers=kind), 400, "not-json")
    kind = {"content-type": "multipart/form-data; boundary=X"}
    problem(client.post(URL, content=b"nonsense", headers=kind), 400, "not-json")


def test_forms_that_say_something_else(client: httpx.Client, digits: np.ndarray) -> None:
    good = {"files": png(digits[0])}
    problem(client.post(URL, files={"file": png(digits[0])}), 422, "invalid")
    problem(client.post(URL, files={"x": (None, "y")}), 422, "invalid")
    problem(client.post(URL, files=good, data={"averaging": "maybe"}), 422, "invalid")
    problem(client.post(URL, files=good, data={"images": "AAAA"}), 422, "invalid")
    problem(client.post(URL, files=good, data={"x": "AAAA"}), 422, "invalid")
    for content in (b"", b"GIF89a", b"%PDF-1.4", png(digits[0])[:60], b"<svg/>" * 10):
        problem(client.post(URL, files={"files": content}), 422, "unusable")


def test_formats_that_start_other_programs_are_not_opened(client: httpx.Client) -> None:
    eps = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run\n"
    text = base64.b64encode(eps).decode()
    problem(client.post(URL, json={"images": [text]}), 422, "unusable")


def test_long_notes_in_a_picture_hold_nobody_up(client: httpx.Client) -> None:
    notes = PngImagePlugin.PngInfo()
    for number in range(20):
        notes.add_text(f"note {number}", "x" * 900_000, zip=True)
    content = io.BytesIO()
    Image.new("L", (28, 28)).save(content, "PNG", pnginfo=notes)
    answer = client.post(URL, files={"files": content.getvalue()}, data={"models": "tiny"})
    problem(answer, 422, "unusable")


def test_more_files_than_allowed(client: httpx.Client, digits: np.ndarray) -> None:
    files = [("files", png(digits[0]))] * 1002
    problem(client.post(URL, files=files, data={"models": "tiny"}), 413, "too-large")
