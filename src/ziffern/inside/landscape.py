"""The loss surface around trained weights, over two directions, with the path of training on it.

    images, labels = part.images[:512], part.labels[:512]    # of the validation part
    surface = random_surface(model, images, labels, seed=0)
    surface = path_surface(model, snapshots, images, labels)    # {epoch: weights}

`snapshots` come from a run that was trained with `train.snapshots = true`:
`{epoch: read_weights(path) for epoch, path in listeners.snapshots.snapshots(run.path).items()}`.
`figures.landscape.landscape_figure(surface)` draws both kinds. The loss is that of `weight_space`.
On a path, batch normalisation uses the statistics of the pictures, as in training: with those of
the trained model an early epoch of the recipe `quick` seemed to lie at 14 nats, where it had 0.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ziffern.errors import InputError
from ziffern.evaluation.model import Model
from ziffern.inside.differentiable import Images
from ziffern.inside.weight_space import WeightSpace
from ziffern.layers import Weights

Floats = NDArray[np.float64]
Integers = NDArray[np.integer]
Progress = Callable[[int, int], None]
"""Is told (points done, points in all)."""

STEPS = 21
"""Points along each direction; an odd number has one at the trained weights."""
MARGIN = 0.25
"""How far a surface goes beyond the path, as a share of the path's extent."""


@dataclass(frozen=True, eq=False)
class TrainingPath:
    """Where the weights of each epoch lie on a surface.

    epochs: int64 (E,), 0 is the start. points: float64 (E, 2), x and y, projected onto the plane.
    shares: which part of all movement x and y hold, each 0…1.
    """

    epochs: NDArray[np.int64]
    points: Floats
    shares: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Surface:
    """Losses over two directions; the trained weights lie at (0, 0).

    x, y: float64 (X,) and (Y,). Along random directions 1 is as far as each filter is long; along
    a path it is a distance of 1 between weights.
    loss: float64 (Y, X), mean cross-entropy in nats; infinite where the network overflows.
    centre: the loss at the trained weights. pictures: over how many.
    """

    x: Floats
    y: Floats
    loss: Floats
    centre: float
    pictures: int
    path: TrainingPath | None = None


def random_surface(
    model: Model,
    images: Images,
    labels: Integers,
    *,
    seed: int = 0,
    reach: float = 1.0,
    steps: int = STEPS,
    progress: Progress | None = None,
) -> Surface:
    """Compute the loss over two random, filter-normalised directions (Li et al. 2018).

    Args:
        model: the trained network.
        images: uint8 (N, 28, 28), white on black; some hundred are enough.
        labels: their classes, (N,).
        seed: of the directions.
        reach: how far to go to both sides, in lengths of the filters.
        steps: points along each direction.
        progress: is told after each point.

    Raises:
        InputError: no pictures or labels that do not fit, a reach or steps that cannot be.
    """
    if not 0 < reach < np.inf:
        raise InputError(f"a reach of {reach:g} cannot be: give one above 0, such as 1")
    space = WeightSpace(model, images, labels)
    random = torch.Generator().manual_seed(seed)
    directions = space.filter_direction(random), space.filter_direction(random)
    ends = np.array([[-reach, reach]] * 2)
    return _computed(space, directions, ends, steps, None, progress)


def path_surface(
    model: Model,
    snapshots: Mapping[int, Weights],
    images: Images,
    labels: Integers,
    *,
    steps: int = STEPS,
    progress: Progress | None = None,
) -> Surface:
    """Compute the loss over the two directions along which training moved most.

    They are the first principal components of the epochs' weights, seen from the trained ones (Li
    et al. 2018, section 7). What the path does beside that plane is not seen, so the loss under a
    point is not quite that of its epoch.

    Args:
        model: the trained network.
        snapshots: the weights of each epoch, at least three, by Keras's names.
        images: uint8 (N, 28, 28), white on black; some hundred are enough.
        labels: their classes, (N,).
        steps: points along each direction.
        progress: is told after each point.

    Raises:
        InputError: as for `random_surface`; fewer than three epochs, or epochs all alike.
        RunError: weights of another network.
    """
    if len(snapshots) < 3:
        raise InputError(
            f"{len(snapshots)} epochs span no plane: a path needs the weights of at least 3"
        )
    space = WeightSpace(model, images, labels, batch_statistics=True)
    moves = torch.stack([space.vector(weights) - space.centre for weights in snapshots.values()])
    directions, shares = _principal(moves)
    points = np.stack([(moves @ each).double().cpu().numpy() for each in directions], axis=1)
    path = TrainingPath(np.array(list(snapshots), np.int64), points, shares)
    # the trained weights, at (0, 0), belong to what is shown
    seen = np.vstack([points, np.zeros((1, 2))])
    low, high = seen.min(axis=0), seen.max(axis=0)
    beyond = MARGIN * (high - low)
    ends = np.stack([low - beyond, high + beyond], axis=1)
    return _computed(space, directions, ends, steps, path, progress)


def _principal(moves: Tensor) -> tuple[tuple[Tensor, Tensor], tuple[float, float]]:
    """Return the first two principal components of rows (E, P), of length 1, and their shares."""
    centred = (moves - moves.mean(0)).double()
    # of the small matrix of products between epochs; P is too large for the other one
    values, vectors = torch.linalg.eigh(centred @ centred.T)
    if values[-2] <= 1e-12 * values[-1] or values[-1] <= 0:
        raise InputError("these epochs span no plane: their weights hardly differ")
    found = []
    for place in (-1, -2):
        direction = centred.T @ vectors[:, place]
        direction /= direction.norm()
        # towards the first epoch, so that the same training gives the same picture
        found.append((direction * torch.sign(direction @ centred[0])).to(moves.dtype))
    total = values.clamp_min(0).sum()
    return (found[0], found[1]), (float(values[-1] / total), float(values[-2] / total))


def _computed(
    space: WeightSpace,
    directions: tuple[Tensor, Tensor],
    ends: Floats,
    steps: int,
    path: TrainingPath | None,
    progress: Progress | None,
) -> Surface:
    if steps < 2:
        raise InputError(f"a surface needs at least 2 points along each direction, not {steps}")
    x, y = (np.linspace(low, high, steps) for low, high in ends)
    loss = np.empty((steps, steps))
    for row, up in enumerate(y):
        start = space.centre + float(up) * directions[1]
        for column, right in enumerate(x):
            found = space.loss(start + float(right) * directions[0])
            loss[row, column] = found if np.isfinite(found) else np.inf
            if progress is not None:
                progress(row * steps + column + 1, steps * steps)
    return Surface(x, y, loss, space.loss(space.centre), len(space.inputs), path)
