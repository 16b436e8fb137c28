"""Real servers for tests, on free ports of this machine: in a thread, or as processes."""

from __future__ import annotations

import base64
import io
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx
import numpy as np
import uvicorn
from PIL import Image

from ziffern.serving import server
from ziffern.serving.app import LOOPBACK, app


@contextmanager
def served(*models: str, **options: Any) -> Iterator[httpx.Client]:
    """Serve models and give a client that asks them; `options` are those of `app`."""
    made = app(models or ("tiny",), hosts=LOOPBACK, **options)
    with server.listen("127.0.0.1", 0) as listening:
        running = uvicorn.Server(server._config(lambda: made, 1))
        thread = threading.Thread(target=running.run, args=([listening],), daemon=True)
        thread.start()
        try:
            with httpx.Client(base_url=server.address(listening), timeout=60) as client:
                while not running.started:
                    time.sleep(0.01)
                yield client
        finally:
            running.should_exit = True
            thread.join(30)


@contextmanager
def started(*arguments: str, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start `ziffern serve` on a free port and wait for its address."""
    command = [sys.executable, "-m", "ziffern", "serve", "--port", "0", *arguments]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | variables,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, (line, process.stderr.read() if process.stderr else "")
        yield process, found[0]
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # also the processes that it has started
        process.communicate()


def png(picture: np.ndarray) -> bytes:
    """Return a picture as a PNG file."""
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "PNG")
    return content.getvalue()


def base64_png(picture: np.ndarray) -> str:
    """Return a picture as a base64 PNG."""
    return base64.b64encode(png(picture)).decode()


def problem(answer: httpx.Response, status: int, kind: str) -> str:
    """Check that an answer is a problem document of this kind, and return its detail."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["type"] == f"urn:ziffern:problem:{kind}"
    assert document["status"] == status
    assert document["title"]
    assert "\n" not in document["detail"]
    return str(document["detail"])
