import numpy as np
import pytest
from scratch_checks import check_layers

from ziffern.scratch.base import Dropout, Layer, Rescaling


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("Flatten()\nDense(2)", (3, 2, 2)),
        ("Reshape((2, 3, 2))\nConv2D(2, 2)", (12,)),
        ("Input((16,))\nDense(2)", (4, 4, 1)),
        ("Rescaling(0.5, 1)\nDense(2)", (3,)),
        ("ZeroPadding2D(((1, 2), (0, 3)))\nConv2D(2, 3)", (4, 4, 2)),
        ("ZeroPadding2D(0)\nConv2D(2, 3)", (4, 4, 2)),
    ],
)
def test_same_as_pytorch(text, shape):
    check_layers(text, shape)


def test_the_base_lets_everything_pass():
    layer, x = Layer(), np.ones((2, 3))
    assert layer.forward(x) is x
    assert layer.backward(x) is x
    assert not layer.weights
    assert not layer.gradients


def test_numbers_keep_their_type():
    x = np.ones((2, 3), np.float32)
    for layer in (Rescaling(0.5, 1), Dropout(0.5)):
        y = layer.forward(x, training=True)
        assert y.dtype == layer.backward(y).dtype == np.float32


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.9])
def test_dropout_drops_its_share_and_keeps_the_mean(rate):
    layer = Dropout(rate)
    y = layer.forward(np.ones((200, 500)), training=True)
    assert (y == 0).mean() == pytest.approx(rate, abs=0.01)
    assert y.mean() == pytest.approx(1, abs=0.05)
    assert set(np.unique(y)) == {0, 1 / (1 - rate)}


def test_dropout_sends_errors_the_way_the_values_went():
    layer, x = Dropout(0.5), np.random.default_rng(0).normal(size=(4, 6))
    y = layer.forward(x, training=True)
    error = np.full_like(x, 3.0)
    # y is linear in x: the slope of each value is y/x
    np.testing.assert_allclose(layer.backward(error), 3 * y / x)


def test_dropout_lets_everything_pass_when_not_training():
    layer, x = Dropout(0.5), np.ones((4, 6))
    layer.forward(x, training=True)
    assert (layer.forward(x) == x).all()
    assert (layer.backward(x) == x).all()
    assert (Dropout(0).forward(x, training=True) == x).all()


def test_dropout_follows_its_random_numbers():
    layers = [Dropout(0.5), Dropout(0.5)]
    for layer in layers:
        layer.rng = np.random.default_rng(7)
    first, second = (layer.forward(np.ones((5, 5)), training=True) for layer in layers)
    assert (first == second).all()
