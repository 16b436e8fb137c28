"""A reader sees the old file or the new one; a refusing file system is named in one line."""

from __future__ import annotations

import errno
import json
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from ziffern.errors import RunError, WorkError
from ziffern.files import read_json, translated, write_atomic, write_json


def test_writes_text_and_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file.txt"
    assert write_atomic(path, "Größe\n") == path
    assert path.read_bytes() == "Größe\n".encode()
    write_atomic(path, b"\x00\r\n")
    assert path.read_bytes() == b"\x00\r\n"
    assert [item.name for item in path.parent.iterdir()] == ["file.txt"]


def test_files_are_as_readable_as_any_other(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        path = write_atomic(tmp_path / "file", "x")
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        assert os.umask(0o027) == 0o027, "the mask is left as it was"
    finally:
        os.umask(old)


def full(*_: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("step", ["pathlib.Path.replace", "pathlib.Path.chmod", "os.fdopen"])
def test_a_full_disk_leaves_the_old_file(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_atomic(tmp_path / "file", "old")
    monkeypatch.setattr(step, full)
    with pytest.raises(WorkError) as caught:
        write_atomic(path, "new")
    assert str(caught.value) == f"cannot write {path}: No space left on device"
    assert caught.value.exit_code == 1
    monkeypatch.undo()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path], "nothing is left behind"


def test_an_interrupt_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    path = write_atomic(tmp_path / "file", "old")
    monkeypatch.setattr("pathlib.Path.replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(path, "new")
    monkeypatch.undo()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(WorkError, match=r"cannot write .*inside: (Not a directory|File exists)"):
        write_atomic(tmp_path / "file" / "inside", "x")
    (tmp_path / "folder").mkdir()
    with pytest.raises(WorkError, match=r"cannot write .*folder: Is a directory"):
        write_atomic(tmp_path / "folder", "x")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(WorkError, match="Permission denied"):
            write_atomic(tmp_path / "file", "x")
    finally:
        tmp_path.chmod(0o700)


def test_a_read_only_folder_for_anyone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: Any, **__: Any) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("tempfile.mkstemp", denied)
    with pytest.raises(WorkError, match=r"cannot write .*file: Permission denied"):
        write_atomic(tmp_path / "file", "x")


def test_readers_see_one_content_or_the_other(tmp_path: Path) -> None:
    contents = {b"a" * 200_000, b"b" * 200_000}
    path = write_atomic(tmp_path / "file", b"a" * 200_000)
    seen: set[bytes] = set()
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            seen.add(path.read_bytes())

    reader = threading.Thread(target=look)
    reader.start()
    for _ in range(20):
        for content in contents:
            write_atomic(path, content)
    done.set()
    reader.join()
    assert seen <= contents


def test_json_comes_back(tmp_path: Path) -> None:
    value = {"a": [1, 2.5, None, True, "ü"], "b": {}}
    path = write_json(tmp_path / "x.json", value)
    assert read_json(path) == value
    assert path.read_text().endswith("}\n")
    assert json.loads(path.read_text()) == value


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_json_has_no_nan(tmp_path: Path, value: float) -> None:
    path = write_json(tmp_path / "x.json", 1)
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(path, {"a": value})
    assert read_json(path) == 1


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"{'a': 1}", b"1 2", b"[" * 100_000])
def test_json_that_is_damaged(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(RunError, match=r"x\.json is damaged: ") as caught:
        read_json(path)
    assert "\n" not in str(caught.value)


def test_json_that_is_missing_or_a_folder(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"x\.json is missing$"):
        read_json(tmp_path / "x.json")
    with pytest.raises(RunError, match="is damaged"):
        read_json(tmp_path)


def test_translated() -> None:
    with (
        pytest.raises(
            WorkError, match=r"^cannot make a run in runs: Read-only file system$"
        ) as caught,
        translated(Path("runs"), "make a run in"),
    ):
        raise OSError(errno.EROFS, "Read-only file system")
    assert isinstance(caught.value.__cause__, OSError)
    with pytest.raises(WorkError, match="cannot write x: odd"), translated(Path("x")):
        raise OSError("odd")
    with pytest.raises(ValueError, match="other"), translated(Path("x")):
        raise ValueError("other")
