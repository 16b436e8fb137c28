"""An ensemble in two files comes back as it was; whatever is wrong with it is said in one line."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from made_runs import model

from ziffern import modelfile
from ziffern.averaging import Copies
from ziffern.contract import Contract
from ziffern.ensemblefile import SavedEnsemble, is_ensemble, read, save
from ziffern.errors import InputError, RunError
from ziffern.modelfile import FACTS, WEIGHTS
from ziffern.states import Thresholds

ONE = model(0, "one")
OTHER = model(1, "other", contract=Contract("standard", 0.13, 0.31), copies=Copies(4))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(tmp_path, SavedEnsemble("both", (ONE, OTHER), "logits", {"note": "é"}))
    return tmp_path


def test_comes_back_as_it_was(folder: Path) -> None:
    found = read(folder)
    assert (found.name, found.vote, found.facts) == ("both", "logits", {"note": "é"})
    assert found.class_names == ONE.class_names
    for member, made in zip(found.members, (ONE, OTHER), strict=True):
        assert dataclasses.replace(member, weights={}) == dataclasses.replace(made, weights={})
        assert member.weights.keys() == made.weights.keys()
        for name, array in made.weights.items():
            np.testing.assert_array_equal(member.weights[name], array)
    assert is_ensemble(folder)
    assert sorted(path.name for path in folder.iterdir()) == [FACTS, WEIGHTS]


def test_temperature_and_thresholds_of_the_whole_and_of_its_members(folder: Path) -> None:
    warm = dataclasses.replace(ONE, temperature=2.0)
    made = SavedEnsemble("both", (warm, OTHER), "mean", {}, 0.8, Thresholds(0.98, 0.3))
    save(folder, made)
    found = read(folder)
    assert (found.temperature, found.thresholds) == (0.8, Thresholds(0.98, 0.3))
    assert [member.temperature for member in found.members] == [2.0, 1.0]


def test_weights_bear_the_number_of_their_member(folder: Path) -> None:
    weights = safetensors.numpy.load_file(folder / WEIGHTS)
    assert set(weights) == {"1/dense/kernel", "1/dense/bias", "2/dense/kernel", "2/dense/bias"}
    np.testing.assert_array_equal(weights["2/dense/kernel"], OTHER.weights["dense/kernel"])


def test_a_single_network_and_an_ensemble_are_not_taken_for_each_other(
    folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(RunError, match="holds an ensemble, expected a single network"):
        modelfile.read(folder)
    modelfile.save(tmp_path / "single", ONE)
    assert not is_ensemble(tmp_path / "single")
    with pytest.raises(RunError, match=r"model\.json holds no ensemble but a single network"):
        read(tmp_path / "single")


@pytest.mark.parametrize(
    ("members", "vote", "message"),
    [
        ((ONE,), "mean", "at least 2 networks, not 1"),
        ((), "mean", "at least 2 networks, not 0"),
        ((ONE, OTHER), "median", "unknown vote 'median'"),
        (
            (ONE, dataclasses.replace(OTHER, class_names=tuple("abcdefghij"))),
            "mean",
            "other knows the classes a, b, c, d, e, f, g, h, i, j, one 0, 1, 2,",
        ),
        (
            (ONE, dataclasses.replace(OTHER, contract=Contract(centre="frame"))),
            "mean",
            "other wants its pictures as 28×28, box 20, centred by frame, one as 28×28, box 20, "
            "centred by mass",
        ),
    ],
)
def test_what_makes_no_ensemble(members: tuple[Any, ...], vote: Any, message: str) -> None:
    with pytest.raises(InputError) as caught:
        SavedEnsemble("both", members, vote)
    assert message in str(caught.value)


CHANGES: list[tuple[Callable[[dict[str, Any]], Any], str]] = [
    (lambda f: f.update(format=2), "has format 2, this Ziffern reads 1"),
    (lambda f: f.update(members={}), "is damaged: 'members' is not a list of objects"),
    (lambda f: f.update(members=[1, 2]), "is damaged: 'members' is not a list of objects"),
    (lambda f: f.pop("members"), "is damaged: 'members' is not a list of objects"),
    (lambda f: f.update(facts=None), "is damaged: 'facts' is not an object"),
    (lambda f: f.update(vote=["mean"]), "is damaged: unknown vote ['mean']"),
    (lambda f: f.pop("vote"), "is damaged: unknown vote ''"),
    (lambda f: f.update(temperature=-1), "'temperature' is -1, expected a number above 0"),
    (lambda f: f["members"].pop(), "is of none of its 1 members"),
    (lambda f: f["members"].append(f["members"][0]), "dense/bias is missing (member 3)"),
    (lambda f: f["members"][1].pop("layers"), "is damaged: 'layers' is missing (member 2)"),
    (lambda f: f["members"][1].update(class_names=list("abcdefghij")), "other knows the classes"),
]


@pytest.mark.parametrize(("change", "message"), CHANGES)
def test_facts_that_cannot_be(
    folder: Path, change: Callable[[dict[str, Any]], Any], message: str
) -> None:
    facts = json.loads((folder / FACTS).read_text())
    change(facts)
    (folder / FACTS).write_text(json.dumps(facts))
    with pytest.raises(RunError) as caught:
        read(folder)
    assert message in str(caught.value)
    assert str(folder) in str(caught.value)


def test_a_damaged_member_is_named(folder: Path) -> None:
    weights = safetensors.numpy.load_file(folder / WEIGHTS)
    whole = (folder / WEIGHTS).read_bytes()
    weights["2/dense/kernel"] = weights["2/dense/kernel"].T.copy()
    (folder / WEIGHTS).write_bytes(safetensors.numpy.save(weights))
    with pytest.raises(RunError, match=r"has shape \(10, 16\), expected \(16, 10\) \(member 2\)"):
        read(folder)
    (folder / WEIGHTS).write_bytes(whole[:-9])
    with pytest.raises(RunError, match=r"model\.safetensors is damaged"):
        read(folder)
