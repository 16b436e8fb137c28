import numpy as np
import pytest
from scratch_checks import random_weights, records

from ziffern.scratch.loss import cross_entropy
from ziffern.scratch.network import Network
from ziffern.scratch.surface import ErrorSurface, again

TEXT = "Dense(4, activation='tanh')\nDropout(0.5)\nDense(3, activation='softmax')"
FIRST, SECOND = ("dense_1/kernel", (1, 2)), ("dense_1/bias", (0,))


def make(smoothing=0.0, places=(FIRST, SECOND)):
    network = records(TEXT, (5,))
    ours = Network(network, random_weights(network), dtype=np.float64)
    x, labels = np.random.default_rng(0).normal(size=(6, 5)), np.array([0, 1, 2, 0, 1, 2])
    logits = ours.forward(x, training=True)
    loss, error = cross_entropy(logits, labels, label_smoothing=smoothing)
    ours.backward(error)
    surface = ErrorSurface(ours, x, labels, *places, label_smoothing=smoothing)
    return ours, x, loss, surface


def here(network, place):
    return float(network.weights[place[0]][place[1]])


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize(
    "places", [(FIRST, SECOND), (("dense/kernel", (0, 1)), ("dense/kernel", (4, 3)))]
)
def test_its_slopes_are_the_gradients(smoothing, places):
    network, _, loss, surface = make(smoothing, places)
    u, v = (here(network, place) for place in places)
    assert surface.loss(u, v) == pytest.approx(loss, rel=1e-12)
    h = 1e-5
    slopes = (
        (surface.loss(u + h, v) - surface.loss(u - h, v)) / (2 * h),
        (surface.loss(u, v + h) - surface.loss(u, v - h)) / (2 * h),
    )
    for (name, index), slope in zip(places, slopes, strict=True):
        assert slope == pytest.approx(network.gradients[name][index], rel=1e-5)


def test_a_view_is_a_grid_of_losses_and_leaves_the_weights_alone():
    network, _, loss, surface = make()
    kept = {name: array.copy() for name, array in network.weights.items()}
    middle = here(network, FIRST), here(network, SECOND)
    view = surface.view(middle, 2.0, points=5)
    assert view.first[[0, 2, 4]] == pytest.approx([middle[0] - 2, middle[0], middle[0] + 2])
    assert view.loss.shape == (5, 5)
    assert view.loss[2, 2] == pytest.approx(loss)
    assert view.loss[4, 1] == surface.loss(view.first[1], view.second[4])
    for name, array in network.weights.items():
        assert (array == kept[name]).all()


def test_again_drops_the_same_values():
    network, x, _, _ = make()
    first = again(network.links, x)
    assert (again(network.links, x) == first).all()
    assert (network.forward(x, training=True) != first).any()
