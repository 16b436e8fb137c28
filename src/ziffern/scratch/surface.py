"""The error surface over two weights: the loss of some pictures while all other weights stay.

    surface = ErrorSurface(network, x, labels, ("dense/kernel", (3, 7)), ("dense/kernel", (5, 2)))
    view = surface.view((0.1, -0.2), reach=4.0)          # losses on a grid around a point

Only the layers from these weights on are computed anew for each point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ziffern.scratch.base import Array, Dropout
from ziffern.scratch.loss import cross_entropy
from ziffern.scratch.network import Link, Network

Floats = NDArray[np.float64]
Place = tuple[str, tuple[int, ...]]
"""One weight: the full name of its array, such as ``dense/kernel``, and its index in it."""


@dataclass(frozen=True, eq=False)
class View:
    """A part of an error surface: loss (M, M) in nats, its rows at `second`, columns at `first`."""

    first: Floats
    second: Floats
    loss: Floats


class ErrorSurface:
    """The loss as a function of two weights, from a batch that has just gone forward.

    Args:
        network: its weights are changed on the way and put back.
        x: the network's input; dropout drops what it dropped last.
        labels: (N,), true classes.
        first, second: the two weights, of one layer.
        label_smoothing: as in `cross_entropy`.
    """

    def __init__(
        self,
        network: Network,
        x: Array,
        labels: NDArray[np.integer],
        first: Place,
        second: Place,
        *,
        label_smoothing: float = 0.0,
    ) -> None:
        names = [link.stage.name for link in network.links]
        self.start = names.index(first[0].rpartition("/")[0])
        self.links, self.labels, self.smoothing = network.links, labels, label_smoothing
        self.x = again(network.links[: self.start], x)
        self.arrays = [(network.weights[name], index) for name, index in (first, second)]

    def loss(self, first: float, second: float) -> float:
        """Return the loss, in nats, for these values of the two weights."""
        kept = [array[index] for array, index in self.arrays]
        for (array, index), value in zip(self.arrays, (first, second), strict=True):
            array[index] = value
        logits = again(self.links[self.start :], self.x)
        loss, _ = cross_entropy(logits, self.labels, label_smoothing=self.smoothing)
        for (array, index), value in zip(self.arrays, kept, strict=True):
            array[index] = value
        return loss

    def view(self, middle: tuple[float, float], reach: float, points: int = 41) -> View:
        """Return the losses up to `reach` away from `middle`, on a grid of points × points."""
        first, second = (np.linspace(at - reach, at + reach, points) for at in middle)
        loss = np.array([[self.loss(u, v) for u in first] for v in second])
        return View(first, second, loss)


def again(links: Sequence[Link], x: Array) -> Array:
    """Send a batch forward through links once more, as in training; what was dropped stays so."""
    for link in links:
        if isinstance(link.layer, Dropout):
            x = x * link.layer.mask
        else:
            x = link.layer.forward(x, training=True)
    return x
