import errno
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ziffern import runs
from ziffern.errors import RunError, WorkError
from ziffern.history import EpochRow
from ziffern.runs import Run, create, listing


def row(epoch: int, accuracy: float = 0.9) -> EpochRow:
    return EpochRow(
        epoch=epoch,
        loss=0.5,
        accuracy=0.8,
        validation_loss=0.3,
        validation_accuracy=accuracy,
        learning_rate=0.01,
        seconds=1.5,
        images_per_second=1000.0,
    )


class Clock:
    """Stands in for `datetime` in `ziffern.runs`; the hand moves only when told."""

    def __init__(self, *, second: int = 2) -> None:
        self.second = second

    def now(self) -> datetime:
        return datetime(2026, 11, 21, 19, 5, self.second)

    fromisoformat = staticmethod(datetime.fromisoformat)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    hand = Clock()
    monkeypatch.setattr(runs, "datetime", hand)
    return hand


def in_parallel(folder: Path, code: str, processes: int) -> list[str]:
    """Run `code` in several processes that wait for one another at the start; their outputs."""
    start = folder / "start"
    waiting = (
        f"import pathlib, time\nwhile not pathlib.Path({str(start)!r}).exists(): time.sleep(0)"
    )
    command = [sys.executable, "-c", f"import ziffern.runs, ziffern.highscore\n{waiting}\n{code}"]
    started = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    time.sleep(0.5)
    start.touch()
    outputs = []
    for process in started:
        out, problems = process.communicate(timeout=60)
        assert process.returncode == 0, problems
        outputs.append(out.strip())
    return outputs


def test_a_new_run_says_what_it_is(tmp_path: Path, clock: Clock) -> None:
    run = create(tmp_path / "deep" / "runs", "marvin", seed=3)
    assert run.name == "20261121-190502-marvin-s3"
    assert run.path == tmp_path / "deep" / "runs" / run.name
    assert run.info["recipe"] == "marvin"
    assert run.info["seed"] == 3
    assert run.info["status"] == "running"
    assert datetime.fromisoformat(run.info["started"]).tzinfo is not None
    assert run.metrics == {"test_looks": 0}
    assert run.history == []


def test_a_recipe_name_from_a_path_cannot_leave_the_folder(tmp_path: Path, clock: Clock) -> None:
    run = create(tmp_path, "../../my nets/net.toml", seed=0)
    assert run.path.parent == tmp_path
    assert run.name == "20261121-190502-my-nets-net.toml-s0"
    assert run.info["recipe"] == "../../my nets/net.toml"


def test_runs_of_the_same_second_are_numbered(tmp_path: Path, clock: Clock) -> None:
    names = [create(tmp_path, "quick", seed=0).name for _ in range(3)]
    first = "20261121-190502-quick-s0"
    assert names == [first, f"{first}-2", f"{first}-3"]


def test_parallel_processes_of_the_same_second_get_folders_of_their_own(tmp_path: Path) -> None:
    code = f"""
import datetime
class Clock(datetime.datetime):
    @classmethod
    def now(cls): return cls(2026, 11, 21, 19, 5, 2)
ziffern.runs.datetime = Clock
print(ziffern.runs.create({str(tmp_path / "runs")!r}, "quick", seed=0).name)
"""
    names = in_parallel(tmp_path, code, processes=5)
    first = "20261121-190502-quick-s0"
    assert sorted(names) == [first, *(f"{first}-{number}" for number in range(2, 6))]
    assert len(listing(tmp_path / "runs")) == 5


def test_parallel_evaluations_count_every_look(tmp_path: Path) -> None:
    run = create(tmp_path, "quick", seed=0)
    code = f"""
run = ziffern.runs.Run.open({str(run.path)!r})
for _ in range(10): run.count_test_look()
"""
    in_parallel(tmp_path, code, processes=4)
    assert run.test_looks == 40


def test_files_are_updated_field_by_field(tmp_path: Path) -> None:
    run = create(tmp_path, "quick", seed=0)
    run.update_info(status="finished", epochs=3)
    assert run.info["status"] == "finished"
    assert run.info["recipe"] == "quick"
    run.update_metrics("validation", {"accuracy": 0.9, "loss": float("nan")})
    assert run.count_test_look() == 1
    run.update_metrics("test", {"accuracy": 0.8})
    assert run.metrics == {
        "test_looks": 1,
        "validation": {"accuracy": 0.9, "loss": None},
        "test": {"accuracy": 0.8},
    }
    run.write_recipe('title = "Grüße"\n')
    assert run.recipe_text == 'title = "Grüße"\n'
    run.append_history(row(1))
    run.append_history(row(2))
    assert [epoch["epoch"] for epoch in run.history] == [1, 2]
    run.write_history(run.history[:1])
    assert [epoch["epoch"] for epoch in run.history] == [1]


def test_opening_by_path_name_part_and_latest(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    marvin = create(tmp_path / "runs", "marvin", seed=0)
    clock.second = 3
    quick = create(tmp_path / "runs", "quick", seed=1)
    monkeypatch.chdir(tmp_path)
    assert Run.open(marvin.path) == marvin
    assert Run.open(f"runs/{marvin.name}/").name == marvin.name
    assert Run.open(marvin.name).name == marvin.name
    assert Run.open("20261121-190503").name == quick.name
    assert Run.open("marvin").name == marvin.name
    assert Run.open("runs/marvin").name == marvin.name
    assert Run.open("latest").name == quick.name
    assert Run.open("s1", tmp_path / "runs").name == quick.name
    monkeypatch.chdir(marvin.path)
    assert Run.open(".").name == marvin.name


def test_latest_passes_over_a_damaged_run(tmp_path: Path, clock: Clock) -> None:
    whole = create(tmp_path, "marvin", seed=0)
    (tmp_path / "20991231-000000-marvin-s0").mkdir()
    assert Run.open("latest", tmp_path) == whole


def test_a_name_that_does_not_fit_is_answered_with_near_ones(tmp_path: Path, clock: Clock) -> None:
    create(tmp_path, "marvin", seed=0)
    create(tmp_path, "marvin", seed=1)
    with pytest.raises(RunError, match=r"no run 'marvn-s0' .*did you mean 'marvin-s0'"):
        Run.open("marvn-s0", tmp_path)
    with pytest.raises(RunError, match=r"'marvin' fits 2 runs .*-s1, .*-s0; give one name"):
        Run.open("marvin", tmp_path)
    with pytest.raises(RunError, match=r"no run 'zzzzz' .*; the newest: 20261121-190502-marvin-s1"):
        Run.open("zzzzz", tmp_path)
    with pytest.raises(RunError, match="did you mean '20261121-190502-marvin-s"):
        Run.open(tmp_path / "20261121-190502-marvim-s0")


def test_no_runs_at_all(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"no run 'x': there are no runs in .*missing"):
        Run.open("x", tmp_path / "missing")
    assert listing(tmp_path / "missing") == []


def test_what_is_no_run_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    (tmp_path / "figures").mkdir()
    with pytest.raises(RunError, match=r"notes\.txt is a file: expected a run"):
        Run.open(tmp_path / "notes.txt")
    with pytest.raises(RunError, match=r"figures/run\.json is missing"):
        Run.open("figures", tmp_path)
    with pytest.raises(WorkError, match=r"cannot open .*File name too long"):
        Run.open("x" * 5000, tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[]", "\x00"])
def test_a_damaged_run_json_is_named(tmp_path: Path, content: str) -> None:
    run = create(tmp_path, "quick", seed=0)
    (run.path / "run.json").write_text(content)
    with pytest.raises(RunError, match=r"run\.json is damaged"):
        Run.open(run.name, tmp_path)
    with pytest.raises(RunError, match=r"run\.json is damaged"):
        run.update_info(status="finished")


@pytest.mark.parametrize("content", ["{", "[]", '{"test_looks": -1}', '{"test_looks": "2"}', "{}"])
def test_damaged_metrics_are_named_and_never_counted_anew(tmp_path: Path, content: str) -> None:
    run = create(tmp_path, "quick", seed=0)
    (run.path / "metrics.json").write_text(content)
    with pytest.raises(RunError, match=r"metrics\.json is damaged"):
        run.count_test_look()
    assert (run.path / "metrics.json").read_text() == content


@pytest.mark.parametrize("name", ["metrics.json", "history.jsonl"])
def test_a_missing_file_is_named_and_listed(tmp_path: Path, name: str) -> None:
    run = create(tmp_path, "quick", seed=0)
    (run.path / name).unlink()
    (summary,) = listing(tmp_path)
    assert summary.status == "damaged"
    assert summary.recipe == "quick"
    assert summary.problem == f"{run.path / name} is missing"


def test_a_missing_or_damaged_recipe_is_named(tmp_path: Path) -> None:
    run = create(tmp_path, "quick", seed=0)
    with pytest.raises(RunError, match=r"recipe\.toml is missing"):
        _ = run.recipe_text
    (run.path / "recipe.toml").write_bytes(b"\xff")
    with pytest.raises(RunError, match=r"recipe\.toml is damaged"):
        _ = run.recipe_text


def test_the_list_is_newest_first_and_sums_up(tmp_path: Path, clock: Clock) -> None:
    old = create(tmp_path, "marvin", seed=0)
    old.append_history(row(1, accuracy=0.91))
    old.append_history(row(2, accuracy=0.92))
    clock.second = 30
    new = create(tmp_path, "quick", seed=1)
    new.append_history(row(1))
    new.update_info(status="finished")
    new.update_metrics("validation", {"accuracy": 0.0})
    new.count_test_look()
    new.update_metrics("test", {"accuracy": 0.98})
    (tmp_path / "20200101-000000-half-made-s0").mkdir()
    (tmp_path / "sweeps").mkdir()
    (tmp_path / "best.json").touch()
    os.utime(tmp_path / "20200101-000000-half-made-s0", (0, 0))

    first, second, third = listing(tmp_path)
    assert (first.name, first.status, first.epochs) == (new.name, "finished", 1)
    assert (first.validation_accuracy, first.test_accuracy, first.test_looks) == (0.0, 0.98, 1)
    assert (second.name, second.recipe, second.seed) == (old.name, "marvin", 0)
    assert (second.status, second.validation_accuracy, second.test_looks) == ("running", 0.92, 0)
    assert second.seconds == 3.0
    assert third.status == "damaged"
    assert json.dumps(vars(third))


def test_notebooks_get_a_table_with_nothing_unescaped(tmp_path: Path) -> None:
    run = create(tmp_path, "<b>&", seed=0)
    run.update_metrics("validation", {"accuracy": 0.9912})
    table = run._repr_html_()
    assert "99.12%" in table
    assert "<b>" not in table
    assert "&lt;b&gt;&amp;" in table
    (run.path / "run.json").write_text("{")
    assert "is damaged" in run._repr_html_()


def test_a_runs_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "runs").touch()
    for folder in (tmp_path / "runs", tmp_path / "runs" / "below"):
        with pytest.raises(WorkError, match=r"cannot make a run in .*runs.*: Not a directory"):
            create(folder, "quick", seed=0)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_a_read_only_folder_is_named(tmp_path: Path) -> None:
    run = create(tmp_path, "quick", seed=0)
    for folder in (tmp_path, run.path):
        folder.chmod(0o500)
    try:
        with pytest.raises(WorkError, match=r"cannot make a run in .*: Permission denied"):
            create(tmp_path, "quick", seed=0)
        with pytest.raises(WorkError, match="Permission denied"):
            run.count_test_look()
    finally:
        for folder in (tmp_path, run.path):
            folder.chmod(0o700)


def refuse(code: int) -> Any:
    def refusing(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    return refusing


def test_a_read_only_file_system_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = create(tmp_path, "quick", seed=0)
    monkeypatch.setattr(os, "open", refuse(errno.EROFS))
    with pytest.raises(WorkError, match=r"cannot lock .*: Read-only file system"):
        run.count_test_look()
    monkeypatch.setattr(os, "mkdir", refuse(errno.EROFS))
    with pytest.raises(WorkError, match=r"cannot make a run in .*: Read-only file system"):
        create(tmp_path / "runs", "quick", seed=0)


def test_a_full_disk_is_named_and_leaves_no_half_made_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "mkstemp", refuse(errno.ENOSPC))
    with pytest.raises(WorkError, match=r"cannot write .*run\.json: No space left on device"):
        create(tmp_path, "quick", seed=0)
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_is_never_released_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "LOCK_SECONDS", 0.05)
    holder = f"""
import pathlib, time, ziffern.runs
with ziffern.runs.locked(pathlib.Path({str(tmp_path)!r})):
    print("held", flush=True)
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", holder], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            with pytest.raises(WorkError, match="cannot lock "), runs.locked(tmp_path):
                pass
        finally:
            process.kill()


def test_runs_and_high_scores_need_nothing_heavy() -> None:
    code = (
        "import sys, ziffern.runs, ziffern.highscore;"
        "print(*{'torch', 'numpy', 'matplotlib'} & set(sys.modules))"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert output.stdout.strip() == b""
