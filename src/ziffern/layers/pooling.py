"""Layers that shrink a picture by taking the maximum or the mean."""

from __future__ import annotations

from dataclasses import dataclass

from ziffern.layers.base import (
    Layer,
    Pair,
    Shape,
    arg,
    boolean,
    need_rank,
    optional_name,
    optional_pair,
    padding,
    pair,
)
from ziffern.layers.convolution import window_output


@dataclass(frozen=True)
class _Pooling2D(Layer):
    """A window slides over each channel; `strides` defaults to the window."""

    pool_size: Pair = arg(pair, (2, 2))
    strides: Pair | None = arg(optional_pair, None)
    padding: str = arg(padding, "valid")
    name: str | None = arg(optional_name, None)

    @property
    def step(self) -> Pair:
        """The strides that hold: the given ones or the window itself."""
        return self.strides or self.pool_size

    def output_shape(self, shape: Shape) -> Shape:
        return *window_output(self, shape, self.pool_size, self.step, self.padding), shape[2]


@dataclass(frozen=True)
class MaxPooling2D(_Pooling2D):
    """The largest value of each window."""


@dataclass(frozen=True)
class AveragePooling2D(_Pooling2D):
    """The mean of each window; padding does not count."""


@dataclass(frozen=True)
class _GlobalPooling2D(Layer):
    """One value per channel."""

    keepdims: bool = arg(boolean, False)
    name: str | None = arg(optional_name, None)

    def output_shape(self, shape: Shape) -> Shape:
        need_rank(self, shape, 3, "(height, width, channels)")
        return (1, 1, shape[2]) if self.keepdims else (shape[2],)


@dataclass(frozen=True)
class GlobalAveragePooling2D(_GlobalPooling2D):
    """The mean of each channel (Lin et al. 2014)."""


@dataclass(frozen=True)
class GlobalMaxPooling2D(_GlobalPooling2D):
    """The largest value of each channel."""
