"""The PyTorch interpreter of a network: from layer records to one module, weights in and out.

    network = TorchNetwork(recipe.network)
    network.load_weights(recipe.network.initial_weights(seed=0))
    logits = network(images)          # float (N, 28, 28, 1) → float32 (N, 10)

The network ends in logits: a final softmax is folded into the loss, so that no logarithm of a
rounded zero ever occurs.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ziffern.errors import RunError
from ziffern.layers import (
    Layer,
    Network,
    Stage,
    Weights,
    convolution,
    dense,
    normalization,
    pooling,
    recurrent,
    residual,
)
from ziffern.training import modules


def _activation(stage: Stage) -> nn.Module:
    assert isinstance(stage.layer, dense.Activation)
    name = stage.layer.activation
    if name == "relu":  # as a layer of its own it may follow anything: not in place
        return modules.Function(functional.relu)
    function = modules.activation(None if name == "linear" else name, len(stage.input_shape))
    return modules.Function(function) if function else nn.Identity()


def _residual(stage: Stage) -> nn.Module:
    assert isinstance(stage.layer, residual.Residual)
    branches = stage.layer.branches(stage.input_shape)
    return modules.Residual(_sequence(branches["body"]), _sequence(branches["shortcut"]))


def _simple(make: Callable[[Any], nn.Module]) -> Callable[[Stage], nn.Module]:
    return lambda stage: make(stage.layer)


def _shaped(make: Callable[[Any, Any], nn.Module]) -> Callable[[Stage], nn.Module]:
    return lambda stage: make(stage.layer, stage.input_shape)


def _reshape(stage: Stage) -> nn.Module:
    return modules.Reshape(stage.input_shape, stage.output_shape)


def _padding(stage: Stage) -> nn.Module:
    assert isinstance(stage.layer, convolution.ZeroPadding2D)
    (top, bottom), (left, right) = stage.layer.padding
    return modules.Function(lambda x: functional.pad(x, (left, right, top, bottom)))


def _rescaling(stage: Stage) -> nn.Module:
    layer = stage.layer
    assert isinstance(layer, dense.Rescaling)
    return modules.Function(lambda x: x * layer.scale + layer.offset)


BUILDERS: dict[type[Layer], Callable[[Stage], nn.Module]] = {
    dense.Dense: _shaped(modules.Dense),
    dense.Activation: _activation,
    dense.Dropout: _simple(modules.Dropout),
    dense.SpatialDropout2D: _simple(lambda layer: nn.Dropout2d(layer.rate)),
    dense.Flatten: _reshape,
    dense.Reshape: _reshape,
    dense.Input: _reshape,
    dense.Rescaling: _rescaling,
    convolution.Conv2D: _shaped(modules.Conv2D),
    convolution.DepthwiseConv2D: _shaped(modules.DepthwiseConv2D),
    convolution.SeparableConv2D: _shaped(modules.SeparableConv2D),
    convolution.ZeroPadding2D: _padding,
    pooling.MaxPooling2D: _shaped(modules.Pooling2D),
    pooling.AveragePooling2D: _shaped(modules.Pooling2D),
    pooling.GlobalMaxPooling2D: _shaped(modules.GlobalPooling2D),
    pooling.GlobalAveragePooling2D: _shaped(modules.GlobalPooling2D),
    normalization.BatchNormalization: _shaped(modules.BatchNormalization),
    normalization.LayerNormalization: _shaped(modules.LayerNormalization),
    recurrent.LSTM: _shaped(modules.Recurrent),
    recurrent.GRU: _shaped(modules.Recurrent),
    recurrent.SimpleRNN: _shaped(modules.Recurrent),
    residual.Residual: _residual,
}
"""How each layer becomes a module; a test holds this against the vocabulary."""


PREFIX = "layer_"
"""Before the name of each stage's module: a layer may be called `train`, as a method is."""


def _sequence(network: Network) -> nn.Sequential:
    sequence = nn.Sequential()
    for stage in network.stages:
        sequence.add_module(PREFIX + stage.name, BUILDERS[type(stage.layer)](stage))
    return sequence


def _pool_before_relu(sequences: nn.Module) -> None:
    for sequence in sequences.modules():
        if not isinstance(sequence, nn.Sequential):
            continue
        for before, pooled in itertools.pairwise(sequence):
            if isinstance(pooled, modules.Pooling2D | modules.GlobalPooling2D):
                pooled.take_relu_from(before)


class TorchNetwork(nn.Module):
    """A network of records as a PyTorch module: float (N, 28, 28, 1) → logits, float32 (N, C).

    Its weights start undefined; give them with `load_weights`. With `as_written` every module gives
    what Keras's layer gives, so the network ends in its softmax; otherwise that is left out, and
    a relu may be applied by the pooling behind it.
    """

    def __init__(self, network: Network, *, as_written: bool = False) -> None:
        super().__init__()
        self.network = network
        self.stages = _sequence(network)
        if not as_written:
            _pool_before_relu(self.stages)
            self.leave_out_softmax()
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._penalised = [
            (tensor, weight.regularizer)
            for name, tensor in self.tensors().items()
            if (weight := network.weights.get(name)) is not None and weight.regularizer
        ]

    def leave_out_softmax(self) -> None:
        """End in logits where the last layer is a softmax or has one."""
        layer = self.network.stages[-1].layer
        if getattr(layer, "activation", None) == "softmax":
            if isinstance(layer, dense.Activation):
                self.stages[-1] = nn.Identity()
            else:
                self.stages[-1].activation = None  # type: ignore[assignment]

    def forward(self, x: Tensor) -> Tensor:
        if len(self.network.input_shape) == 3:
            x = modules.channels_first(x)
        x = self.stages(x)
        if len(self.network.output_shape) == 3:
            x = modules.channels_last(x)
        return x.float()

    def penalty(self) -> Tensor | None:
        """Return the sum of all L1 and L2 penalties; None where the recipe has none."""
        if not self._penalised:
            return None
        terms = [
            term
            for tensor, regularizer in self._penalised
            for term in (
                regularizer.l1 * tensor.abs().sum() if regularizer.l1 else None,
                regularizer.l2 * tensor.square().sum() if regularizer.l2 else None,
            )
            if term is not None
        ]
        return torch.stack(terms).sum() if terms else None

    def tensors(self) -> dict[str, Tensor]:
        """Return parameters and moving statistics by Keras's full names, in PyTorch's layout."""
        return {
            f"{name}/{short}": tensor
            for name, module in _weighted(self.stages)
            for short, tensor in module.tensors().items()
        }

    def load_weights(self, weights: Mapping[str, Any]) -> None:
        """Take weights in Keras's names and layouts.

        Raises:
            RunError: a weight is missing, not known, or has another shape.
        """
        expected = {name: weight.shape for name, weight in self.network.weights.items()}
        problems = [f"{name} is missing" for name in expected if name not in weights]
        problems += [f"{name} is not known" for name in weights if name not in expected]
        problems += [
            f"{name} has shape {weights[name].shape}, expected {shape}"
            for name, shape in expected.items()
            if name in weights and tuple(weights[name].shape) != shape
        ]
        if problems:
            raise RunError(f"these weights are not of this network: {'; '.join(problems[:5])}")
        with torch.no_grad():
            for name, module in _weighted(self.stages):
                given = {
                    short: np.asarray(weights[f"{name}/{short}"], np.float32)
                    for short in module.tensors()
                    if f"{name}/{short}" in weights
                }
                # a GRU's two rows of biases are two parameters in PyTorch
                if "bias" in given and given["bias"].ndim == 2:
                    given["bias"], given["recurrent_bias"] = given["bias"]
                for short, tensor in module.tensors().items():
                    array = np.ascontiguousarray(module.into(short, given[short]))
                    tensor.copy_(torch.from_numpy(array))

    def weights(self) -> Weights:
        """Return a copy of all weights in Keras's names and layouts."""
        found: Weights = {}
        for name, module in _weighted(self.stages):
            arrays = {
                short: np.ascontiguousarray(
                    module.outof(short, tensor.detach().cpu().float().numpy())
                ).copy()
                for short, tensor in module.tensors().items()
            }
            if "recurrent_bias" in arrays:
                arrays["bias"] = np.stack([arrays["bias"], arrays.pop("recurrent_bias")])
            found |= {f"{name}/{short}": array for short, array in arrays.items()}
        return found


def _weighted(stages: nn.Module, prefix: str = "") -> Iterator[tuple[str, modules.Weighted]]:
    for full, module in stages.named_children():
        name = full.removeprefix(PREFIX)
        if isinstance(module, modules.Weighted):
            yield prefix + name, module
        elif isinstance(module, modules.Residual | nn.Sequential):
            yield from _weighted(module, f"{prefix}{name}/")
