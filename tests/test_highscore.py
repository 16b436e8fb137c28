import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ziffern import highscore
from ziffern.errors import RunError, WorkError
from ziffern.highscore import Entry


def entry(run: str, accuracy: float | None, loss: float | None = 0.1) -> Entry:
    return Entry(
        recipe="marvin",
        settings={"train": {"epochs": 3}},
        seed=0,
        run=run,
        validation={"accuracy": accuracy, "loss": loss},
        test=None,
    )


def holder(folder: Path, dataset: str = "mnist") -> str:
    return highscore.best(folder)[dataset]["run"]


def test_there_is_no_high_score_at_first(tmp_path: Path) -> None:
    assert highscore.best(tmp_path) == {}
    assert highscore.best(tmp_path / "missing") == {}


def test_higher_accuracy_wins_then_lower_loss_then_the_older(tmp_path: Path) -> None:
    assert highscore.offer(tmp_path, "mnist", entry("a", 0.98))
    assert not highscore.offer(tmp_path, "mnist", entry("b", 0.97, loss=0.01))
    assert holder(tmp_path) == "a"
    assert highscore.offer(tmp_path, "mnist", entry("c", 0.98, loss=0.09))
    assert not highscore.offer(tmp_path, "mnist", entry("d", 0.98, loss=0.09))
    assert not highscore.offer(tmp_path, "mnist", entry("e", 0.98, loss=float("nan")))
    assert not highscore.offer(tmp_path, "mnist", entry("f", 0.98, loss=None))
    assert holder(tmp_path) == "c"
    assert highscore.offer(tmp_path, "mnist", entry("g", 0.99, loss=float("inf")))
    assert highscore.best(tmp_path)["mnist"]["validation"] == {"accuracy": 0.99, "loss": None}


@pytest.mark.parametrize("accuracy", [None, float("nan")])
def test_without_a_validation_accuracy_there_is_no_entry(
    tmp_path: Path, accuracy: float | None
) -> None:
    assert not highscore.offer(tmp_path, "mnist", entry("a", accuracy))
    assert highscore.best(tmp_path) == {}


def test_datasets_have_high_scores_of_their_own(tmp_path: Path) -> None:
    assert highscore.offer(tmp_path, "mnist", entry("a", 0.99))
    assert highscore.offer(tmp_path, "fashion-mnist", entry("b", 0.9))
    assert (holder(tmp_path), holder(tmp_path, "fashion-mnist")) == ("a", "b")
    assert highscore.best(tmp_path)["mnist"] == entry("a", 0.99)


def test_test_figures_go_to_the_holder_only(tmp_path: Path) -> None:
    highscore.offer(tmp_path, "mnist", entry("a", 0.99))
    assert not highscore.add_test(tmp_path, "mnist", "b", {"accuracy": 0.995})
    assert not highscore.add_test(tmp_path, "other", "a", {"accuracy": 0.995})
    assert highscore.best(tmp_path)["mnist"]["test"] is None
    assert highscore.add_test(tmp_path, "mnist", "a", {"accuracy": 0.985})
    assert highscore.best(tmp_path)["mnist"]["test"] == {"accuracy": 0.985}


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"mnist": 3}', '{"mnist": {}}', '{"mnist": {"run": "a"}}']
)
def test_a_damaged_file_is_reported_and_kept_aside(
    tmp_path: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "best.json"
    path.write_text(content)
    with pytest.raises(RunError, match=r"best\.json is damaged"):
        highscore.best(tmp_path)
    assert path.read_text() == content

    assert highscore.offer(tmp_path, "mnist", entry("a", 0.9))
    assert holder(tmp_path) == "a"
    assert (tmp_path / "best.json.damaged-1").read_text() == content
    (message,) = caplog.messages
    assert "best.json is damaged" in message
    assert "kept as best.json.damaged-1" in message

    path.write_text("again")
    assert not highscore.add_test(tmp_path, "mnist", "a", {"accuracy": 0.9})
    assert (tmp_path / "best.json.damaged-1").read_text() == content
    assert (tmp_path / "best.json.damaged-2").read_text() == "again"


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "runs").touch()
    with pytest.raises(WorkError, match=r"cannot lock .*runs"):
        highscore.offer(tmp_path / "runs", "mnist", entry("a", 0.9))


def test_parallel_runs_lose_no_entry(tmp_path: Path) -> None:
    """Each process enters a dataset of its own and one that all contend for."""
    code = """
import sys
from ziffern import highscore
folder, me = sys.argv[1], int(sys.argv[2])
def entry(accuracy):
    figures = {"accuracy": accuracy, "loss": 0.1}
    return {"recipe": "r", "settings": {}, "seed": me, "run": f"run-{me}",
            "validation": figures, "test": None}
sys.stdin.readline()
highscore.offer(folder, f"set-{me}", entry(0.5))
for step in range(5):
    highscore.offer(folder, "shared", entry((step * 10 + me) / 100))
"""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path), str(me)], stdin=subprocess.PIPE
        )
        for me in range(5)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    table: dict[str, Any] = json.loads((tmp_path / "best.json").read_text())
    assert set(table) == {"shared", *(f"set-{me}" for me in range(5))}
    assert table["shared"]["run"] == "run-4"
    assert table["shared"]["validation"]["accuracy"] == 0.44
    assert list(tmp_path.glob("best.json.damaged*")) == []
