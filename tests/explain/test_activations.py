from __future__ import annotations

import numpy as np
import pytest
import torch

from ziffern.explain import activations
from ziffern.training.modules.base import ACTIVATIONS


@pytest.fixture(scope="module")
def told():
    return activations.explain()


@pytest.mark.parametrize("name", activations.NAMES)
def test_curves_are_those_that_networks_use_and_slopes_are_autograds(name: str) -> None:
    curve = activations.curve(name)
    x = torch.from_numpy(curve.x).clone().requires_grad_()
    y = ACTIVATIONS[name](x * 1.0)  # relu works in place
    np.testing.assert_allclose(curve.y, y.detach().numpy(), atol=1e-12)
    if name == "threshold":
        assert not curve.slope.any()
        return
    y.sum().backward()
    np.testing.assert_allclose(curve.slope, x.grad.numpy(), atol=1e-12)


def test_every_function_is_drawn_with_its_derivative(told) -> None:
    figure = told.sections[0].figure
    panels = [axes for axes in figure.axes if axes.get_lines()]
    assert [axes.get_title(loc="left") for axes in panels] == list(activations.NAMES)
    sigmoid = {line.get_label(): line for line in panels[1].get_lines()}
    curve = activations.curve("sigmoid")
    np.testing.assert_array_equal(sigmoid["function"].get_ydata(), curve.y)
    np.testing.assert_array_equal(sigmoid["derivative"].get_ydata(), curve.slope)
    assert sigmoid["function"].get_linestyle() != sigmoid["derivative"].get_linestyle()
    assert len(told.sections[0].rows) == len(activations.NAMES)


def test_known_slopes(told) -> None:
    greatest, mean = told.numbers["greatest_derivative"], told.numbers["mean_derivative"]
    assert greatest["sigmoid"] == pytest.approx(0.25)
    assert greatest["tanh"] == greatest["relu"] == greatest["softsign"] == pytest.approx(1)
    assert greatest["threshold"] == 0
    assert mean["relu"] == pytest.approx(0.5)
    assert mean["leaky_relu"] == pytest.approx(0.6)


def test_errors_of_a_deep_network_are_those_of_autograd(told) -> None:
    from ziffern.explain.material import digits, records
    from ziffern.training.network import TorchNetwork

    hidden = "Dense(64, activation='tanh')\n" * activations.DEPTH
    deep = records(f"Flatten()\n{hidden}Dense(10, activation='softmax')")
    network = TorchNetwork(deep).double()
    network.load_weights(deep.initial_weights(activations.SEED))
    part = digits(0, activations.PICTURES)
    x = torch.from_numpy(part.images.reshape(len(part), -1) / 255)
    before = []
    for stage in list(network.stages)[1:-1]:
        before.append(stage.linear(x))
        before[-1].retain_grad()
        x = torch.tanh(before[-1])
    logits = network.stages[-1](x)
    torch.nn.functional.cross_entropy(logits, torch.from_numpy(part.labels)).backward()
    sizes = np.array([float(each.grad.square().mean().sqrt()) for each in before])
    found = told.numbers["errors_by_layer"]["tanh"]
    np.testing.assert_allclose(found, sizes / sizes[-1], rtol=1e-6)


def test_the_story_is_what_came_out(told) -> None:
    left = told.numbers["error_left"]
    assert min(left, key=left.get) == "sigmoid"
    assert left["sigmoid"] < 1e-4 < left["relu"] < 0.1
    assert 0.3 < left[activations.HE] < 3
    assert f"{left['sigmoid']:.0e}" in told.headline
    lines = told.sections[1].figure.axes[0].get_lines()
    assert [line.get_label() for line in lines] == list(left)
    for line in lines:
        assert line.get_ydata()[0] == 1
        assert line.get_ydata()[-1] == left[line.get_label()]
