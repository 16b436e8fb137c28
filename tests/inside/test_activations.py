"""Outputs of layers are Keras's, found again by the layers in plain NumPy; dead units are found."""

from __future__ import annotations

import numpy as np
import pytest
from made_models import ALL, CONVOLUTIONS, NORMALISED, RECURRENT, made_model

from ziffern import datasets
from ziffern.errors import InputError, ZiffernError
from ziffern.evaluation.model import Model
from ziffern.inside import activations
from ziffern.inside.activations import layer_outputs, maps, unit_use
from ziffern.scratch.network import Network

BOUNDED = "Flatten()\nDense(4, activation='sigmoid')\nDense(3, activation='elu')\nDense(10)"


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return datasets.load("mnist").train.images[:6]


def in_numpy(model: Model, images: np.ndarray) -> dict[str, np.ndarray]:
    """What each layer gives, its activation included, but for a final softmax."""
    network = Network(model.network, model.saved.weights)
    y, found = model.contract.scaled(images), {}
    for link in network.links:
        y = link.layer.forward(y, training=False)
        found[link.stage.name] = y
    return found


@pytest.mark.parametrize("text", [CONVOLUTIONS, ALL["dense"]])
def test_outputs_are_those_of_the_layers_in_numpy(text: str, images: np.ndarray) -> None:
    model = made_model(text)
    expected = in_numpy(model, images)
    found = layer_outputs(model, images)
    assert list(found) == [stage.name for stage in model.network.stages]
    *names, last = found
    for name in names:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found[last], model.predict(images), rtol=1e-4, atol=1e-6)


def test_relu_before_a_pooling_is_applied_in_the_convolution(images: np.ndarray) -> None:
    # biases that leave most values below zero: the pooling would show it
    model = made_model(CONVOLUTIONS)
    model.saved.weights["conv2d/bias"] -= 0.5
    values = layer_outputs(model, images, ["conv2d"])["conv2d"]
    assert values.min() == 0
    assert 0.1 < (values == 0).mean() < 1
    pooled = layer_outputs(model, images, ["max_pooling2d"])["max_pooling2d"]
    windows = values.reshape(len(images), 13, 2, 13, 2, 6)
    np.testing.assert_array_equal(pooled, windows.max(axis=(2, 4)))


def test_batches_are_put_together(images: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    model = made_model(NORMALISED)
    whole = layer_outputs(model, images)
    monkeypatch.setattr(activations, "BATCH", 4)
    for name, values in layer_outputs(model, images).items():
        assert values.shape == (6, *whole[name].shape[1:])
        np.testing.assert_allclose(values, whole[name], rtol=1e-5, atol=1e-5)


def test_layers_inside_a_block_can_be_asked(images: np.ndarray) -> None:
    found = layer_outputs(
        made_model(NORMALISED),
        images,
        ["activation", "residual/body/conv2d", "residual/body/conv2d_1", "residual"],
    )
    assert found["residual/body/conv2d"].min() == 0  # relu
    block = found["activation"] + found["residual/body/conv2d_1"]
    np.testing.assert_allclose(found["residual"], block, rtol=1e-5, atol=1e-6)


def test_maps_come_channels_first(images: np.ndarray) -> None:
    model = made_model()
    found = maps(model, images[2], "conv2d_1")
    assert found.shape == (8, 6, 6)
    expected = layer_outputs(model, images[2:3], ["conv2d_1"])["conv2d_1"][0]
    np.testing.assert_array_equal(found[3], expected[..., 3])


def test_layers_without_maps_and_layers_that_do_not_exist(images: np.ndarray) -> None:
    with pytest.raises(
        InputError,
        match=r"dense gives values of shape \(10,\) and no maps; layers with maps: conv2d, "
        r"max_pooling2d, conv2d_1$",
    ):
        maps(made_model(), images[0], "dense")
    with pytest.raises(InputError, match=r"lstm gives .* no maps; no layer of it does"):
        maps(made_model(RECURRENT), images[0], "lstm")
    with pytest.raises(InputError, match="no layer 'conv'"):
        layer_outputs(made_model(), images, ["conv"])
    with pytest.raises(ZiffernError, match=r"\(28, 27\)|\(6, 28, 27\)"):
        layer_outputs(made_model(), images[:, :, 1:])


def test_dead_units_are_found(images: np.ndarray) -> None:
    model = made_model()
    for dead in (1, 4):
        model.saved.weights["conv2d/bias"][dead] = -100
    model.saved.weights["conv2d_1/bias"][:] = 100
    first, second = unit_use(model, images)
    assert (first.layer, first.activation, first.units) == ("conv2d", "relu", 6)
    assert first.dead == (1, 4)
    assert first.share == pytest.approx(1 / 3)
    values = layer_outputs(model, images, ["conv2d"])["conv2d"]
    assert first.zeros == pytest.approx((values == 0).mean())
    assert (second.layer, second.dead, second.zeros) == ("conv2d_1", (), 0.0)


def test_bounded_units_are_dead_where_they_stand_still(images: np.ndarray) -> None:
    model = made_model(BOUNDED)
    model.saved.weights["dense/bias"][:] = [0, 30, -30, 0]
    model.saved.weights["dense/kernel"][:] *= 0.2
    (found,) = unit_use(model, images)
    assert (found.layer, found.activation, found.dead) == ("dense", "sigmoid", (1, 2))


def test_the_answer_and_layers_without_activation_are_not_asked(images: np.ndarray) -> None:
    assert unit_use(made_model("Flatten()\nDense(10, activation='softmax')"), images) == ()
