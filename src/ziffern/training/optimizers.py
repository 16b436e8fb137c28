"""The optimisers as `torch.optim.Optimizer`, built from their records.

`build` joins a record of `ziffern.optimizers` with its formula from `update_rules`. No schedules,
clipping or averaging here: the engine sets "lr" of every group before each step.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor

from ziffern import optimizers as records
from ziffern.training import update_rules
from ziffern.training.update_rules import Rule, Tensors

_RULES: dict[str, Callable[..., Rule]] = {
    "sgd": update_rules.sgd,
    "adagrad": update_rules.adagrad,
    "adadelta": update_rules.adadelta,
    "rmsprop": update_rules.rmsprop,
    "adam": update_rules.adam,
    "adamw": update_rules.adam,
    "ftrl": update_rules.ftrl,
}


def build(record: records.Optimizer, named_weights: Iterable[tuple[str, Tensor]]) -> KerasOptimizer:
    """Return the optimiser that `record` describes, for the weights of a network.

    `named_weights` are (name, tensor) pairs, as `network.named_parameters()` gives them. The
    engine sets ``group["lr"]`` of every group in `param_groups` before each `step()`.
    """
    named = list(named_weights)
    if isinstance(record, records.Muon):
        return _muon(record, named)
    arguments = asdict(record)
    lr, weight_decay = arguments.pop("learning_rate"), arguments.pop("weight_decay")
    group = {"params": [weight for _, weight in named], "weight_decay": weight_decay}
    return KerasOptimizer([group], [_RULES[record.name](**arguments)], lr)


def _muon(record: records.Muon, named: Sequence[tuple[str, Tensor]]) -> KerasOptimizer:
    """Return an optimiser of two groups: matrices by Muon, everything else by Adam."""

    def is_matrix(name: str, weight: Tensor) -> bool:
        enough = weight.ndim == 2 or (weight.ndim > 2 and record.convolutions)
        return enough and not any(re.search(pattern, name) for pattern in record.exclude_layers)

    matrices = [weight for name, weight in named if is_matrix(name, weight)]
    others = [weight for name, weight in named if not is_matrix(name, weight)]
    groups: list[dict[str, Any]] = [
        {"params": matrices, "weight_decay": record.weight_decay},
        {"params": others, "weight_decay": record.adam_weight_decay},
    ]
    rules = [
        update_rules.muon(
            momentum=record.momentum,
            nesterov=record.nesterov,
            rms_rate=record.rms_rate,
            ns_steps=record.ns_steps,
            coefficients=(record.muon_a, record.muon_b, record.muon_c),
        ),
        update_rules.adam(
            beta_1=record.adam_beta_1,
            beta_2=record.adam_beta_2,
            epsilon=record.epsilon,
            amsgrad=False,
            lr_ratio=record.adam_lr_ratio,
        ),
    ]
    return KerasOptimizer(groups, rules, record.learning_rate)


class KerasOptimizer(torch.optim.Optimizer):
    """Applies one rule to each group of weights.

    A group holds `lr`, `weight_decay` and `steps` (updates so far); the state holds the slots.
    Rules are rebuilt from the recipe, so `state_dict()` is tensors and plain numbers.
    """

    def __init__(self, groups: Iterable[dict[str, Any]], rules: Sequence[Rule], lr: float) -> None:
        self.rules = rules
        super().__init__(groups, {"lr": lr, "steps": 0})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Update every weight that has a gradient; the others stay as they are. No closures."""
        for group, rule in zip(self.param_groups, self.rules, strict=True):
            weights = [weight for weight in group["params"] if weight.grad is not None]
            if not weights:
                continue
            gradients = [_laid_out_like(weight, weight.grad) for weight in weights]
            slots = [self._slot(*slot, weights) for slot in rule.slots.items()]
            group["steps"] += 1
            if group["weight_decay"]:
                torch._foreach_mul_(weights, 1 - group["lr"] * group["weight_decay"])
            rule.update(group["lr"], group["steps"], weights, gradients, *slots)

    def _slot(self, name: str, start: float, weights: Tensors) -> list[Tensor]:
        for weight in weights:
            if name not in self.state[weight]:
                self.state[weight][name] = torch.full_like(weight, start)
        return [self.state[weight][name] for weight in weights]

    @torch.no_grad()
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a saved state; raises `ValueError` where the groups do not fit."""
        super().load_state_dict(state_dict)
        for weight, state in self.state.items():
            for name, value in state.items():
                state[name] = _laid_out_like(weight, value)


def _laid_out_like(weight: Tensor, other: Tensor) -> Tensor:
    """Return `other` with the strides of `weight`.

    Fused Adam walks through memory and looks at no strides: a channels-last weight with a
    gradient or a loaded state in another layout would silently be updated with wrong values.
    """
    if other.stride() == weight.stride():
        return other
    return torch.empty_like(weight, dtype=other.dtype).copy_(other)
