"""The album of a run's answers: what its plates say, in which order, and the numbers behind."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from little import RECIPE, train

from ziffern import bench
from ziffern.album import mistakes
from ziffern.album.page import Plate, write_album
from ziffern.datasets import Part, catalogue
from ziffern.errors import RunError
from ziffern.evaluation.abstention import risk_coverage
from ziffern.evaluation.result import Evaluation
from ziffern.evaluation.review import Review
from ziffern.runs import Run

DIGITS = tuple("0123456789")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A little run, trained once; its test set stays sealed."""
    folder = tmp_path_factory.mktemp("mistakes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZIFFERN_OFFLINE", "1")
        patch.setenv("ZIFFERN_CACHE", str(folder / "cache"))
        patch.delenv("ZIFFERN_DATA", raising=False)
        (folder / "little.toml").write_text(RECIPE)
        return train(folder / "little.toml", runs=folder / "runs")


def made(monkeypatch: pytest.MonkeyPatch, found: Review) -> tuple[list[Plate], dict[str, Any]]:
    """Make all plates of a review that needs no run."""
    monkeypatch.setattr(mistakes, "data_recipe", lambda run: None)
    monkeypatch.setattr(mistakes, "dataset_of", lambda *_: None)
    monkeypatch.setattr(mistakes, "review", lambda *_: found)
    numbers: dict[str, Any] = {}
    steps = mistakes.steps(Run(Path("nowhere")), numbers=numbers)
    return [plate for step in steps for plate in step.make()], numbers


def answered(wrong: dict[int, int], *, split: str = "test", names: tuple[str, ...] = DIGITS):
    """Answer 60 pictures of noise; `wrong` gives the answers that are not the truth."""
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 10
    p = np.full((60, 10), 0.02, dtype=np.float32)
    answers = labels.copy()
    answers[list(wrong)] = list(wrong.values())
    p[np.arange(60), answers] = 0.82
    part = Part(rng.integers(0, 256, (60, 28, 28), dtype=np.uint8), labels)
    return Evaluation("mnist", split, names, labels, p, 1), part


def test_the_album_of_a_sealed_run_is_about_validation(run: Run, tmp_path: Path) -> None:
    numbers: dict[str, Any] = {}
    steps = mistakes.steps(run, numbers=numbers)
    assert [step.title for step in steps] == [
        "Right and wrong", "The most wrong", "What it takes for what", "Class by class",
        "Network, label or picture", "Confidence", "All by rank",
    ]  # fmt: skip
    page = write_album(tmp_path / "album", "Mistakes", steps).read_text()
    assert numbers["split"] == "validation"
    assert run.test_looks == 0
    assert "The test set stays sealed" in page
    assert "set_aside" not in numbers
    assert "disputed by people" not in page
    assert "answer≠truth" in page
    names = {path.stem for path in (tmp_path / "album").glob("*.png")}
    assert names == {
        "right", "wrong", "extremes", "most-wrong", "confusion", "confused", "recall", "causes",
        "likes-network-wrong", "likes-hardly-readable", "calibration", "confidence", "abstention",
    }  # fmt: skip
    json.dumps(numbers, allow_nan=False)

    stored = Evaluation.load(run.path / "evaluations" / "mnist-validation.npz")
    assert numbers["wrong"] == stored.n - stored.correct == len(numbers["ranking"])
    assert [row["index"] for row in numbers["ranking"]] == stored.wrong.tolist()
    differences = [row["difference"] for row in numbers["ranking"]]
    assert differences == sorted(differences, reverse=True)
    assert numbers["most_wrong"].items() <= numbers["ranking"][0].items()
    causes = Counter(row["cause"] for row in numbers["ranking"])
    assert numbers["causes"] == {
        "network wrong": causes["network wrong"],
        "label disputed": 0,
        "hardly readable": causes["hardly readable"],
    }
    counts = [pair["count"] for pair in numbers["confused"]]
    assert counts == sorted(counts, reverse=True)
    assert sum(counts) == numbers["wrong"]
    assert [row["class"] for row in numbers["classes"]] == list(DIGITS)
    for row in numbers["classes"]:
        low, high = row["wilson95"]
        assert low < row["recall"] < high
    curve = risk_coverage(stored.labels, stored.probabilities)
    assert numbers["abstention"]["aurc"] == curve.aurc


def test_an_opened_test_set_is_shown_and_not_looked_at_again(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "disputed", lambda sha256: (0, 1, 2))
    bench.evaluate(run)
    numbers: dict[str, Any] = {}
    first = mistakes.steps(run, numbers=numbers)[0].make()
    assert run.test_looks == 1
    assert numbers["split"] == "test"
    assert numbers["set_aside"]["disputed"] == [0, 1, 2]
    assert numbers["set_aside"]["n"] == numbers["n"] - 3
    assert "labels of 3 of these pictures are disputed" in first[0].text


def test_grids_hold_the_first_fifty_and_say_how_many_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    evaluation, part = answered({3: 8, 30: 6, 31: 7})
    plates, numbers = made(monkeypatch, Review(evaluation, part))
    by_name = {plate.name: plate for plate in plates}
    right, wrong = by_name["right"], by_name["wrong"]
    assert right.figure is not None
    assert wrong.figure is not None
    assert len(right.figure.axes[0].images) == 50
    assert right.text.startswith("The first 50 of 57")
    assert [text.get_text() for text in wrong.figure.axes[0].texts] == ["8≠3", "6≠0", "7≠1"]
    assert wrong.text.startswith("All 3, as they come.")
    assert numbers["hardest_right"]["index"] == 0
    assert numbers["hardest_right"]["answer"] == numbers["hardest_right"]["truth"] == "0"
    # nothing to compare with: no cause is claimed
    assert {"causes", "likes-network-wrong"} & set(by_name) == set()
    assert {row["cause"] for row in numbers["ranking"]} == {None}


def test_long_rankings_are_cut_with_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mistakes, "RANKED", 2)
    evaluation, part = answered({3: 8, 30: 6, 31: 7}, split="validation")
    plates, numbers = made(monkeypatch, Review(evaluation, part))
    last = plates[-1]
    assert last.text == "The first 2 of 3. Numbers count the validation pictures from 0."
    assert last.table is not None
    assert [row[1] for row in last.table.rows] == ["3", "30"]
    assert len(numbers["ranking"]) == 3


def test_causes_come_with_what_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    evaluation, part = answered({3: 8, 30: 6, 31: 7})
    # training pictures that are those very digits: the likes of 3 and 31 bear their label
    training = Part(part.images[[3, 31, 30, 40]], np.array([3, 1, 5, 0]))
    plates, numbers = made(monkeypatch, Review(evaluation, part, (31,), training))
    assert numbers["causes"] == {"network wrong": 1, "label disputed": 1, "hardly readable": 1}
    assert {row["index"]: row["cause"] for row in numbers["ranking"]} == {
        3: "network wrong", 31: "label disputed", 30: "hardly readable",
    }  # fmt: skip
    by_name = {plate.name: plate for plate in plates}
    assert "Fewer than three" not in by_name["causes"].text
    assert "fewer than three of five people" in by_name["causes"].text
    likes = by_name["likes-hardly-readable"].figure
    assert likes is not None
    texts = [text.get_text().split("\n")[0] for text in likes.axes[0].texts]
    assert texts[:3] == ["6≠0", "0", "5"]


def test_without_a_mistake_the_album_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    evaluation, part = answered({})
    plates, numbers = made(monkeypatch, Review(evaluation, part, (), part))
    assert plates[0].text.startswith("No mistake: all of 60 test pictures of mnist are right.")
    assert [plate.name for plate in plates] == [
        "overview", "right", "extremes", "recall", "calibration", "confidence", "abstention",
    ]  # fmt: skip
    assert "It gave no wrong answer." in plates[-2].text
    assert numbers["wrong"] == 0
    assert "most_wrong" not in numbers


def test_other_classes_than_digits_get_no_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    evaluation, part = answered({3: 8}, names=tuple("abcdefghij"))
    plates, _ = made(monkeypatch, Review(evaluation, part, (), part))
    assert "causes" not in {plate.name for plate in plates}


def test_a_run_that_keeps_no_answers_is_refused(run: Run, tmp_path: Path) -> None:
    shutil.copytree(run.path, tmp_path / run.name, ignore=shutil.ignore_patterns("evaluations"))
    with pytest.raises(RunError, match=r"keeps no answers to show.* ziffern evaluate"):
        mistakes.steps(Run(tmp_path / run.name))
