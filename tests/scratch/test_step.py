import json

import numpy as np
import pytest
import torch
from small_training import digits
from torch.nn import functional

from ziffern import recipe as recipes
from ziffern.contract import Contract
from ziffern.errors import InputError
from ziffern.scratch.narration import as_dict
from ziffern.scratch.step import learning_step
from ziffern.training.network import TorchNetwork
from ziffern.training.optimizers import build

RECIPE = """
title = "Sigmoids"
layers = '''
Flatten()
Dense(30, activation='sigmoid')
Dense(12, activation='sigmoid')
Dense(10, activation='softmax')
'''
[optimizer]
name = "rmsprop"
learning_rate = 0.01
[schedule]
name = "one_cycle"
[train]
epochs = 2
batch_size = 32
"""
IMAGES, LABELS = digits(3)


def take(name_or_text, changes=None):
    if "\n" in name_or_text:
        recipe = recipes.parse(name_or_text, name="sigmoids", changes=changes)
    else:
        recipe = recipes.load(name_or_text, changes)
    return learning_step(recipe, IMAGES[0], int(LABELS[0]), Contract(), pictures=320)


def test_the_step_is_that_of_pytorch():
    step = take(RECIPE)
    recipe = step.recipe
    network = TorchNetwork(recipe.network)
    network.load_weights(recipe.network.initial_weights(0))
    optimizer = build(recipe.optimizer_record, network.tensors().items())
    # the first step of a schedule that begins low
    assert step.rate == pytest.approx(0.01 * 0.04)
    optimizer.param_groups[0]["lr"] = step.rate
    x = torch.from_numpy(Contract().scaled(IMAGES[:1]))
    logits = network(x)
    loss = functional.cross_entropy(logits, torch.from_numpy(LABELS[:1]))
    loss.backward()
    assert step.loss == pytest.approx(loss.item(), rel=1e-5)
    np.testing.assert_allclose(
        step.probabilities, logits.softmax(1)[0].detach(), rtol=1e-4, atol=1e-6
    )
    optimizer.step()
    after = functional.cross_entropy(network(x), torch.from_numpy(LABELS[:1]))
    assert step.loss_after == pytest.approx(after.item(), rel=1e-4)
    assert step.loss_after < step.loss
    for item in step.weights:
        np.testing.assert_allclose(item.after, network.weights()[item.name], rtol=1e-3, atol=1e-5)


def test_error_terms_belong_to_their_outputs():
    step = take(RECIPE)
    *hidden, last = step.links
    assert [link.name for link in step.links] == [
        "flatten", "dense", "dense/sigmoid", "dense_1", "dense_1/sigmoid", "dense_2",
    ]  # fmt: skip
    should = np.arange(10) == step.label
    np.testing.assert_allclose(last.error, step.probabilities - should)
    assert all(link.error.shape == link.output.shape for link in step.links)
    # δ = O(1 − O)·E through the sigmoid
    inside, outside = hidden[3], hidden[4]
    slope = outside.output * (1 - outside.output)
    np.testing.assert_allclose(inside.error, slope * outside.error)
    # gradients are input times error, the bias's the error itself
    found = {item.name: item for item in step.weights}
    kernel = found["dense_2/kernel"]
    np.testing.assert_allclose(kernel.gradient, np.outer(hidden[4].output, last.error))
    np.testing.assert_allclose(found["dense_2/bias"].gradient, last.error)
    assert abs(kernel.gradient[kernel.steepest]) == np.abs(kernel.gradient).max()


def test_the_example_is_the_formula_of_the_slides():
    step = take(RECIPE)
    example = step.example
    assert (example.name, example.activation) == ("dense_1/kernel", "sigmoid")
    assert example.slope == pytest.approx(example.output * (1 - example.output))
    assert -example.gradient == pytest.approx(example.error * example.slope * example.input)
    gradient = next(item.gradient for item in step.weights if item.name == example.name)
    assert gradient[example.j, example.k] == example.gradient
    assert abs(example.gradient) == np.abs(gradient).max()


def test_plain_gradient_descent_goes_straight_downhill_on_the_surface():
    step = take(RECIPE, {"optimizer": {"name": "sgd", "learning_rate": 0.5}, "schedule": {}})
    surface = step.surface
    moved = np.subtract(surface.end, surface.start)
    np.testing.assert_allclose(moved, -0.5 * np.array(surface.gradient), rtol=1e-9)
    before, after = surface.losses
    assert before == pytest.approx(step.loss)
    assert step.loss_after < after < before
    # the first weight leads to the true class, the other one elsewhere
    (first, at), (second, other) = surface.places
    assert first == second == "dense_2/kernel"
    assert at[1] == step.label != other[1]
    for view in (surface.far, surface.near):
        middle = len(view.first) // 2
        assert view.loss[middle, middle] == pytest.approx(step.loss)
    assert surface.near.first[0] < surface.end[0] < surface.near.first[-1]
    assert surface.near.second[0] < surface.end[1] < surface.near.second[-1]
    assert np.ptp(surface.far.loss) > 4


@pytest.mark.parametrize("name", ["marvin", "codelab-pooling-head", "lenet-5"])
def test_convolutions_dropout_and_other_heads(name):
    step = take(name)
    assert step.loss_after < step.loss
    assert step.surface.losses[0] == pytest.approx(step.loss, rel=1e-9)
    assert len(step.weights) == len(step.recipe.network.weights)
    assert json.loads(json.dumps(as_dict(step)))["loss"] == step.loss


def test_penalties_and_smoothing_are_part_of_the_loss():
    layers = "Flatten()\nDense(10, activation='softmax', kernel_regularizer=l2(0.1))"
    plain, more = (
        take(RECIPE, {"layers": text, "train.label_smoothing": smoothing})
        for text, smoothing in (("Flatten()\nDense(10, activation='softmax')", 0.0), (layers, 0.1))
    )
    assert more.loss > plain.loss
    assert plain.example is None


def test_normalising_a_single_picture_over_the_batch_is_refused():
    with pytest.raises(InputError, match=r"batch_normalization_3 of codelab-10-batchnorm compares"):
        take("codelab-10-batchnorm")


def test_what_is_lacking_is_refused():
    with pytest.raises(InputError, match="lacks the layer LSTM"):
        take("cheat-lstm")
