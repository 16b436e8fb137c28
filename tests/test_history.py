import math
from pathlib import Path
from typing import Any

import pytest

from ziffern import history
from ziffern.errors import RunError, WorkError
from ziffern.history import EpochRow


def row(epoch: int = 1, **changes: Any) -> EpochRow:
    values: dict[str, Any] = {
        "epoch": epoch,
        "loss": 0.5,
        "accuracy": 0.75,
        "validation_loss": None,
        "validation_accuracy": None,
        "learning_rate": 1e-3,
        "seconds": 2.0,
        "images_per_second": 100.0,
    }
    return EpochRow(**{**values, **changes})  # type: ignore[typeddict-item]


def test_rows_come_back_as_written(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    history.write(path, [row(1)])
    history.append(path, row(2, validation_loss=0.25))
    assert history.read(path) == [row(1), row(2, validation_loss=0.25)]
    assert path.read_text().count("\n") == 2


def test_what_is_not_finite_is_null_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    history.write(path, [row(loss=math.nan, validation_loss=math.inf)])
    assert "NaN" not in path.read_text()
    (back,) = history.read(path)
    assert math.isnan(back["loss"])
    assert back["validation_loss"] is None


@pytest.mark.parametrize("torn", [b'{"epoch": 3, "lo', b"\0\0\0\n", b"[1]\n", b'{"epoch": 3}\n'])
def test_a_torn_last_line_is_ignored_and_removed_by_the_next_append(
    tmp_path: Path, torn: bytes
) -> None:
    path = tmp_path / "history.jsonl"
    history.write(path, [row(1), row(2)])
    path.write_bytes(path.read_bytes() + torn)
    assert history.read(path) == [row(1), row(2)]
    history.append(path, row(3))
    assert history.read(path) == [row(1), row(2), row(3)]


def test_a_whole_last_line_without_its_line_end_counts(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    history.write(path, [row(1)])
    path.write_bytes(path.read_bytes().rstrip())
    history.append(path, row(2))
    assert history.read(path) == [row(1), row(2)]


@pytest.mark.parametrize("damaged", [b"x", b"7", b'{"epoch": 1}', b"\xff\xfe", b'{"epoch": "one"}'])
def test_a_damaged_line_before_the_last_is_an_error(tmp_path: Path, damaged: bytes) -> None:
    path = tmp_path / "history.jsonl"
    history.write(path, [row(2)])
    path.write_bytes(damaged + b"\n" + path.read_bytes())
    with pytest.raises(RunError, match=r"history\.jsonl is damaged: line 1 is not an epoch"):
        history.read(path)


def test_a_missing_or_unreadable_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"history\.jsonl is missing"):
        history.read(tmp_path / "history.jsonl")
    with pytest.raises(RunError, match="cannot be read: Is a directory"):
        history.read(tmp_path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_an_error_that_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "history.jsonl").symlink_to("/dev/full")
    monkeypatch.setattr(history, "_read", lambda path: ([], True))  # /dev/full never ends
    with pytest.raises(WorkError, match=r"history\.jsonl: No space left on device"):
        history.append(tmp_path / "history.jsonl", row())


def test_a_line_that_fits_only_in_part_is_an_error_and_is_left_out(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")  # not on Windows
    path = tmp_path / "history.jsonl"
    history.write(path, [row(1)])
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 10, before[1]))
    try:
        with pytest.raises(WorkError, match=r"history\.jsonl: No space left on device"):
            history.append(path, row(2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_bytes().endswith(b'}\n{"epoch": ')
    assert history.read(path) == [row(1)]


def test_without_nan_goes_to_any_depth() -> None:
    value = {"a": [1.0, math.nan, (math.inf,)], "b": "NaN", "c": 3}
    assert history.without_nan(value) == {"a": [1.0, None, [None]], "b": "NaN", "c": 3}
