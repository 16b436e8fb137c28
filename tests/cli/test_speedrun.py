"""`ziffern speedrun`: what it trains, tells and keeps, how it goes on, and what it refuses."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from ziffern import bench
from ziffern.runs import Run, listing

FAST = ("--set", "train.epochs=1", "--set", "predict.shifts=4")


def names() -> list[str]:
    return sorted(summary.name for summary in listing())


def test_seeds_board_and_what_is_reused(ziffern, little) -> None:
    result = ziffern("speedrun", little, *FAST, "--seeds", 2, "--target", 0.5, "--json")
    assert result.code == 0
    [row] = result.json["rows"]
    assert row["name"] == "little, predict.shifts=4, train.epochs=1"
    assert (row["data"], row["n"], row["averaging"]) == ("mnist (sample)", 2, 5)
    assert [seed["test_looks"] for seed in row["seeds"]] == [1, 1]
    low, high = row["accuracy"]["interval95"]
    assert low < row["accuracy"]["mean"] < high
    assert row["without_averaging"]["mean"] > 0.5
    # the sample judges no target, and that is said where people look
    assert (row["target"], row["mean_reaches_target"]) == (0.5, None)
    assert result.said[-1].startswith("WARNING: this was trained and tested on a SAMPLE")
    assert any(line.startswith("epoch 1/1: loss ") for line in result.said)
    assert any(line.endswith("% on the test set") for line in result.said)

    assert result.json["board"] == "speedrun.md"
    page, data = Path("speedrun.md").read_text(), json.loads(Path("speedrun.json").read_text())
    assert "## mnist (sample)" in page
    assert "## mnist\n" not in page
    assert data["rows"][0]["seeds"] == row["seeds"]
    assert Path("speedrun-mnist-sample.svg").read_text().startswith("<?xml")

    before = names()
    again = ziffern("speedrun", little, *FAST, "--seeds", 2, "--reuse", "--quiet")
    assert (again.code, again.said) == (0, [])
    assert names() == before
    told = dict(line.split("  ", 1) for line in again.out.splitlines() if "  " in line)
    assert told["accuracy"].strip().endswith("(mean ± standard deviation, n = 2 seeds)")
    assert told["95 % interval"].strip().endswith("(of the mean, over seeds)")
    assert told["test looks"].strip() == "1"
    assert "with its 4 copies" in told["multiply-adds"]
    assert again.out.splitlines()[-1] == "board: speedrun.md"


def test_one_seed_has_no_interval(ziffern, little) -> None:
    result = ziffern("speedrun", little, *FAST, "--seeds", 1, "--board", "own/board.md")
    told = dict(line.split("  ", 1) for line in result.out.splitlines() if "  " in line)
    assert told["accuracy"].strip().endswith("(one seed)")
    assert told["95 % interval"].strip() == "needs at least two seeds"
    assert Path("own/board.md").exists()
    assert not Path("speedrun.md").exists()


def test_an_interruption_keeps_the_seeds_and_says_how_to_go_on(
    ziffern, little, monkeypatch
) -> None:
    train = bench.train

    def interrupted(recipe, *, seed, **options) -> Run:
        if seed == 1:
            raise KeyboardInterrupt
        return train(recipe, seed=seed, **options)

    monkeypatch.setattr(bench, "train", interrupted)
    given = (little, *FAST, "--seeds", 2, "--target", 0.9, "--runs", "kept runs")
    result = ziffern("speedrun", *given)
    assert result.code == 1
    said, _, command = result.said[-1].partition("; go on with: ")
    assert said.startswith("ziffern: interrupted, 1 of 2 seeds of little, ")
    assert len(json.loads(Path("speedrun.json").read_text())["rows"][0]["seeds"]) == 1

    monkeypatch.setattr(bench, "train", train)
    result = ziffern(*shlex.split(command)[1:])
    assert result.code == 0
    assert len(listing("kept runs")) == 2
    assert len(json.loads(Path("speedrun.json").read_text())["rows"][0]["seeds"]) == 2

    monkeypatch.setattr(bench, "train", interrupted)
    result = ziffern("speedrun", *given)
    assert "the row of before stays on the board" in result.said[-1]
    assert len(json.loads(Path("speedrun.json").read_text())["rows"][0]["seeds"]) == 2


def test_what_fails_keeps_what_was_finished(ziffern, little) -> None:
    wild = Path("wild.toml")
    wild.write_text(little.read_text().replace("learning_rate = 0.01", "learning_rate = 1e30"))
    result = ziffern("speedrun", little, wild, "--set", "train.epochs=1", "--seeds", 1)
    assert result.code == 1
    assert result.said[-1].startswith("ziffern: the training diverged in epoch 1")
    [row] = json.loads(Path("speedrun.json").read_text())["rows"]
    assert row["recipe"] == "little"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("quik",), "unknown recipe 'quik': did you mean 'quick'?"),
        (("--seeds", 0), "--seeds 0: expected a whole number of at least 1"),
        (("--seeds", 1.5), "--seeds"),
        (("--target", 99.7), "--target 99.7: expected a share between 0 and 1; 99.7 % is 0.997"),
        (("--target", 0), "--target 0: expected a share between 0 and 1"),
        (("--target", "nan"), "--target nan: expected a share between 0 and 1"),
        (("--board", "board.txt"), "--board board.txt: expected a name that ends in .md"),
        (("--set", "train.epochs=0"), "train.epochs"),
        (("little.toml",), "little.toml is named twice"),
        (("--device", "gpu"), "unknown device 'gpu'"),
        (("--data-dir", "nowhere"), "nowhere"),
    ],
)
def test_mistakes_are_found_before_training(ziffern, little, given, message) -> None:
    assert message in ziffern("speedrun", "little.toml", *given).mistake
    assert not Path("runs").exists()
    assert not Path("speedrun.md").exists()


def test_a_damaged_board_is_found_before_training(ziffern, little) -> None:
    Path("speedrun.json").write_text("{}]")
    assert "speedrun.json is damaged" in ziffern("speedrun", little).mistake
    assert not Path("runs").exists()
