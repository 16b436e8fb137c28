"""How weights start: Keras's initialisers, drawn with NumPy so that every interpreter shares them.

The draw depends on the seed and the weight's name alone: the same recipe and seed start from the
same weights on every machine, whatever runs the network afterwards. Glorot and He scale by the
number of inputs and outputs of a unit (Glorot & Bengio 2010; He et al. 2015); truncated normals
are cut at two deviations, as in Keras.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ziffern.errors import did_you_mean
from ziffern.layers.call import Call

# name → argument defaults, as in Keras
_ARGUMENTS: dict[str, dict[str, float]] = {
    "zeros": {},
    "ones": {},
    "constant": {"value": 0.0},
    "random_normal": {"mean": 0.0, "stddev": 0.05},
    "random_uniform": {"minval": -0.05, "maxval": 0.05},
    "truncated_normal": {"mean": 0.0, "stddev": 0.05},
    "glorot_uniform": {},
    "glorot_normal": {},
    "he_uniform": {},
    "he_normal": {},
    "lecun_uniform": {},
    "lecun_normal": {},
    "orthogonal": {"gain": 1.0},
    "identity": {"gain": 1.0},
}
_OTHER_NAMES = {
    "normal": "random_normal",
    "uniform": "random_uniform",
    "zero": "zeros",
    "one": "ones",
}
_SCALES = {"glorot": (1.0, "average"), "he": (2.0, "in"), "lecun": (1.0, "in")}
_LARGEST = float(np.finfo(np.float32).max)
_TRUNCATION = 0.87962566103423978  # deviation of a standard normal cut at ±2


@dataclass(frozen=True)
class Initializer:
    """An initialiser by Keras's name with its arguments."""

    name: str
    arguments: tuple[tuple[str, float], ...] = ()

    def check(self, shape: tuple[int, ...]) -> None:
        """Check that a weight of `shape` can start so.

        Raises:
            ValueError: it cannot.
        """
        if self.name in ("orthogonal", "identity") and len(shape) < 2:
            raise ValueError(
                f"{self.name} is for weights of at least two dimensions, not for {shape}"
            )

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
        """Draw a weight array of `shape` (Keras's layout), float32."""
        given = {**_ARGUMENTS.get(self.name, {}), **dict(self.arguments)}
        family, _, form = self.name.partition("_")
        if family in _SCALES:
            scale, mode = _SCALES[family]
            inputs, outputs = fans(shape)
            variance = scale / max(1.0, inputs if mode == "in" else (inputs + outputs) / 2)
            if form == "uniform":
                limit = math.sqrt(3 * variance)
                values = rng.uniform(-limit, limit, shape)
            else:
                values = _truncated(shape, rng) * (math.sqrt(variance) / _TRUNCATION)
        elif self.name == "random_normal":
            values = rng.normal(given["mean"], given["stddev"], shape)
        elif self.name == "random_uniform":
            values = rng.uniform(given["minval"], given["maxval"], shape)
        elif self.name == "truncated_normal":
            values = given["mean"] + given["stddev"] * _truncated(shape, rng)
        elif self.name == "orthogonal":
            values = given["gain"] * _orthogonal(shape, rng)
        elif self.name == "identity":
            values = given["gain"] * _identity(shape)
        elif self == FORGET_ONES:
            values = np.zeros(shape)
            units = shape[0] // 4
            values[units : 2 * units] = 1.0
        else:
            values = np.full(shape, {"zeros": 0.0, "ones": 1.0}.get(self.name, given.get("value")))
        return np.ascontiguousarray(values, dtype=np.float32)

    def __str__(self) -> str:
        if not self.arguments:
            return repr(self.name)
        inside = ", ".join(f"{name}={value!r}" for name, value in self.arguments)
        return f"{self.name}({inside})"


FORGET_ONES = Initializer("forget_ones")
"""The bias of an LSTM: zero but for ones in the forget gate (Jozefowicz et al. 2015); no recipe
names it, it stands for Keras's `unit_forget_bias`."""


def initializer_from(value: Any) -> Initializer:
    """Make an initialiser from a name (`he_normal`, `HeNormal`) or a `Call`.

    Raises:
        ValueError: the name or an argument is unknown.
    """
    if isinstance(value, Initializer):
        return value
    call = Call(value) if isinstance(value, str) else value
    if not isinstance(call, Call):
        raise ValueError("expected an initialiser such as 'glorot_uniform'")
    # HeNormal and he_normal are the same initialiser to Keras
    key = {name.replace("_", ""): name for name in _ARGUMENTS}.get(
        _OTHER_NAMES.get(call.name, call.name).replace("_", "").lower()
    )
    if key is None:
        raise ValueError(f"unknown initialiser {call.name!r}{did_you_mean(call.name, _ARGUMENTS)}")
    defaults = _ARGUMENTS[key]
    bound = call.bind([*defaults, "seed"], {**defaults, "seed": None})
    bound.pop("seed")  # the run's seed decides
    for name, item in bound.items():
        good = isinstance(item, int | float) and not isinstance(item, bool)
        if not good or not abs(item) <= _LARGEST:
            raise ValueError(f"{call.name}: {name}={item!r}: expected a number")
    if bound.get("stddev", 0) < 0:
        raise ValueError(f"{call.name}: stddev={bound['stddev']!r}: expected at least 0")
    if bound.get("minval", 0) > bound.get("maxval", 0):
        raise ValueError(f"{call.name}: minval is above maxval")
    changed = tuple(
        (name, float(bound[name])) for name in defaults if bound[name] != defaults[name]
    )
    return Initializer(key, changed)


def fans(shape: tuple[int, ...]) -> tuple[float, float]:
    """Return the number of inputs and outputs of a unit: kernel area × channels for a convolution.

    >>> fans((3, 3, 32, 64))
    (288.0, 576.0)
    """
    if len(shape) < 2:
        size = float(math.prod(shape))
        return size, size
    area = math.prod(shape[:-2])
    return float(area * shape[-2]), float(area * shape[-1])


def _truncated(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float64]:
    values = rng.standard_normal(shape)
    while (outside := np.abs(values) > 2).any():
        values[outside] = rng.standard_normal(int(outside.sum()))
    return values


def _orthogonal(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float64]:
    rows, columns = math.prod(shape[:-1]), shape[-1]
    square = rng.standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(square)
    q *= np.sign(np.diag(r))  # makes the draw uniform over orthogonal matrices (Mezzadri 2007)
    return (q if rows >= columns else q.T).reshape(shape)


def _identity(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Identity for a matrix; for a kernel the identity at its centre, so that input passes."""
    values = np.zeros(shape)
    centre = tuple(size // 2 for size in shape[:-2])
    values[centre] = np.eye(shape[-2], shape[-1])
    return values
