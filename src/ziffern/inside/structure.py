"""How a network is built: what each layer costs and how much of the picture it sees.

    for part in structure(model.network):
        print(part.name, part.stage.multiply_adds, part.receptive_field)

Works on layer records alone, without weights or tensors. Nothing is drawn here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ziffern.errors import InputError, did_you_mean
from ziffern.layers import (
    Network,
    Stage,
    convolution,
    dense,
    normalization,
    pooling,
    recurrent,
    residual,
)
from ziffern.layers.base import Layer, Pair, Shape


@dataclass(frozen=True)
class ReceptiveField:
    """The part of the network's input that one value of a layer depends on.

    size: height and width in pixels; padding may make it larger than the picture.
    jump: pixels from one value's field to its neighbour's; None where values have no place in the
        picture any more, such as the outputs of a Dense layer.
    first: row and column where the first value's field begins; negative in padding.
    """

    size: Pair
    jump: Pair | None
    first: Pair


@dataclass(frozen=True)
class Part:
    """A layer in its place, with its receptive field.

    name: the layer's full name, `residual/body/conv2d` inside a residual block.
    branches: the layers inside a residual block, by `body` and `shortcut`; empty elsewhere.
    """

    name: str
    stage: Stage
    receptive_field: ReceptiveField
    branches: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)


Integers = NDArray[np.int64]


@dataclass(frozen=True)
class _View:
    """A field on its way through the layers; each array is (vertical, horizontal), in pixels.

    first: where the first value's field begins, negative in padding.
    begin, end: of what all places see together.
    """

    size: Integers
    jump: Integers | None
    first: Integers
    begin: Integers
    end: Integers


def structure(network: Network) -> tuple[Part, ...]:
    """Return the layers with their receptive fields.

    A window of k values that are j pixels apart adds (k−1)·j to the field, and a stride of s makes
    the jump s times as large (Araujo et al. 2019, "Computing receptive fields of convolutional
    neural networks"). What mixes all places (Dense after Flatten, global pooling, recurrent layers)
    sees what all of them see together. That can be less than the picture: valid padding leaves the
    last rows out where windows do not come out even. Of two branches the larger field counts.
    """
    one, none = np.ones(2, np.int64), np.zeros(2, np.int64)
    start = _View(one, one, none, none, np.array(network.input_shape[:2]))
    return tuple(_walk(network, start, "")[0])


def flat(parts: Sequence[Part]) -> Iterator[Part]:
    """Yield all layers in the order of computation; a residual block follows its own layers."""
    for part in parts:
        for branch in part.branches.values():
            yield from flat(branch)
        yield part


def find(network: Network, name: str) -> Part:
    """Return the layer of this name.

    Raises:
        InputError: there is none; the message names those that there are.
    """
    parts = {part.name: part for part in flat(structure(network))}
    if name not in parts:
        near = did_you_mean(name, parts)
        hint = f"{near} its layers: {', '.join(parts)}" if near.startswith(":") else ""
        raise InputError(f"no layer {name!r}{hint or '; its layers: ' + ', '.join(parts)}")
    return parts[name]


def _walk(network: Network, view: _View, prefix: str) -> tuple[list[Part], _View]:
    parts = []
    for stage in network.stages:
        name = prefix + stage.name
        branches: dict[str, tuple[Part, ...]] = {}
        if isinstance(stage.layer, residual.Residual):
            ends = []
            for branch, inner in stage.layer.branches(stage.input_shape).items():
                walked, end = _walk(inner, view, f"{name}/{branch}/")
                branches[branch] = tuple(walked)
                ends.append(end)
            view = _larger(*ends)
        else:
            view = _after(view, stage)
        jump = None if view.jump is None else _pair(view.jump)
        seen = ReceptiveField(_pair(view.size), jump, _pair(view.first))
        parts.append(Part(name, stage, seen, branches))
    return parts, view


def _after(view: _View, stage: Stage) -> _View:
    """Return what the layer's values see, given what its inputs see."""
    layer, before, after = stage.layer, stage.input_shape, stage.output_shape
    if isinstance(layer, dense.Flatten | dense.Reshape | dense.Input):
        if before == after:
            return view
        pixels = len(after) == 3 and (view.size == 1).all() and after[:2] == tuple(view.end)
        return replace(view, jump=view.size if pixels else None)
    if not _mixes_places(layer, before):
        return view
    if view.jump is None or not isinstance(layer, SLIDING):
        return replace(view, size=view.end - view.begin, jump=None)
    window, strides, padding = _sliding(layer, before)
    size, jump = view.size + (window - 1) * view.jump, view.jump * strides
    first = view.first - padding * view.jump
    last = first + size + (np.array(after[:2]) - 1) * jump
    begin, end = np.maximum(view.begin, first), np.minimum(view.end, last)
    return _View(size, jump, first, begin, end)


SLIDING = (
    convolution.Conv2D
    | convolution.DepthwiseConv2D
    | convolution.SeparableConv2D
    | convolution.ZeroPadding2D
    | pooling.MaxPooling2D
    | pooling.AveragePooling2D
)


def _mixes_places(layer: Layer, shape: Shape) -> bool:
    """Whether a value that comes out depends on values of several places."""
    if isinstance(layer, dense.Dense | normalization.LayerNormalization):
        return len(shape) < 3  # on maps they mix channels only
    everywhere = pooling.GlobalMaxPooling2D | pooling.GlobalAveragePooling2D | recurrent.LSTM
    return isinstance(layer, SLIDING | everywhere | recurrent.GRU | recurrent.SimpleRNN)


def _sliding(layer: Layer, shape: Shape) -> tuple[Integers, Integers, Integers]:
    """Return extent, strides and the zeros before the first row and column."""
    if isinstance(layer, convolution.ZeroPadding2D):
        (top, _), (left, _) = layer.padding
        return np.array([1, 1]), np.array([1, 1]), np.array([top, left])
    if isinstance(layer, pooling.MaxPooling2D | pooling.AveragePooling2D):
        window, strides = layer.pool_size, layer.step
    else:
        assert isinstance(
            layer,
            convolution.Conv2D | convolution.DepthwiseConv2D | convolution.SeparableConv2D,
        )
        window, strides = convolution.dilated(layer.kernel_size, layer.dilation_rate), layer.strides
    zeros = [0, 0]
    if layer.padding == "same":
        zeros = [convolution.same_padding(shape[i], window[i], strides[i])[0] for i in (0, 1)]
    return np.array(window), np.array(strides), np.array(zeros)


def _larger(first: _View, second: _View) -> _View:
    """Return what a sum of two branches sees."""
    return _View(
        np.maximum(first.size, second.size),
        None if second.jump is None else first.jump,
        np.minimum(first.first, second.first),
        np.minimum(first.begin, second.begin),
        np.maximum(first.end, second.end),
    )


def _pair(values: Integers) -> Pair:
    return int(values[0]), int(values[1])
