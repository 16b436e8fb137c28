"""From a dataset and a recipe to parts and contract."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_training import small_recipe

from ziffern import datasets
from ziffern.classes import NO_DIGIT
from ziffern.datasets import Part
from ziffern.datasets.catalogue import Entry
from ziffern.datasets.dataset import Dataset
from ziffern.datasets.parts import Images, PartName
from ziffern.datasets.sources import Loaded
from ziffern.errors import DataError, RecipeError
from ziffern.training.data import no_digits, prepare


def test_parts_are_disjoint_and_complete() -> None:
    digits = datasets.load("mnist")
    data = prepare(small_recipe(data__validation=500), digits)
    assert data.validation is not None
    assert (len(data.training), len(data.validation)) == (4500, 500)
    both = np.concatenate([data.training.images, data.validation.images]).sum(axis=(1, 2))
    np.testing.assert_array_equal(np.sort(both), np.sort(digits.train.images.sum(axis=(1, 2))))


def test_the_split_follows_its_own_seed() -> None:
    digits = datasets.load("mnist")
    one = prepare(small_recipe(data__split_seed=1, train__seed=1), digits)
    same = prepare(small_recipe(data__split_seed=1, train__seed=2), digits)
    other = prepare(small_recipe(train__seed=2), digits)
    np.testing.assert_array_equal(one.training.labels, same.training.labels)
    assert not np.array_equal(one.training.labels, other.training.labels)


def test_standard_scale_is_fitted_to_the_training_part_alone() -> None:
    digits = datasets.load("mnist")
    data = prepare(small_recipe(data__scale="standard"), digits)
    scaled = data.contract.scaled(data.training.images)
    assert scaled.mean() == pytest.approx(0, abs=1e-4)
    assert scaled.std() == pytest.approx(1, abs=1e-3)
    assert data.validation is not None
    assert data.contract.scaled(data.validation.images).mean() != pytest.approx(0, abs=1e-6)


def test_what_does_not_fit() -> None:
    digits = datasets.load("mnist")
    with pytest.raises(DataError, match=r"batch_size is 4501.*--set train\.batch_size=1125"):
        prepare(small_recipe(train__batch_size=4501), digits)
    with pytest.raises(RecipeError, match="3 outputs"):
        prepare(small_recipe(layers="Flatten()\nDense(3)"), digits)


def test_no_digits_are_a_share_of_the_training_part_and_follow_the_seed() -> None:
    digits = datasets.load("mnist")

    def drawn(**settings: Any) -> Images:
        recipe = small_recipe(data__validation=4800, **settings)
        return no_digits(recipe, digits, prepare(recipe, digits))

    some = drawn(data__nondigits=0.1)
    assert drawn().shape == (0, 28, 28)
    assert some.shape == (20, 28, 28)
    np.testing.assert_array_equal(some, drawn(data__nondigits=0.1))
    assert not np.array_equal(some, drawn(data__nondigits=0.1, train__seed=7))


def test_only_a_training_draws_what_is_no_digit(caplog: pytest.LogCaptureFixture) -> None:
    digits = datasets.load("mnist")
    recipe = small_recipe(data__validation=4800, data__nondigits=0.1)
    data = prepare(recipe, digits)  # which evaluations and reports do as well
    assert "drawing" not in caplog.text
    no_digits(recipe, digits, data)
    assert caplog.messages[-1] == "drawing 20 pictures of no digit"


class Own:
    """Somebody's own digits by six writers, with a picture of no digit beside each digit."""

    class_names = tuple("0123456789")

    def read(self, part: PartName) -> Loaded:
        assert part == "train"
        writers = np.repeat(np.array(list("abcdef")), 20)
        levels = np.arange(120).astype(np.uint8)
        images = np.broadcast_to(levels[:, None, None], (120, 28, 28)).copy()
        others = Part(images, np.full(120, NO_DIGIT), writers)
        return Loaded(Part(images, np.arange(120) % 10, writers, others), "made")


def test_own_pictures_of_no_digit_are_learnt_but_not_of_writers_held_out() -> None:
    own = Dataset(Entry(name="own", title="Own"), Own())
    settings = {"data__validation": 0.2, "data__held_out": "writers", "train__batch_size": 8}

    def learnt(**changes: Any) -> Images:
        recipe = small_recipe(**settings | changes)
        return no_digits(recipe, own, prepare(recipe, own))

    data = prepare(small_recipe(**settings), own)
    assert data.training.writers is not None
    assert len(data.training) == 80
    np.testing.assert_array_equal(
        np.unique(learnt()[:, 0, 0]), np.unique(data.training.images[:, 0, 0])
    )
    # by lot every writer has digits in both parts, which leaves out nobody
    assert len(learnt(data__held_out="random")) == 120
    assert len(learnt(data__nondigits=0.5)) == 40 + 80
    assert len(learnt(data__validation=0)) == 120
