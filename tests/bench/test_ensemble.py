"""An ensemble by a recipe: its networks, their seeds and pictures, and going on after a stop."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from little import train, weights

import ziffern
from ziffern import bench, datasets, recipe
from ziffern.errors import DataError, InputError, RecipeError, RunError
from ziffern.evaluation.ensemble import Ensemble
from ziffern.evaluation.evaluate import NETWORKS
from ziffern.runs import Run, listing
from ziffern.training.engine import DivergedError
from ziffern.training.events import Listener, TrainingState

TWO = {"train.epochs": 1, "ensemble.networks": 2}


class InterruptIn(Listener):
    """Interrupts the training of one network, by its seed."""

    def __init__(self, seed: int, epoch: int) -> None:
        self.when = seed, epoch

    def on_batch_end(self, state: TrainingState) -> None:
        if (state.recipe.train.seed, state.epoch) == self.when and state.batch == 5:
            raise KeyboardInterrupt


def networks(run: Run) -> list[Run]:
    return [Run(Path(each.path)) for each in reversed(listing(run.path / NETWORKS))]


def test_networks_with_seeds_of_their_own_answer_together(little: Path) -> None:
    run = train(little, changes=TWO, seed=3)
    assert [each.name for each in map(Run, Path("runs").iterdir()) if each.path.is_dir()] == [
        run.name
    ]
    trained = networks(run)
    assert [each.info["seed"] for each in trained] == [6, 7]
    assert [each["seed"] for each in run.members] == [6, 7]
    assert run.info["status"] == "finished"
    digits = datasets.load("mnist").test.images[:50]
    expected = np.mean([bench.load(each).predict(digits) for each in trained], axis=0)
    model = bench.load(run)
    assert isinstance(model, Ensemble)
    np.testing.assert_allclose(model.predict(digits), expected, atol=1e-5)
    alone = train(little, changes={"train.epochs": 1, "data.split_seed": 3}, seed=7)
    for name, array in weights(alone).items():
        np.testing.assert_array_equal(array, weights(trained[1])[name])


def test_they_hold_out_the_same_pictures_and_are_validated_together(little: Path) -> None:
    run = train(little, changes=TWO)
    assert run.metrics["validation"]["n"] == run.dataset["validation_size"] == 500
    together = run.metrics["training"]
    each = [one.metrics["training"] for one in networks(run)]
    assert together["networks"] == 2
    assert together["seconds_training"] == sum(one["seconds_training"] for one in each)
    assert run.summary.seconds == together["seconds_training"]
    assert run.summary.epochs == 1
    assert bench.evaluate(run).test_looks == 1
    assert "Ensemble of 2 networks" in ziffern.write_report(run).read_text()


@pytest.mark.parametrize("seed", [0, 1])
def test_an_interrupted_ensemble_goes_on(little: Path, seed: int) -> None:
    changes = {**TWO, "train.epochs": 2}
    run = train(little, changes=changes, listeners=[InterruptIn(seed, epoch=2)])
    assert run.info["status"] == "interrupted"
    assert len(networks(run)) == seed + 1
    assert not run.members
    again = bench.resume(run, quiet=True, tensorboard=False)
    assert again.path == run.path
    assert again.info["status"] == "finished"
    whole = train(little, changes=changes)
    for name, array in weights(whole).items():
        np.testing.assert_array_equal(array, weights(again)[name])
    with pytest.raises(RunError, match="is finished; there is nothing to resume"):
        bench.resume(run)


def test_a_network_that_ended_before_it_began_is_trained_anew(little: Path) -> None:
    run = train(little, changes=TWO, listeners=[InterruptIn(1, epoch=1)])
    second = networks(run)[1]
    begun = second.info
    del begun["dataset"], begun["hardware"], begun["device"], begun["precision"]
    shutil.rmtree(second.path)
    second.path.mkdir()
    (second.path / "run.json").write_text(json.dumps(begun))
    (second.path / "metrics.json").write_text('{"test_looks": 0}')
    bench.resume(run, quiet=True, tensorboard=False)
    assert len(run.members) == 2


def test_it_is_trained_again_and_compared_by_its_recipe(little: Path) -> None:
    split = {"train.epochs": 1, "data.split_seed": 0}
    ensembles = [train(little, changes={**TWO, **split}, seed=seed) for seed in (0, 1)]
    singles = [train(little, changes=split, seed=seed) for seed in (2, 3)]
    first = ensembles[0]
    assert bench.again(first.path) == (recipe.parse(first.recipe_text), None, None)
    runs = [run.path for run in ensembles + singles]
    found = ziffern.compare(runs, split="validation")
    assert [(group.name, group.spread.n) for group in found.groups] == [
        ("little", 2),
        ("little, no ensemble", 2),
    ]


def test_a_diverged_network_ends_the_ensemble(little: Path) -> None:
    with pytest.raises(DivergedError, match="kept: "):
        train(little, changes={**TWO, "optimizer.learning_rate": 1e30, "train.epochs": 3})
    (left,) = listing("runs")
    assert left.status == "diverged"


def test_mistakes_make_no_folder(little: Path) -> None:
    with pytest.raises(DataError, match="unknown dataset"):
        train(little, changes={**TWO, "data.dataset": "mnits"})
    with pytest.raises(RunError, match="no run"):
        train(little, changes=TWO, start="nothing")
    with pytest.raises(RecipeError, match=r"ensemble\.networks"):
        train(little, changes={"ensemble.networks": 1})
    with pytest.raises(InputError, match="weights"):
        train(little, changes=TWO, start="flagship")
    assert not listing("runs")


def test_the_shipped_recipe_is_five_champions() -> None:
    ensemble, champion = recipe.load("ensemble"), recipe.load("champion")
    settings = {"name", "title", "summary", "ensemble"}
    assert ensemble.model_dump(exclude=settings) == champion.model_dump(exclude=settings)
    assert ensemble.networks == 5
    seeds = {
        ensemble.changed({"train.seed": s}).member(n).train.seed for s in (0, 1) for n in range(5)
    }
    assert seeds == set(range(10))
