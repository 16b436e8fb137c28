"""Who may ask, how much and how long; and what every answer says."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import suppress
from typing import Any

import httpx
import numpy as np
import pytest
from made_server import base64_png, png, problem, served

from ziffern.serving.limits import Limits

ROWS = [[0] * 28] * 28


def raw(client: httpx.Client, *parts: bytes, wait: float = 0.0) -> bytes:
    """Send bytes as they are, with a pause between parts, and return the whole answer."""
    with socket.create_connection((client.base_url.host, client.base_url.port or 0)) as sent:
        sent.settimeout(10)
        for part in parts:
            sent.sendall(part)
            time.sleep(wait)
        found = b""
        while chunk := sent.recv(65536):
            found += chunk
    return found


@pytest.mark.parametrize("path", ["/", "/v1/models", "/healthz", "/nothing", "/metrics"])
def test_every_answer_has_the_headers_of_safety(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "img-src 'self' data: blob:" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == (
        "no-store" if path in ("/v1/models", "/metrics") else "no-cache"
    )
    assert "server" not in headers
    assert not any(name.startswith("access-control") for name in headers)


def test_other_origins_and_names_are_refused(client: httpx.Client) -> None:
    for origin in ("http://evil.example", "null", "http://127.0.0.1:1"):
        problem(client.get("/v1/models", headers={"origin": origin}), 403, "foreign")
    own = str(client.base_url).rstrip("/")
    assert client.get("/v1/models", headers={"origin": own}).status_code == 200
    problem(client.get("/", headers={"host": "evil.example"}), 403, "foreign")
    port = client.base_url.port
    assert client.get("/healthz", headers={"host": f"localhost:{port}"}).status_code == 200
    assert client.options("/v1/predict", headers={"origin": own}).status_code == 405


def test_a_token_is_needed_for_all_but_the_page() -> None:
    with served("tiny", token="süß and secret") as client:
        for path in ("/v1/models", "/metrics", "/openapi.json", "/v1/nothing"):
            answer = client.get(path)
            problem(answer, 401, "token")
            assert answer.headers["www-authenticate"] == "Bearer"
        problem(client.post("/v1/predict", json={"images": [ROWS]}), 401, "token")
        for wrong in ("Bearer", "Bearer x", "Basic süß and secret", "Bearer süß and secre"):
            given = {"authorization": wrong.encode()}
            problem(client.get("/v1/models", headers=given), 401, "token")
        right = {"authorization": "bearer süß and secret".encode()}
        assert client.get("/v1/models", headers=right).status_code == 200
        for path in ("/", "/healthz", "/readyz"):
            assert client.get(path).status_code == 200


def test_pages_of_other_sites_ask_nothing(client: httpx.Client) -> None:
    for path in ("/v1/models", "/metrics"):
        for site in ("same-origin", "none"):
            assert client.get(path, headers={"sec-fetch-site": site}).status_code == 200
        problem(client.get(path, headers={"sec-fetch-site": "cross-site"}), 403, "foreign")
    assert client.get("/", headers={"sec-fetch-site": "cross-site"}).status_code == 200


@pytest.fixture(scope="module")
def narrow() -> Any:
    """A client of a server that bears little."""
    limits = Limits(
        body=20_000, held=30_000, files=3, pixels=10_000, waiting=4, models=2,
        body_seconds=0.4, head_seconds=0.4, requests=3,
    )  # fmt: skip
    with served("tiny", limits=limits) as client:
        yield client


def test_bodies_that_are_too_large(narrow: httpx.Client) -> None:
    big = b"x" * 20_001
    kind = {"content-type": "application/json"}
    answer = narrow.post("/v1/predict", content=big, headers=kind)
    assert "20,000 bytes" in problem(answer, 413, "too-large")
    # without a length beforehand
    answer = narrow.post("/v1/predict", content=iter([b"[" * 9000] * 3), headers=kind)
    problem(answer, 413, "too-large")
    head = b"POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\ncontent-length: 99999999999\r\n\r\n"
    assert b" 413 " in raw(narrow, head).splitlines()[0]


def test_too_many_pictures_and_pixels(narrow: httpx.Client, digits: np.ndarray) -> None:
    small = base64_png(digits[0])
    answer = narrow.post("/v1/predict", json={"images": [small] * 4})
    problem(answer, 413, "too-large")
    answer = narrow.post("/v1/predict", files=[("files", png(digits[0]))] * 9)
    assert answer.status_code in (400, 413)
    bomb = base64_png(np.zeros((90, 90), np.uint8))
    assert narrow.post("/v1/predict", json={"images": [bomb]}).status_code == 200
    detail = problem(narrow.post("/v1/predict", json={"images": [bomb] * 2}), 413, "too-large")
    assert detail == "16,200 pixels; expected at most 10,000 together"
    for path in ("activations", "steps", "why"):
        large = {"image": base64_png(np.zeros((200, 200), np.uint8))}
        problem(narrow.post(f"/v1/models/tiny/{path}", json=large), 413, "too-large")


def test_slow_bodies_and_heads_are_given_up_and_hurt_nobody(narrow: httpx.Client) -> None:
    head = b"POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\ncontent-type: application/json\r\n"
    slow = [
        threading.Thread(target=raw, args=(narrow, head + b"content-length: 99\r\n\r\n", b"{"))
        for _ in range(2)
    ]
    started = time.monotonic()
    for thread in slow:
        thread.start()
    for _ in range(5):
        assert narrow.post("/v1/predict", json={"images": [ROWS]}).status_code == 200
    answer = raw(narrow, head + b"content-length: 99\r\n\r\n", b'{"images": [')
    assert b" 408 " in answer.splitlines()[0]
    assert b"urn:ziffern:problem:too-slow" in answer
    assert raw(narrow, b"GET / HT") == b""  # the head never ends
    assert raw(narrow, b"") == b""
    for thread in slow:
        thread.join()
    assert time.monotonic() - started < 8


def test_heads_that_are_too_large_or_no_http(client: httpx.Client) -> None:
    many = b"".join(b"X-%d: %s\r\n" % (n, b"a" * 100) for n in range(400))
    for sent in (
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + many + b"\r\n",
        b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"GET / HTTP/9.9\r\n\r\n",
    ):
        answer = raw(client, sent)
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b"content-type: application/problem+json" in answer


def test_too_many_at_once_are_told_to_come_again(narrow: httpx.Client) -> None:
    head = b"POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\ncontent-type: application/json\r\n"
    waiting = [
        threading.Thread(target=raw, args=(narrow, head + b"content-length: 99\r\n\r\n"))
        for _ in range(3)
    ]
    for thread in waiting:
        thread.start()
    time.sleep(0.2)
    answer = narrow.get("/v1/models")
    problem(answer, 503, "busy")
    assert answer.headers["retry-after"] == "1"
    for thread in waiting:
        thread.join()
    assert narrow.get("/v1/models").status_code == 200


def test_a_fault_of_the_program_tells_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from ziffern.serving.models import Served

    with served("tiny") as client:

        def fail(*_: object, **__: object) -> None:
            raise RuntimeError("/srv/secret/place")

        monkeypatch.setattr(Served, "ask", fail)
        answer = client.post("/v1/predict", json={"images": [ROWS]})
        assert "secret" not in problem(answer, 500, "failed")
        assert "content-security-policy" in answer.headers
        assert "/srv/secret/place" in caplog.text


def test_an_answer_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    from ziffern.serving.models import Served

    async def never(*_: object, **__: object) -> None:
        await asyncio.sleep(60)

    with served("tiny", limits=Limits(seconds=0.2)) as client:
        monkeypatch.setattr(Served, "ask", never)
        answer = client.post("/v1/predict", json={"images": [ROWS]})
        problem(answer, 503, "busy")


@pytest.mark.parametrize("origin", ["http://[", "http://[x]", "null", "x", "http://[::1"])
def test_origins_that_are_no_address_are_foreign(client: httpx.Client, origin: str) -> None:
    problem(client.get("/v1/models", headers={"origin": origin}), 403, "foreign")


def test_who_does_not_read_is_left() -> None:
    many = {"images": [ROWS] * 400, "averaging": False}  # an answer of more than 1 MB
    with served("tiny", limits=Limits(requests=2, send_seconds=1.0)) as client:
        body = json.dumps(many).encode()
        head = (
            "POST /v1/predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        )
        silent = []
        for _ in range(3):
            taken = socket.socket()
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            taken.connect((client.base_url.host, client.base_url.port or 0))
            # one request after the other, without a look at any answer
            with suppress(OSError):
                threading.Thread(
                    target=_send, args=(taken, (head.encode() + body) * 4), daemon=True
                ).start()
            silent.append(taken)
        time.sleep(0.5)
        end = time.monotonic() + 20
        while client.get("/readyz").status_code != 200:
            assert time.monotonic() < end
            time.sleep(0.2)
        for taken in silent:
            taken.close()


def _send(to: socket.socket, content: bytes) -> None:
    with suppress(OSError):
        to.sendall(content)
