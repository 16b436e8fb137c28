"""Eight optimisers race over a surface with a saddle, by the very code that trains networks.

The surface is f(u, v) = 4·u² + (v² − 1)²/4, turned by 30 degrees: a valley that is steep across
and flat along, with a saddle of height ¼ in its middle and a minimum of height 0 at either end.
Turned, because optimisers that treat each weight for itself would have it too easy along an axis.
"""

from __future__ import annotations

import dataclasses
import math
from typing import NamedTuple

import numpy as np
import torch

from ziffern import optimizers as records
from ziffern.evaluation.metrics import Floats
from ziffern.explain.explanation import Explanation, Section
from ziffern.figures.race import Descent, Ground, Runner, heights_figure, race_figure
from ziffern.optimizers import Optimizer
from ziffern.training.optimizers import build

RUNNERS: dict[str, Optimizer] = {
    "SGD": records.SGD(),
    "momentum": records.SGD(momentum=0.9),
    "Nesterov": records.SGD(momentum=0.9, nesterov=True),
    "Adagrad": records.Adagrad(),
    "Adadelta": records.Adadelta(),
    "RMSprop": records.RMSprop(),
    "Adam": records.Adam(),
    "Ftrl": records.Ftrl(),
}
RATES = tuple(10.0 ** (half / 2) for half in range(-5, 4))
"""The learning rates that each may choose from: 0.003 to 30, about threefold steps."""
STEPS = 200
ANGLE = math.radians(30)
TURN = np.array([[math.cos(ANGLE), math.sin(ANGLE)], [-math.sin(ANGLE), math.cos(ANGLE)]])
"""Turns rows of points: ``points @ TURN``, and back: ``points @ TURN.T``."""
SADDLE_HEIGHT = 0.25
STARTS = ((-1.0, 0.002), (-1.0, -0.01), (-0.7, 0.05), (0.8, 0.005), (1.0, -0.02))
"""In u and v: up on the slope, hardly beside the line that leads into the saddle. The race is run
from the first; a learning rate has to be good from all of them."""


class Race(NamedTuple):
    """How one optimiser fared: its learning rate, path (STEPS + 1, 2), heights (STEPS + 1,).

    `left` is the first step at which it is lower than half the saddle's height, `arrived` the first
    from which on it stays below a hundredth of it; None where that did not happen.
    """

    name: str
    learning_rate: float
    path: Floats
    heights: Floats
    left: int | None
    arrived: int | None

    @property
    def waits(self) -> int:
        """Steps at which it is within a tenth of the saddle's height."""
        return int((np.abs(self.heights - SADDLE_HEIGHT) < 0.1 * SADDLE_HEIGHT).sum())


def explain() -> Explanation:
    """Compute the topic; see `ziffern.explain.topics`."""
    races = sorted(
        (race(name, record) for name, record in RUNNERS.items()),
        key=lambda each: (each.arrived or STEPS + 1, each.heights[-1]),
    )
    winner, sgd = races[0], next(each for each in races if each.name == "SGD")
    return Explanation(
        "optimizers",
        "Optimisers",
        "On a saddle the slope is nearly 0, and whoever takes steps as long as the slope is steep "
        f"lingers: plain SGD stays at its height for {sgd.waits} steps, {winner.name} for "
        f"{winner.waits}.",
        [_paths(races), _heights(races)],
        {
            "steps": STEPS,
            "rates": list(RATES),
            "races": [
                {
                    "name": each.name,
                    "learning_rate": each.learning_rate,
                    "steps_at_saddle": each.waits,
                    "left_saddle_at": each.left,
                    "arrived_at": each.arrived,
                    "last_height": float(each.heights[-1]),
                }
                for each in races
            ],
        },
    )


def race(name: str, record: Optimizer) -> Race:
    """Run one optimiser with the rate of `RATES` that arrives soonest on average of all starts."""
    tried = {rate: descend(record, rate) for rate in RATES}

    def mean_steps(rate: float) -> float:
        ends = [arrived(tried[rate][1][:, start]) for start in range(len(STARTS))]
        return float(np.mean([STEPS + 1 if end is None else end for end in ends]))

    def leftover(rate: float) -> float:
        last = tried[rate][1][-1]
        return float(np.where(np.isfinite(last), last, np.inf).mean())

    best = min(RATES, key=lambda rate: (mean_steps(rate), leftover(rate)))
    paths, heights = tried[best]
    below = np.flatnonzero(heights[:, 0] < SADDLE_HEIGHT / 2)
    return Race(
        name,
        best,
        paths[:, 0],
        heights[:, 0],
        int(below[0]) if below.size else None,
        arrived(heights[:, 0]),
    )


def descend(record: Optimizer, rate: float) -> tuple[Floats, Floats]:
    """Take `STEPS` steps from all starts; return places (STEPS + 1, S, 2) and heights (…, S)."""
    places = np.array(STARTS) @ TURN
    weights = torch.nn.Parameter(torch.from_numpy(places))  # both are the same memory
    optimizer = build(dataclasses.replace(record, learning_rate=rate), [("weights", weights)])
    paths, heights = [], []
    for _ in range(STEPS + 1):
        height, slope = surface(places)
        paths.append(places.copy())
        heights.append(height)
        weights.grad = torch.from_numpy(slope)
        optimizer.step()
    return np.array(paths), np.array(heights)


def surface(points: Floats) -> tuple[Floats, Floats]:
    """Return heights (…) and slopes (…, 2) at points (…, 2)."""
    with np.errstate(over="ignore", invalid="ignore"):  # with some rates one flies away
        u, v = np.moveaxis(points @ TURN.T, -1, 0)
        height = 4 * u**2 + (v**2 - 1) ** 2 / 4
        return height, np.stack([8 * u, v * (v**2 - 1)], axis=-1) @ TURN


def arrived(heights: Floats) -> int | None:
    """Return the first step from which on all heights stay below a hundredth of the saddle's."""
    above = np.flatnonzero(~(heights < SADDLE_HEIGHT / 100))
    if above.size == 0:
        return 0
    return None if above[-1] == len(heights) - 1 else int(above[-1]) + 1


def _ground() -> Ground:
    x, y = np.linspace(-1.5, 1.5, 121), np.linspace(-1.5, 1.5, 121)
    heights, _ = surface(np.stack(np.meshgrid(x, y), axis=-1))
    ends = np.array([[0.0, 1.0], [0.0, -1.0]]) @ TURN
    return Ground(x, y, heights, (0.0, 0.0), [(end[0], end[1]) for end in ends.tolist()])


def _paths(races: list[Race]) -> Section:
    order = ", ".join(f"{each.name} {each.arrived or '–'}" for each in races)
    return Section(
        "paths",
        "Eight ways down",
        "All start at the ring, on the slope and a five-hundredth beside the line that leads into "
        "the saddle (×); the stars are the two minima. A dot is ten steps. SGD takes steps as long "
        "as the slope is steep: it goes straight into the saddle and crawls where it is flat. "
        "Momentum and Nesterov gather speed there. Adagrad, Adadelta, RMSprop and Adam divide each "
        "weight's slope by the slopes it has met, so they step about as far in x as in y, go "
        "aslant and pass the saddle by. Ftrl without penalties is Adagrad but for its start: their "
        f"paths are {_apart(races, 'Ftrl', 'Adagrad'):.2f} apart at most.\n\n"
        f"Each had the same choice of {len(RATES)} learning rates from {RATES[0]:.2g} to "
        f"{RATES[-1]:.2g} and got the one with which it arrived soonest on average of "
        f"{len(STARTS)} starts, all else as Keras has it. On another surface the order may be "
        f"another. Steps until it stays at the bottom: {order}.",
        race_figure(
            _ground(),
            [
                Runner(each.name, f"lr {each.learning_rate:.3g}, {_result(each)}", each.path)
                for each in races
            ],
        ),
        f"Paths over lines of equal height, from the fastest to the slowest: {order}.",
        ["optimiser", "learning rate>", "leaves the saddle>", "at the bottom>"],
        [
            [
                each.name,
                f"{each.learning_rate:.3g}",
                "–" if each.left is None else f"step {each.left}",
                "–" if each.arrived is None else f"step {each.arrived}",
            ]
            for each in races
        ],
    )


def _apart(races: list[Race], one: str, other: str) -> float:
    paths = {each.name: each.path for each in races}
    return float(np.abs(paths[one] - paths[other]).max())


def _result(each: Race) -> str:
    return "not there" if each.arrived is None else f"{each.arrived} steps"


def _heights(races: list[Race]) -> Section:
    told = ", ".join(f"{each.name} {each.waits}" for each in races)
    return Section(
        "heights",
        "The loss, step by step",
        f"The dotted line is the saddle's height, {SADDLE_HEIGHT}; the ring is where an optimiser "
        "is below half of that, the star where it is at the bottom for good. Steps within a tenth "
        f"of the saddle's height: {told}. A loss that does not move for a while need not be at "
        "its end; from the curve alone a saddle and a valley look the same.",
        heights_figure(
            [Descent(each.name, each.heights, each.left, each.arrived) for each in races],
            level=SADDLE_HEIGHT,
        ),
        f"Height over steps on a logarithmic axis. Steps at the saddle's height: {told}.",
    )
