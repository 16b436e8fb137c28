"""The formulas of the optimisers, step for step as Keras computes them.

Each optimiser is one function that takes flat arguments, named as in Keras, and returns a `Rule`.
PyTorch's own optimisers are not used because they differ where it shows: RMSprop and Adagrad add
epsilon outside the square root, Adam adds it at another scale, and momentum forgets the learning
rate it was gathered with. No state and no groups here: `ziffern.training.optimizers` keeps these.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.optim.adam import adam as torch_adam

Tensors = list[Tensor] | tuple[Tensor, ...]


@dataclass(frozen=True)
class Rule:
    """How one optimiser updates weights.

    `slots` names the tensors that it keeps beside each weight, with the value they start from.
    `update(lr, steps, weights, gradients, *slots)` changes weights and slots in place; `steps`
    counts updates from 1, and each slot comes as one list, in the order of the weights.
    """

    slots: Mapping[str, float]
    update: Callable[..., None]


def sgd(*, momentum: float, nesterov: bool) -> Rule:
    """v = momentum·v − lr·g;  w += v.  With nesterov: w += momentum·v − lr·g."""

    def plain(lr: float, steps: int, weights: Tensors, gradients: Tensors) -> None:
        torch._foreach_add_(weights, gradients, alpha=-lr)

    def rolling(
        lr: float, steps: int, weights: Tensors, gradients: Tensors, velocity: Tensors
    ) -> None:
        torch._foreach_mul_(velocity, momentum)
        torch._foreach_add_(velocity, gradients, alpha=-lr)
        if nesterov:
            torch._foreach_add_(weights, velocity, alpha=momentum)
            torch._foreach_add_(weights, gradients, alpha=-lr)
        else:
            torch._foreach_add_(weights, velocity)

    return Rule({"velocity": 0.0}, rolling) if momentum else Rule({}, plain)


def adagrad(*, initial_accumulator_value: float, epsilon: float) -> Rule:
    """a += g²;  w −= lr·g / √(a + ε)."""

    def update(lr: float, steps: int, weights: Tensors, gradients: Tensors, total: Tensors) -> None:
        torch._foreach_addcmul_(total, gradients, gradients)
        torch._foreach_addcmul_(weights, gradients, _inverse_root(total, epsilon), value=-lr)

    return Rule({"accumulator": initial_accumulator_value}, update)


def adadelta(*, rho: float, epsilon: float) -> Rule:
    """a = ρa + (1−ρ)g²;  δ = g·√(d + ε) / √(a + ε);  d = ρd + (1−ρ)δ²;  w −= lr·δ."""

    def update(
        lr: float,
        steps: int,
        weights: Tensors,
        gradients: Tensors,
        gradient_square: Tensors,
        delta_square: Tensors,
    ) -> None:
        _average_square(gradient_square, gradients, rho)
        delta = torch._foreach_add(delta_square, epsilon)
        torch._foreach_sqrt_(delta)
        torch._foreach_mul_(delta, gradients)
        torch._foreach_mul_(delta, _inverse_root(gradient_square, epsilon))
        _average_square(delta_square, delta, rho)
        torch._foreach_add_(weights, delta, alpha=-lr)

    return Rule({"accumulated_gradient": 0.0, "accumulated_delta": 0.0}, update)


def rmsprop(*, rho: float, momentum: float, epsilon: float, centered: bool) -> Rule:
    """v = ρv + (1−ρ)g²;  w −= lr·g / √(v + ε).

    With momentum: m = momentum·m + lr·g / √(v + ε);  w −= m.  Centered: v less the square of the
    moving mean of g.
    """
    slots = {"velocity": 0.0}
    if centered:
        slots["average_gradient"] = 0.0
    if momentum:
        slots["momentum"] = 0.0

    def update(
        lr: float, steps: int, weights: Tensors, gradients: Tensors, square: Tensors, *more: Tensors
    ) -> None:
        _average_square(square, gradients, rho)
        if centered:
            average = more[0]
            torch._foreach_lerp_(average, gradients, 1 - rho)
            square = torch._foreach_addcmul(square, average, average, value=-1)
            # where the gradient hardly changes, rounding can make the variance negative
            torch._foreach_clamp_min_(square, 0.0)
        factor = _inverse_root(square, epsilon)
        if momentum:
            moved = more[-1]
            torch._foreach_mul_(moved, momentum)
            torch._foreach_addcmul_(moved, gradients, factor, value=lr)
            torch._foreach_sub_(weights, moved)
        else:
            torch._foreach_addcmul_(weights, gradients, factor, value=-lr)

    return Rule(slots, update)


def adam(
    *, beta_1: float, beta_2: float, epsilon: float, amsgrad: bool, lr_ratio: float = 1.0
) -> Rule:
    """m, v = moving means of g, g²;  w −= lr·√(1−β₂ᵗ)/(1−β₁ᵗ) · m / (√v + ε).

    With amsgrad: the highest v so far in place of v. `lr_ratio` scales lr. Keras computes the
    factor of lr in float32, which makes it up to 1e-5 wrong; here it is exact.
    """
    slots = {"momentum": 0.0, "velocity": 0.0}
    if amsgrad:
        slots["highest_velocity"] = 0.0

    def update(
        lr: float,
        steps: int,
        weights: Tensors,
        gradients: Tensors,
        momentum: Tensors,
        velocity: Tensors,
        highest: Tensors = (),
    ) -> None:
        # PyTorch's own corrections of the start put epsilon at another place than Keras: at an
        # endless number of steps they are 1, and ours goes into the rate
        alpha = lr * lr_ratio * math.sqrt(1 - beta_2**steps) / (1 - beta_1**steps)
        endless = torch.full((len(weights),), math.inf, device=weights[0].device).unbind()
        torch_adam(
            list(weights),
            list(gradients),
            list(momentum),
            list(velocity),
            list(highest),
            list(endless),
            fused=True,
            amsgrad=amsgrad,
            beta1=beta_1,
            beta2=beta_2,
            lr=alpha,
            weight_decay=0.0,
            eps=epsilon,
            maximize=False,
        )

    return Rule(slots, update)


def ftrl(
    *,
    learning_rate_power: float,
    initial_accumulator_value: float,
    l1_regularization_strength: float,
    l2_regularization_strength: float,
    l2_shrinkage_regularization_strength: float,
    beta: float,
) -> Rule:
    """n += g²;  z += g − w·Δ(nᵖ)/lr;  w = (clip(z, ±l1) − z) / (nᵖ/lr + 2·l2 + β/lr).

    p is −learning_rate_power; with shrinkage z also gains 2·shrinkage·w.
    """
    l1 = l1_regularization_strength

    def power(values: Tensors) -> Tensors:
        if learning_rate_power == -0.5:  # several times as fast
            return torch._foreach_sqrt(values)
        return torch._foreach_pow(values, -learning_rate_power)

    def update(
        lr: float, steps: int, weights: Tensors, gradients: Tensors, total: Tensors, linear: Tensors
    ) -> None:
        if lr == 0:  # nothing to learn, and the formula divides by it
            return
        before = power(total)
        torch._foreach_addcmul_(total, gradients, gradients)
        after = power(total)
        torch._foreach_add_(linear, gradients)
        if l2_shrinkage_regularization_strength:
            torch._foreach_add_(linear, weights, alpha=2 * l2_shrinkage_regularization_strength)
        torch._foreach_sub_(before, after)
        torch._foreach_addcmul_(linear, before, weights, value=1 / lr)
        torch._foreach_mul_(after, 1 / lr)
        torch._foreach_add_(after, 2 * l2_regularization_strength + beta / lr)
        for weight, z, divisor in zip(weights, linear, after, strict=True):
            torch.div(z.clamp(-l1, l1).sub_(z), divisor, out=weight)

    return Rule({"accumulator": initial_accumulator_value, "linear": 0.0}, update)


def muon(
    *,
    momentum: float,
    nesterov: bool,
    rms_rate: float,
    ns_steps: int,
    coefficients: tuple[float, float, float],
) -> Rule:
    """m = momentum·m + g;  w −= lr · rms_rate·√max(rows, columns) · orthogonal(m).

    With nesterov: g + momentum·m in place of m. Weights are taken as matrices of their first
    dimension and all others.
    """

    def update(
        lr: float, steps: int, weights: Tensors, gradients: Tensors, velocity: Tensors
    ) -> None:
        torch._foreach_mul_(velocity, momentum)
        torch._foreach_add_(velocity, gradients)
        directions: Tensors = velocity
        if nesterov:
            directions = torch._foreach_add(gradients, velocity, alpha=momentum)
        matrices = [_as_matrix(direction) for direction in directions]
        turned = orthogonal(matrices, ns_steps, coefficients)
        for weight, change in zip(weights, turned, strict=True):
            scale = rms_rate * math.sqrt(max(change.shape)) if rms_rate else 1.0
            _as_matrix(weight).sub_(change, alpha=lr * scale)

    return Rule({"momentum": 0.0}, update)


def _as_matrix(weight: Tensor) -> Tensor:
    """Return a view of (first dimension, all others), these in the order in which they lie.

    An order of the columns that all matrices share changes nothing about how they are turned.
    """
    channels_last = weight.ndim > 2 and not weight.is_contiguous()
    return (weight.movedim(1, -1) if channels_last else weight).view(len(weight), -1)


def orthogonal(
    matrices: Tensors, steps: int, coefficients: tuple[float, float, float]
) -> list[Tensor]:
    """Return of each matrix about the nearest one with orthonormal rows (or columns, if fewer).

    Newton–Schulz: each step X ← aX + (bXXᵀ + c(XXᵀ)²)X brings all singular values nearer to 1.
    Shapes and types stay.
    """
    norms = torch._foreach_norm(matrices)
    torch._foreach_add_(norms, 1e-7)
    turned = list(torch._foreach_div(matrices, norms))
    for done in range(0, steps, _STEPS_ON_A_GRAM):
        some = min(_STEPS_ON_A_GRAM, steps - done)
        for alike in _of_one_size(turned).values():
            _newton_schulz(turned, alike, some, coefficients)
    return turned


# What rounding leaves of a singular value near 0 may become slightly negative in XXᵀ (-1e-7) and
# grows by a² = 12 a step; after five it is still nothing beside 1.
_STEPS_ON_A_GRAM = 5


def _of_one_size(matrices: Tensors) -> dict[int, list[int]]:
    """Return the indices of matrices by their shorter side, rounded up to a power of two."""
    sizes: dict[int, list[int]] = {}
    for index, matrix in enumerate(matrices):
        sizes.setdefault(1 << (min(matrix.shape) - 1).bit_length(), []).append(index)
    return sizes


def _newton_schulz(
    matrices: list[Tensor],
    alike: Sequence[int],
    steps: int,
    coefficients: tuple[float, float, float],
) -> None:
    """Put in place of the matrices `alike` what `steps` steps make of them.

    All steps together are one product QX, and Q is a polynomial of XXᵀ, so that the steps are done
    on XXᵀ, which is small, and on those of all matrices at once, bordered with zeros. Polynomials
    of one matrix commute: the XXᵀ of the next step is P XXᵀ P, with P = aI + bXXᵀ + c(XXᵀ)².
    """
    a, b, c = coefficients
    size = max(min(matrices[index].shape) for index in alike)
    gram = matrices[alike[0]].new_zeros(len(alike), size, size)
    for own, index in zip(gram, alike, strict=True):
        x = matrices[index]
        side = min(x.shape)
        torch.mm(*((x, x.mT) if x.shape[0] == side else (x.mT, x)), out=own[:side, :side])
    product = torch.eye(size, dtype=gram.dtype, device=gram.device).expand_as(gram)
    for step in range(steps):
        part = torch.baddbmm(gram, gram, gram, beta=b, alpha=c)  # P without aI
        product = torch.baddbmm(product, part, product, beta=a)
        if step < steps - 1:
            half = torch.baddbmm(gram, part, gram, beta=a)
            gram = torch.baddbmm(half, half, part, beta=a)
    for own, index in zip(product, alike, strict=True):
        x = matrices[index]
        side = min(x.shape)
        q = own[:side, :side]
        matrices[index] = q @ x if x.shape[0] == side else x @ q


def _inverse_root(squares: Tensors, epsilon: float) -> Tensors:
    """Return 1/√(squares + ε) as new tensors."""
    roots = torch._foreach_add(squares, epsilon)
    torch._foreach_rsqrt_(roots)
    return roots


def _average_square(mean: Tensors, values: Tensors, rho: float) -> None:
    """Set mean = ρ·mean + (1−ρ)·values² in place."""
    torch._foreach_mul_(mean, rho)
    torch._foreach_addcmul_(mean, values, values, value=1 - rho)
