"""Small datasets on disk, a mirror on this machine, and no way out to the internet."""

from __future__ import annotations

import gzip
import http.server
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

NAMES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}


class Tiny:
    """A set of 12 training and 6 test pictures in 3 classes, and ways to lay it down."""

    names = NAMES

    @staticmethod
    def part(part: str, size: int = 28) -> tuple[np.ndarray, np.ndarray]:
        count = {"train": 12, "test": 6}[part]
        random = np.random.default_rng(count)
        images = np.zeros((count, size, size), np.uint8)
        inner = (count, size - 14, size - 15)
        images[:, 8 : size - 6, 9 : size - 6] = random.integers(1, 256, inner, dtype=np.uint8)
        return images, (np.arange(count) % 3).astype(np.uint8)

    @staticmethod
    def idx(array: np.ndarray) -> bytes:
        """The IDX form of a uint8 array, written independently of the reader under test."""
        header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
        return header + array.astype(np.uint8).tobytes()

    @classmethod
    def files(cls) -> dict[str, bytes]:
        """The four IDX files, not packed."""
        return {
            name: cls.idx(array)
            for part, names in NAMES.items()
            for name, array in zip(names, cls.part(part), strict=True)
        }

    @classmethod
    def write(cls, folder: Path, *, packed: bool = True) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in cls.files().items():
            if packed:
                (folder / f"{name}.gz").write_bytes(gzip.compress(content))
            else:
                (folder / name).write_bytes(content)
        return folder


@pytest.fixture
def tiny() -> type[Tiny]:
    return Tiny


@pytest.fixture(autouse=True)
def isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Own cache and settings, no data folder, no network, no npm."""
    monkeypatch.setenv("ZIFFERN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ZIFFERN_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("ZIFFERN_OFFLINE", "1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("ZIFFERN_DATA", raising=False)


class Mirror:
    """An HTTP server of this machine that serves the tiny set, in one manner or another."""

    def __init__(self) -> None:
        self.files = {f"/{n}.gz": gzip.compress(c, mtime=0) for n, c in Tiny.files().items()}
        self.manner = "good"
        self.asked: list[str] = []
        mirror = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                mirror.asked.append(self.path)
                mirror.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        self.closing = threading.Event()

    def answer(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        content = self.files.get(handler.path)
        if self.manner == "forbidden" or content is None:
            handler.send_error(403 if content else 404)
            return
        if self.manner == "silent":
            self.closing.wait(5)
            return
        if self.manner == "wrong":
            content = b"<html>Please log in to this network</html>"
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        if self.manner == "truncated":
            handler.wfile.write(content[: len(content) // 2])
            return
        pieces = 1 if self.manner in ("good", "wrong") else 8
        size = -(-len(content) // pieces)
        try:
            for start in range(0, len(content), size):
                handler.wfile.write(content[start : start + size])
                if pieces > 1:
                    time.sleep(0.02)
        except OSError:  # the reader has lost its patience and gone
            pass


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    monkeypatch.delenv("ZIFFERN_OFFLINE", raising=False)
    one = Mirror()
    thread = threading.Thread(target=one.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield one
    one.closing.set()
    one.server.shutdown()
    one.server.server_close()
    thread.join()


@pytest.fixture
def own_entry(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write one of the user's catalogue entries."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / "config" / "datasets" / f"{name}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def npm(tmp_path: Path) -> Callable[..., Path]:
    """Put an `npm` on the PATH that lays down a package, or fails; it notes its arguments."""

    def install(
        package: bytes | None, *, code: int = 0, says: str = "", seconds: float = 0
    ) -> Path:
        arguments = tmp_path / "arguments.txt"
        (tmp_path / "package").write_bytes(package or b"")
        lines = [
            f"#!{sys.executable} -IS",
            "import sys, time",
            f"open({str(arguments)!r}, 'w').write(' '.join(sys.argv[1:]))",
            f"time.sleep({seconds})",
            f"print({says!r})",
        ]
        if package is not None:
            content = f"open({str(tmp_path / 'package')!r}, 'rb').read()"
            lines.append(f"open('tiny-1.tgz', 'wb').write({content})")
        path = tmp_path / "bin" / "npm"
        path.write_text("\n".join([*lines, f"sys.exit({code})"]))
        path.chmod(0o755)
        return arguments

    return install
