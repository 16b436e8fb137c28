"""The optimisers: by how much each weight changes, from its gradient and what is remembered of it.

    optimizer = build(optimizers.build("adam"))          # from a record of ziffern.optimizers
    optimizer.step(weights, gradients, rate=0.001)       # w ← w + Δw, in place

Each class is one formula, as Keras computes it; `change` returns Δw. In all of them g is ∂E/∂w, α
the learning rate, and t counts the steps from 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np

from ziffern import optimizers as records
from ziffern.errors import InputError
from ziffern.scratch.base import Array

Memory = dict[str, Array]
Record = TypeVar("Record", bound=records.Optimizer)


class Optimizer(Generic[Record]):
    """What all share: a memory for each weight, and the step that applies the changes.

    `formula` is the rule in one line. `memory` holds, for each weight by name, the arrays that the
    rule keeps from step to step.
    """

    formula: ClassVar[str]

    def __init__(self, record: Record) -> None:
        self.record = record
        self.steps = 0
        self.memory: dict[str, Memory] = {}

    def step(
        self, weights: Mapping[str, Array], gradients: Mapping[str, Array], rate: float
    ) -> None:
        """Change in place every weight that has a gradient.

        With weight decay λ each of them first loses the share α·λ (Loshchilov & Hutter 2019).
        """
        self.steps += 1
        for name, gradient in gradients.items():
            weight = weights[name]
            if self.record.weight_decay:
                weight *= 1 - rate * self.record.weight_decay
            memory = self.memory.setdefault(name, {})
            weight += self.change(weight, gradient, rate, memory)

    def change(self, w: Array, g: Array, rate: float, memory: Memory) -> Array:
        """Return Δw for one weight array and its gradient, and bring `memory` up to date."""
        raise NotImplementedError


def remembered(memory: Memory, name: str, like: Array, start: float = 0.0) -> Array:
    """Return an array of the memory; it starts out filled with `start`."""
    if name not in memory:
        memory[name] = np.full_like(like, start)
    return memory[name]


class SGD(Optimizer[records.SGD]):
    """Downhill, against the gradient; with momentum like a ball that keeps rolling (Polyak 1964).

    Nesterov's variant (1983) takes the momentum's next move in advance.
    """

    formula = "v = μ·v − α·g;  Δw = v  (without momentum μ: Δw = −α·g; Nesterov: Δw = μ·v − α·g)"

    def change(self, w: Array, g: Array, rate: float, memory: Memory) -> Array:
        """v = μ·v − α·g;  Δw = v, or Nesterov's μ·v − α·g."""
        if not self.record.momentum:
            return -rate * g
        v = remembered(memory, "velocity", w)
        v *= self.record.momentum
        v -= rate * g
        return self.record.momentum * v - rate * g if self.record.nesterov else v


class Adagrad(Optimizer[records.Adagrad]):
    """Short steps for weights that have had large gradients (Duchi et al. 2011)."""

    formula = "a = a + g²;  Δw = −α·g / √(a + ε)"

    def change(self, w: Array, g: Array, rate: float, memory: Memory) -> Array:
        """a = a + g²;  Δw = −α·g / √(a + ε)."""
        a = remembered(memory, "accumulator", w, self.record.initial_accumulator_value)
        a += g * g
        change: Array = -rate * g / np.sqrt(a + self.record.epsilon)
        return change


class RMSprop(Optimizer[records.RMSprop]):
    """Steps measured by the gradient's usual size of late (Hinton 2012)."""

    formula = "v = ρ·v + (1 − ρ)·g²;  Δw = −α·g / √(v + ε)"

    def change(self, w: Array, g: Array, rate: float, memory: Memory) -> Array:
        """v = ρ·v + (1 − ρ)·g²;  Δw = −α·g / √(v + ε).

        Centered: v less the square of the moving mean of g. With momentum μ: m = μ·m + Δw takes
        the place of Δw.
        """
        rho = self.record.rho
        v = remembered(memory, "velocity", w)
        v += (1 - rho) * (g * g - v)
        size = v
        if self.record.centered:
            mean = remembered(memory, "average_gradient", w)
            mean += (1 - rho) * (g - mean)
            size = np.maximum(v - mean * mean, 0)  # rounding can make it negative
        change: Array = -rate * g / np.sqrt(size + self.record.epsilon)
        if self.record.momentum:
            m = remembered(memory, "momentum", w)
            m *= self.record.momentum
            m += change
            return m
        return change


class Adadelta(Optimizer[records.Adadelta]):
    """RMSprop with the usual size of the changes in place of a learning rate (Zeiler 2012)."""

    formula = "a = ρ·a + (1 − ρ)·g²;  δ = g·√(d + ε)/√(a + ε);  d = ρ·d + (1 − ρ)·δ²;  Δw = −α·δ"

    def change(self, w: Array, g: Array, rate: float, memory: Memory) -> Array:
        """a = ρ·a + (1 − ρ)·g²;  δ = g·√(d + ε)/√(a + ε);  d = ρ·d + (1 − ρ)·δ²;  Δw = −α·δ."""
        rho, epsilon = self.record.rho, self.record.epsilon
        a = remembered(memory, "accumulated_gradient", w)
        d = remembered(memory, "accumulated_delta", w)
        a += (1 - rho) * (g * g - a)
        delta = g * np.sqrt(d + epsilon) / np.sqrt(a + epsilon)
        d += (1 - rho) * (delta * delta - d)
        change: Array = -rate * delta
        return change


class Adam(Optimizer[records.Adam]):
    """Momentum and RMSprop together, both corrected for their start at 0 (Kingma & Ba 2015)."""

    formula = (
        "m = β₁·m + (1 − β₁)·g;  v = β₂·v + (1 − β₂)·g²;  Δw = −α·√(1 − β₂ᵗ)/(1 − β₁ᵗ)·m/(√v + ε)"
    )

    def change(self, w: Array, g: Array, rate: float, memory: Memory) -> Array:
        """m = β₁·m + (1 − β₁)·g;  v = β₂·v + (1 − β₂)·g²;  Δw = −α′·m/(√v + ε).

        α′ = α·√(1 − β₂ᵗ)/(1 − β₁ᵗ). With amsgrad the largest v so far (Reddi et al. 2018).
        """
        beta_1, beta_2 = self.record.beta_1, self.record.beta_2
        m, v = remembered(memory, "momentum", w), remembered(memory, "velocity", w)
        m += (1 - beta_1) * (g - m)
        v += (1 - beta_2) * (g * g - v)
        if self.record.amsgrad:
            v = np.maximum(v, remembered(memory, "highest_velocity", w))
            memory["highest_velocity"] = v
        corrected = rate * math.sqrt(1 - beta_2**self.steps) / (1 - beta_1**self.steps)
        return -corrected * m / (np.sqrt(v) + self.record.epsilon)


class Ftrl(Optimizer[records.Ftrl]):
    """Follow the regularised leader: the weight all gradients so far ask for (McMahan 2013)."""

    formula = "n = n + g²;  z = z + g − w·Δ(nᵖ)/α;  w = (clip(z, ±l₁) − z) / (nᵖ/α + 2·l₂ + β/α)"

    def change(self, w: Array, g: Array, rate: float, memory: Memory) -> Array:
        """n = n + g²;  z = z + g − w·Δ(nᵖ)/α;  w + Δw = (clip(z, ±l₁) − z)/(nᵖ/α + 2·l₂ + β/α).

        p is −learning_rate_power; shrinkage adds 2·shrinkage·w to z.
        """
        record = self.record
        if rate == 0:  # nothing to learn, and the formula divides by it
            return np.zeros_like(w)
        n = remembered(memory, "accumulator", w, record.initial_accumulator_value)
        z = remembered(memory, "linear", w)
        before = n**-record.learning_rate_power
        n += g * g
        after = n**-record.learning_rate_power
        z += g + 2 * record.l2_shrinkage_regularization_strength * w - (after - before) / rate * w
        limit = record.l1_regularization_strength
        divisor = after / rate + 2 * record.l2_regularization_strength + record.beta / rate
        return (np.clip(z, -limit, limit) - z) / divisor - w


OPTIMIZERS: dict[type[records.Optimizer], type[Optimizer[Any]]] = {
    records.SGD: SGD,
    records.Adagrad: Adagrad,
    records.RMSprop: RMSprop,
    records.Adadelta: Adadelta,
    records.Adam: Adam,
    records.AdamW: Adam,
    records.Ftrl: Ftrl,
}
"""Which class does what a record asks for; Muon is not written out here."""


def build(record: records.Optimizer) -> Optimizer[Any]:
    """Return the optimiser that `record` describes.

    Raises:
        InputError: it is not written out here (Muon).
    """
    if type(record) not in OPTIMIZERS:
        known = ", ".join(kind.name for kind in OPTIMIZERS)
        raise InputError(f"the optimiser {record.name} is not written out here; there are {known}")
    return OPTIMIZERS[type(record)](record)
