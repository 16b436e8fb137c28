"""Where a network looks: which pixels of a picture speak for a class, and which against it.

    found = look(model, image, 4)                       # all methods, one picture (28, 28)
    found = look(model, image, 4, against=9)            # why a 4 rather than a 9
    maps, gaps = integrated_gradients(model, images, labels)    # one method, many pictures

What is explained is a logit or a difference of two (see `differentiable`). Maps are float32
(N, 28, 28) and, but for Grad-CAM's, in logits. `figures.attribution` draws what `look` returns:
`attribution_figure(image, [look(model, image, c) for c in classes], model.class_names)`.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from ziffern.errors import InputError
from ziffern.evaluation.model import Model
from ziffern.inside.cam import default_layer, grad_cam
from ziffern.inside.differentiable import (
    Images,
    Question,
    asked,
    batches,
    black_and_white,
    without_cudnn,
)

Floats = NDArray[np.float32]

STEPS = 128
"""Points on the way from black to the picture at which integrated gradients looks."""
WINDOW = 5
"""Side of the square that occlusion blackens, in pixels: about twice the width of a stroke."""


@dataclass(frozen=True, eq=False)
class Look:
    """What each method says about one picture; every map is float32 (28, 28).

    target, against: the class explained, and the one it stands against, if any.
    score: the logit explained, or the difference of the two.
    gradient: 0 or more; integrated, occlusion: positive speaks for the target.
    gap: by how many logits integrated gradients misses completeness.
    layer, grad_cam: the layer and its map, 0 or more; None without a convolution.
    """

    target: int
    against: int | None
    score: float
    gradient: Floats
    integrated: Floats
    gap: float
    occlusion: Floats
    layer: str | None
    grad_cam: Floats | None


def look(
    model: Model,
    image: NDArray[np.uint8],
    target: int,
    *,
    against: int | None = None,
    layer: str | None = None,
) -> Look:
    """Ask all methods where the network looks at one picture, uint8 (28, 28).

    Args:
        model: the network.
        image: white on black.
        target: the class to explain.
        against: a class whose logit is taken off.
        layer: the layer of Grad-CAM; the last convolution if not given.

    Raises:
        InputError: a picture of another form, a class or a layer that does not exist, or a layer
            without maps.
    """
    images = np.asarray(image)[None]
    seen, cam = layer or default_layer(model.network), None
    if seen is not None:
        cam = grad_cam(model, images, target, against=against, layer=seen)[0]
    integrated, gaps = integrated_gradients(model, images, target, against=against)
    question, inputs = asked(model, images, target, against)
    with torch.no_grad():
        score = question.scores(inputs)
    return Look(
        target=target,
        against=against,
        score=float(score),
        gradient=gradient(model, images, target, against=against)[0],
        integrated=integrated[0],
        gap=float(gaps[0]),
        occlusion=occlusion(model, images, target, against=against)[0],
        layer=seen,
        grad_cam=cam,
    )


def gradient(
    model: Model, images: Images, targets: ArrayLike, *, against: ArrayLike | None = None
) -> Floats:
    """Return |∂ logit / ∂ pixel|: how much a little ink, more or less, would change.

    It is multiplied by the step from black to white, so the unit is logits whatever the network is
    fed. Simonyan et al. 2014, "Deep inside convolutional networks".

    Args:
        model: the network.
        images: uint8 (N, 28, 28), white on black.
        targets: the class to explain, one for each picture or one for all.
        against: classes whose logits are taken off, as many as targets.

    Raises:
        InputError: pictures of another form, or no class.
    """
    question, inputs = asked(model, images, targets, against)
    black, white = black_and_white(model.contract)
    slopes = [_slopes(question.of(rows), inputs[rows]) for rows in batches(len(inputs))]
    return _pixels(torch.cat(slopes).abs() * (white - black))


def integrated_gradients(
    model: Model,
    images: Images,
    targets: ArrayLike,
    *,
    against: ArrayLike | None = None,
    steps: int = STEPS,
) -> tuple[Floats, NDArray[np.float64]]:
    """Return what each pixel adds on the way from a black picture to this one, in logits.

    Sundararajan et al. 2017, "Axiomatic attribution for deep networks", with Gauss-Legendre nodes.
    The sum of a map should be what the whole picture adds to the logit of a black one
    (completeness); the second array, float64 (N,), says by how much it misses. More steps miss
    less. Arguments and errors as for `gradient`.
    """
    question, inputs = asked(model, images, targets, against)
    black = torch.full_like(inputs, black_and_white(model.contract)[0])
    nodes, weights = np.polynomial.legendre.leggauss(steps)
    way = torch.from_numpy((nodes + 1) / 2).to(inputs).view(-1, 1, 1, 1)
    shares = torch.from_numpy(weights / 2).to(inputs)
    added = torch.empty_like(inputs)
    for one, (start, end) in enumerate(zip(black, inputs, strict=True)):
        # all points on the way of one picture are one batch
        slopes = _slopes(question.of(slice(one, one + 1)), start + way * (end - start))
        added[one] = torch.tensordot(shares, slopes, 1) * (end - start)
    with torch.no_grad():
        rise = question.scores(inputs) - question.scores(black)
    gaps = (added.sum((1, 2, 3)) - rise).abs()
    return _pixels(added), gaps.double().cpu().numpy()


def occlusion(
    model: Model,
    images: Images,
    targets: ArrayLike,
    *,
    against: ArrayLike | None = None,
    window: int = WINDOW,
) -> Floats:
    """Return by how many logits the score falls where a square is blackened.

    The square goes over the picture pixel by pixel; each pixel gets the mean of all squares that
    hide it. Only ink can be hidden, so what is missing in a picture gets no share. Zeiler & Fergus
    2014, "Visualizing and understanding convolutional networks". Arguments and errors as for
    `gradient`.

    Raises:
        InputError: also, a window that does not fit into the picture.
    """
    question, inputs = asked(model, images, targets, against)
    side = inputs.shape[1]
    if not 1 <= window <= side:
        raise InputError(f"a window of {window} pixels does not fit: give 1 to {side}")
    places = range(side - window + 1)
    hidden = torch.zeros((len(places) ** 2, side, side, 1), dtype=torch.bool, device=model.device)
    for number, (y, x) in enumerate(itertools.product(places, places)):
        hidden[number, y : y + window, x : x + window] = True
    black = black_and_white(model.contract)[0]
    weights = hidden.to(inputs).flatten(1)
    found = torch.empty_like(inputs)
    with torch.no_grad():
        for one in range(len(inputs)):
            this = question.of(slice(one, one + 1))
            left = [
                this.scores(inputs[one].masked_fill(hidden[rows], black))
                for rows in batches(len(hidden))
            ]
            falls = this.scores(inputs[one : one + 1]) - torch.cat(left)
            found[one] = (falls @ weights / weights.sum(0)).view(side, side, 1)
    return _pixels(found)


@without_cudnn
def _slopes(question: Question, inputs: Tensor) -> Tensor:
    """Return the gradient of each picture's score with respect to it, (N, 28, 28, 1)."""
    inputs = inputs.detach().requires_grad_()
    (slopes,) = torch.autograd.grad(question.scores(inputs).sum(), inputs)
    return slopes


def _pixels(found: Tensor) -> Floats:
    """Turn (N, 28, 28, 1) into maps (N, 28, 28)."""
    return np.asarray(found[..., 0].cpu().numpy(), np.float32)
