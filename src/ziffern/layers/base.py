"""What every layer is: a typed record that knows its shapes, weights and cost.

A layer is data. It is written as Keras writes it, checks its own arguments, and answers three
questions without any tensor library: which shape comes out, which weights it needs, how many
multiply-adds it costs. Interpreters (PyTorch, NumPy, exporters, figures) read these records.
Shapes are tuples without the batch, channels last as in Keras: ``(28, 28, 1)``.
"""

from __future__ import annotations

import dataclasses
import math
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field
from typing import Any, ClassVar

from ziffern.errors import InputError, did_you_mean
from ziffern.layers.initializers import Initializer, initializer_from
from ziffern.layers.regularizers import Regularizer, regularizer_from

Shape = tuple[int, ...]
Pair = tuple[int, int]

ACTIVATIONS = (
    "linear",
    "relu",
    "relu6",
    "leaky_relu",
    "elu",
    "gelu",
    "silu",
    "sigmoid",
    "tanh",
    "softplus",
    "softsign",
    "softmax",
    "selu",
    "hard_sigmoid",
    "hard_silu",
    "exponential",
    "threshold",
)
"""Names as in Keras (leaky_relu with slope 0.2, exact gelu); `threshold` is the step function
0 for x < 0, 1 else, which passes no gradient: layers before it keep their random weights."""


ALSO = {"swish": "silu", "hard_swish": "hard_silu"}
"""Further names of activations, as in Keras."""


class ShapeError(InputError):
    """A layer cannot take the shape that reaches it."""


@dataclass(frozen=True)
class Weight:
    """One weight array of a layer: its shape in Keras's layout and how it starts."""

    shape: Shape
    initializer: Initializer
    trainable: bool = True
    regularizer: Regularizer | None = None

    def __post_init__(self) -> None:
        try:
            self.initializer.check(self.shape)
        except ValueError as error:
            raise ShapeError(str(error)) from error

    @property
    def size(self) -> int:
        """Number of values."""
        return math.prod(self.shape)


def arg(kind: Callable[[Any], Any], default: Any = MISSING) -> Any:
    """Declare a layer argument: `kind` checks a value and returns it in its normal form."""
    if default is MISSING:
        return field(metadata={"kind": kind})
    return field(default=default, metadata={"kind": kind})


@dataclass(frozen=True)
class Layer:
    """Base of all layer records. Arguments, their order and defaults are those of Keras.

    Raises:
        InputError: an argument has a wrong value; all wrong ones of the layer are named.
    """

    keras_name: ClassVar[str | None] = None
    """The stem of automatic names (`conv2d`); by default the class name in snake case."""

    def __post_init__(self) -> None:
        problems = []
        for item in dataclasses.fields(self):
            kind = item.metadata.get("kind")
            if kind is None:
                continue
            value = getattr(self, item.name)
            try:
                object.__setattr__(self, item.name, kind(value))
            except (ValueError, TypeError) as error:
                problems.append(f"{item.name}={shown(value)}: {error}")
        if not problems:
            try:
                self.check()
            except ValueError as error:
                problems.append(str(error))
        if problems:
            raise InputError(f"{type(self).__name__}: " + "; ".join(problems))

    def check(self) -> None:
        """Check arguments against each other; a subclass raises `ValueError`."""

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape that comes out when `shape` goes in.

        Raises:
            ShapeError: the layer cannot take this shape.
        """
        return shape

    def weights(self, shape: Shape) -> Mapping[str, Weight]:
        """Return the layer's weights for inputs of `shape`, named and laid out as in Keras."""
        return {}

    def multiply_adds(self, shape: Shape) -> int:
        """Return the multiplications of inputs with weights for one sample.

        Pooling, normalisation and activations count as 0: they are small beside the products.
        """
        return 0

    @property
    def stem(self) -> str:
        """The stem of the automatic name: `conv2d` for Conv2D, `max_pooling2d` for MaxPooling2D."""
        return self.keras_name or snake_case(type(self).__name__)

    def __str__(self) -> str:
        """The layer as a recipe line: what differs from the default, ``3`` for the pair (3, 3)."""
        parts = []
        positional = True
        for item in dataclasses.fields(self):
            value = getattr(self, item.name)
            if item.default is not MISSING and value == item.default:
                positional = False
                continue
            if item.metadata.get("kind") in (pair, optional_pair) and value[0] == value[1]:
                value = value[0]
            text = spelled(value)
            required = item.default is MISSING
            parts.append(text if positional and required else f"{item.name}={text}")
            positional = positional and required
        return f"{type(self).__name__}({', '.join(parts)})"


def spelled(value: Any) -> str:
    """Spell an argument as in a recipe: names in quotes, layers as calls."""
    if isinstance(value, tuple) and value and isinstance(value[0], Layer):
        return "[" + ", ".join(spelled(item) for item in value) + "]"
    if isinstance(value, Layer | Initializer | Regularizer):
        return str(value)
    return repr(value)


def shown(value: Any) -> str:
    """Spell an argument for a message, cut where it is long."""
    text = spelled(value)
    return text if len(text) <= 60 else text[:57] + "..."


def snake_case(name: str) -> str:
    """Turn ``MaxPooling2D`` into ``max_pooling2d``, ``LSTM`` into ``lstm``, as Keras does.

    >>> [snake_case(name) for name in ("Conv2D", "MaxPooling2D", "LSTM", "SimpleRNN")]
    ['conv2d', 'max_pooling2d', 'lstm', 'simple_rnn']
    """
    out = ""
    for index, letter in enumerate(name):
        starts_word = (
            letter.isupper()
            and index > 0
            and name[index - 1].islower()
            and not name[index - 1].isdigit()
        )
        out += ("_" if starts_word else "") + letter.lower()
    return out


# Kinds: each checks one value and returns its normal form, or says what it expected.


def whole(value: Any) -> int:
    """A whole number of at least 1."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("expected a whole number of at least 1")
    return value


def boolean(value: Any) -> bool:
    """True or False."""
    if not isinstance(value, bool):
        raise ValueError("expected True or False")
    return value


def number(value: Any) -> float:
    """Any finite number."""
    good = isinstance(value, int | float) and not isinstance(value, bool)
    if not good or not abs(value) <= sys.float_info.max:  # NaN and infinity included
        raise ValueError("expected a number")
    return float(value)


def positive(value: Any) -> float:
    """A number above 0."""
    if number(value) <= 0:
        raise ValueError("expected a number above 0")
    return float(value)


def rate(value: Any) -> float:
    """A share to drop: at least 0, below 1."""
    if not 0 <= number(value) < 1:
        raise ValueError("expected a share of at least 0 and below 1, such as 0.25")
    return float(value)


def momentum(value: Any) -> float:
    """A share to keep: 0 to 1."""
    if not 0 <= number(value) <= 1:
        raise ValueError("expected a number from 0 to 1")
    return float(value)


def pair(value: Any) -> Pair:
    """One whole number for both directions, or (vertical, horizontal)."""
    if isinstance(value, list | tuple):
        if len(value) != 2:
            raise ValueError("expected one whole number or two, such as 3 or (3, 3)")
        return whole(value[0]), whole(value[1])
    return whole(value), whole(value)


def optional_pair(value: Any) -> Pair | None:
    """A pair, or None for the layer's own choice."""
    return None if value is None else pair(value)


def padding(value: Any) -> str:
    """`valid` (no padding) or `same` (output size = input size / stride, rounded up)."""
    return one_of("valid", "same")(value)


def activation(value: Any) -> str | None:
    """The name of an activation function, or None."""
    if value is None or value == "linear":
        return None
    return activation_name(value)


def activation_name(value: Any) -> str:
    """The name of an activation function."""
    return one_of(*ACTIVATIONS)(ALSO.get(value, value) if is_text(value) else value)


def is_text(value: Any) -> bool:
    """Whether the value is a string."""
    return isinstance(value, str)


def optional_name(value: Any) -> str | None:
    """A layer's name, or None for an automatic one."""
    if value is None:
        return None
    if not isinstance(value, str) or not re.fullmatch(r"[\w-]+", value):
        raise ValueError("expected a name of letters, digits, '_' and '-'")
    return value


def one_of(*choices: str) -> Callable[[Any], str]:
    """A kind that accepts one of some names and suggests the nearest for another."""

    def kind(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError(f"expected one of {', '.join(choices)}")
        if value not in choices:
            raise ValueError(f"unknown name{did_you_mean(value, choices)}")
        return value

    return kind


def initializer(value: Any) -> Initializer:
    """An initialiser by Keras's name (`he_normal`) or as a call (`RandomNormal(stddev=0.1)`)."""
    return initializer_from(value)


def optional_regularizer(value: Any) -> Regularizer | None:
    """None, `l1`, `l2`, `l1_l2`, or a call such as ``l2(0.01)``."""
    return None if value is None else regularizer_from(value)


def need_rank(layer: Layer, shape: Shape, rank: int, form: str) -> None:
    """Raise `ShapeError` unless `shape` has `rank` dimensions, written like `form`."""
    if len(shape) != rank:
        hint = ""
        if rank == 3 and len(shape) == 2:
            hint = f"; add Reshape({(*shape, 1)}) before it"
        elif rank == 3 and len(shape) == 1:
            side = math.isqrt(shape[0])
            hint = f"; add Reshape({(side, side, 1)}) before it" if side**2 == shape[0] else ""
        elif rank == 2 and len(shape) == 3:
            hint = f"; add Reshape({(shape[0], shape[1] * shape[2])}) before it"
        raise ShapeError(f"needs an input {form}, but {shape} reaches it{hint}")


def initial(name: str) -> Initializer:
    """Shorthand for an initialiser by name."""
    return initializer_from(name)
