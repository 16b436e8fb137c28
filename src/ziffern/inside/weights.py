"""Weights as pictures: filters, the weights that enter each unit, units laid out as a square.

    tiles = weight_tiles(network, weights, "conv2d")     # 32 pictures of 3×3
    level = unit_levels(network, weights, "dense")       # 324 biases as 18×18, outliers marked

Numbers only: what is a picture here is an array that `ziffern.figures` draws.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ziffern.errors import InputError
from ziffern.inside.structure import Part, find, flat, structure
from ziffern.layers import Network, convolution, dense, recurrent

Floats = NDArray[np.float32]
Weights = Mapping[str, Floats]

OUTLIER = 3.5
"""Modified z-score from which on a value stands out (Iglewicz & Hoaglin 1993)."""
MANY = 1024
"""Units of a Dense layer beyond this many are left out of the tiles; filters never are."""
GATES = {
    "LSTM": ("input gate", "forget gate", "cell", "output gate"),
    "GRU": ("update gate", "reset gate", "state"),
    "SimpleRNN": ("state",),
}


@dataclass(frozen=True, eq=False)
class WeightTiles:
    """The weights of a layer as pictures.

    layer, weight: `conv2d` and `kernel`.
    title: how many pictures there are, and what each shows.
    pictures: (N, H, W); NaN between the parts of one picture.
    names: one for each picture where its number does not tell enough, else empty.
    signed: False where lengths are shown, which have no sign.
    """

    layer: str
    weight: str
    title: str
    pictures: Floats
    names: tuple[str, ...] = ()
    signed: bool = True


@dataclass(frozen=True, eq=False)
class UnitLevels:
    """One number for each unit of a layer, laid out as a rectangle.

    layer, what: which layer, and what the number is.
    values: (rows, columns), NaN in cells without a unit; units are counted row by row.
    outliers: numbers of the units that stand out, the farthest first.
    """

    layer: str
    what: str
    values: Floats
    outliers: tuple[int, ...]


def rectangle(count: int) -> tuple[int, int]:
    """Return rows and columns that `count` cells fill: as square as can be, 324 as 18×18.

    Where no such rectangle is at most four times as wide as high, the square that holds them is
    taken and its last cells stay empty. Up to ten cells stand in one column, as the answers do.

    >>> [rectangle(n) for n in (324, 36, 10, 200, 127)]
    [(18, 18), (6, 6), (10, 1), (10, 20), (12, 12)]
    """
    return (count, 1) if count <= 10 else _near_square(count)


def _near_square(count: int) -> tuple[int, int]:
    rows = next(n for n in range(math.isqrt(count), 0, -1) if count % n == 0)
    if count <= 4 * rows * rows:
        return rows, count // rows
    side = math.ceil(math.sqrt(count))
    return side, side


def has_tiles(part: Part) -> bool:
    """Whether a layer has weights that `weight_tiles` shows."""
    return isinstance(
        part.stage.layer,
        convolution.Conv2D | convolution.DepthwiseConv2D | convolution.SeparableConv2D
        | dense.Dense | recurrent.LSTM | recurrent.GRU | recurrent.SimpleRNN,
    )  # fmt: skip


def weight_tiles(network: Network, weights: Weights, layer: str) -> tuple[WeightTiles, ...]:
    """Return the weights of a layer as pictures; several sets where it has several kernels.

    A filter that sees one channel is a picture; one that sees several is a picture of all its
    kernels side by side, one for each channel. The weights that enter a unit of a Dense layer are
    laid out as what they come from: the picture (28×28) or a rectangle of units; where they come
    from several maps, their length at each place is shown. Of recurrent layers each gate is a
    picture, a column for each unit.

    Raises:
        InputError: the layer does not exist or has no such weights; those that have are named.
    """
    part = find(network, layer)
    if not has_tiles(part):
        having = [other.name for other in flat(structure(network)) if has_tiles(other)]
        raise InputError(
            f"{layer} ({part.stage.kind}) has no filters or weights to show; "
            f"layers that have: {', '.join(having) or 'none'}"
        )
    kind = part.stage.layer
    if isinstance(kind, dense.Dense):
        return (_into_units(network, part, weights[f"{layer}/kernel"]),)
    if isinstance(kind, convolution.Conv2D):
        return (_filters(layer, "kernel", weights[f"{layer}/kernel"]),)
    if isinstance(kind, convolution.DepthwiseConv2D):
        return (_single(layer, "kernel", weights[f"{layer}/kernel"]),)
    if isinstance(kind, convolution.SeparableConv2D):
        return (
            _single(layer, "depthwise_kernel", weights[f"{layer}/depthwise_kernel"]),
            _filters(layer, "pointwise_kernel", weights[f"{layer}/pointwise_kernel"]),
        )
    return tuple(_gates(part, weights))


def unit_levels(network: Network, weights: Weights) -> Iterator[tuple[UnitLevels, ...]]:
    """Yield of each Dense layer its biases and the lengths of the weights that enter its units.

    A unit stands out where its value lies farther from the median than 3.5 of the deviations that
    the median deviation suggests (Iglewicz & Hoaglin 1993, "How to detect and handle outliers").
    """
    for part in flat(structure(network)):
        if isinstance(part.stage.layer, dense.Dense):
            kernel = weights[f"{part.name}/kernel"]
            measured = {"length of incoming weights": np.linalg.norm(kernel, axis=0)}
            if part.stage.layer.use_bias:
                measured["bias"] = weights[f"{part.name}/bias"]
            yield tuple(
                UnitLevels(part.name, what, laid_out(values), outliers(values))
                for what, values in sorted(measured.items())
            )


def laid_out(values: Floats) -> Floats:
    """Lay a vector out as the rectangle of its size, NaN in cells that stay empty."""
    rows, columns = rectangle(values.size)
    cells = np.full(rows * columns, np.nan, np.float32)
    cells[: values.size] = values
    return cells.reshape(rows, columns)


def outliers(values: Floats) -> tuple[int, ...]:
    """Return the indices of values that stand out, the farthest first."""
    distance = np.abs(values - np.median(values))
    typical = float(np.median(distance)) / 0.6745
    if typical == 0:
        return ()
    order = np.argsort(-distance, kind="stable")
    return tuple(int(i) for i in order if distance[i] > OUTLIER * typical)


def _filters(layer: str, weight: str, kernel: Floats) -> WeightTiles:
    height, width, channels, filters = kernel.shape
    if height == width == 1:
        pictures = np.stack([laid_out(column) for column in kernel[0, 0].T])
        each = f"each {channels} weights of 1×1, one a channel"
    else:
        pictures = np.stack([_side_by_side(kernel[..., i]) for i in range(filters)])
        each = f"each {channels} kernels of {height}×{width}" if channels > 1 else ""
    title = f"{filters} filters of {layer}, {each or f'{height}×{width}'}"
    return WeightTiles(layer, weight, title, pictures)


def _single(layer: str, weight: str, kernel: Floats) -> WeightTiles:
    height, width, channels, multiplier = kernel.shape
    pictures = kernel.transpose(2, 3, 0, 1).reshape(-1, height, width)
    title = f"{channels * multiplier} filters of {layer}, {height}×{width} on one channel each"
    return WeightTiles(layer, weight, title, pictures)


def _into_units(network: Network, part: Part, kernel: Floats) -> WeightTiles:
    inputs, units = kernel.shape
    shown = kernel[:, :MANY].T
    count = f"{units}" if units <= MANY else f"The first {MANY} of {units:,}"
    title = f"{count} units of {part.name}"
    height, width, channels = _before_flatten(network, part) or (1, 1, inputs)
    if channels == 1:
        each = f"each with {height}×{width} incoming weights"
        return WeightTiles(
            part.name, "kernel", f"{title}, {each}", shown.reshape(-1, height, width)
        )
    if height == width == 1:
        pictures = np.stack([laid_out(row) for row in shown])
        rows, columns = pictures.shape[1:]
        each = f"each with {inputs} incoming weights as {rows}×{columns}"
        return WeightTiles(part.name, "kernel", f"{title}, {each}", pictures)
    lengths = np.linalg.norm(shown.reshape(-1, height, width, channels), axis=-1)
    each = f"length of their weights at each of {height}×{width} places, over {channels} channels"
    return WeightTiles(part.name, "kernel", f"{title}: {each}", lengths, signed=False)


def _gates(part: Part, weights: Weights) -> Iterator[WeightTiles]:
    gates = GATES[part.stage.kind]
    for short, sources in (("kernel", "its inputs"), ("recurrent_kernel", "its own units")):
        kernel = weights[f"{part.name}/{short}"]
        title = f"{len(gates)} gates of {part.name}: weights from {sources} (rows) to its units"
        pictures = np.stack(np.split(kernel, len(gates), axis=1))
        yield WeightTiles(part.name, short, title, pictures, gates)


def _before_flatten(network: Network, part: Part) -> tuple[int, int, int] | None:
    """Return the maps' shape whose flattened values enter a layer; None where there are none."""
    shape = None
    for stage in network.stages:
        if stage is part.stage or stage.name == part.name:
            return shape if len(part.stage.input_shape) == 1 else None
        if len(stage.input_shape) == 3 and len(stage.output_shape) == 1:
            height, width, channels = stage.input_shape
            sorted_only = isinstance(stage.layer, dense.Flatten | dense.Reshape | dense.Input)
            shape = (height, width, channels) if sorted_only else None
        elif stage.input_shape != stage.output_shape or isinstance(stage.layer, dense.Dense):
            shape = None
    return None


def _side_by_side(kernels: Floats) -> Floats:
    """Lay kernels (H, W, C) side by side with a line of NaN between them."""
    height, width, channels = kernels.shape
    rows, columns = _near_square(channels)
    sheet = np.full((rows * (height + 1), columns * (width + 1)), np.nan, np.float32)
    for channel in range(channels):
        y, x = channel // columns * (height + 1), channel % columns * (width + 1)
        sheet[y : y + height, x : x + width] = kernels[..., channel]
    return sheet[:-1, :-1]
