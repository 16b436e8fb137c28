"""`ziffern compare`."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_runs import made, model

from ziffern.contract import Contract
from ziffern.runs import Run


@pytest.fixture
def runs(in_tmp: Path) -> None:
    for seed in (0, 1, 2):
        made("quick", seed, wrong=range(10 + seed))
    made("marvin", 0, wrong=range(100, 140))
    made("lenet", 0)


@pytest.mark.usefixtures("runs")
def test_as_text(ziffern) -> None:
    lines = ziffern("compare", "quick", "marvin").out.splitlines()
    assert lines[0] == "mnist, test"
    assert lines[2].split() == [
        "group",
        "seed",
        "accuracy",
        "95",
        "%",
        "interval",
        "right",
        "looks",
    ]
    assert lines[3].split()[:3] == ["quick", "0", "99.00%"]
    assert lines[6].split() == ["quick", "mean", "98.90%", "±", "0.10%", "98.65%", "to", "99.15%"]
    assert lines[7].split()[-4:] == ["960", "of", "1,000", "0"]
    assert lines[8] == ""
    assert lines[9].startswith("quick is better than marvin on these 1,000 digits: 98.90% and ")
    assert len(lines) == 10
    assert Run.open("marvin-s0").test_looks == 0


@pytest.mark.usefixtures("runs")
def test_as_json(ziffern) -> None:
    found = ziffern("compare", "quick-s0", "marvin", "--json").json
    assert found.keys() == {"dataset", "split", "groups", "pairs", "page"}
    assert [group["n"] for group in found["groups"]] == [1, 1]
    assert found["groups"][0]["interval95"] is None  # one seed: too few
    [pair] = found["pairs"]
    assert (pair["test"], pair["only_better"], pair["only_worse"]) == ("mcnemar", 40, 10)
    assert pair["shown"] is True
    assert found["page"] is None


@pytest.mark.usefixtures("runs")
def test_with_pictures(ziffern) -> None:
    result = ziffern("compare", "quick-s0", "marvin", "--out", "page")
    assert result.out.endswith("\npictures: page/index.html\n")
    assert Path("page/pair-1-better.png").stat().st_size > 1000
    assert "1/3 How accurate" in result.said


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(
    ("given", "mistake"),
    [
        ("", "comparing needs at least two runs, not 0"),
        ("marvin", "comparing needs at least two runs, not 1"),
        ("marvin marvin-s0", "is given twice"),
        ("quick nothing", "no run 'nothing' in runs"),
        ("quick lenet", "has not been evaluated on the test set: ziffern evaluate runs/"),
        ("quick marvin --split validation", "have not been evaluated on the validation set"),
        ("quick marvin --split tst", "expected validation or test"),
    ],
)
def test_what_cannot_be_compared(ziffern, given: str, mistake: str) -> None:
    assert mistake in ziffern("compare", *given.split()).mistake


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(
    ("other", "mistake"),
    [
        ({"dataset": {"sha256": "ab" * 32}}, "were trained on different data (mnist (sample), "),
        ({"dataset": {"is_sample": False, "sha256": "cd" * 32}}, "mnist, SHA-256 cdcdcdcd)"),
        (
            {"saved": model(contract=Contract(centre="frame"))},
            "want their pictures in different forms (size 28, box 20, centre mass, ",
        ),
    ],
    ids=["other data", "sample and whole", "other contract"],
)
def test_results_that_do_not_compare(ziffern, other: dict[str, object], mistake: str) -> None:
    made("odd", 0, wrong=range(9), **other)
    said = ziffern("compare", "marvin", "odd").mistake
    assert mistake in said
    assert said.endswith("so their results do not compare")


def test_one_seed_has_no_interval_and_several_that_agree_no_test(ziffern, in_tmp: Path) -> None:
    made("quick", 0, wrong=range(10))
    made("marvin", 0, wrong=range(12))
    found = ziffern("compare", "quick", "marvin", "--json").json
    assert [(group["sd"], group["interval95"]) for group in found["groups"]] == [(None, None)] * 2
    text = ziffern("compare", "quick", "marvin").out
    assert " mean " not in text
    assert "These are two trained models, not two recipes" in text
    made("quick", 1, wrong=range(10))
    made("marvin", 1, wrong=range(12))
    [pair] = ziffern("compare", "quick", "marvin", "--json").json["pairs"]
    assert pair["test"] == "digits"  # no seed differs from another
