"""`ziffern calibrate`: what it prints, what it keeps, what it refuses."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
from made_runs import LAYERS, made, model

from ziffern import datasets, modelfile
from ziffern.cli import main
from ziffern.evaluation import calibrate as work
from ziffern.evaluation.rejection import false_accepts
from ziffern.runs import Run

pytestmark = pytest.mark.usefixtures("in_tmp")


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "false_accepts", partial(false_accepts, each=2))
    monkeypatch.setattr(work, "NONDIGITS", 40)


@pytest.fixture
def run() -> Run:
    """A run of a network that answers its digits nearly at random, but for a temperature."""
    return made(saved=model(0, layers=LAYERS))


def test_a_promise_is_shown_with_its_evidence(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = work.certainty.fit
    digits = datasets.load("mnist").train.labels[:500]

    def sure(labels: Any, logits: Any, **options: Any) -> Any:
        logits = 12 * (labels[:, None] == range(10)).astype("float32")
        return real(labels, logits, **options)

    monkeypatch.setattr(work.certainty, "fit", sure)
    assert main(["calibrate", "latest", "--promise", "0.02"]) == 0
    printed = capsys.readouterr().out
    assert "of the digits called sure at most 2.000% are wrong: 0 of 334 were" in printed
    assert "with 95% confidence" in printed
    assert "166 others chose temperature and thresholds" in printed
    assert "drawings" in printed
    kept = modelfile.read(run.path)
    assert kept.facts["judgement"]["promise"] == 0.02
    assert main(["calibrate", "latest", "--promise", "0.02", "--json"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert table["thresholds"] == kept.thresholds.to_dict()
    assert table["evidence"]["wrong"]["count"] == 0
    assert len(digits) == 500


def test_judging_alone(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calibrate", "latest", "--judge", "--on", "mnist"]) == 0
    printed = capsys.readouterr().out
    assert "from a probability of 0.99 on" in printed
    assert "\ndigits " in printed
    assert "called sure" in printed
    assert run.test_looks == 1
    assert main(["calibrate", "latest", "--judge", "--json"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert (table["temperature"], table["thresholds"]["sure"]) == (1.0, 0.99)
    assert {each["n"] for each in table["others"]} == {2}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--promise", "0.001"], "at most 0.001 wrong of the digits called sure cannot be shown"),
        (["--promise", "2"], "promise is 2.0, expected a share between 0 and 1"),
        (["--on", "mnist"], "has learnt from mnist"),
        (["--on", "nothing"], "nothing"),
    ],
)
def test_what_is_refused(
    run: Run, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    before = (run.path / modelfile.FACTS).read_bytes()
    assert main(["calibrate", "latest", *arguments]) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("ziffern: ")
    assert said in error
    assert (run.path / modelfile.FACTS).read_bytes() == before
