"""Pooling: the largest value or the mean of windows and of whole maps.

Maximum pooling passes an error on to the winner alone, average pooling shares it out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ziffern.layers.convolution import same_padding
from ziffern.scratch.base import Array, Layer
from ziffern.scratch.convolution import windows

if TYPE_CHECKING:
    from ziffern.layers import Shape
    from ziffern.layers.pooling import AveragePooling2D as AverageRecord
    from ziffern.layers.pooling import MaxPooling2D as MaxRecord


class Pooling2D(Layer):
    """What both have in common: windows over a picture that is padded with `filling`."""

    filling = 0.0

    def __init__(self, record: MaxRecord | AverageRecord, shape: Shape) -> None:
        super().__init__()
        self.size, self.strides = record.pool_size, record.step
        self.frame = ((0, 0), (0, 0))
        if record.padding == "same":
            self.frame = (
                same_padding(shape[0], self.size[0], self.strides[0]),
                same_padding(shape[1], self.size[1], self.strides[1]),
            )

    def seen(self, x: Array) -> Array:
        """Return the values of each window in a row: (N, H′, W′, C, height·width)."""
        padded = np.pad(x, ((0, 0), *self.frame, (0, 0)), constant_values=self.filling)
        self.padded_shape = padded.shape
        taps = windows(padded, self.size, self.strides).transpose(0, 1, 2, 5, 3, 4)
        return taps.reshape(*taps.shape[:4], -1)

    def handed_back(self, shares: Array) -> Array:
        """Add the windows' shares (N, H′, W′, C, height·width) up where the pixels lie."""
        pixels = np.zeros(self.padded_shape, shares.dtype)
        places = windows(pixels, self.size, self.strides, writeable=True)
        for number, (i, j) in enumerate(np.ndindex(*self.size)):
            places[:, :, :, i, j] += shares[..., number]
        (top, bottom), (left, right) = self.frame
        height, width = self.padded_shape[1:3]
        return pixels[:, top : height - bottom, left : width - right]


class MaxPooling2D(Pooling2D):
    """The largest value of each window."""

    filling = -np.inf

    def forward(self, x: Array, *, training: bool = False) -> Array:
        """y = max over the window; of equal values the first in reading order wins."""
        taps = self.seen(x)
        self.winner = taps.argmax(axis=-1)[..., np.newaxis]
        return np.take_along_axis(taps, self.winner, axis=-1)[..., 0]

    def backward(self, error: Array) -> Array:
        """∂E/∂x = ∂E/∂y for the winner of each window, 0 for the others."""
        wins = self.winner == np.arange(self.size[0] * self.size[1])
        return self.handed_back(wins * error[..., np.newaxis])


class AveragePooling2D(Pooling2D):
    """The mean of each window; padding counts neither as value nor as number."""

    def forward(self, x: Array, *, training: bool = False) -> Array:
        """y = Σ/n, the sum and the number of the window's values inside the picture."""
        self.inside = self.seen(np.ones((1, *x.shape[1:]), x.dtype))
        y: Array = self.seen(x).sum(axis=-1) / self.inside.sum(axis=-1)
        return y

    def backward(self, error: Array) -> Array:
        """∂E/∂x = ∂E/∂y / n, for each of the n values of the window."""
        share = self.inside / self.inside.sum(axis=-1, keepdims=True)
        return self.handed_back(share * error[..., np.newaxis])


class GlobalPooling2D(Layer):
    """What both have in common: one value for each whole map."""

    def __init__(self, keepdims: bool) -> None:
        super().__init__()
        self.keepdims = keepdims

    def spread(self, error: Array) -> Array:
        """Return the maps' errors as (N, 1, 1, C)."""
        return error if self.keepdims else error[:, np.newaxis, np.newaxis]


class GlobalMaxPooling2D(GlobalPooling2D):
    """The largest value of each map: (N, H, W, C) → (N, C)."""

    def forward(self, x: Array, *, training: bool = False) -> Array:
        """y_c = max over the map of channel c."""
        largest: Array = x.max(axis=(1, 2), keepdims=True)
        self.wins = x == largest
        return largest if self.keepdims else largest[:, 0, 0]

    def backward(self, error: Array) -> Array:
        """∂E/∂x = ∂E/∂y for the winner; equal winners share it."""
        winners = self.wins.sum(axis=(1, 2), keepdims=True, dtype=error.dtype)
        back: Array = self.wins * (self.spread(error) / winners)
        return back


class GlobalAveragePooling2D(GlobalPooling2D):
    """The mean of each map: (N, H, W, C) → (N, C) (Lin et al. 2014)."""

    def forward(self, x: Array, *, training: bool = False) -> Array:
        """y_c = mean over the map of channel c."""
        self.shape = x.shape
        y: Array = x.mean(axis=(1, 2), keepdims=self.keepdims)
        return y

    def backward(self, error: Array) -> Array:
        """∂E/∂x = ∂E/∂y / (H·W), for every value of the map."""
        share = self.spread(error) / (self.shape[1] * self.shape[2])
        return np.broadcast_to(share, self.shape)
