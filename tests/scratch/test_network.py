import numpy as np
import pytest
import torch
from scratch_checks import random_weights, records
from torch.nn import functional

from ziffern import recipe as recipes
from ziffern.errors import InputError
from ziffern.scratch.activations import softmax
from ziffern.scratch.loss import cross_entropy
from ziffern.scratch.network import BUILDERS, Network, unknown_layers
from ziffern.training.network import TorchNetwork

EVERYTHING = """
Rescaling(2.0, -0.5)
Conv2D(4, 3, padding='same', use_bias=False, kernel_regularizer=l2(0.01))
BatchNormalization()
Activation('relu')
MaxPooling2D(2)
ZeroPadding2D(1)
Conv2D(6, 3, strides=2, activation='tanh')
AveragePooling2D(2)
Flatten()
Dropout(0.0)
Dense(12, activation='sigmoid', kernel_regularizer=l1_l2(0.02, 0.03))
Dense(10, activation='softmax')
"""


def batch(count=6):
    rng = np.random.default_rng(5)
    images = rng.uniform(0, 1, (count, 28, 28, 1)).astype(np.float32)
    return images, rng.integers(0, 10, count)


def test_loss_and_all_gradients_of_a_whole_network_are_those_of_pytorch():
    network = records(EVERYTHING, (28, 28, 1))
    weights = random_weights(network)
    images, labels = batch()
    ours, theirs = Network(network, weights), TorchNetwork(network).train()
    theirs.load_weights(weights)

    logits = ours.forward(images, training=True)
    loss, error = cross_entropy(logits, labels)
    ours.backward(error)
    answer = theirs(torch.from_numpy(images))
    total = functional.cross_entropy(answer, torch.from_numpy(labels)) + theirs.penalty()
    total.backward()

    np.testing.assert_allclose(logits, answer.detach(), rtol=1e-4, atol=1e-4)
    assert loss + ours.penalty == pytest.approx(total.item(), rel=1e-5)
    trained = {name for name, weight in network.weights.items() if weight.trainable}
    with torch.no_grad():
        for name, tensor in theirs.tensors().items():
            if name in trained:
                tensor.copy_(tensor.grad)
    expected = theirs.weights()
    assert ours.gradients.keys() == trained
    for name in trained:
        size = np.abs(expected[name]).max()
        np.testing.assert_allclose(
            ours.gradients[name], expected[name], rtol=1e-3, atol=1e-4 * size
        )


@pytest.mark.parametrize("name", recipes.names())
def test_every_recipe_it_knows_the_layers_of_answers_as_pytorch_does(name):
    network = recipes.load(name).network
    weights = network.initial_weights(3)
    if unknown_layers(network):
        with pytest.raises(InputError, match=r"there is no .* in plain NumPy"):
            Network(network, weights)
        return
    ours, theirs = Network(network, weights), TorchNetwork(network).eval()
    theirs.load_weights(weights)
    images, _ = batch(2)
    with torch.no_grad():
        expected = theirs(torch.from_numpy(images)).numpy()
    np.testing.assert_allclose(ours.forward(images), expected, rtol=1e-3, atol=1e-5)


def test_weights_are_those_of_the_records_and_its_own():
    network = records("Flatten()\nDense(3, activation='relu')\nDense(2)", (2, 2, 1))
    given = network.initial_weights(0)
    ours = Network(network, given)
    assert list(ours.weights) == list(given)
    ours.weights["dense/kernel"] += 1
    assert (ours.weights["dense/kernel"] == given["dense/kernel"] + 1).all()
    # what an optimiser changes is what the layers compute with
    before = ours.forward(np.ones((1, 2, 2, 1)))
    ours.weights["dense_1/bias"] += 5
    np.testing.assert_allclose(ours.forward(np.ones((1, 2, 2, 1))), before + 5, rtol=1e-6)


def test_activations_inside_a_layer_are_links_of_their_own_and_the_last_softmax_is_the_losses():
    network = records(
        "Flatten()\nDense(3, activation='relu')\nDense(2, activation='softmax')", (4,)
    )
    ours = Network(network, network.initial_weights(0))
    assert [link.name for link in ours.links] == ["flatten", "dense", "dense/relu", "dense_1"]
    x = np.random.default_rng(0).normal(size=(450, 4))
    np.testing.assert_allclose(ours.predict(x), softmax(ours.forward(x)), rtol=1e-5)
    network = records("Dense(2)\nActivation('softmax')", (4,))
    assert [link.name for link in Network(network, network.initial_weights(0)).links] == ["dense"]


def test_dropouts_share_one_stream():
    network = records("Dropout(0.5)\nDropout(0.5)", (1000,))
    ours = Network(network, {})
    x = np.ones((1, 1000))
    ours.draw_dropout_from(np.random.default_rng(1))
    first = ours.forward(x, training=True)
    assert (first != 0).mean() == pytest.approx(0.25, abs=0.05)
    ours.draw_dropout_from(np.random.default_rng(1))
    assert (ours.forward(x, training=True) == first).all()


def test_layers_that_are_not_written_out_are_named():
    network = records("Reshape((4, 7))\nLSTM(3)\nLayerNormalization()\nDense(2)", (28,))
    with pytest.raises(InputError, match="there is no LSTM and no LayerNormalization in plain"):
        Network(network, network.initial_weights(0))
    assert unknown_layers(network) == ["LSTM", "LayerNormalization"]


def test_what_the_package_promises_is_there():
    promised = ["Dense", "Conv2D", "MaxPooling2D", "AveragePooling2D", "GlobalAveragePooling2D",
                "GlobalMaxPooling2D", "BatchNormalization", "Dropout", "Flatten", "Reshape",
                "Activation", "Input", "Rescaling", "ZeroPadding2D"]  # fmt: skip
    assert sorted(kind.__name__ for kind in BUILDERS) == sorted(promised)
