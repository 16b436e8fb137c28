"""What a layer is here: two functions, forward and backward. And the layers without weights.

    y = layer.forward(x)                 # the layer's answer
    error_x = layer.backward(error_y)    # how the loss changes with x, from how it changes with y

The chain rule is all there is to it. For a loss E, `backward` is handed ∂E/∂y and returns ∂E/∂x; a
layer with weights leaves ∂E/∂w in its `gradients` on the way. Passing the errors back through all
layers is backpropagation (Rumelhart, Hinton & Williams 1986).

Arrays are (N, …) with the batch first and channels last, as in Keras, of any float type. The loss
is one number for the whole batch, so an error has the shape of the array that it belongs to.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ziffern.layers import Shape

Array = NDArray[np.floating[Any]]


class Layer:
    """A layer that lets everything pass; the base of all others.

    `weights` are named and laid out as Keras does, and an optimiser changes them in place.
    `gradients` holds ∂E/∂w for each of them that is trained, after `backward`.
    """

    def __init__(self) -> None:
        self.weights: dict[str, Array] = {}
        self.gradients: dict[str, Array] = {}

    def forward(self, x: Array, *, training: bool = False) -> Array:
        """y = x.  What `backward` needs of x and y is remembered."""
        return x

    def backward(self, error: Array) -> Array:
        """∂E/∂x = ∂E/∂y, for the batch that went forward last."""
        return error


class Reshape(Layer):
    """The same values in another shape: Flatten, Reshape and Input."""

    def __init__(self, before: Shape, after: Shape) -> None:
        super().__init__()
        self.before, self.after = before, after

    def forward(self, x: Array, *, training: bool = False) -> Array:
        """(N, *before) → (N, *after)."""
        return x.reshape(-1, *self.after)

    def backward(self, error: Array) -> Array:
        """(N, *after) → (N, *before): each error goes back to the place of its value."""
        return error.reshape(-1, *self.before)


class Rescaling(Layer):
    """A fixed factor and offset."""

    def __init__(self, scale: float, offset: float) -> None:
        super().__init__()
        self.scale, self.offset = scale, offset

    def forward(self, x: Array, *, training: bool = False) -> Array:
        """y = scale·x + offset."""
        return self.scale * x + self.offset

    def backward(self, error: Array) -> Array:
        """∂E/∂x = scale·∂E/∂y."""
        return self.scale * error


class ZeroPadding2D(Layer):
    """Zeros around the picture: ((top, bottom), (left, right))."""

    def __init__(self, padding: tuple[tuple[int, int], tuple[int, int]]) -> None:
        super().__init__()
        self.padding = padding

    def forward(self, x: Array, *, training: bool = False) -> Array:
        """(N, H, W, C) → (N, top + H + bottom, left + W + right, C)."""
        return np.pad(x, ((0, 0), *self.padding, (0, 0)))

    def backward(self, error: Array) -> Array:
        """The frame is cut off: no value of x went there."""
        (top, bottom), (left, right) = self.padding
        return error[:, top : error.shape[1] - bottom, left : error.shape[2] - right]


class Dropout(Layer):
    """Drops a share of the values in training (Srivastava et al. 2014); `rng` decides which."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate
        self.rng = np.random.default_rng(0)
        self.mask: Array | float = 1.0

    def forward(self, x: Array, *, training: bool = False) -> Array:
        """y = mask·x, where the mask is 0 for dropped values and 1/(1 − rate) for the others.

        What is left is scaled up so that the next layer's sums stay as large as they will be later,
        when nothing is dropped any more.
        """
        self.mask = 1.0
        if training and self.rate:
            kept = self.rng.random(x.shape, np.float32) >= self.rate
            self.mask = kept.astype(x.dtype) / (1 - self.rate)
        return x * self.mask

    def backward(self, error: Array) -> Array:
        """∂E/∂x = mask·∂E/∂y: a dropped value had no part in the loss."""
        return error * self.mask
