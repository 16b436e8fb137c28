from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from ziffern import files
from ziffern.errors import RunError, WorkError


def test_writes_text_and_bytes_and_makes_folders(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.txt"
    assert files.write_atomic(path, "größer") == path
    assert path.read_bytes() == "größer".encode()
    files.write_atomic(path, b"\x00\x01")
    assert path.read_bytes() == b"\x00\x01"


def test_a_file_is_as_readable_as_any_other(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        path = files.write_atomic(tmp_path / "file", "x")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = files.write_atomic(tmp_path / "file", "old")

    def full(self: Path, target: Path) -> Path:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(WorkError, match=r"cannot write .*file: No space left on device"):
        files.write_atomic(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_in_place_of_a_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(WorkError, match=r"cannot write .*inside"):
        files.write_atomic(tmp_path / "file" / "inside", "x")


def test_an_interruption_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: Path, mode: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "chmod", interrupted)
    with pytest.raises(KeyboardInterrupt):
        files.write_atomic(tmp_path / "file", "x")
    assert not list(tmp_path.iterdir())


def test_json_comes_back(tmp_path: Path) -> None:
    path = files.write_json(tmp_path / "a.json", {"loss": 0.5, "names": ["ä", None]})
    assert files.read_json(path) == {"loss": 0.5, "names": ["ä", None]}
    assert path.read_text().endswith("\n")


def test_json_has_no_nan(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        files.write_json(tmp_path / "a.json", {"loss": float("nan")})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", ["", "{", '{"a": 1} x', "\udcff"])
def test_damaged_json_names_the_file(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(RunError, match=r"a\.json is damaged"):
        files.read_json(path)


def test_missing_json_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"a\.json is missing"):
        files.read_json(tmp_path / "a.json")
