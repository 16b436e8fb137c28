"""The loss surface of a network as plates: random directions, the path of training, sharpness.

Numbers come from `ziffern.inside`, drawings from `ziffern.figures`; the sentences are written here.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ziffern.album.page import Plate, Step
from ziffern.errors import InputError
from ziffern.evaluation.model import Model
from ziffern.figures.landscape import landscape_figure
from ziffern.inside.landscape import STEPS, Surface, path_surface, random_surface
from ziffern.inside.sharpness import sharpness
from ziffern.modelfile import read_weights
from ziffern.training.listeners.snapshots import snapshots

Images = NDArray[np.uint8]
Labels = NDArray[np.integer]
Numbers = MutableMapping[str, Any]

POINTS = STEPS
PICTURES, FEWEST = 512, 128
COST = 5e9
"""Multiply-adds that one point of a surface may cost: half a minute for a surface on one core."""


def steps(model: Model, images: Images, labels: Labels, run: Path, numbers: Numbers) -> list[Step]:
    """Return the steps that compute and draw the loss surface.

    Args:
        model: the network.
        images: validation pictures, uint8 (N, 28, 28), N ≥ 1; some hundred of them are used.
        labels: their classes (N,).
        run: the run's folder, which has the weights of each epoch where the recipe asked for them.
        numbers: is filled with the numbers behind the pictures, fit for JSON.
    """
    affordable = int(COST / max(model.network.multiply_adds, 1))
    few = slice(min(PICTURES, max(FEWEST, affordable)))
    asked = model, images[few], labels[few]
    kept = snapshots(run)
    todo = [
        Step("Loss surface", partial(_random, *asked, bool(kept), numbers)),
        Step("Sharpness", partial(_sharpness, *asked, numbers)),
    ]
    if kept:
        todo.insert(1, Step("Path of training", partial(_path, *asked, kept, numbers)))
    return todo


def _random(
    model: Model, images: Images, labels: Labels, has_path: bool, numbers: Numbers
) -> list[Plate]:
    surface = random_surface(model, images, labels, steps=POINTS)
    numbers["loss_surface"] = _told(surface)
    text = (
        f"The loss of {len(images):,} validation pictures around the trained weights, in two "
        "random directions. 1 is as far away as each filter is long, so that networks can be "
        "compared (Li et al. 2018). Heights and colours are logarithmic. A wide floor forgives "
        "small changes of the weights; jagged walls are hard to train in."
    )
    if not has_path:
        text += (
            "\n\nA run that was trained with --set train.snapshots=true also shows the path of its "
            "training."
        )
    return [_plate("loss-surface", "The loss surface", text, surface)]


def _path(
    model: Model, images: Images, labels: Labels, kept: Mapping[int, Path], numbers: Numbers
) -> list[Plate]:
    weights = {epoch: read_weights(path) for epoch, path in kept.items()}
    title = "The path of training"
    try:
        surface = path_surface(model, weights, images, labels, steps=POINTS)
    except InputError as error:  # one epoch, or a network that did not move
        return [Plate("loss-path", title, f"There is no path to draw: {error}.")]
    assert surface.path is not None
    numbers["loss_path"] = _told(surface) | {
        "epochs": surface.path.epochs.tolist(),
        "points": surface.path.points.tolist(),
        "shares": list(surface.path.shares),
    }
    text = (
        "The same loss over the two directions in which training moved most, found by PCA of the "
        "weights of all epochs. Each point is an epoch. What the weights did beside this plane is "
        "not seen, so a point need not lie quite at the height of its epoch's loss."
    )
    if any(stage.kind == "BatchNormalization" for stage in model.network.stages):
        text += (
            " Batch normalisation uses the statistics of these pictures here, as in training; with "
            "those of the trained network the early epochs would lie far too high."
        )
    return [_plate("loss-path", title, text, surface)]


def _sharpness(model: Model, images: Images, labels: Labels, numbers: Numbers) -> list[Plate]:
    found = sharpness(model, images, labels)
    numbers["sharpness"] = {
        "eigenvalue": found.eigenvalue,
        "rise": found.rise,
        "rise_deviation": found.spread,
        "radius": found.radius,
        "loss": found.loss,
        "pictures": found.pictures,
    }
    text = (
        "How steeply the loss rises around the trained weights. The largest eigenvalue of the "
        "Hessian is the curvature in the steepest direction of all; it depends on how large the "
        "weights are, so it compares epochs and settings of one network rather than networks. The "
        f"rise is measured {found.radius:.0%} of each filter's length away in random directions, "
        "and compares networks too."
    )
    facts = [
        ("loss at the trained weights", f"{found.loss:.4g} nats"),
        ("largest eigenvalue of the Hessian", f"{found.eigenvalue:.4g}"),
        (f"mean rise {found.radius:.0%} away", f"{found.rise:.2g} ± {found.spread:.2g} nats"),
        ("over", f"{found.pictures:,} validation pictures"),
    ]
    return [Plate("sharpness", "Sharpness", text, facts=facts)]


def _plate(name: str, title: str, text: str, surface: Surface) -> Plate:
    # as pixels: on a dark screen the colours of a map must not turn round with those of the page
    return Plate(name, title, text, landscape_figure(surface), _alt(surface), raster=True)


def _told(surface: Surface) -> dict[str, Any]:
    finite = np.where(np.isfinite(surface.loss), surface.loss, np.nan)
    return {
        "centre": surface.centre,
        "least": float(np.nanmin(finite)),
        "most": float(np.nanmax(finite)),
        "pictures": surface.pictures,
    }


def _alt(surface: Surface) -> str:
    told = _told(surface)
    text = (
        f"A relief and a map of the loss, from {told['least']:.3g} to {told['most']:.3g} nats; "
        f"{told['centre']:.3g} at the trained weights."
    )
    if surface.path is not None:
        text += f" A path of {len(surface.path.epochs)} points leads there."
    return text
