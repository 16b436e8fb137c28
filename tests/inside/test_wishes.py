from __future__ import annotations

import numpy as np
import pytest
from made_models import ALL, made_model

from ziffern.errors import InputError
from ziffern.evaluation.model import softmax
from ziffern.inside.wishes import wishes


@pytest.mark.parametrize("name", ["convolutions", "normalised"])
@pytest.mark.parametrize("scale", ["unit", "standard"])
def test_every_class_gets_a_picture_that_it_likes_better_than_black(name: str, scale: str) -> None:
    model = made_model(ALL[name], scale=scale)
    found = wishes(model, steps=40)
    assert found.pictures.shape == (10, 28, 28)
    assert found.pictures.dtype == np.uint8
    black = model.logits(np.zeros((1, 28, 28), np.uint8))[0]
    assert (found.logits > black).all()


def test_figures_are_those_of_the_pictures_themselves() -> None:
    model = made_model()
    found = wishes(model, steps=8)
    logits = model.logits(found.pictures)
    np.testing.assert_array_equal(found.logits, logits.diagonal())
    np.testing.assert_array_equal(found.probabilities, softmax(logits).diagonal())


def test_a_background_class_has_its_share_of_the_probability() -> None:
    found = wishes(made_model(background_class=True), steps=8)
    with_class = softmax(made_model().logits(found.pictures), background_class=True)
    np.testing.assert_array_equal(found.probabilities, with_class.diagonal())


def test_a_network_that_wants_the_left_half_gets_it() -> None:
    model = made_model("Flatten()\nDense(10)")
    kernel = model.saved.weights["dense/kernel"].reshape(28, 28, 10)
    kernel[:] = -1
    kernel[:, :14, 3] = 1
    picture = wishes(model).pictures[3]
    assert picture[4:-4, 3:11].mean() > 200
    assert picture[:, 17:].mean() < 10


def test_the_seed_decides() -> None:
    model = made_model()
    first, again, other = (wishes(model, seed=seed, steps=8).pictures for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_no_step_is_too_few() -> None:
    with pytest.raises(InputError, match="at least 1 step, not 0"):
        wishes(made_model(), steps=0)
