"""Against ziffern.training's optimisers, which are held against Keras's."""

import numpy as np
import pytest
import torch

from ziffern import optimizers as records
from ziffern.errors import InputError
from ziffern.scratch.optimizers import OPTIMIZERS, build
from ziffern.training import optimizers as in_pytorch

CASES = [
    *((name, {}) for name in records.OPTIMIZERS if name != "muon"),
    ("sgd", {"momentum": 0.9}),
    ("sgd", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("rmsprop", {"momentum": 0.9, "centered": True}),
    ("rmsprop", {"momentum": 0.5}),
    ("adam", {"amsgrad": True, "weight_decay": 0.1}),
    (
        "ftrl",
        {
            "l1_regularization_strength": 0.1,
            "l2_regularization_strength": 0.2,
            "l2_shrinkage_regularization_strength": 0.3,
            "beta": 0.4,
            "learning_rate_power": -0.6,
        },
    ),
]


@pytest.mark.parametrize(("name", "arguments"), CASES)
def test_steps_are_those_of_the_engine(name, arguments):
    record = records.build(name, **arguments)
    rng = np.random.default_rng(0)
    weights = {key: rng.normal(size=shape) for key, shape in (("a", (4, 3)), ("b", (5,)))}
    tensors = {key: torch.tensor(array, requires_grad=True) for key, array in weights.items()}
    ours, theirs = build(record), in_pytorch.build(record, tensors.items())
    for step in range(5):
        rate = record.learning_rate * 0.8**step
        gradients = {key: rng.normal(size=array.shape) for key, array in weights.items()}
        ours.step(weights, gradients, rate)
        for group in theirs.param_groups:
            group["lr"] = rate
        for key, tensor in tensors.items():
            tensor.grad = torch.tensor(gradients[key])
        theirs.step()
        for key, tensor in tensors.items():
            np.testing.assert_allclose(weights[key], tensor.detach(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_pixels_that_are_always_black_make_no_nan(kind):
    weights = {"w": np.zeros(3, np.float32)}
    optimizer = build(kind())
    for _ in range(3):
        optimizer.step(weights, {"w": np.zeros(3, np.float32)}, 0.01)
    assert np.isfinite(weights["w"]).all()
    assert weights["w"].dtype == np.float32


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_a_rate_of_zero_changes_nothing(kind):
    weights, gradients = {"w": np.arange(3.0)}, {"w": np.ones(3)}
    optimizer = build(kind())
    optimizer.step(weights, gradients, 0.0)
    assert weights["w"].tolist() == [0, 1, 2]


def test_weights_without_a_gradient_stay():
    weights = {"moving_mean": np.ones(2), "w": np.ones(2)}
    build(records.SGD(learning_rate=0.5)).step(weights, {"w": np.ones(2)}, 0.5)
    assert weights["moving_mean"].tolist() == [1, 1]
    assert weights["w"].tolist() == [0.5, 0.5]


def test_momentum_keeps_rolling_by_hand():
    weights = {"w": np.zeros(1)}
    optimizer = build(records.SGD(momentum=0.5))
    for gradient in (1.0, 1.0, 0.0):
        optimizer.step(weights, {"w": np.array([gradient])}, 1.0)
    assert weights["w"].item() == -1 - 1.5 - 0.75


def test_every_optimizer_tells_its_formula():
    for kind in OPTIMIZERS.values():
        assert "Δw" in kind.formula or "w =" in kind.formula


def test_muon_is_refused_by_name():
    with pytest.raises(InputError, match=r"muon is not written out here; there are sgd, adagrad"):
        build(records.Muon())
