import numpy as np
import pytest
import torch
from scratch_checks import check_layers, random_weights, records

from ziffern.scratch.network import Network
from ziffern.training.network import TorchNetwork


@pytest.mark.parametrize("shape", [(6,), (4, 3), (4, 5, 3)])
@pytest.mark.parametrize("arguments", ["", "scale=False", "center=False, epsilon=0.1"])
def test_same_as_pytorch(shape, arguments):
    check_layers(f"BatchNormalization({arguments})", shape)


def test_moving_statistics_and_what_they_do_later():
    network = records("BatchNormalization(momentum=0.7)\nRescaling(1.0)", (4, 5, 3))
    weights = random_weights(network)
    x = np.random.default_rng(0).normal(3, 2, (8, 4, 5, 3)).astype(np.float32)
    ours, theirs = Network(network, weights), TorchNetwork(network)
    theirs.load_weights(weights)
    ours.forward(x, training=True)
    theirs.train()(torch.from_numpy(x))
    for name, array in theirs.weights().items():
        np.testing.assert_allclose(ours.weights[name], array, rtol=1e-5)
    with torch.no_grad():
        expected = theirs.eval()(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(ours.forward(x), expected, rtol=1e-4, atol=1e-5)


def test_what_is_common_to_a_channel_changes_nothing():
    network = records("BatchNormalization(epsilon=1e-12)", (3,))
    layer = Network(network, network.initial_weights(0), dtype=np.float64).links[0].layer
    x = np.random.default_rng(0).normal(size=(5, 3))
    y = layer.forward(x, training=True)
    np.testing.assert_allclose(layer.forward(2 * x + 7, training=True), y, atol=1e-6)
    np.testing.assert_allclose(layer.backward(np.ones_like(x)), 0, atol=1e-12)
