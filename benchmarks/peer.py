"""What the programs of all peers share: tasks, digits, clock, memory and the answer.

    PEER/bin/python benchmarks/peer_keras.py train marvin float32 FOLDER --images 20000

Each peer has one program, `peer_NAME.py`, that a Python of its own environment runs. It describes
the peer as a `Peer` and gives it to `run`, which does one task in this one process and prints one
JSON object in one line. FOLDER holds what `peers.py` has laid there: digits as .npy files, models.

    train    images a second in the second of two epochs over --images digits, nothing augmented
    fit      a whole training on all digits: after each epoch the accuracy on the validation part
             and the seconds of training so far; at the end, once, the accuracy on the test set;
             keeps the trained model in FOLDER
    save     keeps an untrained model in FOLDER, for the next two
    predict  images a second in batches of 1 and 256, and the median time of a batch
    first    seconds from the start of the process until a kept model has answered one digit

Pixels and labels are brought into the form that the peer wants before the clock starts. Needs NumPy
alone and knows nothing of Ziffern.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]

TASKS = ("train", "fit", "save", "predict", "first")
BATCHES = (1, 256)
STARTED = "PEER_STARTED"  # names the time at which the caller started the process
EVALUATION_BATCH = 500


class AfterEpoch(Protocol):
    """What a training tells after each epoch."""

    def __call__(self, seconds: float, accuracy: float | None = None) -> None:
        """Take an epoch's seconds of training, and its validation accuracy where it is known."""


class Peer(ABC):
    """One network in one program, not yet trained.

    Attributes:
        folder: where `peers.py` has laid digits and models are kept.
        packages: whose versions are told.
    """

    packages: tuple[str, ...] = ()

    def __init__(self, network: str, variant: str, folder: Path, seed: int) -> None:
        self.network, self.variant, self.folder, self.seed = network, variant, folder, seed

    @property
    @abstractmethod
    def batch_size(self) -> int:
        """Digits in a step of training, as the network's source has it."""

    @property
    @abstractmethod
    def epochs(self) -> int:
        """Epochs of a whole training."""

    @abstractmethod
    def train(
        self,
        images: Pixels,
        labels: Labels,
        epochs: int,
        after_epoch: AfterEpoch,
        validation: tuple[Pixels, Labels] | None,
    ) -> None:
        """Train on uint8 (N, 28, 28) and call `after_epoch` with each epoch's seconds.

        With a validation part it is a whole training with the network's own augmentation and
        schedule; without, plain epochs.
        """

    @abstractmethod
    def prepared(self, images: Pixels) -> Any:
        """Return pictures in the form in which `answer` takes slices of them."""

    @abstractmethod
    def answer(self, prepared: Any) -> npt.NDArray[np.floating[Any]]:
        """Return one row of ten numbers for each picture, the largest at the answer."""

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Keep the model in the way its program keeps models."""

    @abstractmethod
    def load(self, folder: Path) -> None:
        """Take a kept model."""

    def facts(self) -> dict[str, Any]:
        """Return what else `predict` should tell of the model."""
        return {}

    def kept(self, *, trained: bool = False) -> Path:
        """Return the folder in which the model is kept; made if it is not there."""
        name = f"{type(self).__name__}-{self.network}" + ("-trained" if trained else "")
        path = self.folder / "models" / name
        path.mkdir(parents=True, exist_ok=True)
        return path


def read(folder: Path, part: str) -> tuple[Pixels, Labels]:
    """Return pictures and labels of a part that `peers.py` has laid into the folder."""
    return np.load(folder / f"{part}-images.npy"), np.load(folder / f"{part}-labels.npy")


def peak_memory_mib() -> float:
    """Return the largest memory so far of this process and of those it has started, in MiB.

    Linux tells it of a process's own memory; `ru_maxrss` would count the process that started it.
    """
    try:
        children = [
            int(number)
            for task in Path("/proc/self/task").iterdir()
            for number in (task / "children").read_text().split()
        ]
        return sum(_high_water(number) for number in (os.getpid(), *children))
    except (OSError, StopIteration):
        unit = 1 if platform.system() == "Darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def _high_water(process: int) -> float:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def accuracy_of(peer: Peer, images: Pixels, labels: Labels) -> float:
    """Return the share of pictures that are answered rightly."""
    ready = peer.prepared(images)
    rows = [
        peer.answer(ready[start : start + EVALUATION_BATCH]).argmax(1)
        for start in range(0, len(images), EVALUATION_BATCH)
    ]
    return float((np.concatenate(rows) == labels).mean())


def train(peer: Peer, images: int) -> dict[str, Any]:
    """Measure the speed of training; a last, smaller batch is left out."""
    count = images - images % peer.batch_size
    pictures, labels = read(peer.folder, "train")
    pictures, labels = pictures[:count], labels[:count]
    if len(pictures) < count:
        sys.exit(f"{peer.folder} has {len(pictures)} training images, asked for {count}")
    found: list[float] = []

    def note(seconds: float, accuracy: float | None = None) -> None:
        found.append(seconds)

    peer.train(pictures, labels, 2, note, None)
    return {
        "images": count,
        "batch_size": peer.batch_size,
        "seconds": found[-1],
        "images_per_second": count / found[-1],
    }


def fit(peer: Peer, epochs: int | None) -> dict[str, Any]:
    """Train as the network's source does, watching the validation part."""
    pictures, labels = read(peer.folder, "train")
    validation = read(peer.folder, "validation")
    history: list[dict[str, float]] = []

    def watch(seconds: float, accuracy: float | None = None) -> None:
        total = seconds + (history[-1]["seconds"] if history else 0.0)
        reached = accuracy_of(peer, *validation) if accuracy is None else accuracy
        history.append({"seconds": total, "validation_accuracy": reached})
        print(f"epoch {len(history)}: {total:.1f} s, {reached:.4f}", file=sys.stderr, flush=True)

    peer.train(pictures, labels, epochs or peer.epochs, watch, validation)
    peer.save(peer.kept(trained=True))
    # once more as the trained model answers, which may average where the training does not
    history[-1]["validation_accuracy"] = accuracy_of(peer, *validation)
    return {
        "images": len(pictures),
        "batch_size": peer.batch_size,
        "epochs": len(history),
        "epochs_of_recipe": peer.epochs,
        "seconds": history[-1]["seconds"],
        "history": history,
        "test_accuracy": accuracy_of(peer, *read(peer.folder, "test")),
    }


def predict(peer: Peer, seconds: float) -> dict[str, Any]:
    """Measure the speed of prediction with a kept model, for about `seconds` each batch size."""
    peer.load(peer.kept())
    ready = peer.prepared(read(peer.folder, "validation")[0])
    found: dict[str, Any] = {}
    for size in BATCHES:
        for _, batch in zip(range(3), slices(ready, size), strict=False):
            peer.answer(batch)  # warms up
        times: list[float] = []
        began = time.perf_counter()
        for batch in slices(ready, size):
            start = time.perf_counter()
            peer.answer(batch)
            end = time.perf_counter()
            times.append(end - start)
            if end - began > seconds:
                break
        found[f"images_per_second_{size}"] = size * len(times) / sum(times)
        found[f"batch_{size}_median_ms"] = 1000 * statistics.median(times)
    return found | {"memory_mib": peak_memory_mib()} | peer.facts()


def slices(ready: Any, size: int) -> Iterator[Any]:
    """Yield full batches in order, over and over."""
    while True:
        for start in range(0, len(ready) - size + 1, size):
            yield ready[start : start + size]


def first(peer: Peer) -> dict[str, Any]:
    """Answer one digit with a kept model; the clock was started by the caller."""
    peer.load(peer.kept())
    peer.answer(peer.prepared(np.load(peer.folder / "one.npy")))
    return {"seconds": time.time() - float(os.environ[STARTED])}


def run(kind: type[Peer], description: str) -> None:
    """Do what the command line asks and print the answer."""
    parser = argparse.ArgumentParser(description=description.split("\n")[0])
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("network")
    parser.add_argument("variant", help="precision or engine, as the program knows them")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=10_000, help="of train")
    parser.add_argument("--epochs", type=int, help="of fit, if not all")
    parser.add_argument("--seconds", type=float, default=3.0, help="of predict, each batch size")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    peer = kind(given.network, given.variant, given.folder, given.seed)
    answer: dict[str, Any] = {}
    if given.task == "train":
        answer = train(peer, given.images)
    elif given.task == "fit":
        answer = fit(peer, given.epochs)
    elif given.task == "predict":
        answer = predict(peer, given.seconds)
    elif given.task == "first":
        answer = first(peer)
    else:
        peer.save(peer.kept())
    answer["peak_memory_mib"] = peak_memory_mib()
    answer["versions"] = {
        "python": platform.python_version(),
        **{name: version(name) for name in peer.packages},
    }
    print(json.dumps(answer))
