"""The two-dimensional convolution, as one matrix product of all windows with all filters.

A window of the picture, laid out as a row of numbers, times a filter, laid out as a column, is one
value of the filter's map. With all windows as rows and all filters as columns, the convolution is
one matrix product ("im2col", Chellapilla et al. 2006), which is what computers are fastest at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ziffern.layers.convolution import dilated, same_padding
from ziffern.scratch.base import Array, Layer, ZeroPadding2D

if TYPE_CHECKING:
    from ziffern.layers import Shape
    from ziffern.layers.base import Pair
    from ziffern.layers.convolution import Conv2D as Conv2DRecord


class Conv2D(Layer):
    """Filters that slide over a picture; the activation after them is a layer of its own.

    With `groups`, channels and filters are dealt into as many piles, and each filter sees the
    channels of its own pile only.
    """

    def __init__(self, record: Conv2DRecord, shape: Shape, weights: dict[str, Array]) -> None:
        super().__init__()
        self.weights = weights  # kernel (height, width, channels of a group, filters), bias
        self.window, self.rate = record.kernel_size, record.dilation_rate
        self.strides, self.groups = record.strides, record.groups
        self.padding = padding_layer(
            shape, dilated(self.window, self.rate), self.strides, record.padding
        )

    def forward(self, x: Array, *, training: bool = False) -> Array:
        """z[n,y,x,f] = Σ_ijc p[n, y·s + i, x·s + j, c]·w[i,j,c,f] + b_f, p: x padded, s: stride.

        (N, H, W, C) → (N, H′, W′, filters).
        """
        padded = self.padding.forward(x)
        self.padded_shape = padded.shape
        kernel = self.weights["kernel"]
        self.rows = [
            np.ascontiguousarray(windows(part, self.window, self.strides, self.rate))
            for part in np.split(padded, self.groups, axis=3)
        ]
        maps = [
            rows.reshape(*rows.shape[:3], -1) @ filters.reshape(-1, filters.shape[-1])
            for rows, filters in zip(self.rows, np.split(kernel, self.groups, axis=3), strict=True)
        ]
        z: Array = np.concatenate(maps, axis=3) if self.groups > 1 else maps[0]
        return z + self.weights["bias"] if "bias" in self.weights else z

    def backward(self, error: Array) -> Array:
        """∂E/∂w[i,j,c,f] = Σ_nyx p[n, y·s + i, x·s + j, c]·δ[n,y,x,f],  ∂E/∂b_f = Σ_nyx δ[n,y,x,f].

        A weight was used at every place, so its gradient is a sum over all places. ∂E/∂p: each tap
        (i, j) of a filter hands δ·w back to the pixels it looked at, and shares add up.
        """
        kernel = self.weights["kernel"]
        back, gradients = [], []
        for rows, filters, delta in zip(
            self.rows,
            np.split(kernel, self.groups, axis=3),
            np.split(error, self.groups, axis=3),
            strict=True,
        ):
            flat = delta.reshape(-1, delta.shape[-1])
            gradients.append((rows.reshape(len(flat), -1).T @ flat).reshape(filters.shape))
            pixels = np.zeros((*self.padded_shape[:3], filters.shape[2]), error.dtype)
            seen = windows(pixels, self.window, self.strides, self.rate, writeable=True)
            for i, j in np.ndindex(*self.window):
                seen[:, :, :, i, j] += delta @ filters[i, j].T
            back.append(pixels)
        self.gradients["kernel"] = np.concatenate(gradients, axis=3)
        if "bias" in self.weights:
            self.gradients["bias"] = error.sum(axis=(0, 1, 2))
        return self.padding.backward(np.concatenate(back, axis=3))


def windows(
    x: Array, size: Pair, strides: Pair, rate: Pair = (1, 1), *, writeable: bool = False
) -> Array:
    """View pictures (N, H, W, C) as windows (N, H′, W′, height, width, C), without copying.

    A window's taps are `rate` apart, windows begin `strides` apart. Two windows may show the same
    pixel: who writes through the view has to go through the taps one after the other.
    """
    view = sliding_window_view(x, dilated(size, rate), axis=(1, 2), writeable=writeable)
    view = view[:, :: strides[0], :: strides[1], :, :: rate[0], :: rate[1]]
    seen: Array = view.transpose(0, 1, 2, 4, 5, 3)
    return seen


def padding_layer(shape: Shape, window: Pair, strides: Pair, how: str) -> Layer:
    """Return the layer that pads for `valid` (nothing) or `same`; the odd zero at the end."""
    if how == "valid":
        return Layer()
    down = same_padding(shape[0], window[0], strides[0])
    across = same_padding(shape[1], window[1], strides[1])
    return ZeroPadding2D((down, across))
