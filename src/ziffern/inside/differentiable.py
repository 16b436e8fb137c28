"""A trained network as something to be differentiated: logits in float32, every layer as written.

    question, inputs = asked(model, images, targets=[4, 7])
    scores = question.scores(inputs)                               # float32 (2,)

What is explained is a logit, not a probability: where a network is sure of its answer, softmax
hardly changes any more and its gradient vanishes. Probabilities depend on differences of logits
only, so what decides between two classes is the difference of theirs (`against`).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from ziffern.contract import Contract
from ziffern.errors import InputError
from ziffern.evaluation.model import Model
from ziffern.training.network import TorchNetwork

Images = NDArray[np.uint8]

BATCH = 128

without_cudnn = torch.backends.cudnn.flags(enabled=False)
"""Decorates what differentiates: on a GPU, cuDNN's recurrent layers know no backward pass outside
training, and its convolutions round more than float32 does."""


@dataclass(frozen=True, eq=False)
class Question:
    """Why this class? For pictures of one class each; a single class is asked of all pictures.

    targets: int64 (N,) or (1,). against: the classes whose logits are taken off, or None.
    """

    network: TorchNetwork
    targets: Tensor
    against: Tensor | None = None

    def scores(self, inputs: Tensor) -> Tensor:
        """Return the logits in question, (N,), for inputs (N, 28, 28, 1)."""
        logits = self.network(inputs)
        found = _picked(logits, self.targets)
        return found if self.against is None else found - _picked(logits, self.against)

    def of(self, rows: slice) -> Question:
        """Return the question about some of the pictures."""
        if len(self.targets) == 1:
            return self
        against = None if self.against is None else self.against[rows]
        return replace(self, targets=self.targets[rows], against=against)


def _picked(logits: Tensor, classes: Tensor) -> Tensor:
    return logits.gather(1, classes.expand(len(logits))[:, None])[:, 0]


def differentiable(model: Model) -> TorchNetwork:
    """Return the network with its logits, float32 (N, 28, 28, 1) → (N, C), on the model's device.

    It is a copy, ready to predict (no dropout, moving statistics as they are). Weights have no
    gradients. Every module gives what its layer gives, so that a hook sees just that.
    """
    network = TorchNetwork(model.network, as_written=True)
    network.leave_out_softmax()
    network.load_weights(model.saved.weights)
    return network.to(model.device).eval().requires_grad_(False)


def asked(
    model: Model, images: Images, targets: ArrayLike, against: ArrayLike | None = None
) -> tuple[Question, Tensor]:
    """Make a question of class numbers, a single one or one for each picture, and the inputs.

    Raises:
        InputError: pictures of another type or shape, a number that is no class of the model, or
            not as many classes as pictures.
    """
    inputs, classes = network_inputs(model, images), _classes(model, targets)
    others = None if against is None else _classes(model, against)
    if others is not None and len(others) != len(classes):
        raise InputError(f"{len(classes)} classes cannot stand against {len(others)}")
    if len(classes) not in (1, len(inputs)):
        raise InputError(f"{len(inputs)} pictures do not fit {len(classes)} classes")
    return Question(differentiable(model), classes, others), inputs


def _classes(model: Model, given: ArrayLike) -> Tensor:
    numbers = np.atleast_1d(given)
    count = len(model.class_names)
    if numbers.dtype.kind not in "iu" or numbers.ndim != 1 or len(numbers) == 0:
        raise InputError(f"expected the number of a class, or one for each picture, not {given!r}")
    if numbers.min() < 0 or numbers.max() >= count:
        wrong = next(int(number) for number in numbers if not 0 <= number < count)
        raise InputError(f"no class {wrong}: {model.name} has {count}, numbered from 0")
    return torch.from_numpy(numbers.astype(np.int64)).to(model.device)


def network_inputs(model: Model, images: Images) -> Tensor:
    """Return pictures, uint8 (N, 28, 28), as what the network is fed, float32 (N, 28, 28, 1).

    Raises:
        DataError: another type or shape.
    """
    return torch.from_numpy(model.contract.scaled(images)).to(model.device)


def black_and_white(contract: Contract) -> tuple[float, float]:
    """Return what the network is fed for a black pixel (0) and for a white one (255)."""
    levels = np.zeros((2, contract.size, contract.size), np.uint8)
    levels[1] = 255
    black, white = contract.scaled(levels)[:, 0, 0, 0]
    return float(black), float(white)


def batches(count: int) -> list[slice]:
    """Return slices that go through `count` pictures in equal parts that fit into the cache."""
    parts = max(1, math.ceil(count / BATCH))
    edges = [count * part // parts for part in range(parts + 1)]
    return [slice(*pair) for pair in itertools.pairwise(edges)]
