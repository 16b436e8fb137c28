"""The optimisers a recipe can name, as records: their arguments, defaults and ranges.

Names, arguments and defaults are those of Keras 3, so a source's settings behave here as they did
there. `ziffern.training.optimizers` turns a record into the optimiser that updates weights; nothing
here needs PyTorch.

    build("sgd", learning_rate=0.1, momentum=0.9)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ziffern import settings
from ziffern.settings import Settings, by_name, flag, number, whole, words


@dataclass(frozen=True, kw_only=True)
class Optimizer(Settings):
    """What all optimisers share.

    `learning_rate` is the base that a schedule scales. `weight_decay` is decoupled from the
    gradient (Loshchilov & Hutter 2019): before each update every weight loses the share
    learning rate · weight_decay. 0 means none, as Keras's None.
    """

    kind = "optimizer"
    learning_rate: float = number(0.001, above=0)
    weight_decay: float = number(0.0, at_least=0)


@dataclass(frozen=True, kw_only=True)
class SGD(Optimizer):
    """Stochastic gradient descent, with momentum (Polyak 1964) or Nesterov's (1983) variant."""

    name = "sgd"
    learning_rate: float = number(0.01, above=0)
    momentum: float = number(0.0, at_least=0, at_most=1)
    nesterov: bool = flag(False)


@dataclass(frozen=True, kw_only=True)
class Adagrad(Optimizer):
    """Step sizes from the sum of all squared gradients (Duchi et al. 2011)."""

    name = "adagrad"
    initial_accumulator_value: float = number(0.1, at_least=0)
    epsilon: float = number(1e-7, above=0)


@dataclass(frozen=True, kw_only=True)
class Adadelta(Optimizer):
    """Step sizes from moving means of squared gradients and updates (Zeiler 2012)."""

    name = "adadelta"
    rho: float = number(0.95, at_least=0, below=1)
    epsilon: float = number(1e-7, above=0)


@dataclass(frozen=True, kw_only=True)
class RMSprop(Optimizer):
    """Step sizes from a moving mean of squared gradients (Hinton 2012).

    `centered` divides by the gradient's estimated deviation instead.
    """

    name = "rmsprop"
    rho: float = number(0.9, at_least=0, below=1)
    momentum: float = number(0.0, at_least=0, at_most=1)
    epsilon: float = number(1e-7, above=0)
    centered: bool = flag(False)


@dataclass(frozen=True, kw_only=True)
class Adam(Optimizer):
    """Moving means of the gradient and its square, corrected for their start (Kingma & Ba 2015).

    `amsgrad` never lets the second mean fall (Reddi et al. 2018).
    """

    name = "adam"
    beta_1: float = number(0.9, at_least=0, below=1)
    beta_2: float = number(0.999, at_least=0, below=1)
    epsilon: float = number(1e-7, above=0)
    amsgrad: bool = flag(False)


@dataclass(frozen=True, kw_only=True)
class AdamW(Adam):
    """Adam with decoupled weight decay by default (Loshchilov & Hutter 2019)."""

    name = "adamw"
    weight_decay: float = number(0.004, at_least=0)


@dataclass(frozen=True, kw_only=True)
class Ftrl(Optimizer):
    """Follow the regularised leader (McMahan et al. 2013), made for sparse linear models.

    `initial_accumulator_value` must be above 0 here (Keras allows 0): at 0, weights whose gradient
    is 0, as those of pixels that are always black, would be 0/0.
    """

    name = "ftrl"
    learning_rate_power: float = number(-0.5, at_most=0)
    initial_accumulator_value: float = number(0.1, above=0)
    l1_regularization_strength: float = number(0.0, at_least=0)
    l2_regularization_strength: float = number(0.0, at_least=0)
    l2_shrinkage_regularization_strength: float = number(0.0, at_least=0)
    beta: float = number(0.0, at_least=0)


@dataclass(frozen=True, kw_only=True)
class Muon(Optimizer):
    """Momentum whose update is made orthogonal by Newton–Schulz (Jordan 2024), else Adam.

    Matrices are updated by Muon, all other weights by Adam with the `adam_…` arguments.
    `exclude_layers` are regular expressions: weights whose name one of them is found in go to Adam
    too (the last layer is a good candidate). `rms_rate` scales an update by rms_rate ·
    √max(rows, columns), so that learning rates made for Adam fit (Liu et al. 2025); 0 switches
    that off, as Keras's None.

    One argument is our own. `convolutions`: convolution kernels are updated by Muon too, as
    matrices of (filters, all else); false is Keras's way.
    """

    name = "muon"
    weight_decay: float = number(0.004, at_least=0)
    momentum: float = number(0.95, at_least=0, at_most=1)
    nesterov: bool = flag(True)
    ns_steps: int = whole(5, at_least=1)
    muon_a: float = number(3.4445)
    muon_b: float = number(-4.7750)
    muon_c: float = number(2.0315)
    rms_rate: float = number(0.2, at_least=0)
    adam_beta_1: float = number(0.9, at_least=0, below=1)
    adam_beta_2: float = number(0.999, at_least=0, below=1)
    adam_weight_decay: float = number(0.004, at_least=0)
    adam_lr_ratio: float = number(1.0, above=0)
    epsilon: float = number(1e-7, above=0)
    exclude_layers: tuple[str, ...] = words()
    convolutions: bool = flag(True)


OPTIMIZERS: dict[str, type[Optimizer]] = by_name(
    SGD, Adagrad, Adadelta, RMSprop, Adam, AdamW, Ftrl, Muon
)
"""Every optimiser by the name that a recipe gives it."""


def build(name: str, **arguments: Any) -> Optimizer:
    """Make the optimiser record called `name`, one of `OPTIMIZERS`.

    Raises:
        InputError: the name or an argument is unknown (with the nearest one), or a value is wrong.
    """
    return settings.build(OPTIMIZERS, name, arguments)
