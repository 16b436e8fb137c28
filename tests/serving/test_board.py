"""The board of runs, from folders as trainings leave them."""

from __future__ import annotations

from pathlib import Path

import made_runs
import pytest

from ziffern import datasets
from ziffern.serving.board import Board, version
from ziffern.serving.problems import Problem


def test_rows_have_results_with_their_intervals(in_tmp: Path) -> None:
    older = made_runs.made("tiny", 1, wrong=range(30))
    figures = {"accuracy": 0.97, "n": 1000, "loss": 0.1, "wilson95": [0.957, 0.979]}
    older.update_metrics("test", figures)
    older.count_test_look()
    newer = made_runs.made("tiny", 2, dataset={"origin": "/srv/data/mnist"})
    newer.update_info(started="2031-01-01T00:00:00+00:00", status="running")
    newer.append_history(
        {
            "epoch": 1, "loss": 1.0, "accuracy": 0.5, "validation_loss": 0.9,
            "validation_accuracy": 0.6, "learning_rate": 0.1, "seconds": 2.0,
            "images_per_second": 9.0,
        }
    )  # fmt: skip
    (in_tmp / "runs" / "20200101-000000-broken-s0").mkdir()
    rows, left_out = Board("runs").rows()
    assert left_out == 0
    by_name = {row["name"]: row for row in rows}
    assert rows[0]["name"] == newer.name
    row = by_name[newer.name]
    assert (row["status"], row["epochs"], row["of_epochs"]) == ("running", 1, 3)
    assert row["validation"]["accuracy"] == 0.6
    assert row["validation"]["wilson95"][0] < 0.6 < row["validation"]["wilson95"][1]
    row = by_name[older.name]
    assert row["test"] == figures
    assert (row["test_looks"], row["seed"], row["is_sample"]) == (1, 1, True)
    assert row["parameters"] > 1000
    broken = by_name["20200101-000000-broken-s0"]
    assert broken["status"] == "damaged"
    assert str(in_tmp) not in str(rows)


def test_figures_that_are_none_make_a_run_damaged_not_the_board(in_tmp: Path) -> None:
    run = made_runs.made("tiny", 1, wrong=range(3))
    for wrong in (None, "high", True):
        run.update_metrics("validation", {"accuracy": wrong, "n": 10})
        rows, _ = Board("runs").rows()
        assert [row["status"] for row in rows] == ["damaged"]


def test_details_tell_no_path(in_tmp: Path) -> None:
    place = str(in_tmp / "data" / "own")
    run = made_runs.made(dataset={"origin": f"folder {place}", "data_dir": place})
    run.write_recipe(run.recipe_text.replace('dataset = "mnist"', f'dataset = "{place}"'))
    found = Board("runs").details(run.name)
    assert str(in_tmp) not in str(found)
    assert found["origin"] == "folder own"
    assert found["train_size"] == 4500
    assert "layers" in found["recipe_text"]


@pytest.mark.parametrize("name", ["latest", "tiny", "..", ".", "../runs", "/etc", "", "a\nb"])
def test_only_whole_names_lead_to_a_run(in_tmp: Path, name: str) -> None:
    made_runs.made()
    with pytest.raises(Problem, match="no run"):
        Board("runs").run(name)


def test_rows_follow_what_changes(in_tmp: Path) -> None:
    run, board = made_runs.made(), Board("runs")
    before = version(run)
    assert board.rows()[0][0]["status"] == "finished"
    run.update_info(status="interrupted")
    assert board.rows()[0][0]["status"] == "interrupted"
    assert version(run) != before
    labels = datasets.load("mnist").test.labels
    assert len(labels) == 1000
    assert Board(in_tmp / "nowhere").rows() == ([], 0)
