"""The server as a process: its address, its stop, and lines instead of tracebacks."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest
from made_server import started

from ziffern.errors import InputError, WorkError
from ziffern.serving import server

ROWS = [[0] * 28] * 28


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_under_way_is_finished(number: signal.Signals) -> None:
    with started("--models", "tiny") as (process, address):
        host, port = "127.0.0.1", int(address.rpartition(":")[2])
        with socket.create_connection((host, port)) as slow:
            slow.settimeout(20)
            body = b'{"images": [%s]}' % str(ROWS).encode()
            head = (
                "POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
            )
            slow.sendall(head.encode() + body[:100])
            assert httpx.get(f"{address}/readyz", timeout=20).status_code == 200
            process.send_signal(number)
            time.sleep(0.5)
            slow.sendall(body[100:])
            answer = b""
            while chunk := slow.recv(65536):
                answer += chunk
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert process.wait(20) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_a_server_loads_neither_pytorch_nor_matplotlib() -> None:
    work = (
        "import sys; from ziffern.serving import server, app; app.app(['tiny']);"
        "print(*sorted(sys.modules.keys() & {'torch', 'matplotlib', 'sklearn', 'cv2', 'scipy'}))"
    )
    done = subprocess.run([sys.executable, "-c", work], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not done.stdout.strip()


def test_sockets() -> None:
    with server.listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        assert server.address(listening) == f"http://127.0.0.1:{port}"
        assert server.is_loopback(listening)
        with pytest.raises(WorkError, match=f"port {port} of 127.0.0.1 is in use; give another"):
            server.listen("127.0.0.1", port)
    with server.listen("0.0.0.0", 0) as listening:
        assert server.address(listening).startswith("http://localhost:")
        assert not server.is_loopback(listening)
    with pytest.raises(InputError, match="port 65536: expected 0 to 65535"):
        server.listen("127.0.0.1", 65536)
    for host in ("no.such.host.invalid", "a" * 70 + ".example", ""):
        if host:
            with pytest.raises(InputError, match="unknown host"):
                server.listen(host, 0)
    with pytest.raises(WorkError, match="cannot listen"):
        server.listen("192.0.2.1", 0)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere 127.0.0.2 is nobody's")
def test_it_answers_at_the_address_that_it_tells() -> None:
    with started("--models", "tiny", "--host", "127.0.0.2") as (_, address):
        assert address.startswith("http://127.0.0.2:")
        assert httpx.get(f"{address}/v1/models", timeout=20).status_code == 200
        wrong = httpx.get(f"{address}/v1/models", headers={"host": "a.example"}, timeout=20)
        assert wrong.status_code == 403
