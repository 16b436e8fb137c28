"""tools/ship.py: which run is shipped, and what is refused before anything is written."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import ship
from made_runs import LAYERS, made, model

import ziffern
from ziffern import shipped
from ziffern.averaging import Copies
from ziffern.contract import Contract
from ziffern.errors import InputError, RunError
from ziffern.evaluation import certainty
from ziffern.evaluation.calibrate import keep
from ziffern.evaluation.combine import ensemble
from ziffern.runs import Run

pytestmark = pytest.mark.usefixtures("in_tmp")
SAME = {"layers": "\n".join(LAYERS)}


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(shipped, "FOLDER", tmp_path / "models")
    return tmp_path / "models"


def seed(number: int, **options: Any) -> Run:
    """Make a run whose kept answers say how often it was wrong."""
    return made(seed=number, **{"changes": SAME, "wrong": range(10 + number), **options})


def test_the_lowest_seed_is_shipped_however_good_the_others_are(
    models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed(11, wrong=range(4))
    seed(2, wrong=range(90))
    seed(3, wrong=range(5))
    assert ship.main(["s11", "s3", "s2", "--name", "pearl"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 5
    assert printed[0].startswith(str(models / "pearl" / "README.md"))
    card = shipped.card("pearl")
    assert (card["seed"], card["accuracy"]) == (2, 0.91)
    assert [run["seed"] for run in card["seeds"]["runs"]] == [2, 3, 11]
    assert card["seeds"]["mean"] == pytest.approx((0.91 + 0.995 + 0.996) / 3)
    text = shipped.text("pearl")
    assert "This model is seed 2, the lowest of them: which seed would be shipped was fixed" in text
    assert "sample that travels with Ziffern, not on the whole of MNIST" in text
    assert "averaging" not in text.split("```")[-1]
    assert "(logits,) = session.run" in text
    # shipped again, under the same name, in its place
    seed(1)
    ship.ship(["tiny"], "pearl")
    assert shipped.card("pearl")["seed"] == 1
    assert shipped.folder("pearl") == models / "pearl"


def test_a_calibrated_run_is_shipped_with_its_evidence() -> None:
    labels = np.arange(9000) % 10
    judgement = certainty.fit(labels, 20 * np.eye(10, dtype=np.float32)[labels], where="made")
    judgement = replace(judgement, temperature=1.25)
    for run in (seed(0), seed(1)):
        keep(run.path, judgement)
    ship.ship(["tiny"], "pearl")
    card = shipped.card("pearl")
    assert (card["temperature"], card["judgement"]["wrong"]["n"]) == (1.25, 6000)
    text = shipped.text("pearl")
    assert "With a temperature of 1.25, by which logits are divided; it was fitted to 3,000" in text
    assert "are read wrong | 0 of 6,000 | 0.050 %; promised 0.100 % |" in text
    assert "logits /= 1.25" in text
    assert "no temperature was fitted" not in text
    assert ziffern.load("pearl").temperature == 1.25


def test_machines_are_told_without_what_is_their_own() -> None:
    hardware = {
        "os": "Linux-6.1-somewhere", "python": "3.11.7", "cpu": "AMD EPYC", "cores": 2,
        "instructions": ["avx2", "avx512_bf16"], "torch": "2.13.0",
        "gpu": {"devices": [{"name": "NVIDIA H100", "memory_gib": 79.2}]},
    }  # fmt: skip
    seed(0).update_info(hardware=hardware)
    seed(1).update_info(hardware=hardware, device="cuda")
    ship.ship(["tiny"], "pearl")
    card = shipped.card("pearl")
    own = "AMD EPYC, 2 cores, avx512_bf16, Python 3.11.7, PyTorch 2.13.0"
    assert card["machines"] == [own, f"NVIDIA H100 (79.2 GiB), {own}"]
    assert f"| machines of the seeds | {own}; NVIDIA H100" in shipped.text("pearl")
    everything = "".join(path.read_text() for path in shipped.folder("pearl").glob("*.[jm][sd]*"))
    assert "somewhere" not in everything


def _other_recipe() -> None:
    seed(1, changes={**SAME, "train.epochs": 9})


def _other_layers() -> None:
    seed(1, changes={})


def _other_name() -> None:
    seed(1, name="huge")


def _other_data() -> None:
    seed(1, dataset={"sha256": "ab" * 32})


def _fashion() -> None:
    for number in (1, 2):
        seed(number, name="boots", dataset={"name": "fashion-mnist"})


def _other_contract() -> None:
    seed(1, saved=model(contract=Contract(centre="frame")))


def _sealed() -> None:
    seed(1, wrong=None)


def _interrupted() -> None:
    seed(1).update_info(status="interrupted")


def _averaging_since() -> None:
    seed(1, saved=model(1, copies=Copies(8)))


def _ensembles() -> None:
    for numbers in ((5, 6), (7, 8)):
        members = [seed(number) for number in numbers]
        run = ensemble(members)
        shutil.copytree(members[0].path / "evaluations", run.path / "evaluations")


def _path() -> None:
    for number in (1, 2):
        seed(number, name="odd", changes={**SAME, "summary": "as in /srv/data/notes"})


@pytest.mark.parametrize(
    ("make", "given", "problem"),
    [
        (None, "s0", "a spread over seeds needs at least two runs, not 1"),
        (None, "s0 s0", "is given twice; give each run once"),
        (None, "s0 s9", "no run 's9' in runs"),
        (_other_recipe, "s0 s1", "expected the seeds of one recipe, but these are 2: tiny; tiny, "),
        (_other_layers, "s0 s1", "but these are 2: tiny; tiny, other layers"),
        (_other_name, "s0 s1", "but these are 2: tiny; huge"),
        (_other_data, "s0 s1", "were trained on different data"),
        (_fashion, "boots", "learnt from fashion-mnist; the card is about MNIST"),
        (_other_contract, "s0 s1", "want their pictures in different forms"),
        (_sealed, "s0 s1", "has not been evaluated on the test set: ziffern evaluate runs/"),
        (_interrupted, "s0 s1", "is interrupted; only finished runs are shipped"),
        (_averaging_since, "s0 s1", "averages over 9 pictures, but was evaluated with 1"),
        (_ensembles, "ensemble", "is an ensemble; only single networks are shipped"),
        (_path, "odd", "card.json would tell a path of this machine: /srv/data/notes"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_is_not_shipped(
    make: Callable[[], None] | None,
    given: str,
    problem: str,
    models: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    seed(0)
    if make is not None:
        make()
    assert ship.main([*given.split(), "--name", "pearl"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("ship.py: ")
    assert problem in line
    assert not models.exists()


@pytest.mark.parametrize("name", ["", "../pearl", "Pearl", "7", "a b", "pearl.onnx"])
def test_names_are_plain(name: str) -> None:
    with pytest.raises(InputError, match="expected small letters, digits and -"):
        ship.ship(["tiny"], name)


def test_all_models_together_stay_small(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seed(0)
    seed(1)
    ship.ship(["tiny"], "pearl")
    size = sum(path.stat().st_size for path in models.glob("*/*"))
    monkeypatch.setattr(shipped, "LARGEST", size + 100)
    ship.ship(["tiny"], "pearl")  # in its own place there is room
    with pytest.raises(InputError, match=r"with ruby the shipped models would have [\d,]+ bytes"):
        ship.ship(["tiny"], "ruby")
    assert shipped.names() == ("pearl",)


def test_data_that_are_no_longer_there(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (0, 1):
        seed(number, dataset={"sha256": "cd" * 32})
    with pytest.raises(InputError, match=r"on other data than .* holds; give the same with --data"):
        ship.ship(["tiny"], "pearl")


def test_engines_that_do_not_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    seed(0)
    seed(1)
    monkeypatch.setattr("ziffern.evaluation.runtime.compiled", lambda _: _Other())
    with pytest.raises(RunError, match="logits of pearl in ONNX Runtime differ by"):
        ship.ship(["tiny"], "pearl")


class _Other:
    def logits(self, pictures: Any) -> Any:
        return pictures[:, 0, :10] + 1.0


def test_paths_are_told_from_other_slashes() -> None:
    for text in ("2/3", "images/s and km/h", "https://example.org/a/b", "SHA-256/x", "CC BY/SA"):
        assert not ship.PATHS.search(text), text
    for text in ("at /srv/x", json.dumps({"a": "/srv/x/y"}), "D:\\data"):
        assert ship.PATHS.search(text), text
