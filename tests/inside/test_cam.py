from __future__ import annotations

import captum.attr
import numpy as np
import pytest
import torch
from made_models import CONVOLUTIONS, DENSE, NORMALISED, made_model

from ziffern import datasets, recipe
from ziffern.errors import InputError
from ziffern.inside.cam import class_activation, default_layer, grad_cam
from ziffern.inside.differentiable import differentiable, network_inputs
from ziffern.layers import Network, parse_layers
from ziffern.training.network import PREFIX

TARGETS = [7, 2, 2]


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return datasets.load("mnist").train.images[:3]


@pytest.mark.parametrize(
    ("layers", "layer"),
    [
        (CONVOLUTIONS, "conv2d"),  # its relu is the pooling's in training
        (CONVOLUTIONS, "conv2d_1"),
        (CONVOLUTIONS, "max_pooling2d"),
        (NORMALISED, "conv2d"),
        (NORMALISED, "residual"),
        (NORMALISED, "residual/body/conv2d"),
        (NORMALISED, "activation_1"),
    ],
)
def test_maps_are_captums(layers: str, layer: str, images: np.ndarray) -> None:
    model = made_model(layers)
    network = differentiable(model)
    path = ".".join(part if part == "body" else PREFIX + part for part in layer.split("/"))
    method = captum.attr.LayerGradCam(network, network.stages.get_submodule(path))
    expected = method.attribute(
        network_inputs(model, images).requires_grad_(),
        torch.tensor(TARGETS),
        relu_attributions=True,
    )
    found = class_activation(model, images, TARGETS, layer=layer)
    np.testing.assert_allclose(found, expected.detach().numpy()[:, 0], rtol=1e-4, atol=1e-7)
    assert found.max() > 0


def test_the_first_maps_are_those_behind_relu(images: np.ndarray) -> None:
    """Training leaves the relu to the pooling; here the maps are the layer's own."""
    model = made_model()
    found = class_activation(model, np.zeros_like(images), TARGETS, layer="conv2d")
    bias = np.maximum(model.saved.weights["conv2d/bias"], 0)
    assert found.std(axis=(1, 2)).max() < 1e-6, "a black picture looks the same everywhere"
    assert found.max() <= bias.sum()


def test_without_padding_values_are_put_where_they_look() -> None:
    """One value that jumps by 4, of 5×5 pixels: the first one sees rows 0 to 4."""
    model = made_model("Conv2D(1, 5, strides=4, activation='relu')\nFlatten()\nDense(10)")
    weights = model.saved.weights
    weights["conv2d/kernel"][:], weights["conv2d/bias"][:] = 1, 0
    weights["dense/kernel"][:] = 1
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 2, 10] = 255  # seen by the value in row 0, column 2 only
    found = grad_cam(model, image, 0)[0]
    coarse = class_activation(model, image, 0)[0]
    assert np.argwhere(coarse > 0).tolist() == [[0, 2]]
    assert found.max() == found[2, 10] == pytest.approx(coarse[0, 2])
    assert found[2, 12] == pytest.approx(coarse[0, 2] / 2), "half way to the neighbour"
    assert found[2, 14] == 0


def test_same_padding_gives_the_usual_stretching(images: np.ndarray) -> None:
    layers = "Conv2D(3, 3, padding='same', activation='relu')\nMaxPooling2D(2)\n"
    layers += "Conv2D(3, 3, padding='same', activation='relu')\nFlatten()\nDense(10)"
    model = made_model(layers)
    coarse = torch.from_numpy(class_activation(model, images, TARGETS))[:, None]
    stretched = torch.nn.functional.interpolate(coarse, (28, 28), mode="bilinear")
    found = grad_cam(model, images, TARGETS)
    np.testing.assert_allclose(found, stretched[:, 0].numpy(), atol=1e-6)


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("marvin", "conv2d_1"),
        ("cnn-101", "conv2d_3"),
        ("quick", "activation_2"),  # convolution, normalisation, activation in three lines
        ("slides-dense", None),
        ("cheat-lstm", None),
    ],
)
def test_the_last_convolution_with_its_activation_is_asked(name: str, layer: str | None) -> None:
    assert default_layer(recipe.load(name).network) == layer


def test_a_residual_block_counts_as_a_convolution() -> None:
    lines = [layer for _, layer in parse_layers(NORMALISED)]
    assert default_layer(Network(lines)) == "activation_1"
    assert default_layer(Network(lines[:4])) == "residual"


def test_layers_that_have_no_maps(images: np.ndarray) -> None:
    with pytest.raises(InputError, match=r"^Grad-CAM needs a convolution, .* has none$"):
        grad_cam(made_model(DENSE), images, TARGETS)
    model = made_model()
    with pytest.raises(InputError, match=r"dense gives .*\(10,\) and no maps; .* conv2d, max_pool"):
        grad_cam(model, images, TARGETS, layer="dense")
    with pytest.raises(InputError, match="did you mean 'conv2d_1'"):
        grad_cam(model, images, TARGETS, layer="conv2d_11")
    with pytest.raises(InputError, match="no layer of it does"):
        grad_cam(made_model(DENSE), images, TARGETS, layer="dense")
