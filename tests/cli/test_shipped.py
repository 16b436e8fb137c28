"""`ziffern models`, and shipped models where commands take a model or a run."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import ship
from made_runs import LAYERS, made
from PIL import Image

from ziffern import shipped


@pytest.fixture
def pearl(in_tmp: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shipped model of two seeds in a folder without runs; the answers kept are made up."""
    monkeypatch.setattr(shipped, "FOLDER", in_tmp / "models")
    for seed in (0, 1):
        changes = {"layers": "\n".join(LAYERS)}
        made("quick", seed, changes=changes, wrong=range(10 + seed), runs="elsewhere")
    return ship.ship(["quick"], "pearl", runs="elsewhere")


@pytest.mark.usefixtures("pearl")
def test_the_list(ziffern) -> None:
    result = ziffern("models")
    head, row = result.out.splitlines()
    assert head.split() == ["model", "accuracy", "seeds", "parameters", "ONNX", "averaging"]
    assert row.split("  ")[0] == "pearl"
    assert "99.00% (95 % interval 98.17% to 99.46%)" in row
    assert "98.95% ± 0.07% (n = 2)" in row
    assert row.split()[-4:] == ["170", "2", "kB", "1"]
    assert result.said[-1] == "next: ziffern models pearl"
    [found] = ziffern("models", "--json").json["models"]
    assert (found["name"], found["accuracy"], found["parameters"]) == ("pearl", 0.99, 170)
    assert found["seeds"].keys() == {"n", "mean", "sd", "interval95"}
    assert found["averaging"] == 1


def test_the_card(ziffern, pearl: Path) -> None:
    assert ziffern("models", "pearl").out == (pearl / "README.md").read_text()
    assert ziffern("models", "pearl", "--json").json == json.loads(
        (pearl / "card.json").read_text()
    )


@pytest.mark.usefixtures("pearl")
def test_unknown_names(ziffern) -> None:
    assert ziffern("models", "perl").mistake == "no shipped model 'perl': did you mean 'pearl'?"
    assert ziffern("models", "xyz").mistake == "no shipped model 'xyz'; known: pearl"
    assert ziffern("predict", "perl", "a.png").mistake.endswith(
        "; of the shipped models: did you mean 'pearl'?"
    )


def test_none_ship(ziffern, in_tmp: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "FOLDER", in_tmp / "models")
    assert ziffern("models").out.startswith("no models ship with this version; ")
    assert ziffern("models", "--json").json == {"models": []}
    assert ziffern("models", "pearl").mistake == (
        "no shipped model 'pearl'; none ship with this version"
    )


@pytest.mark.usefixtures("pearl")
def test_commands_that_take_a_model_take_a_shipped_one(ziffern) -> None:
    Image.fromarray(np.full((40, 40), 255, np.uint8)).save("a.png")
    found = ziffern("predict", "pearl", "a.png", "--json").json
    assert found["model"] == "pearl"
    limits = ("--min-accuracy", "0", "--min-printed", "0", "--max-ece", "1")
    assert ziffern("check", "pearl", *limits).out.endswith("\npearl passes\n")
    assert ziffern("export", "pearl", "--to", "onnx", "--json").json["file"] == "model.onnx"


@pytest.mark.usefixtures("pearl")
@pytest.mark.parametrize(
    "command",
    [
        "evaluate pearl", "report pearl", "inspect pearl", "runs show pearl", "runs curves pearl",
        "compare pearl pearl", "ensemble pearl pearl", "train --resume pearl",
    ],
)  # fmt: skip
def test_commands_that_take_a_run_say_that_it_is_none(ziffern, command: str) -> None:
    assert ziffern(*command.split()).mistake == (
        "pearl is no run but a model that ships with Ziffern; ziffern models pearl shows its "
        "results, ziffern check pearl grades it"
    )


@pytest.mark.usefixtures("pearl")
def test_a_run_that_is_named_alike_is_still_a_run(ziffern) -> None:
    run = made("pearl", 0)
    assert ziffern("runs", "show", "pearl", "--json").json["path"] == str(run.path)


@pytest.mark.parametrize("command", ["predict pearl a.png", "export pearl --to onnx"])
def test_damage(ziffern, pearl: Path, command: str) -> None:
    (pearl / "model.safetensors").write_bytes(b"torn")
    assert ziffern(*command.split()).mistake.startswith(
        "the shipped model pearl is damaged: model.safetensors is not the file that was shipped; "
        "install Ziffern again: pip install"
    )
    (pearl / "card.json").unlink()
    for listed in ("models", "models pearl --json"):
        assert "card.json is missing; install Ziffern again" in ziffern(*listed.split()).mistake
