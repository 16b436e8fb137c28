from __future__ import annotations

import numpy as np
import pytest
import torch
from made_models import ALL, NORMALISED, made_model

from ziffern import datasets
from ziffern.errors import InputError, RunError
from ziffern.inside.weight_space import WeightSpace

NAMES = pytest.mark.parametrize("name", ALL)


def random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def part() -> datasets.Part:
    whole = datasets.load("mnist").train
    return datasets.Part(whole.images[:130], whole.labels[:130])


@NAMES
def test_the_loss_at_the_centre_is_the_models(name: str, part: datasets.Part) -> None:
    model = made_model(ALL[name])
    space = WeightSpace(model, part.images, part.labels)
    logits = model.logits(part.images).astype(np.float64)
    right = logits[range(len(part)), part.labels]
    expected = float((np.log(np.exp(logits).sum(axis=1)) - right).mean())
    assert space.loss(space.centre) == pytest.approx(expected, rel=1e-4)
    assert len(space) == model.network.trainable_parameters
    assert space.loss(0 * space.centre) == pytest.approx(np.log(10), rel=1e-5)
    np.testing.assert_allclose(space.loss(space.vector(model.saved.weights)), expected, rtol=1e-4)


def test_the_background_class_of_a_model_is_part_of_its_loss(part: datasets.Part) -> None:
    model = made_model(NORMALISED, background_class=True)
    space = WeightSpace(model, part.images, part.labels)
    right = model.predict(part.images)[range(len(part)), part.labels].astype(np.float64)
    assert space.loss(space.centre) == pytest.approx(float(-np.log(right).mean()), rel=1e-4)
    assert space.loss(0 * space.centre) == pytest.approx(np.log(11), rel=1e-5)


def test_each_filter_of_a_direction_is_as_long_as_the_networks_own(part: datasets.Part) -> None:
    layers = "SeparableConv2D(3, 5, strides=4, depth_multiplier=2)\nFlatten()\nDense(10)"
    model = made_model(layers)
    space = WeightSpace(model, part.images, part.labels)
    first, second = space.filter_direction(random()), space.filter_direction(random(1))
    assert (first != second).any()
    # the order is PyTorch's: depthwise and pointwise kernel and its bias, Dense's matrix and bias
    weights = model.saved.weights
    depthwise = weights["separable_conv2d/depthwise_kernel"].reshape(25, 2).T
    pointwise = weights["separable_conv2d/pointwise_kernel"].reshape(2, 3).T
    dense = weights["dense/kernel"].T
    start = 0
    for own, biases in ((depthwise, 0), (pointwise, 3), (dense, 10)):
        rows = first[start : start + own.size].view(own.shape)
        np.testing.assert_allclose(rows.norm(dim=1), np.linalg.norm(own, axis=1), rtol=1e-5)
        start += own.size
        assert not first[start : start + biases].any()
        start += biases
    assert start == len(space)


def test_curvature_of_a_softmax_regression_is_known(part: datasets.Part) -> None:
    """Along any direction it is the variance of the logits' change under the probabilities."""
    model = made_model("Flatten()\nDense(10)")
    space = WeightSpace(model, part.images, part.labels)
    direction = torch.randn(len(space), generator=random())
    inputs = part.images.reshape(-1, 784) / 255
    change = inputs @ direction[:7840].view(10, 784).numpy().T + direction[7840:].numpy()
    p = model.predict(part.images).astype(np.float64)
    expected = ((p * change**2).sum(1) - (p * change).sum(1) ** 2).mean()
    assert float(direction @ space.curvature(direction)) == pytest.approx(expected, rel=1e-3)


@NAMES
def test_curvature_is_that_of_the_loss(name: str, part: datasets.Part) -> None:
    """The slope of the loss changes along a direction by the Hessian times it."""
    space = WeightSpace(made_model(ALL[name]), part.images[:20], part.labels[:20])
    one, other = (torch.randn(len(space), generator=random(seed)) for seed in (0, 1))
    forth = float(other @ space.curvature(one))
    assert forth == pytest.approx(float(one @ space.curvature(other)), rel=1e-3, abs=1e-4)
    assert forth != 0


def test_statistics_of_the_pictures_stand_in_for_the_moving_ones(part: datasets.Part) -> None:
    model = made_model(NORMALISED)
    space = WeightSpace(model, part.images, part.labels)
    batch = WeightSpace(model, part.images, part.labels, batch_statistics=True)
    before = {name: array.copy() for name, array in model.saved.weights.items()}
    found = [batch.loss(batch.centre) for _ in range(2)]
    assert found[0] == found[1] != space.loss(space.centre)
    model.saved.weights["batch_normalization/moving_mean"][:] += 3
    moved = WeightSpace(model, part.images, part.labels, batch_statistics=True)
    assert moved.loss(moved.centre) == found[0], "the moving ones have no say"
    model.saved.weights["batch_normalization/moving_mean"][:] -= 3
    for name, array in model.saved.weights.items():
        np.testing.assert_allclose(array, before[name], atol=1e-6)


def test_what_is_no_measure(part: datasets.Part) -> None:
    model = made_model()
    with pytest.raises(InputError, match=r"0 pictures do not fit labels of shape \(0,\)"):
        WeightSpace(model, part.images[:0], part.labels[:0])
    with pytest.raises(InputError, match=r"130 pictures do not fit labels of shape \(4,\)"):
        WeightSpace(model, part.images, part.labels[:4])
    with pytest.raises(InputError, match="labels from 0 to 10 do not fit 10 classes"):
        WeightSpace(model, part.images[:2], np.array([0, 10]))
    with pytest.raises(RunError, match="not of this network"):
        WeightSpace(model, part.images, part.labels).vector({})
