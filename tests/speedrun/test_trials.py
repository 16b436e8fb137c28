"""Trials: which recipes, which seeds, and which finished runs are taken as they are."""

from __future__ import annotations

from pathlib import Path

import little as little_recipe
import pytest
from made_runs import made

from ziffern import bench, recipe
from ziffern.errors import InputError, RecipeError
from ziffern.runs import Run
from ziffern.speedrun.trials import Trial, measured, own, plan


def test_without_a_name_it_is_ziffern_s_own_recipes() -> None:
    names = [trial.recipe.name for trial in plan()]
    assert names == own()
    assert "quick" in names
    assert "marvin" not in names
    assert {recipe.load(name).source for name in names} == {"Ziffern"}


def test_a_trial_says_what_would_do_it_again(little) -> None:
    [one, other] = plan(
        ["quick", "little.toml"], changes=["train.seed=4", "title=A B"], seeds=2, on="cpu"
    )
    assert one.name == "quick, title=A B, train.seed=4"
    assert (one.recipe.title, list(one.seeds), one.shipped) == ("A B", [4, 5], True)
    assert one.command == (
        "ziffern speedrun quick --seeds 2 --set train.seed=4 --set 'title=A B' --device cpu"
    )
    assert (other.recipe.name, other.shipped) == ("little", False)
    assert plan(["quick"])[0].command == "ziffern speedrun quick --seeds 3"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"given": ["quik"]}, "unknown recipe 'quik': did you mean 'quick'"),
        ({"given": ["quick", "marvin", "quick"]}, "quick is named twice"),
        ({"given": ["quick"], "seeds": 0}, "--seeds 0: expected a whole number of at least 1"),
        ({"given": ["quick"], "changes": ["train.epochs"]}, "expected KEY=VALUE"),
        ({"given": ["quick"], "changes": ["train.epoch=1"]}, "epochs"),
    ],
)
def test_mistakes_are_found_before_anything_is_trained(options, message) -> None:
    with pytest.raises((InputError, RecipeError), match=message):
        plan(**options)


def little_trial(seeds: int = 3) -> Trial:
    Path("tiny.toml").write_text(little_recipe.RECIPE)
    return plan(["tiny.toml"], changes=["data.validation=500"], seeds=seeds)[0]


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The seeds that would be trained; a made run takes their place."""
    seeds: list[int] = []

    def train(recipe, *, seed: int, runs: str, **_) -> Run:
        seeds.append(seed)
        return made(recipe.name, seed, runs=str(runs))

    monkeypatch.setattr(bench, "train", train)
    return seeds


def test_every_seed_is_trained_and_looks_once(in_tmp, trained) -> None:
    found = list(measured(little_trial()))
    assert trained == [0, 1, 2]
    assert [run.test_looks for run, _ in found] == [1, 1, 1]
    assert [evaluation.split for _, evaluation in found] == ["test"] * 3
    list(measured(little_trial(1)))
    assert trained == [0, 1, 2, 0], "finished runs are taken on request only"


def test_finished_runs_are_taken_as_they_are(in_tmp, trained) -> None:
    made(seed=0, wrong=[1, 2, 3])
    newest = made(seed=0, wrong=[1])
    made("another-name", seed=2, wrong=[4, 5])
    found = list(measured(little_trial(), reuse=True))
    assert trained == [1]
    assert found[0][0] == newest
    assert [round(1000 * (1 - each.accuracy)) for _, each in found[::2]] == [1, 2]
    assert [run.test_looks for run, _ in found] == [0, 1, 0], "what is there is not looked at again"


def test_finished_runs_that_were_not_evaluated_look_once(in_tmp, trained) -> None:
    run = made(seed=0)
    [(taken, _)] = measured(little_trial(1), reuse=True)
    assert (taken, taken.test_looks, trained) == (run, 1, [])


def test_runs_of_something_else_are_not_taken(in_tmp, trained) -> None:
    made(changes={"train.epochs": 4})
    made(changes={"predict.shifts": 4})
    made(dataset={"sha256": "0" * 64})
    made().update_info(status="interrupted")
    made().update_info(start="somewhere")
    (made().path / "recipe.toml").write_text("layers = [")
    (made().path / "run.json").write_text("{}")
    list(measured(little_trial(1), reuse=True))
    assert trained == [0]


def test_an_interrupted_training_ends_the_trial(in_tmp, monkeypatch, trained) -> None:
    finished = bench.train

    def train(recipe, *, seed: int, **options) -> Run:
        run = finished(recipe, seed=seed, **options)
        if seed == 1:
            run.update_info(status="interrupted")
        return run

    monkeypatch.setattr(bench, "train", train)
    found = measured(little_trial())
    assert next(found)[0].info["seed"] == 0
    with pytest.raises(KeyboardInterrupt):
        next(found)
    assert Run.open("latest").test_looks == 0
