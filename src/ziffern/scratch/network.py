"""A network of records as NumPy layers in a row: forward through all, backward through all.

    network = Network(recipe.network, recipe.network.initial_weights(seed=0))
    logits = network.forward(images)                     # (N, 28, 28, 1) → (N, 10)
    loss, error = cross_entropy(logits, labels)
    network.backward(error)
    network.gradients["dense/kernel"]                    # ∂E/∂w, beside network.weights

Names, layouts and initial weights are those of every other interpreter of the records, and like the
one in PyTorch it ends in logits: a final softmax is part of the loss.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ziffern import layers
from ziffern.errors import InputError
from ziffern.layers import Stage
from ziffern.scratch import convolution, dense, normalization, pooling
from ziffern.scratch.activations import Softmax, layer_of, softmax
from ziffern.scratch.base import Array, Dropout, Layer, Rescaling, Reshape, ZeroPadding2D

BATCH = 200
"""Pictures that are answered at a time."""


def _reshape(stage: Stage, weights: dict[str, Array]) -> Layer:
    return Reshape(stage.input_shape, stage.output_shape)


BUILDERS: dict[type[layers.Layer], Callable[[Any, dict[str, Array]], Layer]] = {
    layers.dense.Dense: lambda stage, weights: dense.Dense(weights),
    layers.dense.Activation: lambda stage, weights: layer_of(stage.layer.activation),
    layers.dense.Dropout: lambda stage, weights: Dropout(stage.layer.rate),
    layers.dense.Flatten: _reshape,
    layers.dense.Reshape: _reshape,
    layers.dense.Input: _reshape,
    layers.dense.Rescaling: lambda stage, weights: Rescaling(stage.layer.scale, stage.layer.offset),
    layers.convolution.Conv2D: lambda stage, weights: convolution.Conv2D(
        stage.layer, stage.input_shape, weights
    ),
    layers.convolution.ZeroPadding2D: lambda stage, weights: ZeroPadding2D(stage.layer.padding),
    layers.pooling.MaxPooling2D: lambda stage, weights: pooling.MaxPooling2D(
        stage.layer, stage.input_shape
    ),
    layers.pooling.AveragePooling2D: lambda stage, weights: pooling.AveragePooling2D(
        stage.layer, stage.input_shape
    ),
    layers.pooling.GlobalMaxPooling2D: lambda stage, weights: pooling.GlobalMaxPooling2D(
        stage.layer.keepdims
    ),
    layers.pooling.GlobalAveragePooling2D: lambda stage, weights: pooling.GlobalAveragePooling2D(
        stage.layer.keepdims
    ),
    layers.normalization.BatchNormalization: lambda stage, weights: (
        normalization.BatchNormalization(stage.layer, weights)
    ),
}
"""How each layer that is written out here is made from its record and its weights."""


@dataclass(frozen=True)
class Link:
    """One link of the chain: a layer, the stage that it is of, and its name.

    An activation that a stage has inside, as in ``Dense(36, activation='sigmoid')``, is a link of
    its own, called `dense/sigmoid`.
    """

    name: str
    stage: Stage
    layer: Layer


class Network:
    """The layers of `records` with `weights`, computing in `dtype`.

    Raises:
        InputError: a layer is not written out here; all such are named.
    """

    def __init__(
        self,
        records: layers.Network,
        weights: Mapping[str, Array],
        *,
        dtype: DTypeLike = np.float32,
    ) -> None:
        if missing := unknown_layers(records):
            raise InputError(f"there is no {' and no '.join(missing)} in plain NumPy")
        self.records, self.dtype = records, np.dtype(dtype)
        self.weights = {name: np.array(array, dtype) for name, array in weights.items()}
        self.links: list[Link] = []
        for stage in records.stages:
            own = {short: self.weights[f"{stage.name}/{short}"] for short in stage.weights}
            layer = BUILDERS[type(stage.layer)](stage, own)
            self.links.append(Link(stage.name, stage, layer))
            inside = getattr(stage.layer, "activation", None)
            if inside is not None and not isinstance(stage.layer, layers.dense.Activation):
                self.links.append(Link(f"{stage.name}/{inside}", stage, layer_of(inside)))
        self.softmax = isinstance(self.links[-1].layer, Softmax)
        if self.softmax:
            del self.links[-1]

    def forward(self, x: NDArray[Any], *, training: bool = False) -> Array:
        """Return the logits (N, C) for the network's input (N, 28, 28, 1)."""
        y: Array = np.asarray(x, self.dtype)
        for link in self.links:
            y = link.layer.forward(y, training=training)
        return y

    def backward(self, error: Array) -> Array:
        """Send ∂E/∂logits back through all layers and return ∂E/∂input, (N, 28, 28, 1)."""
        for link in reversed(self.links):
            error = link.layer.backward(error)
        return error

    @property
    def gradients(self) -> dict[str, Array]:
        """∂E/∂w of every trained weight by full name, penalties included, after `backward`.

        A penalty l1·Σ|w| + l2·Σw² adds l1·sign(w) + 2·l2·w.
        """
        found = {
            f"{link.stage.name}/{short}": gradient
            for link in self.links
            for short, gradient in link.layer.gradients.items()
        }
        for name, regularizer in self._penalised():
            weight = self.weights[name]
            found[name] = (
                found[name] + regularizer.l1 * np.sign(weight) + 2 * regularizer.l2 * weight
            )
        return found

    @property
    def penalty(self) -> float:
        """l1·Σ|w| + l2·Σw² over all weights that have a regulariser; 0 without one."""
        return sum(
            float(
                regularizer.l1 * np.abs(self.weights[name]).sum()
                + regularizer.l2 * np.square(self.weights[name]).sum()
            )
            for name, regularizer in self._penalised()
        )

    def _penalised(self) -> list[tuple[str, layers.regularizers.Regularizer]]:
        return [
            (name, weight.regularizer)
            for name, weight in self.records.weights.items()
            if weight.regularizer is not None
        ]

    def draw_dropout_from(self, rng: np.random.Generator) -> None:
        """Let every dropout take its random numbers from `rng`."""
        for link in self.links:
            if isinstance(link.layer, Dropout):
                link.layer.rng = rng

    def predict(self, x: NDArray[Any]) -> Array:
        """Return probabilities, (N, C), for the network's input, a batch at a time."""
        parts = [self.forward(x[start : start + BATCH]) for start in range(0, len(x), BATCH)]
        return softmax(np.concatenate(parts))


def unknown_layers(records: layers.Network) -> list[str]:
    """Return the layers that are not written out here, by type, each once."""
    return list(
        dict.fromkeys(stage.kind for stage in records.stages if type(stage.layer) not in BUILDERS)
    )
