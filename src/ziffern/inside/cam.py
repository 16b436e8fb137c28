"""Grad-CAM: which places of a layer's maps speak for a class.

    coarse = class_activation(model, images, 4, layer="conv2d_1")     # float32 (N, 11, 11)
    maps = grad_cam(model, images, 4)                                 # float32 (N, 28, 28)

Selvaraju et al. 2017, "Grad-CAM: visual explanations from deep networks via gradient-based
localization". A part of `ziffern.inside.attribution` with a module of its own.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from ziffern.errors import InputError
from ziffern.evaluation.model import Model
from ziffern.inside.differentiable import Images, asked, batches, without_cudnn
from ziffern.inside.structure import Part, find, flat, structure
from ziffern.layers import Network
from ziffern.training.network import PREFIX

Floats = NDArray[np.float32]

SEEING = ("Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Residual")
FINISHING = ("BatchNormalization", "LayerNormalization", "Activation")


def default_layer(network: Network) -> str | None:
    """Return the last convolution or residual block, None where there is none.

    If it has no activation of its own, what follows up to its activation belongs to it: the method
    adds up maps that say how much of something is there.
    """
    chosen, goes_on = None, False
    for stage in network.stages:
        if stage.kind in SEEING or (goes_on and stage.kind in FINISHING):
            chosen = stage.name
            goes_on = getattr(stage.layer, "activation", None) in (None, "linear")
        else:
            goes_on = False
    return chosen


def grad_cam(
    model: Model,
    images: Images,
    targets: ArrayLike,
    *,
    against: ArrayLike | None = None,
    layer: str | None = None,
) -> Floats:
    """Return how much each place of a layer's maps speaks for a class, 0 or more, (N, 28, 28).

    Each value of the maps is put where the middle of its receptive field lies, with straight lines
    in between; where all padding is `same` this is the usual stretching.

    Args:
        model: the network.
        images: uint8 (N, 28, 28), white on black.
        targets: the class to explain, one for each picture or one for all.
        against: classes whose logits are taken off, as many as targets.
        layer: the layer's name; `default_layer` if not given.

    Raises:
        InputError: no convolution, no such layer or one without maps; pictures of another form; no
            class.
    """
    part = _part(model.network, layer)
    coarse = class_activation(model, images, targets, against=against, layer=part.name)
    return _placed(coarse, part, model.contract.size)


@without_cudnn
def class_activation(
    model: Model,
    images: Images,
    targets: ArrayLike,
    *,
    against: ArrayLike | None = None,
    layer: str | None = None,
) -> Floats:
    """Return relu(Σ αₖ Aₖ) at the size of the layer's maps, float32 (N, h, w).

    αₖ is the mean of ∂ logit / ∂ Aₖ over the places of map k. Arguments and errors as for
    `grad_cam`.
    """
    question, inputs = asked(model, images, targets, against)
    module = question.network.stages.get_submodule(_path(_part(model.network, layer).name))
    seen: list[Tensor] = []
    module.register_forward_hook(lambda _module, _given, out: seen.append(out))
    found = []
    for rows in batches(len(inputs)):
        seen.clear()
        score = question.of(rows).scores(inputs[rows].requires_grad_()).sum()
        (maps,) = seen
        (slopes,) = torch.autograd.grad(score, maps)
        weights = slopes.mean((2, 3), keepdim=True)
        found.append((weights * maps.detach()).sum(1).relu())
    return np.asarray(torch.cat(found).cpu().numpy(), np.float32)


def _part(network: Network, name: str | None) -> Part:
    if name is None and (name := default_layer(network)) is None:
        raise InputError("Grad-CAM needs a convolution, and this network has none")
    part = find(network, name)
    if not _has_places(part):
        having = [part.name for part in flat(structure(network)) if _has_places(part)]
        hint = f"layers with maps: {', '.join(having)}" if having else "no layer of it does"
        raise InputError(
            f"{part.name} gives values of shape {part.stage.output_shape} and no maps; {hint}"
        )
    return part


def _has_places(part: Part) -> bool:
    return len(part.stage.output_shape) == 3 and part.receptive_field.jump is not None


def _path(name: str) -> str:
    """Return the module's path: layers and the branches of blocks take turns in a full name."""
    return ".".join(
        part if place % 2 else PREFIX + part for place, part in enumerate(name.split("/"))
    )


def _placed(coarse: Floats, part: Part, size: int) -> Floats:
    """Draw maps (N, h, w) larger, (N, size, size), each value at the middle of what it sees."""
    field = part.receptive_field
    assert field.jump is not None
    rows, columns = (
        _interpolation(field.first[axis] + (field.size[axis] - 1) / 2, field.jump[axis], many, size)
        for axis, many in enumerate(coarse.shape[1:])
    )
    placed: Floats = (rows @ coarse @ columns.T).astype(np.float32)
    return placed


def _interpolation(first: float, jump: int, many: int, size: int) -> NDArray[np.float64]:
    """Return the weights (size, many) of values at first, first + jump, … for each pixel.

    Beyond its half of a jump an outermost value fades away: nothing looks there.
    """
    steps = np.array([-1.5, -0.5, *range(many), many - 0.5, many + 0.5])
    values = np.pad(np.pad(np.eye(many), ((0, 0), (1, 1)), "edge"), ((0, 0), (1, 1)))
    pixels = np.arange(size)
    return np.stack([np.interp(pixels, first + jump * steps, one) for one in values], axis=1)
