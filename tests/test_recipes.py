"""A contract for every recipe that ships: it loads, it says where it comes from, it trains."""

from __future__ import annotations

import ast
import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from ziffern import datasets, recipe
from ziffern.contract import Contract
from ziffern.layers import parse_layers
from ziffern.recipe import Recipe, load, parse
from ziffern.training import optimizers
from ziffern.training.batches import TrainingBatches
from ziffern.training.engine import Engine
from ziffern.training.network import TorchNetwork

SUMMARIES: dict[str, Any] = json.loads(
    (Path(__file__).parent / "golden" / "keras_summaries.json").read_text()
)["networks"]
EVERY = recipe.names()
# Every network and training of the five sources, and two of our own.
NEEDED = {
    *("marvin", "quick", "lenet-5"),
    *("simple-conv", "drop-conv", "drop-move-conv", "drop-full-conv", "cnn-101"),
    *("slides-dense", "slides-small"),
    *("cheat-mlp", "cheat-cnn", "cheat-lstm", "cheat-finetune"),
    *("codelab-01-softmax", "codelab-02-sigmoid", "codelab-03-relu-adam", "codelab-04-fast"),
    *("codelab-05-decay", "codelab-06-deep", "codelab-07-dropout", "codelab-08-conv"),
    *("codelab-09-conv-dropout", "codelab-10-batchnorm"),
    *("codelab-small-conv", "codelab-pooling-head"),
    *("werkstatt", "werkstatt-relu"),
}


@cache
def digits(count: int = 32) -> tuple[np.ndarray, np.ndarray]:
    part = datasets.load("mnist", offline=True).train
    return part.images[:count], part.labels[:count]


def contract(found: Recipe) -> Contract:
    if found.data.scale == "standard":
        return Contract("standard", mean=0.13, deviation=0.31)
    return Contract(found.data.scale)


def test_all_are_there() -> None:
    assert set(EVERY) >= NEEDED


@pytest.mark.parametrize("name", EVERY)
def test_says_what_it_is(name: str) -> None:
    found = load(name)
    assert found.name == name
    assert found.title
    assert found.source
    assert found.summary
    for text in (found.title, found.source, found.summary):
        assert text == text.strip()
        assert "\n" not in text
    assert not found.summary.endswith("."), "it stands in tables"


@pytest.mark.parametrize("name", EVERY)
def test_ends_in_one_number_for_each_digit(name: str) -> None:
    found = load(name)
    assert found.network.output_shape == (10,)
    found.check_classes(10, "mnist")


@pytest.mark.parametrize("name", EVERY)
def test_says_only_what_it_must(name: str) -> None:
    # a shipped file leaves its name to the file system and writes its layers as `str` does
    text = (recipe.FOLDER / f"{name}.toml").read_text()
    assert "\nname = " not in text.partition("\n[")[0]
    assert len(text.splitlines()) <= 60, "a recipe fits on a screen"
    lines = [line for line in load(name).layers.splitlines() if line]
    assert [str(layer) for layer in load(name).layer_list] == [_usual(line) for line in lines]


def _usual(line: str) -> str:
    """Leave out what is said though it is the default: a source may say it."""
    [(_, layer)] = parse_layers(line)
    assert ast.unparse(ast.parse(line)) == line
    return str(layer)


@pytest.mark.parametrize("name", EVERY)
def test_written_and_read_back(name: str) -> None:
    found = load(name)
    assert parse(found.to_toml(), name="another") == found
    assert found.changed({}) == found


def ours(name: str) -> str:
    """Name the recipe of a network of Keras's: the rungs have two digits, to sort well."""
    first, _, rest = name.removeprefix("codelab-").partition("-")
    return f"codelab-{int(first):02}-{rest}" if first.isdigit() else name


@pytest.mark.parametrize("name", SUMMARIES)
def test_summary_is_that_of_keras(name: str) -> None:
    network = load(ours(name)).network
    rows = [
        (stage.name, stage.kind, list(stage.output_shape), stage.parameters)
        for stage in network.stages
    ]
    expected = [
        (row["name"], row["type"], row["output_shape"], row["parameters"])
        for row in SUMMARIES[name]["rows"]
        # the codelab begins with vectors; ours are pictures already
        if row["output_shape"] != [28, 28, 1]
    ]
    assert rows == expected
    assert network.parameters == SUMMARIES[name]["total"]
    assert network.trainable_parameters == SUMMARIES[name]["trainable"]


@pytest.mark.parametrize("name", EVERY)
def test_pytorch_has_the_same_weights(name: str) -> None:
    records = load(name).network
    network = TorchNetwork(records)
    start = records.initial_weights(0)
    network.load_weights(start)
    found = network.weights()
    assert list(found) == list(records.weights)
    assert sum(array.size for array in found.values()) == records.parameters
    for key, array in found.items():
        np.testing.assert_array_equal(array, start[key])
    trained = sum(p.numel() for p in network.parameters() if p.requires_grad)
    assert trained == records.trainable_parameters


@pytest.mark.parametrize("name", EVERY)
def test_one_step_lowers_the_loss(name: str) -> None:
    found = load(name)
    network = TorchNetwork(found.network)
    network.load_weights(found.network.initial_weights(found.train.seed))
    network.train()
    images, labels = digits()
    inputs, targets = torch.from_numpy(contract(found).scaled(images)), torch.from_numpy(labels)
    # a tenth of the rate, for the gradient promises something for small steps only
    rate = found.optimizer_record.learning_rate / 10
    optimizer = optimizers.build(
        found.changed({"optimizer.learning_rate": rate}).optimizer_record,
        [(key, tensor) for key, tensor in network.tensors().items() if tensor.requires_grad],
    )

    def loss() -> torch.Tensor:
        torch.manual_seed(0)  # the same units dropped, before and after
        return functional.cross_entropy(network(inputs), targets)

    before = loss()
    before.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    assert loss().item() < before.item()


@pytest.mark.parametrize("name", EVERY)
def test_trains_with_all_its_settings(name: str) -> None:
    found = load(name, {"train.batch_size": 16, "train.epochs": 2})
    images, labels = digits()
    training = TrainingBatches(
        images,
        labels,
        contract(found),
        torch.device("cpu"),
        found,
    )
    if found.augmentation.enlarge:
        assert len(training) == 5 * len(images)
    # what is watched must be there: without held-out digits, a schedule watches the training
    if found.schedule.get("name") == "reduce_lr_on_plateau":
        found = found.changed({"schedule.monitor": "loss"})
    engine = Engine(found, training, None)
    assert engine.fit() == "finished"
    assert [row["epoch"] for row in engine.state.history] == [1, 2]
    assert all(math.isfinite(row["loss"]) for row in engine.state.history)
    assert list(engine.result()) == list(found.network.weights)


SETTINGS = {  # of the sources, by hand: optimiser, rate, epochs, batch, scale, validation
    "marvin": ("adam", 1e-3, 10, 128, "unit", 5000),
    "cnn-101": ("adam", 1e-3, 150, 64, "unit", 0.1),
    "simple-conv": ("adam", 1e-3, 15, 128, "unit", 0.1),
    "slides-dense": ("rmsprop", 1e-3, 20, 512, "raw", 0.2),
    "slides-small": ("rmsprop", 1e-3, 20, 512, "raw", 0.2),
    "cheat-mlp": ("rmsprop", 1e-3, 20, 128, "standard", 0.1),
    "cheat-finetune": ("rmsprop", 1e-4, 30, 128, "unit", 0.1),
    "codelab-01-softmax": ("sgd", 0.01, 10, 128, "unit", 10_000),
    "codelab-02-sigmoid": ("sgd", 0.01, 10, 128, "unit", 10_000),
    "codelab-03-relu-adam": ("adam", 1e-3, 10, 128, "unit", 10_000),
    "codelab-04-fast": ("adam", 0.01, 10, 128, "unit", 10_000),
    "codelab-10-batchnorm": ("adam", 0.01, 10, 64, "unit", 10_000),
    "werkstatt": ("rmsprop", 1e-3, 20, 512, "raw", 0.2),
    "werkstatt-relu": ("rmsprop", 1e-3, 20, 512, "unit", 0.2),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_of_the_sources(name: str) -> None:
    found = load(name)
    assert SETTINGS[name] == (
        found.optimizer["name"],
        found.optimizer_record.learning_rate,
        found.train.epochs,
        found.train.batch_size,
        found.data.scale,
        found.data.validation,
    )


@pytest.mark.parametrize(
    ("name", "rates"),
    [
        ("codelab-04-fast", [0.01, 0.01, 0.01]),
        ("codelab-05-decay", [0.01, 0.006, 0.0036]),
        ("codelab-09-conv-dropout", [0.01, 0.006, 0.0036]),
        ("codelab-10-batchnorm", [0.01, 0.00666, 0.00443556]),
        ("cheat-finetune", [1e-4, 1e-4 / (1 + 100e-6), 1e-4 / (1 + 200e-6)]),
    ],
)
def test_learning_rates_of_the_sources(name: str, rates: list[float]) -> None:
    found = load(name)
    base = found.optimizer_record.learning_rate
    drawn = [
        found.schedule_record.learning_rate(
            base, step=1 + 100 * epoch, epoch=1 + epoch, total_steps=1000, steps_per_epoch=100
        )
        for epoch in range(3)
    ]
    assert drawn == pytest.approx(rates, rel=1e-9)


def test_the_courses_own_network_varies_its_digits_and_stops_early() -> None:
    found = load("cnn-101")
    assert (found.augmentation.rotation, found.augmentation.zoom) == (10, 0.1)
    assert found.augmentation.shift == 0.1
    assert found.train.seed == 2
    assert found.train.early_stopping is not None
    assert found.train.early_stopping.patience == 10
    assert found.train.early_stopping.restore_best
    assert found.schedule == {"name": "reduce_lr_on_plateau", "factor": 0.5, "patience": 3}
    assert load("drop-full-conv").augmentation.rotation == 30
    assert load("drop-move-conv").augmentation.enlarge == 1
    tuned = load("cheat-finetune").train.early_stopping
    assert tuned is not None
    assert tuned.patience == 2


@pytest.mark.parametrize(
    ("name", "accuracy", "loss"),
    [
        ("simple-conv", 0.9895, 0.1163),
        ("drop-conv", 0.9921, 0.0359),
        ("drop-move-conv", 0.9921, 0.0293),
        ("drop-full-conv", 0.9927, 0.0250),
        ("cnn-101", 0.9970, 0.0090),
        ("werkstatt", 0.9652, 0.1140),
        ("codelab-01-softmax", 0.90, None),
        ("codelab-03-relu-adam", 0.97, None),
        ("codelab-10-batchnorm", 0.995, None),
    ],
)
def test_results_that_the_sources_report(name: str, accuracy: float, loss: float | None) -> None:
    reported = load(name).reported
    assert reported is not None
    assert (reported.accuracy, reported.loss) == (accuracy, loss)
