"""Layer records as nodes of an ONNX graph: one function for each layer, with Keras's behaviour.

    answer = write_layers(graph, network, weights, "pixels")

As ONNX wants it, maps are (N, C, H, W) where a record says (height, width, channels); every other
shape is the record's own. What only training does, such as dropout, leaves no node.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ziffern.exchange.onnx_graph import Array, Graph, Place, activated, is_maps
from ziffern.layers import (
    Layer,
    Network,
    Shape,
    convolution,
    dense,
    normalization,
    pooling,
    recurrent,
    residual,
)
from ziffern.layers.convolution import dilated, same_padding


def _pads(shape: Shape, window: Any, strides: Any, how: str) -> tuple[int, ...]:
    """Return the padding (top, left, bottom, right)."""
    if how == "valid":
        return 0, 0, 0, 0
    (top, bottom), (left, right) = (
        same_padding(shape[axis], window[axis], strides[axis]) for axis in (0, 1)
    )
    return top, left, bottom, right


def _convolved(place: Place, layer: Any, x: str, kernel: str, groups: int, *bias: str) -> str:
    extent = dilated(layer.kernel_size, layer.dilation_rate)
    return place.node(
        "Conv",
        x,
        kernel,
        *bias,
        strides=layer.strides,
        pads=_pads(place.stage.input_shape, extent, layer.strides, layer.padding),
        dilations=layer.dilation_rate,
        group=groups,
    )


def _kernel(place: Place, short: str) -> str:
    """(height, width, in, out) → (out, in, height, width)."""
    return place.constant(short, place.weights[short].transpose(3, 2, 0, 1))


def _depthwise_kernel(place: Place, short: str) -> str:
    """(height, width, in, multiplier) → (in·multiplier, 1, height, width)."""
    array = place.weights[short]
    height, width, channels, multiplier = array.shape
    turned = array.transpose(2, 3, 0, 1).reshape(channels * multiplier, 1, height, width)
    return place.constant(short, turned)


def _bias(place: Place) -> tuple[str, ...]:
    return (place.constant("bias", place.weights["bias"]),) if "bias" in place.weights else ()


def _conv2d(place: Place, layer: convolution.Conv2D, x: str) -> str:
    x = _convolved(place, layer, x, _kernel(place, "kernel"), layer.groups, *_bias(place))
    return activated(place, x, layer.activation)


def _depthwise(place: Place, layer: convolution.DepthwiseConv2D, x: str) -> str:
    kernel, channels = _depthwise_kernel(place, "kernel"), place.stage.input_shape[2]
    x = _convolved(place, layer, x, kernel, channels, *_bias(place))
    return activated(place, x, layer.activation)


def _separable(place: Place, layer: convolution.SeparableConv2D, x: str) -> str:
    kernel, channels = _depthwise_kernel(place, "depthwise_kernel"), place.stage.input_shape[2]
    x = _convolved(place, layer, x, kernel, channels)
    x = place.node("Conv", x, _kernel(place, "pointwise_kernel"), *_bias(place))
    return activated(place, x, layer.activation)


def _zero_padding(place: Place, layer: convolution.ZeroPadding2D, x: str) -> str:
    (top, bottom), (left, right) = layer.padding
    return place.node("Pad", x, place.ints("pads", 0, 0, top, left, 0, 0, bottom, right))


def _pooling(place: Place, layer: Any, x: str) -> str:
    maximum = isinstance(layer, pooling.MaxPooling2D)
    counted = {} if maximum else {"count_include_pad": 0}
    return place.node(
        "MaxPool" if maximum else "AveragePool",
        x,
        kernel_shape=layer.pool_size,
        strides=layer.step,
        pads=_pads(place.stage.input_shape, layer.pool_size, layer.step, layer.padding),
        **counted,
    )


def _global_pooling(place: Place, layer: Any, x: str) -> str:
    maximum = isinstance(layer, pooling.GlobalMaxPooling2D)
    x = place.node("GlobalMaxPool" if maximum else "GlobalAveragePool", x)
    return x if layer.keepdims else place.node("Flatten", x)


def _dense(place: Place, layer: dense.Dense, x: str) -> str:
    kernel, bias = place.constant("kernel", place.weights["kernel"]), _bias(place)
    shape = place.stage.input_shape
    if len(shape) == 1:
        x = place.node("Gemm", x, kernel, *bias)
    else:
        x = place.channels_last(x) if is_maps(shape) else x
        x = place.node("MatMul", x, kernel)
        x = place.node("Add", x, *bias) if bias else x
        x = place.channels_first(x) if is_maps(shape) else x
    return activated(place, x, layer.activation)


def _activation(place: Place, layer: dense.Activation, x: str) -> str:
    return activated(place, x, layer.activation)


def _nothing(place: Place, layer: Layer, x: str) -> str:
    return x


def _reshape(place: Place, layer: Layer, x: str) -> str:
    """Keras's order of values: channels vary fastest."""
    before, after = place.stage.input_shape, place.stage.output_shape
    if before == after:
        return x
    if is_maps(before) and not _orders_agree(before):
        x = place.channels_last(x)
    if not is_maps(after):
        return place.reshape(x, *after)
    height, width, channels = after
    if _orders_agree(after):
        return place.reshape(x, channels, height, width)
    return place.channels_first(place.reshape(x, *after))


def _orders_agree(maps: Shape) -> bool:
    """Whether channels first and channels last are the same order of values."""
    return maps[2] == 1 or math.prod(maps[:2]) == 1


def _rescaling(place: Place, layer: dense.Rescaling, x: str) -> str:
    x = place.node("Mul", x, place.number("scale", layer.scale))
    return place.node("Add", x, place.number("offset", layer.offset)) if layer.offset else x


def _scale_and_shift(place: Place) -> tuple[Array, Array]:
    size = place.stage.input_shape[-1]
    ones, zeros = np.ones(size, np.float32), np.zeros(size, np.float32)
    return place.weights.get("gamma", ones), place.weights.get("beta", zeros)


def _batch_normalization(place: Place, layer: normalization.BatchNormalization, x: str) -> str:
    shape = place.stage.input_shape
    gamma, beta = _scale_and_shift(place)
    named = {"gamma": gamma, "beta": beta} | {
        short: place.weights[short] for short in ("moving_mean", "moving_variance")
    }
    constants = [place.constant(short, array) for short, array in named.items()]
    # ONNX has the channels second
    x = place.transpose(x, 0, 2, 1) if len(shape) == 2 else x
    x = place.node("BatchNormalization", x, *constants, epsilon=layer.epsilon)
    return place.transpose(x, 0, 2, 1) if len(shape) == 2 else x


def _layer_normalization(place: Place, layer: normalization.LayerNormalization, x: str) -> str:
    maps = is_maps(place.stage.input_shape)
    gamma, beta = _scale_and_shift(place)
    constants = place.constant("gamma", gamma), place.constant("beta", beta)
    x = place.channels_last(x) if maps else x
    x = place.node("LayerNormalization", x, *constants, epsilon=layer.epsilon)
    return place.channels_first(x) if maps else x


# Keras's gates in ONNX's order: an LSTM's are (input, forget, cell, output) there and
# (input, output, forget, cell) here; a GRU's (update, reset, candidate) are the same
GATES = {recurrent.LSTM: (0, 3, 1, 2), recurrent.GRU: (0, 1, 2), recurrent.SimpleRNN: (0,)}
OPERATORS = {recurrent.LSTM: "LSTM", recurrent.GRU: "GRU", recurrent.SimpleRNN: "RNN"}


def _recurrent(place: Place, layer: Any, x: str) -> str:
    kind, units = type(layer), layer.units
    blocks = GATES[kind]

    def rows(array: Array) -> Array:
        """Put the gates, blocks of the last axis, first and into ONNX's order."""
        parts = np.split(array.T, len(blocks))
        return np.concatenate([parts[block] for block in blocks])

    weights = place.weights
    # GRU has a second bias for the product with the state (reset_after=True), the others zeros
    width = len(blocks) * units
    bias = np.zeros((2, width), np.float32)
    if layer.use_bias:
        bias[: weights["bias"].size // width] = weights["bias"]
    attributes: dict[str, Any] = {"hidden_size": units}
    if kind is recurrent.GRU:
        attributes["linear_before_reset"] = 1
    if kind is recurrent.SimpleRNN:
        attributes["activations"] = [layer.activation.capitalize()]
    if layer.go_backwards:
        x = place.node("Slice", x, *(place.ints(name, value) for name, value in BACKWARDS.items()))
    made = place.node(
        OPERATORS[kind],
        place.transpose(x, 1, 0, 2),  # the steps first
        place.constant("kernel", rows(weights["kernel"])[np.newaxis]),
        place.constant("recurrent_kernel", rows(weights["recurrent_kernel"])[np.newaxis]),
        place.constant("bias", np.concatenate([rows(row) for row in bias])[np.newaxis]),
        output=0 if layer.return_sequences else 1,  # all states, or the last one
        **attributes,
    )
    # ONNX puts the directions, of which there is one, before the pictures
    if not layer.return_sequences:
        return place.node("Squeeze", made, place.ints("direction", 0))
    return place.transpose(place.node("Squeeze", made, place.ints("direction", 1)), 1, 0, 2)


BACKWARDS = {"starts": -1, "ends": -(2**63), "axes": 1, "steps": -1}


def _residual(place: Place, layer: residual.Residual, x: str) -> str:
    ends = []
    for branch, network in layer.branches(place.stage.input_shape).items():
        own = {
            name.removeprefix(f"{branch}/"): array
            for name, array in place.weights.items()
            if name.startswith(f"{branch}/")
        }
        ends.append(write_layers(place.graph, network, own, x, f"{place.name}/{branch}/"))
    return place.node("Add", *ends)


WRITERS: dict[type[Layer], Callable[[Place, Any, str], str]] = {
    dense.Dense: _dense,
    dense.Activation: _activation,
    dense.Dropout: _nothing,
    dense.SpatialDropout2D: _nothing,
    dense.Flatten: _reshape,
    dense.Reshape: _reshape,
    dense.Input: _reshape,
    dense.Rescaling: _rescaling,
    convolution.Conv2D: _conv2d,
    convolution.DepthwiseConv2D: _depthwise,
    convolution.SeparableConv2D: _separable,
    convolution.ZeroPadding2D: _zero_padding,
    pooling.MaxPooling2D: _pooling,
    pooling.AveragePooling2D: _pooling,
    pooling.GlobalMaxPooling2D: _global_pooling,
    pooling.GlobalAveragePooling2D: _global_pooling,
    normalization.BatchNormalization: _batch_normalization,
    normalization.LayerNormalization: _layer_normalization,
    recurrent.LSTM: _recurrent,
    recurrent.GRU: _recurrent,
    recurrent.SimpleRNN: _recurrent,
    residual.Residual: _residual,
}
"""How each layer becomes nodes; a test holds this against the vocabulary."""


def write_layers(
    graph: Graph, network: Network, weights: Mapping[str, Array], x: str, prefix: str = ""
) -> str:
    """Add the nodes of a network behind `x`, and return the name of what comes out.

    Maps go in and come out as (N, C, H, W). `prefix` stands before the names of the layers.
    """
    for stage in network.stages:
        own = {short: weights[f"{stage.name}/{short}"] for short in stage.weights}
        place = Place(graph, prefix + stage.name, stage, own)
        x = WRITERS[type(stage.layer)](place, stage.layer, x)
    return x
