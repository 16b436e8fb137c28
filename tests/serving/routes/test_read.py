"""Pages over REST are read as by `ziffern read`, and what is no page costs nobody else anything."""

from __future__ import annotations

import base64
import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pytest
from made_server import png, problem, served
from PIL import Image

import ziffern
from ziffern.reading import many
from ziffern.serving.limits import Limits


@pytest.fixture(scope="module")
def page(digits: np.ndarray) -> np.ndarray:
    """A line of six digits, dark on light, uint8 (200, 700)."""
    sheet = np.full((200, 700), 255, np.uint8)
    for place, digit in enumerate(digits[:6]):
        big = np.kron(digit, np.ones((3, 3), np.uint8))
        sheet[60:144, 40 + 105 * place : 124 + 105 * place] -= big
    return sheet


def test_a_page_is_read_as_in_python(
    client: httpx.Client, page: np.ndarray, tmp_path: Path
) -> None:
    file = tmp_path / "page.png"
    file.write_bytes(png(page))
    answer = client.post("/v1/read", files={"files": ("C:\\pages/page.png", png(page))})
    assert answer.status_code == 200
    assert answer.json() == {**ziffern.read(file), "file": "page.png"}
    seen = client.post("/v1/read?pictures=true", files={"files": ("a", png(page))}).json()
    picture = seen["pages"][0].pop("picture")
    assert seen["pages"] == answer.json()["pages"]
    copy = Image.open(io.BytesIO(base64.b64decode(picture.partition(",")[2])))
    assert copy.size == (700, 200)
    assert abs(np.asarray(copy.convert("L")).astype(int) - page).mean() < 3


def test_another_model_reads(client: httpx.Client, page: np.ndarray, tmp_path: Path) -> None:
    file = tmp_path / "page.png"
    file.write_bytes(png(page))
    sent = {"files": ("page.png", png(page))}
    answer = client.post("/v1/read", files=sent, data={"model": "tiny"})
    assert answer.json() == {**ziffern.read(file, "tiny"), "file": "page.png"}
    assert answer.json() != client.post("/v1/read", files=sent).json()
    problem(client.post("/v1/read", files=sent, data={"model": "huge"}), 404, "unknown-model")


def test_a_class_may_send_its_pages_at_once(client: httpx.Client) -> None:
    blank = png(np.full((60, 60), 255, np.uint8))

    def send(pupil: int) -> int:
        return client.post("/v1/read", files={"files": (f"{pupil}.png", blank)}).status_code

    with ThreadPoolExecutor(30) as pupils:
        assert set(pupils.map(send, range(30))) == {200}


def test_what_is_no_page(client: httpx.Client, page: np.ndarray) -> None:
    for content in (b"", b"nothing", png(page)[:900], b"%PDF-1.4 nothing"):
        answer = client.post("/v1/read", files={"files": ("../x/a\x01b.png", content)})
        detail = problem(answer, 422, "unusable")
        assert "/" not in detail
        assert "tmp" not in detail
    problem(client.post("/v1/read", json={"images": []}), 415, "media-type")
    problem(client.post("/v1/read", files={"file": png(page)}), 422, "invalid")
    problem(client.post("/v1/read", files=[("files", png(page))] * 2), 422, "invalid")
    problem(client.post("/v1/read", files={"files": b"x"}, data={"a": "b"}), 422, "invalid")
    more = client.post("/v1/read?pictures=maybe", files={"files": png(page)})
    problem(more, 422, "invalid")


def test_a_page_without_end_is_given_up(page: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    stuck = "import sys, time; print('{\"ready\": true}', flush=True); time.sleep(60)"
    monkeypatch.setattr(many, "COMMAND", (sys.executable, "-c", stuck))
    with served("tiny", limits=Limits(reading_seconds=1.0, readings=0)) as client:
        answer = client.post("/v1/read", files={"files": ("a.png", png(page))})
        assert problem(answer, 422, "unusable") == "a.png: given up: took more than 1 s"
