"""Judging models on many hands: groups, looks, and what is refused before anything is looked at."""

from __future__ import annotations

from pathlib import Path

import made_hands
import numpy as np
import pytest
from made_runs import made, model

import ziffern
from ziffern.averaging import Copies
from ziffern.datasets import Part
from ziffern.errors import InputError
from ziffern.evaluation.hands import Collection, Hands, judge
from ziffern.evaluation.metrics import wilson_interval
from ziffern.evaluation.result import Evaluation


def collection(writers: list[str] | None = None) -> Collection:
    """Six digits in two classes; the second, fifth and sixth are read wrong."""
    labels = np.array([0, 0, 0, 1, 1, 1])
    told = np.array([0, 1, 0, 1, 0, 0])
    probabilities = np.where(told[:, None] == np.arange(2), 0.9, 0.1).astype(np.float32)
    images = np.zeros((6, 28, 28), np.uint8)
    part = Part(images, labels, None if writers is None else np.array(writers))
    return Collection(Evaluation("x", "test", ("a", "b"), labels, probabilities), part, "X")


def test_groups_of_writers_and_classes():
    found = collection(["1_CH3M", "2_CH3F", "1_CH3M", "3_CHXM", "3_CHXM", "2_CH3F"]).groups
    assert list(found) == ["sex", "writer", "class"]  # one country, one known age: no groups
    told = {kind: [(it.name, it.correct, it.n) for it in groups] for kind, groups in found.items()}
    assert told["sex"] == [("man", 3, 4), ("woman", 0, 2)]
    assert told["writer"] == [("2_CH3F", 0, 2), ("3_CHXM", 1, 2), ("1_CH3M", 2, 2)]
    assert told["class"] == [("b", 1, 3), ("a", 2, 3)]
    man = found["sex"][0]
    assert (man.accuracy, man.wilson95) == (0.75, wilson_interval(3, 4))


def test_without_writers_there_are_classes():
    assert list(collection().groups) == ["class"]
    assert collection().as_dict()["groups"] == {}
    assert collection().as_dict()["per_class"][1]["recall"] == pytest.approx(1 / 3)


def test_a_notebook_shows_a_table():
    shown = Hands("<m>", (collection(),))._repr_html_()
    assert "<caption>&lt;m&gt;</caption>" in shown
    assert "<td>50.00%</td>" in shown
    assert "<td>3 of 6</td>" in shown


def test_runs_count_each_collection_and_keep_the_answers(in_tmp):
    run, hands = made(), made_hands.folder(Path("hands"))
    found = ziffern.evaluate(run, on=[str(hands)])
    assert found.folder == run.path
    [only] = found.collections
    assert set(only.part.writers) < set(made_hands.WRITERS)
    assert only.evaluation.test_looks == 1
    assert run.test_looks == 0
    kept = run.metrics["test on hands"]
    assert kept["n"] == len(only.part) == 20
    assert (run.path / "evaluations" / "hands-test.npz").is_file()
    assert ziffern.evaluate(run, on=(str(hands),)).collections[0].evaluation.test_looks == 2
    ziffern.evaluate(run, on=["mnist"])
    assert run.test_looks == 1  # its own test set
    assert run.metrics["test"]["n"] == 1000


def test_all_pictures_of_what_was_not_learnt(in_tmp):
    run, hands = made(), made_hands.folder(Path("hands"))
    [only] = judge(run, on=[str(hands)], split="all").collections
    assert (only.evaluation.n, only.evaluation.split) == (60, "all")
    assert {it.n for it in only.groups["writer"]} == {20}
    joined = made("joined", dataset={"name": "mnist+hands"})
    for learnt in ("mnist", str(hands)):
        with pytest.raises(InputError, match=r"learnt from .*; evaluate it on its test part"):
            judge(joined, on=[learnt], split="all")
    with pytest.raises(InputError, match="tiny learnt from mnist"):
        judge("tiny", on=["mnist"], split="all")
    assert "test_looks_on" not in joined.metrics


def test_nothing_is_counted_before_all_fit(in_tmp):
    run, hands = made(), made_hands.folder(Path("hands"))
    images = np.zeros((12, 28, 28), np.uint8)
    np.savez("two.npz", images=images, labels=np.arange(12) % 2)
    with pytest.raises(InputError, match=r"two has 2 classes, .* has 10; evaluate it on data with"):
        judge(run, on=[str(hands), "two.npz"])
    assert "test_looks_on" not in run.metrics
    with pytest.raises(InputError, match="name at least one collection"):
        judge(run, on=[])


def test_averaging_is_asked_for_once(in_tmp):
    hands = made_hands.folder(Path("hands"))
    run = made("averaging", saved=model(copies=Copies(8)))
    with_it = judge(run, on=[str(hands)]).collections[0].evaluation
    without = judge(run, on=[str(hands)], averaging=False).collections[0].evaluation
    assert (with_it.averaging, without.averaging) == (9, 1)
    assert np.array_equal(with_it.alone.probabilities, without.probabilities)


def test_one_collection_by_name_is_an_evaluation_of_the_run(in_tmp):
    hands = made_hands.folder(Path("hands"))
    found = ziffern.evaluate(made(), on=str(hands))
    assert isinstance(found, Evaluation)
    assert found.dataset == "hands"
