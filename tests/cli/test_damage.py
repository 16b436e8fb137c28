"""Run folders with a missing or damaged file: each in turn, for every command that reads it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

COMMANDS = {
    "evaluate": ("evaluate", "RUN"),
    "validation": ("evaluate", "RUN", "--split", "validation"),
    "report": ("report", "RUN"),
    "predict": ("predict", "RUN", "--index", "0"),
    "show": ("runs", "show", "RUN"),
    "from": ("train", "--from", "RUN", "--set", "train.epochs=1", "--quiet", "--no-tensorboard"),
    "start": ("train", "quick", "--from", "RUN", "--set", "train.epochs=1", "--quiet"),
    "resume": ("train", "--resume", "RUN"),
}
NEEDED = {
    "run.json": set(COMMANDS) - {"start"},  # weights can be taken from any model
    "recipe.toml": {"evaluate", "validation", "report", "predict", "from", "resume"},
    "history.jsonl": {"report", "show"},
    "metrics.json": {"evaluate", "validation", "report", "predict", "show"},
    "model.json": {"evaluate", "validation", "report", "predict", "start"},
    "model.safetensors": {"evaluate", "validation", "report", "predict", "start"},
    "evaluations/mnist-test.npz": {"report"},
    "evaluations/mnist-validation.npz": {"report"},
}
DAMAGES = {
    "missing": None,
    "empty": lambda content: b"",
    "torn": lambda content: content[: len(content) // 2],
    "garbage": lambda content: b"\x00\xff garbage\n" * 20,
}


@pytest.fixture
def evaluated(ziffern, trained) -> Path:
    """The trained run with its test set opened once, so that all files are there."""
    assert ziffern("evaluate", trained.name).code == 0
    return trained


def change_json(path: Path, **fields: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def call(ziffern, command: str, run: Path):
    return ziffern(*(str(run) if word == "RUN" else word for word in COMMANDS[command]))


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", NEEDED)
def test_files_that_are_missing_or_damaged(ziffern, evaluated, name: str, damage: str) -> None:
    path, change = evaluated / name, DAMAGES[damage]
    shutil.copytree(evaluated, "kept")
    for command in sorted(NEEDED[name]):
        shutil.rmtree(evaluated)
        shutil.copytree("kept", evaluated)
        if command == "resume":
            change_json(evaluated / "run.json", status="interrupted")
        if change is None:
            path.unlink()
        else:
            path.write_bytes(change(path.read_bytes()))
        # what a finished run does not need: a torn last epoch, answers that are not there yet
        harmless = (name == "history.jsonl" and damage in ("empty", "torn")) or (
            name.startswith("evaluations/") and damage == "missing"
        )
        if harmless:
            assert ziffern("runs", "show", evaluated).code == 0
            continue
        result = call(ziffern, command, evaluated)
        assert result.code == 2, (command, result)
        assert result.out == ""
        assert result.said[0].startswith("ziffern: ")
        assert path.name in result.said[0]
        if (name, damage) != ("recipe.toml", "empty"):  # that one has several mistakes
            assert len(result.said) == 1, (command, result.err)


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["run.json", "metrics.json", "history.jsonl"])
def test_the_list_goes_on(ziffern, trained, name: str, damage: str) -> None:
    path, change = trained / name, DAMAGES[damage]
    if change is None:
        path.unlink()
    else:
        path.write_bytes(change(path.read_bytes()))
    result = ziffern("runs", "list")
    assert result.code == 0
    assert result.said == []
    if (name, damage) not in {("history.jsonl", "empty"), ("history.jsonl", "torn")}:
        assert "damaged" in result.out
        assert str(path) in result.out


@pytest.mark.parametrize(
    ("name", "change", "mistake"),
    [
        ("run.json", {"recipe": 7}, "recipe cannot be 7"),
        ("run.json", {"seed": True}, "seed cannot be True"),
        ("run.json", {"dataset": None}, "dataset is None, expected an object"),
        ("run.json", {"dataset": {}}, "dataset.name is missing"),
        ("run.json", {"hardware": "x"}, "hardware cannot be 'x'"),
        ("metrics.json", {"test_looks": -1}, "test_looks is -1, not a count"),
        ("metrics.json", {"training": {}}, "training.epochs is missing"),
        ("metrics.json", {"validation": []}, "the figures of validation are not complete"),
        ("metrics.json", {"test": {}}, "the figures of test are not complete"),
        ("model.json", {"layers": ["Dense(11)"]}, "is not of the network in model.json"),
        ("model.json", {"layers": ["import os"]}, "model.json is damaged"),
        ("model.json", {"class_names": ["a"]}, "but there are 1 classes"),
        ("model.json", {"contract": {"scale": "odd"}}, "model.json is damaged"),
        ("model.json", {"format": 99}, "has format 99, this Ziffern reads "),
    ],
)
def test_files_that_were_changed(ziffern, evaluated, name: str, change, mistake: str) -> None:
    path = evaluated / name
    change_json(path, **change)
    assert mistake in ziffern("report", evaluated).mistake
    if name != "model.json":
        assert mistake in ziffern("runs", "show", evaluated).mistake


def test_a_run_of_another_recipe_text(ziffern, evaluated) -> None:
    path = evaluated / "recipe.toml"
    path.write_text(path.read_text() + "\n[oven]\nheat = 3\n")
    mistake = ziffern("evaluate", evaluated).mistake
    assert mistake.startswith(f"{path}: line ")
    assert "oven: unknown setting" in mistake


def test_a_run_that_ended_before_its_training_began(ziffern, little) -> None:
    folder = Path("runs/20261121-190502-little-s0")
    folder.mkdir(parents=True)
    info = {"name": folder.name, "recipe": "little", "seed": 0, "started": "", "status": "running"}
    (folder / "run.json").write_text(json.dumps(info))
    (folder / "metrics.json").write_text('{"test_looks": 0}')
    (folder / "history.jsonl").touch()
    (folder / "recipe.toml").write_text(little.read_text())
    mistake = ziffern("train", "--resume", folder).mistake
    assert mistake == f"{folder.name} ended before its training began; train anew"
    assert ziffern("runs", "show", folder).code == 0
    assert ziffern("runs", "list").code == 0


def test_a_damaged_checkpoint(ziffern, evaluated) -> None:
    change_json(evaluated / "run.json", status="interrupted")
    last = evaluated / "checkpoints" / "last.safetensors"
    last.write_bytes(last.read_bytes()[:100])
    mistake = ziffern("train", "--resume", evaluated, "--quiet").mistake
    assert str(last) in mistake
    assert "remove it to start over" in mistake
