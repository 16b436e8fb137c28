"""What the layers of a network give for pictures, in plain NumPy: any layer, no PyTorch.

    for step in forward(saved.network, saved.weights, saved.contract.scaled(images)):
        print(step.name, step.y.shape)       # (N, *output_shape), channels last

Most layers are those of `ziffern.scratch`; here are the others, forward only. A layer's activation
is applied, and layers inside a residual block come by their full names, before the block. Fast
enough for a picture or some; `ziffern.inside.activations` answers many, with PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ziffern.layers import Layer, Network, Stage
from ziffern.layers.convolution import Conv2D, DepthwiseConv2D, SeparableConv2D
from ziffern.layers.dense import Activation, SpatialDropout2D
from ziffern.layers.normalization import LayerNormalization
from ziffern.layers.recurrent import GRU, LSTM, SimpleRNN
from ziffern.layers.residual import Residual
from ziffern.scratch.activations import layer_of, sigmoid
from ziffern.scratch.convolution import Conv2D as Convolution
from ziffern.scratch.network import BUILDERS

Floats: TypeAlias = NDArray[np.float32]
Weights: TypeAlias = Mapping[str, Floats]


class Step(NamedTuple):
    """One layer at work: its full name and place, what went in and what came out, (N, …).

    weights: the layer's own, by short name.
    z: what comes out before the layer's activation.
    """

    name: str
    stage: Stage
    weights: Weights
    x: Floats
    z: Floats
    y: Floats

    @property
    def activation(self) -> str:
        """What the layer applies to its sums; `linear` if nothing."""
        return str(getattr(self.stage.layer, "activation", None) or "linear")


def forward(network: Network, weights: Weights, x: Floats, *, within: str = "") -> Iterator[Step]:
    """Yield each layer's step for the network's input (N, 28, 28, 1).

    Args:
        network: the layers.
        weights: all of them, by full name.
        x: the input, as `Contract.scaled` gives it.
        within: the name of the block that the network is a branch of, with a slash at its end.
    """
    for stage in network.stages:
        own = {short: weights[f"{stage.name}/{short}"] for short in stage.weights}
        name = within + stage.name
        if isinstance(stage.layer, Residual):
            z: Floats = np.zeros((), np.float32)
            for branch, inner in stage.layer.branches(stage.input_shape).items():
                start = f"{branch}/"
                parts = {
                    key.removeprefix(start): array
                    for key, array in own.items()
                    if key.startswith(start)
                }
                end = x
                for step in forward(inner, parts, x, within=f"{name}/{branch}/"):
                    end = step.y
                    yield step
                z = z + end
            y = z
        else:
            z, y = _answer(stage, own, x)
        yield Step(name, stage, own, x, z, y)
        x = y


def kernel_of(stage: Stage, weights: Weights) -> Floats:
    """Return the filters of any convolution as one kernel (height, width, channels, filters).

    Depthwise filters are 0 for all channels but their own. A separable convolution is a plain one
    whose filters are products: there is nothing between its two parts.

    Raises:
        TypeError: the layer is no convolution.
    """
    layer = stage.layer
    if isinstance(layer, Conv2D):
        kernel, groups = weights["kernel"], layer.groups
        if groups == 1:
            return kernel
        height, width, some, filters = kernel.shape
        whole = np.zeros((height, width, some * groups, filters), np.float32)
        for group in range(groups):
            fans = slice(group * filters // groups, (group + 1) * filters // groups)
            whole[:, :, group * some : (group + 1) * some, fans] = kernel[..., fans]
        return whole
    if isinstance(layer, DepthwiseConv2D | SeparableConv2D):
        kernel = weights["kernel" if isinstance(layer, DepthwiseConv2D) else "depthwise_kernel"]
        height, width, channels, multiplier = kernel.shape
        whole = np.zeros((height, width, channels, channels * multiplier), np.float32)
        for channel in range(channels):
            mine = slice(channel * multiplier, (channel + 1) * multiplier)
            whole[:, :, channel, mine] = kernel[:, :, channel]
        if isinstance(layer, DepthwiseConv2D):
            return whole
        mixed: Floats = whole @ weights["pointwise_kernel"][0, 0]
        return mixed
    raise TypeError(f"{stage.kind} is no convolution")


def convolution_of(stage: Stage, weights: Weights) -> Convolution:
    """Return any convolution as a plain one; errors as for `kernel_of`."""
    layer: Any = stage.layer
    kernel = kernel_of(stage, weights)
    record = Conv2D(
        filters=kernel.shape[3],
        kernel_size=layer.kernel_size,
        strides=layer.strides,
        padding=layer.padding,
        dilation_rate=layer.dilation_rate,
    )
    own: dict[str, Any] = {"kernel": kernel}
    if "bias" in weights:
        own["bias"] = weights["bias"]
    return Convolution(record, stage.input_shape, own)


def logits(last: Step) -> Floats:
    """Return a network's logits (N, C) from its last step: a final softmax is taken off."""
    return last.z if last.activation == "softmax" else last.y


def _answer(stage: Stage, weights: Weights, x: Floats) -> tuple[Floats, Floats]:
    """Return what a layer gives before and after its activation."""
    kind = type(stage.layer)
    if kind in CELLS:
        z = _recurrent(stage, weights, x)
        return z, z
    activation = getattr(stage.layer, "activation", None)
    if kind is Activation:
        z = x
    elif kind in OTHERS:
        z = OTHERS[kind](stage, weights, x)
    else:
        z = np.asarray(BUILDERS[kind](stage, dict(weights)).forward(x), np.float32)
    y = z if activation is None else np.asarray(layer_of(activation).forward(z), np.float32)
    return z, y


def _convolved(stage: Stage, weights: Weights, x: Floats) -> Floats:
    return np.asarray(convolution_of(stage, weights).forward(x), np.float32)


def _layer_normalised(stage: Stage, weights: Weights, x: Floats) -> Floats:
    layer: Any = stage.layer
    mean, variance = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    normal = (x - mean) / np.sqrt(variance + np.float32(layer.epsilon))
    return np.asarray(weights.get("gamma", 1) * normal + weights.get("beta", 0), np.float32)


def _same(_stage: Stage, _weights: Weights, x: Floats) -> Floats:
    return x


State: TypeAlias = tuple[Floats, Floats]  # what a cell says, and what it keeps


def _recurrent(stage: Stage, weights: Weights, x: Floats) -> Floats:
    """Read one time step after another, (N, steps, features); gates in Keras's order."""
    layer: Any = stage.layer
    if layer.go_backwards:
        x = x[:, ::-1]
    cell = CELLS[type(layer)]
    h = c = np.zeros((len(x), layer.units), np.float32)
    said = []
    for moment in range(x.shape[1]):
        h, c = cell(layer, weights, x[:, moment], (h, c))
        said.append(h)
    return np.stack(said, axis=1) if layer.return_sequences else h


def _simple(layer: Any, weights: Weights, x: Floats, state: State) -> State:
    h, c = state
    sums = x @ weights["kernel"] + h @ weights["recurrent_kernel"] + weights.get("bias", 0)
    return np.asarray(layer_of(layer.activation).forward(sums), np.float32), c


def _lstm(layer: Any, weights: Weights, x: Floats, state: State) -> State:
    h, c = state
    sums = x @ weights["kernel"] + h @ weights["recurrent_kernel"] + weights.get("bias", 0)
    let_in, keep, new, let_out = np.split(sums, 4, axis=1)
    c = np.asarray(sigmoid(keep) * c + sigmoid(let_in) * np.tanh(new), np.float32)
    return np.asarray(sigmoid(let_out) * np.tanh(c), np.float32), c


def _gru(layer: Any, weights: Weights, x: Floats, state: State) -> State:
    h, c = state
    bias = weights.get("bias", np.zeros((2, 1), np.float32))
    seen, kept = x @ weights["kernel"] + bias[0], h @ weights["recurrent_kernel"] + bias[1]
    update, reset, new = zip(np.split(seen, 3, axis=1), np.split(kept, 3, axis=1), strict=True)
    share = sigmoid(update[0] + update[1])
    fresh = np.tanh(new[0] + sigmoid(reset[0] + reset[1]) * new[1])
    return np.asarray(share * h + (1 - share) * fresh, np.float32), c


CELLS: Mapping[type[Layer], Callable[[Any, Weights, Floats, State], State]] = {
    SimpleRNN: _simple,
    LSTM: _lstm,
    GRU: _gru,
}
OTHERS: Mapping[type[Layer], Callable[[Stage, Weights, Floats], Floats]] = {
    DepthwiseConv2D: _convolved,
    SeparableConv2D: _convolved,
    LayerNormalization: _layer_normalised,
    SpatialDropout2D: _same,
}
"""How each layer answers that `ziffern.scratch` does not write out."""
