"""Recurrent layers; on pictures the rows are the time steps (Reshape((28, 28)) before them)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ziffern.layers.base import (
    Layer,
    Shape,
    Weight,
    arg,
    boolean,
    initial,
    initializer,
    need_rank,
    one_of,
    optional_name,
    rate,
    whole,
)
from ziffern.layers.initializers import Initializer


@dataclass(frozen=True)
class _Recurrent(Layer):
    """A cell that reads one time step after another; input (steps, features).

    `dropout` drops input features, the same ones at every step of a sample, in training.
    """

    gates: ClassVar[int] = 1
    bias_rows: ClassVar[int] = 0  # 0: a vector; GRU keeps two rows (Keras: reset_after=True)

    units: int = arg(whole)
    use_bias: bool = arg(boolean, True)
    kernel_initializer: Initializer = arg(initializer, initial("glorot_uniform"))
    recurrent_initializer: Initializer = arg(initializer, initial("orthogonal"))
    bias_initializer: Initializer = arg(initializer, initial("zeros"))
    dropout: float = arg(rate, 0.0)
    return_sequences: bool = arg(boolean, False)
    go_backwards: bool = arg(boolean, False)
    name: str | None = arg(optional_name, None)

    def output_shape(self, shape: Shape) -> Shape:
        need_rank(self, shape, 2, "(steps, features)")
        return (shape[0], self.units) if self.return_sequences else (self.units,)

    def weights(self, shape: Shape) -> Mapping[str, Weight]:
        width = self.gates * self.units
        found = {
            "kernel": Weight((shape[1], width), self.kernel_initializer),
            "recurrent_kernel": Weight((self.units, width), self.recurrent_initializer),
        }
        if self.use_bias:
            size = (self.bias_rows, width) if self.bias_rows else (width,)
            found["bias"] = Weight(size, self.bias_initializer)
        return found

    def multiply_adds(self, shape: Shape) -> int:
        return shape[0] * self.gates * self.units * (shape[1] + self.units)


def cell_activation(value: Any) -> str:
    """`tanh` or `relu`."""
    return one_of("tanh", "relu")(value)


@dataclass(frozen=True)
class SimpleRNN(_Recurrent):
    """``h = tanh(x·kernel + h·recurrent_kernel + bias)`` (Elman 1990)."""

    activation: str = arg(cell_activation, "tanh")


@dataclass(frozen=True)
class LSTM(_Recurrent):
    """Long short-term memory (Hochreiter & Schmidhuber 1997); gates in, forget, cell, out."""

    gates = 4

    bias_initializer: Initializer = arg(initializer, initial("forget_ones"))


@dataclass(frozen=True)
class GRU(_Recurrent):
    """Gated recurrent unit (Cho et al. 2014), the reset gate applied after the product."""

    gates = 3
    bias_rows = 2
