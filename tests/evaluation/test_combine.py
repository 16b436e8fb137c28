"""Runs become one run that stands alone: loaded, evaluated, reported, graded like any other."""

from __future__ import annotations

import dataclasses
import json
import logging
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_runs import made, model

import ziffern
from ziffern import bench, datasets
from ziffern.averaging import Copies
from ziffern.contract import Contract
from ziffern.ensemblefile import Vote
from ziffern.errors import InputError, RunError
from ziffern.evaluation.check import grade
from ziffern.evaluation.combine import ensemble
from ziffern.evaluation.evaluate import MEMBERS
from ziffern.runs import Run, listing
from ziffern.states import Thresholds

SAME_SPLIT = {"data.split_seed": 0}

pytestmark = pytest.mark.usefixtures("in_tmp")


@pytest.fixture
def quick_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what takes its time and is the same for any model: fonts and figures as files."""
    digits = datasets.load("mnist").train.images[:10]
    found = digits, datasets.load("mnist").train.labels[:10], ["font"] * 10
    monkeypatch.setattr("ziffern.datasets.fonts.synthetic", lambda: found)
    monkeypatch.setattr("ziffern.report.of_run.write_figures", lambda content, run: [])


@pytest.mark.usefixtures("quick_report")
def test_an_ensemble_is_a_run_that_needs_nothing_else(linear: Any) -> None:
    members = [
        made(
            seed=3, changes=SAME_SPLIT, saved=dataclasses.replace(linear.saved(), copies=Copies(4))
        ),
        made(seed=1, changes=SAME_SPLIT, saved=linear.saved("raw")),
    ]
    members[1].count_test_look()
    run = ensemble([members[0].name, members[1].path])
    digits = datasets.load("mnist").test.images[:50]
    expected = np.mean([bench.load(each).predict(digits) for each in members], axis=0)
    for member in members:
        shutil.rmtree(member.path)
    assert run.path.parent == Path("runs")
    assert run.name.endswith("-ensemble-s1")
    assert [each["seed"] for each in run.members] == [3, 1]
    assert [each["test_looks"] for each in run.members] == [0, 1]
    np.testing.assert_allclose(ziffern.load("ensemble").predict(digits), expected, atol=0.02)

    validation = run.metrics["validation"]
    assert validation["n"] == 500
    assert validation["accuracy"] > 0.8
    assert bench.evaluate(run, split="validation").accuracy == validation["accuracy"]
    assert run.test_looks == 0
    result = bench.evaluate(run)
    assert (result.n, result.test_looks) == (1000, 1)
    assert [each.status for each in listing("runs")] == ["finished"]
    page = ziffern.write_report(run).read_text()
    assert "Ensemble of 2 networks" in page
    assert members[0].name in page
    assert "mean of 5 answers a picture; without it " in page
    assert grade(run, min_accuracy=0, min_printed=0, max_ece=1).passed


def test_members_that_held_out_different_pictures_leave_none_to_validate_on() -> None:
    run = ensemble([made(seed=0), made(seed=1)])
    assert run.dataset["validation_size"] == 0
    assert "validation" not in run.metrics
    with pytest.raises(RunError, match="its members held out different pictures"):
        bench.evaluate(run, split="validation")
    assert bench.evaluate(run).n == 1000


@pytest.mark.parametrize(("vote", "temperature"), [("mean", 1.0), ("logits", 0.75)])
def test_it_is_as_sure_as_its_members_were_calibrated_to_be(
    linear: Any, vote: Vote, temperature: float
) -> None:
    members = [
        made(
            seed=seed,
            saved=dataclasses.replace(
                linear.saved(), temperature=each, thresholds=Thresholds(sure, digit)
            ),
        )
        for seed, each, sure, digit in [(0, 0.5, 0.99, 0.6), (1, 1.0, 0.97, 0.7)]
    ]
    answering = bench.load(ensemble(members, vote=vote))
    assert answering.temperature == pytest.approx(temperature)
    assert answering.thresholds.sure == pytest.approx(0.98)
    assert answering.thresholds.digit == pytest.approx(0.65)


def test_averaging_members_are_reported_with_and_without() -> None:
    run = ensemble([made(seed=seed, saved=model(seed, copies=Copies(4))) for seed in (0, 1)])
    result = bench.evaluate(run)
    assert result.averaging == 5
    assert result.alone is not None
    assert result.test_looks == run.test_looks == 1
    assert run.metrics["test"]["without_averaging"]["n"] == 1000


def test_the_recipes_of_the_members_are_kept() -> None:
    members = [made(seed=0), made("other", 1, changes={"train.epochs": 9})]
    run = ensemble(members)
    texts = {path.stem: path.read_text() for path in (run.path / MEMBERS).iterdir()}
    assert texts == {member.name: member.recipe_text for member in members}
    (run.path / MEMBERS / f"{members[0].name}.toml").unlink()
    with pytest.raises(RunError, match=r"\.toml is missing or damaged"):
        bench.evaluate(run)


def test_an_ensemble_is_not_trained_nor_a_member() -> None:
    members = [made(seed=0), made(seed=1)]
    run = ensemble(members)
    with pytest.raises(RunError, match="has no recipe; give one of its members, such as"):
        bench.again(run.path)
    with pytest.raises(RunError, match="holds an ensemble, expected a single network"):
        bench.train("quick", start=run.path)
    with pytest.raises(InputError, match="is an ensemble itself; give its members: "):
        ensemble([run, members[0]])
    assert len(listing("runs")) == 3


def test_what_cannot_be_combined() -> None:
    one, other = made(seed=0), made(seed=1)
    letters = made(seed=2, saved=model(class_names=tuple("abcdefghij")))
    framed = made(seed=3, saved=model(contract=Contract(centre="frame")))
    for given, message in (
        ([], "at least 2 networks, not 0"),
        ([one], "at least 2 networks, not 1"),
        ([one, other, one.path], f"{one.name} is given twice"),
        ([one, letters], "the networks of an ensemble need the same"),
        ([one, framed], "the networks of an ensemble see the same pictures"),
        ([one, "nothing"], "no run 'nothing'"),
    ):
        with pytest.raises(InputError, match=message):
            ensemble(given)
    with pytest.raises(InputError, match=r"unknown vote 'medan': did you mean 'mean'\?"):
        ensemble([one, other], vote="medan")  # type: ignore[arg-type]
    (other.path / "model.safetensors").write_bytes(b"torn")
    with pytest.raises(RunError, match=rf"{other.name}/model\.safetensors is damaged"):
        ensemble([one, other])
    assert len(listing("runs")) == 4


def test_members_of_a_sample_and_of_the_whole_are_warned_about(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sample = made(seed=0)
    whole = made(seed=1, dataset={"is_sample": False, "sha256": "ab" * 32})
    with caplog.at_level(logging.WARNING):
        run = ensemble([sample, whole])
    [warning] = [each.getMessage() for each in caplog.records if "different data" in each.msg]
    assert f"{sample.name} on mnist (sample), {whole.name} on mnist" in warning
    # a result on the sample's test set would flatter a network that saw the whole training set
    assert run.dataset["is_sample"] is False
    with pytest.raises(RunError, match="trained on the whole of mnist, but only its sample"):
        bench.evaluate(run)


def test_data_that_are_gone_leave_the_ensemble_unvalidated(
    caplog: pytest.LogCaptureFixture,
) -> None:
    gone = {"sha256": "cd" * 32}
    members = [made(seed=seed, changes=SAME_SPLIT, dataset=gone) for seed in (0, 1)]
    with caplog.at_level(logging.WARNING):
        run = ensemble(members)
    assert "was not validated: " in caplog.text
    assert "validation" not in run.metrics
    assert bench.load(run).predict(np.zeros((1, 28, 28), np.uint8)).shape == (1, 10)


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({}, "members is not a list of objects"),
        ([1], "members is not a list of objects"),
        ([{"run": "a", "recipe": "b"}], "members.1.seed is missing"),
        ([{"run": "a", "recipe": "b", "seed": "0"}], "members.1.seed cannot be '0'"),
    ],
)
def test_damaged_members(members: object, problem: str) -> None:
    run = ensemble([made(seed=0), made(seed=1)])
    path = run.path / "run.json"
    info = json.loads(path.read_text())
    path.write_text(json.dumps({**info, "members": members}))
    with pytest.raises(RunError, match=problem):
        _ = Run(run.path).info
