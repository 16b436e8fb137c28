"""How sharp the minimum is in which a training ended.

    found = sharpness(model, images, labels)
    found.eigenvalue, found.rise

Two measures, for neither tells all. The largest eigenvalue of the Hessian is exact, but depends on
how large the weights happen to be: a relu network can be scaled so that it does the same with any
sharpness (Dinh et al. 2017, "Sharp minima can generalize for deep nets"). The mean rise of the loss
under random steps that are a share of each filter's length does not have that flaw.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ziffern.errors import InputError
from ziffern.evaluation.model import Model
from ziffern.inside.differentiable import Images
from ziffern.inside.weight_space import WeightSpace

RADIUS = 0.1
DRAWS = 10
ITERATIONS = 50
TOLERANCE = 0.001
"""The power iteration ends when the eigenvalue changes by less than this share."""


@dataclass(frozen=True)
class Sharpness:
    """Sharpness at the trained weights, over some pictures; losses in nats.

    loss: mean cross-entropy there. eigenvalue: the Hessian's largest. rise, spread: mean and
    standard deviation over random directions of how much the loss rises `radius` away, which is a
    share of each filter's length.
    """

    loss: float
    eigenvalue: float
    rise: float
    spread: float
    radius: float
    pictures: int


def sharpness(
    model: Model,
    images: Images,
    labels: NDArray[np.integer],
    *,
    seed: int = 0,
    radius: float = RADIUS,
    draws: int = DRAWS,
    progress: Callable[[int, int], None] | None = None,
) -> Sharpness:
    """Measure the sharpness of the minimum.

    The eigenvalue comes from power iteration with Hessian-vector products (LeCun, Simard &
    Pearlmutter 1993; Yao et al. 2020, "PyHessian"). The rise is the expected sharpness of Neyshabur
    et al. 2017, "Exploring generalization in deep learning", with the filter-normalised steps of Li
    et al. 2018, each taken forwards and backwards.

    Args:
        model: the trained network.
        images: uint8 (N, 28, 28), white on black; some hundred are enough.
        labels: their classes, (N,).
        seed: of the directions and of where the power iteration starts.
        radius: length of the steps, as a share of each filter's length.
        draws: number of random directions, at least 2.
        progress: is told (steps done, steps at most).

    Raises:
        InputError: no pictures or labels that do not fit, a radius or draws that cannot be.
    """
    if not 0 < radius < np.inf or draws < 2:
        raise InputError(
            f"radius {radius:g} and {draws} draws: give a radius above 0 and 2 draws or more"
        )
    space, random = WeightSpace(model, images, labels), torch.Generator().manual_seed(seed)
    tell = progress or (lambda done, most: None)
    eigenvalue = _power_iteration(space, random, lambda done: tell(done, ITERATIONS + draws))
    if eigenvalue < 0:  # the most curved direction leads down: shift it away and look for the rest
        eigenvalue = _power_iteration(space, random, lambda _: None, shift=-eigenvalue)
    loss = space.loss(space.centre)
    rises = []
    for draw in range(draws):
        step = radius * space.filter_direction(random)
        sides = space.loss(space.centre + step) + space.loss(space.centre - step)
        rises.append(sides / 2 - loss)
        tell(ITERATIONS + draw + 1, ITERATIONS + draws)
    return Sharpness(
        loss=loss,
        eigenvalue=eigenvalue,
        rise=float(np.mean(rises)),
        spread=float(np.std(rises, ddof=1)),
        radius=radius,
        pictures=len(images),
    )


def _power_iteration(
    space: WeightSpace, random: torch.Generator, tell: Callable[[int], None], *, shift: float = 0.0
) -> float:
    """Return the eigenvalue of the Hessian that is farthest from −shift."""
    direction = torch.randn(len(space), generator=random).to(space.centre)
    eigenvalue = 0.0
    for iteration in range(1, ITERATIONS + 1):
        direction /= direction.norm()
        curved = space.curvature(direction)
        before, eigenvalue = eigenvalue, float(direction @ curved)
        tell(iteration)
        direction = curved + shift * direction
        if not direction.any() or abs(eigenvalue - before) <= TOLERANCE * abs(eigenvalue):
            break
    return eigenvalue
