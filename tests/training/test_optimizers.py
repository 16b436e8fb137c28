"""The optimisers against Keras, and what an engine needs of them: layouts, resuming, groups."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load, save
from torch import Tensor

from ziffern import optimizers as records
from ziffern.training.optimizers import KerasOptimizer, build
from ziffern.training.update_rules import orthogonal

GOLDEN = Path(__file__).parents[1] / "golden" / "keras_optimizers.npz"
# what the engine does, not the optimiser; and Keras's None, which is 0 here
ENGINE = ("clipnorm", "clipvalue", "global_clipnorm", "use_ema")
EVERY = [
    *((name, {}) for name in records.OPTIMIZERS),
    ("sgd", {"momentum": 0.9}),
    ("sgd", {"momentum": 0.9, "nesterov": True}),
    ("rmsprop", {"momentum": 0.9, "centered": True}),
    ("adam", {"amsgrad": True, "weight_decay": 0.1}),
]


def golden_cases() -> Iterator[tuple[str, dict[str, Any]]]:
    with np.load(GOLDEN) as golden:
        for name in golden.files:
            if name.endswith("/settings"):
                settings = json.loads(str(golden[name]))
                if not any(argument in settings for argument in ENGINE):
                    yield name.removesuffix("/settings"), settings


@pytest.mark.parametrize(("case", "settings"), list(golden_cases()))
def test_weights_equal_keras(case: str, settings: dict[str, Any]) -> None:
    golden = np.load(GOLDEN)
    settings = {key: 0.0 if value is None else value for key, value in settings.items()}
    name = settings.pop("optimizer").lower()
    if name == "muon":
        settings["convolutions"] = False
    names = sorted(key.split("/")[1] for key in golden.files if key.startswith(f"{case}/") and
                   key.endswith("/w0"))  # fmt: skip
    weights = {key: torch.tensor(golden[f"{case}/{key}/w0"]).requires_grad_() for key in names}
    optimizer = build(records.build(name, **settings), weights.items())
    for step in range(5):
        for key, weight in weights.items():
            weight.grad = torch.tensor(golden[f"{case}/{key}/g"][step])
        if f"{case}/learning_rates" in golden.files:
            set_rate(optimizer, float(golden[f"{case}/learning_rates"][step]))
        optimizer.step()
        if step in (0, 4):
            for key, weight in weights.items():
                expected = golden[f"{case}/{key}/w{step + 1}"]
                # 1e-5 of the weight; weights that happen to be near 0 of the array's size
                scale = float(np.abs(expected).max())
                np.testing.assert_allclose(
                    weight.detach().numpy(), expected, rtol=1e-5, atol=1e-6 * scale
                )


def set_rate(optimizer: KerasOptimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate


def network(layout: torch.memory_format = torch.contiguous_format) -> torch.nn.Module:
    torch.manual_seed(0)
    net = torch.nn.Sequential(
        torch.nn.Conv2d(2, 4, 3),
        torch.nn.ReLU(),
        torch.nn.Conv2d(4, 3, 3),
        torch.nn.Flatten(),
        torch.nn.Linear(12, 5),
    )
    return net.to(memory_format=layout)  # type: ignore[call-overload,no-any-return]


def train(net: torch.nn.Module, optimizer: KerasOptimizer, steps: range) -> list[float]:
    losses = []
    for step in steps:
        images = torch.randn(8, 2, 6, 6, generator=torch.Generator().manual_seed(step % 3))
        loss = (net(images) - 1).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def values(net: torch.nn.Module) -> Tensor:
    return torch.cat([weight.detach().flatten() for weight in net.parameters()])


@pytest.mark.parametrize(("name", "arguments"), EVERY)
def test_the_loss_falls(name: str, arguments: dict[str, Any]) -> None:
    # Adadelta and Adagrad want a far higher rate than their default (Keras says so too)
    rate = {"adadelta": 1.0, "adagrad": 0.1, "ftrl": 0.1, "sgd": 0.05}.get(name, 0.01)
    net = network()
    record = records.build(name, learning_rate=rate, **arguments)
    losses = train(net, build(record, net.named_parameters()), range(40))
    assert losses[-1] < 0.5 * losses[0]


@pytest.mark.parametrize(("name", "arguments"), EVERY)
def test_memory_layout_makes_no_difference(name: str, arguments: dict[str, Any]) -> None:
    ends = []
    for layout in (torch.contiguous_format, torch.channels_last):
        net = network(layout)
        optimizer = build(records.build(name, **arguments), net.named_parameters())
        for step in range(3):
            generator = torch.Generator().manual_seed(step)
            for weight in net.parameters():
                # a gradient in the plain layout, as clipping or a hand-written one may give
                weight.grad = torch.randn(weight.shape, generator=generator)
            optimizer.step()
        ends.append(values(net))
    torch.testing.assert_close(ends[0], ends[1], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("name", "arguments"), EVERY)
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_resuming_gives_the_same_weights(
    name: str, arguments: dict[str, Any], layout: torch.memory_format
) -> None:
    record = records.build(name, **arguments)
    whole = network(layout)
    train(whole, build(record, whole.named_parameters()), range(6))

    net = network(layout)
    optimizer = build(record, net.named_parameters())
    train(net, optimizer, range(3))
    groups, state = through_a_file(optimizer.state_dict())
    again = build(record, net.named_parameters())
    again.load_state_dict({"param_groups": groups, "state": state})
    train(net, again, range(3, 6))
    assert torch.equal(values(net), values(whole))


def through_a_file(saved: dict[str, Any]) -> tuple[Any, Any]:
    """Groups as JSON, state as safetensors, which keeps no strides."""
    flat = {
        f"{index}.{name}": value.contiguous()
        for index, slots in saved["state"].items()
        for name, value in slots.items()
    }
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in load(save(flat)).items():
        index, name = key.split(".")
        state.setdefault(int(index), {})[name] = value
    return json.loads(json.dumps(saved["param_groups"])), state


def test_weights_without_a_gradient_stay() -> None:
    net = network()
    frozen = net[0].weight  # type: ignore[index]
    frozen.requires_grad_(False)
    before = frozen.clone()
    optimizer = build(records.Adam(weight_decay=0.1), net.named_parameters())
    train(net, optimizer, range(2))
    assert torch.equal(frozen, before)
    assert len(optimizer.state) == 5
    empty = build(records.Adam(), [("w", torch.ones(2, requires_grad=True))])
    empty.step()
    assert not empty.state


@pytest.mark.parametrize("name", records.OPTIMIZERS)
def test_a_rate_of_zero_changes_nothing(name: str) -> None:
    net = network()
    before = values(net)
    optimizer = build(records.build(name), net.named_parameters())
    set_rate(optimizer, 0.0)
    train(net, optimizer, range(2))
    assert torch.equal(values(net), before)


@pytest.mark.parametrize("name", records.OPTIMIZERS)
def test_pixels_that_are_always_black_make_no_nan(name: str) -> None:
    weight = torch.zeros(3, 2, requires_grad=True)
    optimizer = build(records.build(name), [("w", weight)])
    for _ in range(3):
        weight.grad = torch.zeros(3, 2)
        optimizer.step()
    assert torch.isfinite(weight).all()


def test_momentum_keeps_the_rate_it_was_gathered_with() -> None:
    # v = −1·1 − … by hand: the first step's velocity is not rescaled when the rate falls
    weight = torch.zeros(1, requires_grad=True)
    optimizer = build(records.SGD(learning_rate=1.0, momentum=0.5), [("w", weight)])
    for rate in (1.0, 0.1):
        weight.grad = torch.ones(1)
        set_rate(optimizer, rate)
        optimizer.step()
    assert weight.item() == pytest.approx(-1 - (0.5 * 1 + 0.1 * 1))


def test_muon_takes_matrices_and_leaves_the_rest_to_adam() -> None:
    def shapes(record: records.Muon) -> list[list[tuple[int, ...]]]:
        groups = build(record, network().named_parameters()).param_groups
        return [[tuple(weight.shape) for weight in group["params"]] for group in groups]

    convolutions = [(4, 2, 3, 3), (3, 4, 3, 3)]
    assert shapes(records.Muon()) == [[*convolutions, (5, 12)], [(4,), (3,), (5,)]]
    assert shapes(records.Muon(convolutions=False))[0] == [(5, 12)]
    assert shapes(records.Muon(exclude_layers=("^4",)))[0] == convolutions


JORDAN = (3.4445, -4.7750, 2.0315)


@pytest.mark.parametrize("shape", [(6, 6), (4, 9), (9, 4)])
def test_newton_schulz_makes_singular_values_near_one(shape: tuple[int, int]) -> None:
    torch.manual_seed(1)
    matrix = torch.randn(shape)
    (turned,) = orthogonal([matrix], 5, JORDAN)
    assert turned.shape == matrix.shape
    assert turned.dtype == torch.float32
    sizes = torch.linalg.svdvals(turned)
    assert sizes.min() > 0.6
    assert sizes.max() < 1.25
    # the directions stay: U and V are those of the matrix
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    inner = left.mT @ turned @ right.mT
    assert (inner - torch.diag(inner.diagonal())).abs().max() < 1e-4


@pytest.mark.parametrize(
    ("steps", "coefficients"),
    # Jordan's steps make 3.4 times of what rounding leaves of a 0: twelve would show it
    [(1, JORDAN), (2, JORDAN), (5, JORDAN), (7, JORDAN), (14, (1.875, -1.25, 0.375))],
)
def test_newton_schulz_of_many_sizes_equals_its_definition(
    steps: int, coefficients: tuple[float, float, float]
) -> None:
    random = np.random.default_rng(0)
    a, b, c = coefficients
    many = [random.normal(size=shape) for shape in [(1, 7), (5, 5), (16, 40), (70, 8), (33, 90)]]
    many.append(random.normal(size=(20, 3)) @ random.normal(size=(3, 50)))  # rank 3 of 20
    many.append(many[2] * np.geomspace(1, 1e-6, 16)[:, None])
    many.append(np.zeros((4, 6)))
    turned = orthogonal(
        [torch.tensor(one, dtype=torch.float32) for one in many], steps, coefficients
    )
    for one, got in zip(many, turned, strict=True):
        x = one / (np.linalg.norm(one) + 1e-7)
        for _ in range(steps):
            gram = x @ x.T
            x = a * x + (b * gram + c * gram @ gram) @ x
        np.testing.assert_allclose(got.numpy(), x, atol=2e-4)
