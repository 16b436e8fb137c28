"""What the layers of a trained network give for pictures, as Keras's layers would give it.

    outputs = layer_outputs(model, images, ["conv2d", "dense"])   # {"conv2d": (N, 26, 26, 32), …}

A relu behind a convolution has been applied here, though training leaves it to the pooling behind;
the last layer gives probabilities where it ends in softmax. Dropout lets everything through.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ziffern.errors import InputError
from ziffern.evaluation.model import Model
from ziffern.inside.structure import Part, find, flat, structure
from ziffern.training import modules
from ziffern.training.network import PREFIX, TorchNetwork

Floats = NDArray[np.float32]
Images = NDArray[np.uint8]

BATCH = 128

SPANS = {"sigmoid": 1.0, "hard_sigmoid": 1.0, "softmax": 1.0, "threshold": 1.0}
SPANS |= {"tanh": 2.0, "softsign": 2.0}
"""From the least to the greatest value of activations that are bounded."""
STILL = 0.01
"""A bounded unit that moves by less than this share of its span is as good as dead."""


@dataclass(frozen=True)
class UnitUse:
    """How many units of a layer are of use; a unit is one map, or one value where there are none.

    layer, activation: which layer, and what it applies.
    units: how many it has.
    dead: the numbers of those that never answer.
    zeros: share of all values that are exactly 0.
    """

    layer: str
    activation: str
    units: int
    dead: tuple[int, ...]
    zeros: float

    @property
    def share(self) -> float:
        """Share of dead units, 0…1."""
        return len(self.dead) / self.units


def layer_outputs(
    model: Model, images: Images, layers: Sequence[str] | None = None
) -> dict[str, Floats]:
    """Return what layers give for all pictures, float32 (N, *output_shape), channels last.

    Args:
        model: the network with its contract.
        images: uint8 (N, 28, 28), white on black.
        layers: full names, `residual/body/conv2d` in a block; all layers if not given.

    Raises:
        InputError: pictures of another type or shape, or a layer that does not exist.
    """
    found: dict[str, list[Floats]] = {}
    for outputs in _batches(model, images, layers):
        for name, values in outputs.items():
            found.setdefault(name, []).append(values)
    return {name: np.concatenate(parts) for name, parts in found.items()}


def maps(model: Model, image: Images, layer: str) -> Floats:
    """Return the activation maps (C, H, W) of a layer for one picture (28, 28).

    Raises:
        InputError: the layer gives no maps; the message names those that do.
    """
    part = find(model.network, layer)
    if len(part.stage.output_shape) != 3:
        having = [
            part.name
            for part in flat(structure(model.network))
            if len(part.stage.output_shape) == 3 and changes_values(part)
        ]
        hint = f"layers with maps: {', '.join(having)}" if having else "no layer of it does"
        shape = part.stage.output_shape
        raise InputError(f"{layer} gives values of shape {shape} and no maps; {hint}")
    channels: Floats = layer_outputs(model, image[None], [layer])[layer][0].transpose(2, 0, 1)
    return channels


def changes_values(part: Part) -> bool:
    """Whether a layer does more to values, outside training, than let them through or sort them."""
    return part.stage.kind not in (
        "Dropout", "SpatialDropout2D", "Flatten", "Reshape", "Input",
    )  # fmt: skip


def unit_use(model: Model, images: Images) -> tuple[UnitUse, ...]:
    """Find dead units: those of relu that give 0 for all pictures at all places.

    They learn no more, for no gradient passes them (Lu et al. 2020, "Dying ReLU and
    initialization"). Units of sigmoid, tanh and the like count as dead where they move by less than
    1 % of their span. Layers with other activations, and the last one, are left out.
    """
    parts = [
        part
        for part in flat(structure(model.network))
        if (name := activation_of(part)) in ("relu", "relu6") or name in SPANS
    ]
    if parts and parts[-1].stage is model.network.stages[-1]:
        parts.pop()
    if not parts:
        return ()
    least: dict[str, Floats] = {}
    most: dict[str, Floats] = {}
    zeros = dict.fromkeys((part.name for part in parts), 0)
    for outputs in _batches(model, images, list(zeros)):
        for name, values in outputs.items():
            units = values.reshape(-1, values.shape[-1])
            low, high = units.min(axis=0), units.max(axis=0)
            least[name] = np.minimum(least.get(name, low), low)
            most[name] = np.maximum(most.get(name, high), high)
            zeros[name] += int((units == 0).sum())
    found = []
    for part in parts:
        activation = activation_of(part)
        moves = most[part.name] - least[part.name]
        dead = (most[part.name] == 0) & (moves == 0)
        if activation in SPANS:
            dead = moves < STILL * SPANS[activation]
        number = len(images) * math.prod(part.stage.output_shape)
        found.append(
            UnitUse(
                part.name,
                activation,
                dead.size,
                tuple(np.flatnonzero(dead).tolist()),
                zeros[part.name] / number,
            )
        )
    return tuple(found)


def activation_of(part: Part) -> str:
    """Return the name of the activation that a layer applies; `linear` if none."""
    return str(getattr(part.stage.layer, "activation", None) or "linear")


def _batches(
    model: Model, images: Images, layers: Sequence[str] | None
) -> Iterator[Mapping[str, Floats]]:
    parts = {part.name: part for part in flat(structure(model.network))}
    wanted = list(parts) if layers is None else [find(model.network, name).name for name in layers]
    network = TorchNetwork(model.network, as_written=True)
    network.load_weights(model.saved.weights)
    network.to(model.device).eval()
    seen: dict[str, Floats] = {}
    named = dict(_named(network.stages, ""))
    for name in wanted:
        three = len(parts[name].stage.output_shape) == 3
        named[name].register_forward_hook(partial(_keep, seen, name, three))
    for start in range(0, len(images), BATCH):
        part = torch.from_numpy(model.contract.scaled(images[start : start + BATCH]))
        with torch.inference_mode():
            network(part.to(model.device))
        yield {name: seen[name] for name in wanted}


def _keep(
    seen: dict[str, Floats], name: str, has_maps: bool, _module: nn.Module, _given: Any, out: Tensor
) -> None:
    # at once, and as a copy: the next layer may work in place
    values = modules.channels_last(out) if has_maps else out
    seen[name] = np.array(values.float().cpu().numpy(), np.float32, order="C")


def _named(stages: nn.Module, prefix: str) -> Iterator[tuple[str, nn.Module]]:
    for full, module in stages.named_children():
        name = prefix + full.removeprefix(PREFIX)
        if isinstance(module, modules.Residual):
            for branch, inner in module.named_children():
                yield from _named(inner, f"{name}/{branch}/")
        yield name, module
