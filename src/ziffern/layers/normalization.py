"""Layers that bring values to a common mean and spread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ziffern.layers.base import (
    Layer,
    Shape,
    Weight,
    arg,
    boolean,
    initial,
    initializer,
    momentum,
    optional_name,
    positive,
)
from ziffern.layers.initializers import Initializer


@dataclass(frozen=True)
class BatchNormalization(Layer):
    """Normalises each channel over the batch, then scales and shifts (Ioffe & Szegedy 2015).

    Keras's defaults: moving statistics keep 0.99 of their value each step, epsilon 0.001.
    """

    momentum: float = arg(momentum, 0.99)
    epsilon: float = arg(positive, 1e-3)
    center: bool = arg(boolean, True)
    scale: bool = arg(boolean, True)
    beta_initializer: Initializer = arg(initializer, initial("zeros"))
    gamma_initializer: Initializer = arg(initializer, initial("ones"))
    name: str | None = arg(optional_name, None)

    def weights(self, shape: Shape) -> Mapping[str, Weight]:
        size = shape[-1:]
        found = scale_and_shift(self, size)
        found["moving_mean"] = Weight(size, initial("zeros"), trainable=False)
        found["moving_variance"] = Weight(size, initial("ones"), trainable=False)
        return found


@dataclass(frozen=True)
class LayerNormalization(Layer):
    """Normalises each sample over its last dimension (Ba et al. 2016)."""

    epsilon: float = arg(positive, 1e-3)
    center: bool = arg(boolean, True)
    scale: bool = arg(boolean, True)
    beta_initializer: Initializer = arg(initializer, initial("zeros"))
    gamma_initializer: Initializer = arg(initializer, initial("ones"))
    name: str | None = arg(optional_name, None)

    def weights(self, shape: Shape) -> Mapping[str, Weight]:
        return scale_and_shift(self, shape[-1:])


def scale_and_shift(
    layer: BatchNormalization | LayerNormalization, size: Shape
) -> dict[str, Weight]:
    """Return the weights that both normalisations learn, as far as they are switched on."""
    found = {}
    if layer.scale:
        found["gamma"] = Weight(size, layer.gamma_initializer)
    if layer.center:
        found["beta"] = Weight(size, layer.beta_initializer)
    return found
