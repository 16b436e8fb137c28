"""What layers give in plain NumPy is what they give in PyTorch, for every kind of layer."""

from __future__ import annotations

import made_models
import numpy as np
import pytest

from ziffern import datasets
from ziffern.inside.activations import layer_outputs
from ziffern.inside.forward import forward, kernel_of, logits

OTHERS = {
    "separable": """
        SeparableConv2D(6, 3, strides=2, padding='same', depth_multiplier=2, activation='relu')
        DepthwiseConv2D(3, depth_multiplier=2, activation='tanh')
        DepthwiseConv2D(3, use_bias=False, dilation_rate=2)
        SpatialDropout2D(0.3)
        LayerNormalization()
        Conv2D(8, 3, groups=4, activation='relu')
        Flatten()
        Dense(10, activation='softmax')""",
    "rows": """
        Reshape((28, 28))
        LSTM(5, return_sequences=True)
        GRU(6, return_sequences=True, go_backwards=True)
        SimpleRNN(7, activation='relu', use_bias=False)
        Dense(10, activation='sigmoid')""",
    "gates": "Reshape((28, 28))\nGRU(6, use_bias=False)\nDense(10)",
    "shortcut": """
        Conv2D(4, 4, strides=2)
        Residual([Conv2D(6, 3, strides=2, padding='same')], shortcut=[Conv2D(6, 1, strides=2)])
        GlobalAveragePooling2D()
        Dense(10)
        Activation('softmax')""",
}


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return datasets.load("mnist").test.images[:3]


@pytest.mark.parametrize("layers", [*made_models.ALL.values(), *OTHERS.values()])
def test_each_layer_gives_what_it_gives_in_pytorch(layers: str, images: np.ndarray) -> None:
    model = made_models.made_model(layers, scale="standard")
    expected = layer_outputs(model, images)
    steps = list(forward(model.network, model.saved.weights, model.contract.scaled(images)))
    assert [step.name for step in steps] == list(expected)
    for step in steps:
        np.testing.assert_allclose(step.y, expected[step.name], 1e-5, 1e-5)
        assert step.y.dtype == np.float32
    np.testing.assert_allclose(logits(steps[-1]), model.logits(images), 1e-5, 1e-5)


def test_only_convolutions_have_filters() -> None:
    network = made_models.made_model(made_models.DENSE).network
    with pytest.raises(TypeError, match="Dense is no convolution"):
        kernel_of(network.stages[1], {})
