"""Our own attribution against Captum's, and against what the methods promise."""

from __future__ import annotations

from typing import Any

import captum.attr
import numpy as np
import pytest
import torch
from made_models import ALL, CONVOLUTIONS, DENSE, made_model

from ziffern import datasets
from ziffern.errors import InputError
from ziffern.evaluation.model import Model
from ziffern.inside.attribution import (
    STEPS,
    WINDOW,
    gradient,
    integrated_gradients,
    look,
    occlusion,
)
from ziffern.inside.differentiable import asked, black_and_white, differentiable, network_inputs

TARGETS = [7, 2, 2]
NAMES = pytest.mark.parametrize("name", ALL)


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return datasets.load("mnist").train.images[:3]


def theirs(method: Any, model: Model, images: np.ndarray, **options: Any) -> np.ndarray:
    network = differentiable(model)
    attribute = method(network).attribute
    inputs = network_inputs(model, images).requires_grad_()
    found = attribute(inputs, target=torch.tensor(TARGETS), **options)
    result: np.ndarray = found.detach().numpy()[..., 0]
    return result


@NAMES
def test_gradient_is_captums_saliency(name: str, images: np.ndarray) -> None:
    model = made_model(ALL[name])
    expected = theirs(captum.attr.Saliency, model, images)
    np.testing.assert_allclose(gradient(model, images, TARGETS), expected, rtol=1e-4, atol=1e-6)


@NAMES
def test_integrated_gradients_are_captums(name: str, images: np.ndarray) -> None:
    model = made_model(ALL[name])
    expected = theirs(captum.attr.IntegratedGradients, model, images, n_steps=STEPS)
    found, _ = integrated_gradients(model, images, TARGETS)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@NAMES
def test_occlusion_is_captums(name: str, images: np.ndarray) -> None:
    model = made_model(ALL[name])
    options = {"sliding_window_shapes": (WINDOW, WINDOW, 1), "perturbations_per_eval": 64}
    expected = theirs(captum.attr.Occlusion, model, images, **options)
    np.testing.assert_allclose(occlusion(model, images, TARGETS), expected, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("scale", ["unit", "raw", "standard"])
def test_integrated_gradients_add_up_to_what_the_picture_adds(
    scale: str, images: np.ndarray
) -> None:
    model = made_model(scale=scale)
    found, gaps = integrated_gradients(model, images, TARGETS)
    black = np.zeros_like(images)
    rise = (model.logits(images) - model.logits(black))[range(3), TARGETS]
    sums = found.sum((1, 2))
    np.testing.assert_allclose(sums, rise, rtol=0.02, atol=0.02)
    np.testing.assert_allclose(gaps, np.abs(sums - rise), atol=1e-3 * np.abs(rise).max())
    assert (found[images == 0] == 0).all(), "a pixel that stays black adds nothing"


def test_fewer_steps_miss_more(images: np.ndarray) -> None:
    model = made_model()
    gaps = [integrated_gradients(model, images, TARGETS, steps=steps)[1].max() for steps in (4, 64)]
    assert gaps[1] < gaps[0] / 2


@pytest.mark.parametrize("scale", ["raw", "standard"])
def test_gradient_is_per_step_from_black_to_white(scale: str, images: np.ndarray) -> None:
    """A pixel made one grey value brighter moves the logit by a 255th of it."""
    model = made_model("Flatten()\nDense(10)", scale=scale)
    slope = gradient(model, images[:1], 7)[0, 14, 14]
    brighter = images[:1].copy()
    brighter[0, 14, 14] = 0
    step = model.logits(images[:1])[0, 7] - model.logits(brighter)[0, 7]
    assert abs(step) == pytest.approx(slope * images[0, 14, 14] / 255, rel=1e-3)


def test_a_class_against_another_is_the_difference_of_both(images: np.ndarray) -> None:
    model = made_model()
    both, _ = integrated_gradients(model, images, 4, against=9)
    one, other = (integrated_gradients(model, images, target)[0] for target in (4, 9))
    np.testing.assert_allclose(both, one - other, atol=1e-5)
    hidden = occlusion(model, images, 4, against=9)
    parts = occlusion(model, images, 4) - occlusion(model, images, 9)
    np.testing.assert_allclose(hidden, parts, atol=1e-5)


def test_occlusion_finds_the_only_pixel_that_counts(images: np.ndarray) -> None:
    model = made_model("Flatten()\nDense(10)")
    kernel = model.saved.weights["dense/kernel"]
    kernel[:] = 0
    kernel[28 * 14 + 10, 3] = 2
    image = np.full((1, 28, 28), 255, np.uint8)
    found = occlusion(model, image, 3, window=3)[0]
    assert found[14, 10] == pytest.approx(2)
    assert np.flatnonzero(found.any(axis=1)).tolist() == [12, 13, 14, 15, 16]
    assert np.unravel_index(found.argmax(), found.shape) == (14, 10)


@NAMES
def test_looking_changes_nothing_and_scores_are_the_models_logits(
    name: str, images: np.ndarray
) -> None:
    model = made_model(ALL[name])
    before = model.logits(images)
    found = look(model, images[0], 4, against=9)
    np.testing.assert_array_equal(model.logits(images), before)
    assert found.score == pytest.approx(float(before[0, 4] - before[0, 9]), abs=1e-4)
    question, inputs = asked(model, images, TARGETS)
    np.testing.assert_allclose(
        question.scores(inputs), before[range(3), TARGETS], rtol=1e-4, atol=1e-4
    )


def test_a_look_holds_every_method(images: np.ndarray) -> None:
    found = look(made_model(), images[0], 4)
    assert (found.target, found.against, found.layer) == (4, None, "conv2d_1")
    assert found.grad_cam is not None
    for each in (found.gradient, found.integrated, found.occlusion, found.grad_cam):
        assert (each.shape, each.dtype) == ((28, 28), np.float32)
    assert min(found.gradient.min(), found.grad_cam.min()) >= 0
    without = look(made_model(DENSE), images[0], 4)
    assert without.layer is without.grad_cam is None


def test_black_and_white_are_what_the_network_is_fed() -> None:
    assert black_and_white(made_model(scale="raw").contract) == (0, 255)
    black, white = black_and_white(made_model(scale="standard").contract)
    assert (black, white) == pytest.approx((-0.13 / 0.31, 0.87 / 0.31))


def test_what_cannot_be_asked(images: np.ndarray) -> None:
    model = made_model(CONVOLUTIONS)
    with pytest.raises(InputError, match="no class 10: made has 10, numbered from 0"):
        look(model, images[0], 10)
    with pytest.raises(InputError, match="not 'seven'"):
        gradient(model, images, "seven")
    with pytest.raises(InputError, match="3 pictures do not fit 2 classes"):
        gradient(model, images, [1, 2])
    with pytest.raises(InputError, match="3 classes cannot stand against 2"):
        gradient(model, images, TARGETS, against=[1, 2])
    with pytest.raises(InputError, match=r"expected uint8 pictures .* not float64"):
        gradient(model, images / 255, TARGETS)
    with pytest.raises(InputError, match="window of 29 pixels does not fit: give 1 to 28"):
        occlusion(model, images, TARGETS, window=29)
