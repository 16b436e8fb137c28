"""Batch normalisation taken into the layer before it: a smaller network with the same answers.

    folded(model).network.parameters

A trained normalisation multiplies each channel by a number and adds another, and so does the
convolution or dense layer right before it, unless an activation function stands in between. The
result answers as the model does and is for use, not for further training.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ziffern.layers import Layer, Network, Shape, Weights
from ziffern.layers.convolution import Conv2D, DepthwiseConv2D, SeparableConv2D
from ziffern.layers.dense import Dense
from ziffern.layers.normalization import BatchNormalization
from ziffern.layers.residual import Residual
from ziffern.modelfile import SavedModel

LAST_KERNEL = {
    Conv2D: "kernel",
    DepthwiseConv2D: "kernel",
    SeparableConv2D: "pointwise_kernel",
    Dense: "kernel",
}
"""The layers that can take a normalisation in, and the kernel that makes their output."""


def folded(model: SavedModel) -> SavedModel:
    """Return the model with every batch normalisation that can be taken in taken in.

    Names given by number may count anew, as there are fewer normalisations.
    """
    network = model.network
    layers = [stage.layer for stage in network.stages]
    layers, weights = _folded(layers, network.input_shape, model.weights)
    return dataclasses.replace(model, layers=tuple(str(layer) for layer in layers), weights=weights)


def _folded(layers: Sequence[Layer], shape: Shape, weights: Weights) -> tuple[list[Layer], Weights]:
    kept: list[tuple[Layer, Weights]] = []
    for stage in Network(layers, shape).stages:
        own = {short: weights[f"{stage.name}/{short}"] for short in stage.weights}
        layer = stage.layer
        if isinstance(layer, Residual):
            kept.append(_residual(layer, stage.input_shape, own))
        elif isinstance(layer, BatchNormalization) and kept and _is_linear(kept[-1][0]):
            kept[-1] = _joined(*kept[-1], layer, own)
        else:
            kept.append((layer, own))
    left = [layer for layer, _ in kept]
    return left, {
        f"{stage.name}/{short}": array
        for stage, (_, own) in zip(Network(left, shape).stages, kept, strict=True)
        for short, array in own.items()
    }


def _residual(layer: Residual, shape: Shape, weights: Weights) -> tuple[Layer, Weights]:
    branches: dict[str, Any] = {}
    left: Weights = {}
    for branch in ("body", "shortcut"):
        own = {
            name.removeprefix(f"{branch}/"): array
            for name, array in weights.items()
            if name.startswith(f"{branch}/")
        }
        branches[branch], own = _folded(getattr(layer, branch), shape, own)
        left |= {f"{branch}/{name}": array for name, array in own.items()}
    return dataclasses.replace(layer, **branches), left


def _is_linear(layer: Layer) -> bool:
    return type(layer) in LAST_KERNEL and getattr(layer, "activation", None) is None


def _joined(
    layer: Any, weights: Weights, after: BatchNormalization, moved: Weights
) -> tuple[Layer, Weights]:
    """Return the layer with the normalisation in its kernel and bias, computed in float64."""
    given: dict[str, NDArray[np.float64]] = {
        short: array.astype(np.float64) for short, array in (weights | moved).items()
    }
    factor = given.get("gamma", 1.0) / np.sqrt(given["moving_variance"] + after.epsilon)
    shift = given.get("beta", 0.0) - given["moving_mean"] * factor
    short = LAST_KERNEL[type(layer)]
    kernel = given[short]
    if isinstance(layer, DepthwiseConv2D):  # (in, multiplier) make the channels together
        kernel = kernel * factor.reshape(kernel.shape[2:])
    else:
        kernel = kernel * factor
    bias = given.get("bias", 0.0) * factor + shift
    joined = {short: kernel.astype(np.float32), "bias": bias.astype(np.float32)}
    return dataclasses.replace(layer, use_bias=True), weights | joined
