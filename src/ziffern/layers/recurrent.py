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
from ziffern.layers.initializers import FORGET_ONES, Initializer


def cell_activation(value: Any) -> str:
    """`tanh` or `relu`."""
    return one_of("tanh", "relu")(value)


@dataclass(frozen=True)
class _Recurrent(Layer):
    """A cell that reads one time step after another; input (steps, features).

    `dropout` drops input features, the same ones at every step of a sample, in training.
    """

    gates: ClassVar[int] = 1
    bias_rows: ClassVar[int] = 0  # 0: a vector; GRU keeps two rows (Keras: reset_after=True)

    units: int = arg(whole)
    activation: str = arg(cell_activation, "tanh")
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


@dataclass(frozen=True)
class SimpleRNN(_Recurrent):
    """``h = tanh(x·kernel + h·recurrent_kernel + bias)`` (Elman 1990)."""


@dataclass(frozen=True)
class _Gated(_Recurrent):
    """A cell with gates; its activations are fixed: tanh, and sigmoid in the gates."""

    def check(self) -> None:
        if self.activation != "tanh":
            kind = type(self).__name__
            raise ValueError(f"activation={self.activation!r}: only 'tanh' is possible in {kind}")


@dataclass(frozen=True)
class LSTM(_Gated):
    """Long short-term memory (Hochreiter & Schmidhuber 1997); gates in, forget, cell, out.

    `unit_forget_bias` starts the forget gate's bias at one.
    """

    gates = 4

    unit_forget_bias: bool = arg(boolean, True)

    def check(self) -> None:
        super().check()
        start = self.bias_initializer.name
        if self.use_bias and self.unit_forget_bias and start not in ("zeros", "ones"):
            raise ValueError(f"bias_initializer={start!r} needs unit_forget_bias=False beside it")

    def weights(self, shape: Shape) -> Mapping[str, Weight]:
        found = dict(super().weights(shape))
        if self.use_bias and self.unit_forget_bias and self.bias_initializer.name == "zeros":
            found["bias"] = Weight(found["bias"].shape, FORGET_ONES)
        return found


@dataclass(frozen=True)
class GRU(_Gated):
    """Gated recurrent unit (Cho et al. 2014), the reset gate applied after the product."""

    gates = 3
    bias_rows = 2
