"""What each class wants to see: pictures that raise its logit as far as they can.

    wished = wishes(model, seed=0)
    wished.pictures, wished.probabilities        # uint8 (C, 28, 28), float64 (C,)

They are not digits that somebody would write: a network that was never told what is no digit may
be sure of what looks like noise. `figures.wishes.wishes_figure(wished, model.class_names)` draws
them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ziffern.errors import InputError
from ziffern.evaluation.model import Model, softmax
from ziffern.inside.differentiable import Images, black_and_white, differentiable, without_cudnn

STEPS = 256
RATE = 0.05
"""Adam's learning rate, in shares of the way from black to white."""
DECAY = 0.2
"""Logits that a white pixel costs, and a grey one by the square of its level: strokes, no haze."""
JITTER = 2
"""Pixels by which the picture is shifted at most, anew in each step: no pattern of single dots."""
BLUR = 0.6
"""Standard deviation in pixels of the blur after every `BLUR_EVERY` steps."""
BLUR_EVERY = 8
NOISE = 0.1
"""The brightest pixel of the noise at the start."""


@dataclass(frozen=True, eq=False)
class Wishes:
    """One picture for each class, judged as any other picture is.

    pictures: uint8 (C, 28, 28), white on black.
    logits, probabilities: of the class that wants the picture, float64 (C,).
    """

    pictures: Images
    logits: NDArray[np.float64]
    probabilities: NDArray[np.float64]


@without_cudnn
def wishes(model: Model, *, seed: int = 0, steps: int = STEPS) -> Wishes:
    """Climb from dark noise to a picture for each class, all at once.

    Activation maximisation (Erhan et al. 2009, "Visualizing higher-layer features of a deep
    network") of logits with an L2 penalty (Simonyan et al. 2014), blur (Yosinski et al. 2015,
    "Understanding neural networks through deep visualization") and jitter (Mordvintsev et al. 2015,
    "Inceptionism"). Levels stay between black and white. The same seed gives the same pictures on
    the same machine.

    Raises:
        InputError: fewer than one step.
    """
    if steps < 1:
        raise InputError(f"a picture needs at least 1 step, not {steps}")
    network, classes, size = differentiable(model), len(model.class_names), model.contract.size
    black, white = black_and_white(model.contract)
    random = torch.Generator().manual_seed(seed)
    start = NOISE * torch.rand((classes, size, size), generator=random)
    levels = start.to(model.device).requires_grad_()
    optimizer = torch.optim.Adam([levels], lr=RATE)
    for step in range(1, steps + 1):
        shift = torch.randint(-JITTER, JITTER + 1, (2,), generator=random).tolist()
        shown = levels.roll(shift, (1, 2)).unsqueeze(-1)
        logits = network(black + shown * (white - black))
        loss = DECAY * levels.square().sum() - logits.diagonal().sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            levels.clamp_(0, 1)
            if step % BLUR_EVERY == 0 and step < steps:
                levels.copy_(_blurred(levels))
    pictures = (255 * levels.detach()).round().to(torch.uint8).cpu().numpy()
    reached = model.logits(pictures)
    shares = softmax(reached, background_class=model.background_class)
    return Wishes(
        pictures,
        np.asarray(reached.diagonal(), np.float64),
        np.asarray(shares.diagonal(), np.float64),
    )


def _blurred(levels: Tensor) -> Tensor:
    """Blur pictures (N, H, W) a little; what is outside is black."""
    places = torch.arange(-2, 3, device=levels.device)
    weights = torch.exp(-places.square() / (2 * BLUR**2))
    weights /= weights.sum()
    kernel = torch.outer(weights, weights)[None, None]
    return functional.conv2d(levels[:, None], kernel, padding=2)[:, 0]
