"""`ziffern ensemble`."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_runs import made, model

from ziffern.contract import Contract
from ziffern.modelfile import SavedModel
from ziffern.runs import Run

SAME_SPLIT = {"data.split_seed": 0}


@pytest.fixture
def runs(in_tmp: Path) -> None:
    for seed in (0, 1):
        made("quick", seed, changes=SAME_SPLIT)
    made("marvin", 2)


@pytest.mark.usefixtures("runs")
def test_as_json(ziffern) -> None:
    found = ziffern("ensemble", "quick-s0", "quick-s1", "--vote", "logits", "--json").json
    assert found.keys() == {
        "run", "members", "vote", "parameters", "multiply_adds", "validation",
    }  # fmt: skip
    run = Run.open("latest")
    assert found["run"] == str(run.path)
    assert found["members"] == [Run.open(name).name for name in ("quick-s0", "quick-s1")]
    assert (found["vote"], found["parameters"]) == ("logits", 340)
    assert found["validation"]["n"] == 500
    # the members keep their short names
    assert ziffern("evaluate", "quick-s0", "--split", "validation").code == 0
    assert ziffern("predict", "ensemble", "--index", 3, "--json").json["test_looks"] == 1


@pytest.mark.usefixtures("runs")
def test_as_text(ziffern) -> None:
    result = ziffern("ensemble", "quick-s1", "marvin")
    facts = dict(line.split("  ", 1) for line in result.out.splitlines())
    assert list(facts) == ["run", "members", "vote", "parameters", "multiply-adds", "validation"]
    assert facts["vote"].strip() == "mean of the probabilities"
    assert facts["validation"].strip().startswith("none: no picture was held out by all members")
    assert result.said[-1].startswith("next: ziffern evaluate runs/")
    summary = ziffern("runs", "show", "latest")
    assert "recipe      ensemble, seed 1\n" in summary.out


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(
    ("given", "mistake"),
    [
        ("", "an ensemble needs at least 2 networks, not 0"),
        ("marvin", "an ensemble needs at least 2 networks, not 1"),
        ("marvin marvin-s2", "is given twice"),
        ("quick marvin", "'quick' fits 2 runs in runs"),
        ("quick-s0 quick-s1 --vote median", "expected mean or logits"),
    ],
)
def test_what_makes_no_ensemble(ziffern, given: str, mistake: str) -> None:
    assert mistake in ziffern("ensemble", *given.split()).mistake


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(
    ("odd", "mistake"),
    [
        (model(class_names=tuple("abcdefghij")), "the networks of an ensemble need the same"),
        (model(contract=Contract(size=28, box=18)), "the networks of an ensemble see the same"),
    ],
    ids=["other classes", "other pictures"],
)
def test_networks_that_do_not_fit(ziffern, odd: SavedModel, mistake: str) -> None:
    made("odd", 0, saved=odd)
    before = set(Path("runs").iterdir())
    assert mistake in ziffern("ensemble", "marvin", "odd").mistake
    assert set(Path("runs").iterdir()) == before


@pytest.mark.usefixtures("runs")
def test_members_of_other_data_are_warned_about(ziffern) -> None:
    made("odd", 0, dataset={"sha256": "ab" * 32})
    result = ziffern("ensemble", "marvin", "odd")
    assert result.code == 0
    assert "note: the members were trained on different data" in result.err
