"""Who is measured beside whom, doing what, and about how long that takes.

A contestant is a program in its environment; each brings the networks that are natural to it, and
Ziffern has them all, so that rows compare like with like, and its own recipes besides. This module
only plans; `measuring` runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measuring import Measurement
from peers_environments import ENVIRONMENTS

HERE = Path(__file__).resolve().parent
TASKS = ("import", "first", "train", "predict", "fit")
IMAGES = {"marvin": 20_000, "cnn-101": 4_000, "pytorch-mnist": 6_000}  # seconds of training
OTHER_IMAGES = 20_000
LONG = 900  # expected seconds of a training that is done once, after everything else
TRAINING_SECONDS = {  # of whole trainings on two cores; only to tell how long it will take
    ("Keras TensorFlow float32", "cnn-101"): 4500,
    ("Keras TensorFlow bfloat16", "cnn-101"): 2700,
    ("Keras JAX", "marvin"): 400,
    ("Keras JAX", "cnn-101"): 12_000,
    ("PyTorch", "pytorch-mnist"): 900,
    ("Ziffern", "cnn-101"): 1500,
    ("Ziffern", "pytorch-mnist"): 400,
    ("Ziffern", "nn-digits"): 300,
}
TASK_SECONDS = {"import": 5, "first": 6, "train": 15, "predict": 12, "fit": 150}


@dataclass(frozen=True)
class Contestant:
    """A row of the tables."""

    title: str
    environment: str
    program: str
    variant: str
    networks: tuple[str, ...]
    trains: bool = True

    @property
    def ours(self) -> bool:
        """Whether it is Ziffern."""
        return self.title.startswith("Ziffern")


def contestants(own: Sequence[str]) -> list[Contestant]:
    """Return all contestants; `own` are the recipes that only Ziffern brings."""
    keras = ("marvin", "cnn-101")
    peers = [
        Contestant(
            "Keras TensorFlow float32", "keras-tensorflow", "peer_keras.py", "float32", keras
        ),
        Contestant(
            "Keras TensorFlow bfloat16", "keras-tensorflow", "peer_keras.py", "bfloat16", keras
        ),
        Contestant("Keras JAX", "keras-jax", "peer_keras.py", "float32", keras),
        Contestant("PyTorch", "pytorch", "peer_pytorch.py", "float32", ("pytorch-mnist",)),
        Contestant("scikit-learn", "scikit-learn", "peer_sklearn.py", "float32", ("sklearn-mlp",)),
        Contestant(
            "neural-network-digits",
            "neural-network-digits",
            "peer_numpy.py",
            "float32",
            ("nn-digits",),
        ),
    ]
    every = tuple(dict.fromkeys([*own, *(name for peer in peers for name in peer.networks)]))
    program = "peer_ziffern.py"
    return [
        Contestant("Ziffern", "ziffern", program, "torch", every),
        Contestant(
            "Ziffern ONNX Runtime", "ziffern-reader", program, "onnxruntime", every, trains=False
        ),
        Contestant("Ziffern int8", "ziffern", program, "int8", every, trains=False),
        *peers,
    ]


@dataclass(frozen=True)
class Wish:
    """What is to be measured."""

    tasks: Sequence[str]
    networks: Sequence[str]
    own: Sequence[str]
    rounds: int
    fit_rounds: int
    epochs: int | None
    images: int | None
    seconds: float
    digits: int
    longest: float


def plan(
    wish: Wish, chosen: Sequence[Contestant], python: Callable[[str], Path], folder: Path
) -> list[Measurement]:
    """Return all measurements in the order in which they are taken.

    In each round everybody does the same task once, in an order that moves on from round to round,
    so that a slow minute of the machine hits all alike. Long trainings come last.
    """
    found = [
        measurement
        for number in range(1, max(wish.rounds, wish.fit_rounds) + 1)
        for task in TASKS
        if task in wish.tasks and number <= (wish.fit_rounds if task == "fit" else wish.rounds)
        for measurement in _turn(task, number, wish, chosen, python, folder)
    ]
    # short trainings first: their models tell what int8 costs in accuracy
    found.sort(key=lambda each: (each.key["task"] != "fit") + 2 * _is_long(each))
    return [each for each in found if each.expected <= wish.longest]


def _turn(
    task: str,
    number: int,
    wish: Wish,
    chosen: Sequence[Contestant],
    python: Callable[[str], Path],
    folder: Path,
) -> Iterator[Measurement]:
    if task == "import":
        used = {each.environment: each for each in chosen if each.title != "Ziffern int8"}
        for name in _rotated(list(used), number):
            yield Measurement(
                {"task": task, "network": None, "title": name, "round": number},
                [python(name), "-c", _importing(ENVIRONMENTS[name].module)],
                TASK_SECONDS[task],
                ENVIRONMENTS[name].variables,
            )
        return
    groups = [wish.networks] if task == "fit" else [[name] for name in wish.networks]
    for networks in groups:
        pairs = [
            (each, name)
            for each in chosen
            for name in networks
            if name in each.networks and _does(each, task, name, wish)
        ]
        for contestant, network in _rotated(pairs, number):
            made = measurement(task, contestant, network, number, wish, python, folder)
            if not (_is_long(made) and number > 1):
                yield made


def _does(contestant: Contestant, task: str, network: str, wish: Wish) -> bool:
    if task in ("train", "fit"):
        return contestant.trains
    return task == "predict" or contestant.variant != "int8"


def measurement(
    task: str,
    contestant: Contestant,
    network: str,
    number: int,
    wish: Wish,
    python: Callable[[str], Path],
    folder: Path,
) -> Measurement:
    """Return one measurement of one contestant's program."""
    key: dict[str, Any] = {
        "task": task,
        "network": network,
        "title": contestant.title,
        "round": number,
        "digits": wish.digits,
    }
    command: list[str | Path] = [
        python(contestant.environment),
        HERE / contestant.program,
        task,
        network,
        contestant.variant,
        folder,
    ]
    expected = float(TASK_SECONDS[task])
    if task == "train":
        key["images"] = wish.images or IMAGES.get(network, OTHER_IMAGES)
        command += ["--images", str(key["images"])]
    elif task == "predict":
        key["seconds"] = wish.seconds
        command += ["--seconds", str(wish.seconds)]
    elif task == "fit":
        key["epochs"] = wish.epochs
        command += ["--seed", str(number - 1)]
        command += [] if wish.epochs is None else ["--epochs", str(wish.epochs)]
        expected = TRAINING_SECONDS.get((contestant.title, network), expected)
    return Measurement(key, command, expected, ENVIRONMENTS[contestant.environment].variables)


def _importing(module: str) -> str:
    return (
        f"import json, os, time; import {module}; "
        "print(json.dumps({'seconds': time.time() - float(os.environ['PEER_STARTED'])}))"
    )


def _is_long(measurement: Measurement) -> bool:
    return measurement.expected >= LONG


def _rotated(items: Sequence[Any], number: int) -> list[Any]:
    start = (number - 1) % len(items) if items else 0
    return [*items[start:], *items[:start]]
