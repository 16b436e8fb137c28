"""`ziffern evaluate`: a run on its own data, and any model on many hands."""

from __future__ import annotations

from pathlib import Path

import made_hands
import numpy as np
import pytest
from made_runs import made, model

from ziffern import datasets
from ziffern.averaging import Copies
from ziffern.runs import Run

KEYS = {
    "run",
    "dataset",
    "split",
    "accuracy",
    "loss",
    "n",
    "correct",
    "wilson95",
    "per_class",
    "confusion",
    "ece",
    "test_looks",
    "averaging",
}


def test_evaluate_as_json(ziffern, trained) -> None:
    found = ziffern("evaluate", trained.name, "--json").json
    assert found.keys() == KEYS
    assert found["run"] == str(trained)
    assert (found["dataset"], found["split"], found["n"]) == ("mnist", "test", 1000)
    assert found["accuracy"] > 0.9
    assert found["correct"] == round(found["accuracy"] * 1000)
    low, high = found["wilson95"]
    assert low < found["accuracy"] < high
    assert 0 < found["loss"] < 0.5
    assert 0 <= found["ece"] < 0.2
    confusion = np.array(found["confusion"])
    assert confusion.shape == (10, 10)
    assert confusion.sum(axis=1).tolist() == [100] * 10  # rows are the true classes
    assert confusion.trace() == found["correct"]
    assert [row["class"] for row in found["per_class"]] == list("0123456789")
    assert all(row.keys() >= {"precision", "recall", "f1", "support"} for row in found["per_class"])
    assert found["test_looks"] == 1
    assert ziffern("evaluate", "latest", "--split", "test", "--json").json["test_looks"] == 2


def test_evaluate_as_text(ziffern, trained) -> None:
    lines = ziffern("evaluate", "quick").out.splitlines()
    facts = dict(line.split("  ", 1) for line in lines[:6])
    assert list(facts) == ["run", "data", "accuracy", "loss", "calibration error", "test looks"]
    assert facts["data"].strip() == "mnist, test"
    assert facts["accuracy"].endswith(" of 1,000 right")
    assert "(95 % interval " in facts["accuracy"]
    assert facts["test looks"].strip() == "1"
    assert lines[7].split() == ["class", "precision", "recall", "F1", "pictures"]
    assert lines[8].split()[0] == "0"
    assert lines[19] == "confusion: true class in rows, answers in columns"
    assert lines[20].split() == list("0123456789")
    assert len(lines) == 31


def test_a_model_that_averages_is_told_with_and_without(ziffern, in_tmp) -> None:
    run = made("averaging", saved=model(copies=Copies(8)))
    found = ziffern("evaluate", "averaging", "--json").json
    assert found.keys() == {*KEYS, "without_averaging"}
    alone = found["without_averaging"]
    assert alone.keys() == {"accuracy", "loss", "n", "correct", "wilson95"}
    assert (found["averaging"], found["test_looks"]) == (9, 1)
    plain = ziffern("evaluate", "averaging", "--no-averaging", "--json").json
    assert plain.keys() == KEYS
    assert (plain["averaging"], plain["test_looks"]) == (1, 2)
    assert {key: plain[key] for key in alone} == alone
    facts = dict(line.split("  ", 1) for line in ziffern("evaluate", run.path).out.splitlines()[:8])
    assert facts["averaging"].strip() == "mean of 9 answers a picture"
    assert facts["without it"].endswith(f"{alone['correct']:,} of 1,000 right")


def test_evaluating_on_validation_is_no_look(ziffern, trained) -> None:
    result = ziffern("evaluate", "latest", "--split", "validation", "--json")
    assert (result.json["split"], result.json["n"]) == ("validation", 417)
    assert result.json["test_looks"] == 0
    assert "test looks  0\n" in ziffern("runs", "show", "latest").out


@pytest.fixture
def own(in_tmp: Path) -> Path:
    digits = datasets.load("mnist").test
    np.savez("own.npz", x_test=digits.images[:90], y_test=digits.labels[:90])
    return Path("own.npz")


def test_evaluate_on_other_data(ziffern, trained, own) -> None:
    found = ziffern("evaluate", "latest", "--on", own, "--json").json
    assert found.keys() == {"model", "run", "split", "collections", "album"}
    assert (found["model"], found["run"]) == (trained.name, str(trained))
    [only] = found["collections"]
    assert only.keys() == (KEYS - {"run"}) | {"groups"}
    assert (only["dataset"], only["n"], only["test_looks"], only["groups"]) == ("own", 90, 1, {})
    assert found["album"] == str(trained / "hands" / "index.html")
    assert (trained / "hands" / "own-groups.png").is_file()
    by_folder = ziffern("evaluate", "latest", "--data-dir", own, "--json")
    assert by_folder.json["n"] == 90
    assert "using own.npz" in by_folder.err
    assert ziffern("runs", "list", "--json").json["runs"][0]["test_looks"] == 0  # of its own


def test_many_hands_in_one_table(ziffern, trained, own) -> None:
    hands = made_hands.folder(Path("hands"))
    result = ziffern("evaluate", "latest", "--on", f"{hands},{own}")
    head, _, columns, *lines = result.out.splitlines()
    assert head == f"{trained.name} on test parts"
    assert columns.split() == ["collection", "of", "it", "accuracy", "95", "%", "interval", "right"]
    assert [line.split()[:2] for line in lines if line[:1].strip()][:2] == [
        ["hands", "all"],
        ["own", "all"],
    ]
    assert lines[-3] == "test looks: hands 1, own 1"
    assert lines[-1] == f"pictures: {trained / 'hands' / 'index.html'}"
    assert "7 other classes: no worse" in result.out
    again = ziffern("evaluate", "latest", "--on", f"{hands}", "--json").json
    assert again["collections"][0]["test_looks"] == 2


def test_models_that_ship_read_whole_collections(ziffern, in_tmp) -> None:
    hands = made_hands.folder(Path("hands"))
    arguments = ("evaluate", "tiny", "--on", hands, "--split", "all", "--out", "there")
    found = ziffern(*arguments, "--json").json
    assert (found["model"], found["run"], found["split"]) == ("tiny", None, "all")
    [only] = found["collections"]
    assert only["n"] == 60
    assert only["accuracy"] > 0.9
    assert [group["name"] for group in only["groups"]["sex"]] == ["man", "woman"]
    assert {group["n"] for group in only["groups"]["writer"]} == {20}
    assert found["album"] == str(Path("there", "index.html"))
    lines = ziffern(*arguments).out.splitlines()
    assert lines[0] == "tiny on all pictures"
    assert not any(line.startswith("test looks") for line in lines)
    without = ziffern("evaluate", "tiny", "--on", hands)
    assert "pictures" not in without.out
    assert without.said == ["", "what was misread, in pictures: --out DIR"]
    assert not Path("tiny").exists()
    assert [line.split()[:2] for line in lines[4:8]] == [
        ["country", "AT"],
        ["country", "CH"],
        ["sex", "man"],
        ["sex", "woman"],
    ]


def test_classes_with_long_names_are_numbered(ziffern, trained, own) -> None:
    names = np.array([f"a long name {number}" for number in range(10)])
    digits = np.load(own)
    np.savez("named.npz", class_names=names, **digits)
    lines = ziffern("evaluate", "latest", "--data-dir", "named.npz").out.splitlines()
    at = lines.index("confusion: true class in rows, answers in columns")
    assert lines[at + 1].split() == list("0123456789")
    assert lines[at + 3].startswith("1 a long name 1  ")


@pytest.mark.parametrize(
    ("options", "mistake"),
    [
        ("nothing", "no run 'nothing' in runs; the newest: "),
        ("latest --runs nowhere", "no run 'latest': there are no runs in nowhere"),
        (
            "latest --on mnst",
            "unknown dataset 'mnst': did you mean 'mnist' or 'qmnist' or 'kmnist'?",
        ),
        ("latest --on ,", "name at least one collection"),
        ("latest --on mnist --split all", "learnt from mnist; evaluate it on its test part"),
        ("latest --split all", "--split all is for other collections; name them with --on"),
        ("latest --out x", "--out is for other collections; name them with --on"),
        ("latest --on nowhere.npz", "nowhere.npz does not exist"),
        ("latest --on own.npz --split validation", "held out no part of own; use --split test"),
        ("latest --data-dir nowhere", "nowhere does not exist"),
    ],
)
def test_what_cannot_be_evaluated(ziffern, trained, own, options: str, mistake: str) -> None:
    assert mistake in ziffern("evaluate", *options.split()).mistake
    assert Run.open("latest").test_looks == 0


def test_data_that_has_other_classes(ziffern, trained, own) -> None:
    digits = np.load(own)
    np.savez("two.npz", images=digits["x_test"], labels=digits["y_test"] % 2)
    mistake = ziffern("evaluate", "latest", "--on", "two.npz").mistake
    assert mistake.startswith(f"two has 2 classes, {trained.name} has 10; ")
