"""Fine-tuning: which recipe adapts a model, what stays, and that few pictures are enough."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from little import RECIPE, train, weights
from PIL import Image

from ziffern import bench, datasets
from ziffern import recipe as recipes
from ziffern.datasets import catalogue
from ziffern.datasets.sources import read_sample
from ziffern.errors import DataError, InputError, RunError
from ziffern.evaluation.model import saved_of
from ziffern.states import Thresholds
from ziffern.training.events import Listener, TrainingState
from ziffern.training.fine_tuning import fine_tuning


def _own(folder: Path, *writers: str, each: int = 3) -> Path:
    """Make a dataset of the sample's digits, `each` of a class by each writer."""
    sample = read_sample(catalogue.entry("mnist"), "test")
    left = [list(np.flatnonzero(sample.labels == digit)) for digit in range(10)]
    for writer in writers:
        for digit in range(10):
            place = folder / writer / str(digit)
            place.mkdir(parents=True)
            for number in range(each):
                picture = Image.fromarray(sample.images[left[digit].pop()])
                picture.save(place / f"number-{number + 1}.png")
    return folder


def test_a_shipped_model_on_a_class(tmp_path: Path) -> None:
    own = datasets.load(_own(tmp_path / "own", "anna", "ben", "carla", "dora", "emil", "finn"))
    saved, base = saved_of("flagship"), recipes.load("flagship")
    found = fine_tuning(saved, base, own, str(tmp_path / "own"))
    assert found.name == "flagship-own"
    assert found.network.weights.keys() == base.network.weights.keys()
    assert found.augmentation == base.augmentation
    assert (found.data.held_out, found.data.validation) == ("writers", 0.2)
    assert found.optimizer["learning_rate"] < base.optimizer["learning_rate"] / 10
    assert found.train.label_smoothing == base.train.label_smoothing
    assert found.train.focus is None
    assert found.predict.copies == saved.copies
    assert found.train.batch_size == 30  # of 5 writers' 150 pictures 120, in 4 batches
    assert recipes.parse(found.to_toml(), name=found.name) == found


def test_what_is_drawn_as_no_digit_is_drawn_again(tmp_path: Path) -> None:
    own = datasets.load(_own(tmp_path / "own", "anna"))
    base = recipes.load("flagship", {"data.nondigits": 0.2, "data.lines": 9000})
    found = fine_tuning(saved_of("flagship"), base, own, "own/")
    assert (found.data.nondigits, found.train.background_class) == (0.2, False)
    refusing = dataclasses.replace(saved_of("flagship"), background_class=True)
    assert fine_tuning(refusing, base, own, "own/").train.background_class
    assert found.data.lines == len(own.train) // 4 > 0
    # one writer: by lot, of each class its share
    assert (found.data.held_out, found.data.stratified) == ("random", True)
    assert found.train.batch_size == 5


def test_fine_tuning_starts_from_the_weights_and_reads_its_data_again(in_tmp: Path) -> None:
    _own(in_tmp / "own", *"abcdef", each=2)
    recipe, place, start = bench.again("flagship", data_dir="own")
    assert (place, start) == (None, "flagship")
    run = train(recipe.changed({"train.epochs": 1, "optimizer.learning_rate": 1e-9}), start=start)
    assert run.info["start"] == "flagship"
    assert run.dataset["name"] == "own"
    kernel = "dense/kernel"
    np.testing.assert_allclose(
        weights(run)[kernel], saved_of("flagship").weights[kernel], atol=1e-5
    )
    # sure stays what it was, until it is fitted anew, but nothing shows that it holds
    before, after = saved_of("flagship"), saved_of(run)
    assert (after.temperature, after.thresholds) == (before.temperature, before.thresholds)
    assert after.thresholds != Thresholds()
    assert "judgement" in before.facts
    assert "judgement" not in after.facts
    # the writers of validation and of testing are others than those of training
    result = bench.evaluate(run, split="validation")
    assert result.n == 20
    assert bench.evaluate(run).n == 20
    # its own training again is a repetition, with its weights' start
    assert bench.again(run.name)[2] == "flagship"


def test_with_a_background_class_that_is_new_what_was_sure_is_open_again(in_tmp: Path) -> None:
    _own(in_tmp / "own", "anna", each=4)
    recipe, _, start = bench.again("flagship", data_dir="own")
    changes = {"train.epochs": 1, "train.background_class": True}
    run = train(recipe.changed(changes), start=start)
    after = saved_of(run)
    assert after.background_class
    assert (after.temperature, after.thresholds) == (1.0, Thresholds())
    assert saved_of("flagship").thresholds != Thresholds()


def test_sure_stays_what_it_was_over_an_interruption(in_tmp: Path) -> None:
    _own(in_tmp / "own", *"abcdef", each=2)
    recipe, _, start = bench.again("flagship", data_dir="own")

    class Stop(Listener):
        def on_epoch_end(self, state: TrainingState) -> None:
            raise KeyboardInterrupt

    run = train(recipe.changed({"train.epochs": 2}), start=start, listeners=[Stop()])
    assert run.info["status"] == "interrupted"
    run = bench.resume(run)
    assert run.info["status"] == "finished"
    assert saved_of(run).thresholds == saved_of("flagship").thresholds


def test_other_data_fine_tune_and_the_same_repeat(in_tmp: Path) -> None:
    own, other = _own(in_tmp / "own", "anna"), _own(in_tmp / "other", "ben", each=4)
    little = recipes.parse(RECIPE, name="little").changed({"train.batch_size": 8})
    run = train(little, data_dir=own)
    assert bench.again(run.name) == (little, str(own), None)
    assert bench.again(run.name, data_dir=str(own)) == (little, str(own), None)
    recipe, place, start = bench.again(run.name, data_dir=str(other))
    assert (recipe.name, place, start) == ("little-other", None, run.name)
    assert recipe.data.dataset == str(other.resolve())
    assert [str(layer) for layer in recipe.layer_list] == [str(one) for one in little.layer_list]


def test_the_scale_of_the_weights_is_kept(in_tmp: Path) -> None:
    own, other = _own(in_tmp / "own", "anna"), _own(in_tmp / "other", "ben", each=2)
    little = recipes.parse(RECIPE, name="little").changed(
        {"train.batch_size": 8, "data.scale": "standard"}
    )
    first = train(little, data_dir=own)
    recipe, _, start = bench.again(first.name, data_dir=str(other))
    second = train(recipe.changed({"train.epochs": 1}), start=start)
    assert saved_of(second).contract == saved_of(first).contract
    assert saved_of(train(recipe.changed({"train.epochs": 1}))).contract != saved_of(first).contract


@pytest.mark.parametrize(
    ("model", "data_dir", "error", "message"),
    [
        ("flagship", None, InputError, "give pictures of your own to fine-tune it on, --data-dir"),
        ("flagship", "nowhere", DataError, "nowhere does not exist"),
        ("flagship", "empty", DataError, "empty is no dataset; expected"),
        ("flagshp", "own", RunError, "no run 'flagshp'"),
    ],
)
def test_what_cannot_be_fine_tuned(in_tmp: Path, model, data_dir, error, message) -> None:
    (in_tmp / "empty").mkdir()
    with pytest.raises(error) as caught:
        bench.again(model, data_dir=data_dir)
    assert message in str(caught.value)
