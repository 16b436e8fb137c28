"""Looks into a network at one picture: what each layer gives, how one sum comes about.

    look = Look(saved, picture)            # uint8 (28, 28)
    look.layers(), look.softmax(), look.unit("conv2d", 3)

Everything is computed in NumPy (`ziffern.inside.forward`) and comes as JSON can hold it; the arrays
are float32 or uint8. Requests are taken apart elsewhere.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ziffern.errors import InputError, did_you_mean
from ziffern.inside.forward import Step, convolution_of, forward, logits
from ziffern.inside.probabilities import softmax_steps, with_background
from ziffern.layers.convolution import Conv2D, DepthwiseConv2D, SeparableConv2D
from ziffern.layers.dense import Dense
from ziffern.modelfile import SavedModel
from ziffern.pictures import Pixels
from ziffern.scratch.activations import softmax
from ziffern.scratch.convolution import windows

UNITS = 256
"""Of a layer are shown at most: more than anybody looks at, and a wide layer stays below 1 MB."""
CHANNELS = 16
"""Of a filter are shown at most, those that add most to the sum."""
CONVOLUTIONS = Conv2D, DepthwiseConv2D, SeparableConv2D


class Look:
    """One picture on its way through a network, without copies."""

    def __init__(self, saved: SavedModel, picture: Pixels) -> None:
        self.saved = saved
        scaled = saved.contract.scaled(picture[np.newaxis])
        self._steps = list(forward(saved.network, saved.weights, scaled))

    @cached_property
    def logits(self) -> NDArray[np.float32]:
        """What the network says before softmax, (C,)."""
        found: NDArray[np.float32] = logits(self._steps[-1])[0]
        return found

    def softmax(self) -> dict[str, Any]:
        """Return the way from logits to probabilities, with those of the background class last."""
        logits, names = with_background(
            self.logits, self.saved.class_names, self.saved.background_class
        )
        steps = softmax_steps(logits / self.saved.temperature)
        return {
            "class_names": names,
            "logits": logits,
            "temperature": self.saved.temperature,
            "shifted": steps.shifted,
            "exp": steps.powers,
            "sum": steps.total,
            "probabilities": steps.probabilities,
        }

    def layers(self) -> list[dict[str, Any]]:
        """Return what each layer gives: maps of bytes, or values."""
        last = self._steps[-1]
        return [_layer(step, self.logits if step is last else step.y[0]) for step in self._steps]

    def unit(self, layer: str, unit: int, place: Sequence[int] | None = None) -> dict[str, Any]:
        """Return how the sum of one unit comes about.

        Args:
            layer: its full name.
            unit: from 0.
            place: row and column in the unit's map; where its answer is strongest if not given.

        Raises:
            InputError: no such layer, unit or place, or the layer has no sums of its own.
        """
        steps = {step.name: step for step in self._steps}
        if layer not in steps:
            near = did_you_mean(layer[:100], steps)
            raise InputError(f"no layer {layer[:100]!r}{near}")
        step = steps[layer]
        if not isinstance(step.stage.layer, (*CONVOLUTIONS, Dense)):
            raise InputError(f"{layer} ({step.stage.kind}) has no sums with weights of its own")
        units = step.y.shape[-1]
        if not 0 <= unit < units:
            raise InputError(f"{layer} has {units} units, numbered from 0; got {unit}")
        answers = step.y[0, ..., unit]
        at = _place(answers, place, layer)
        weights, inputs = (
            _of_filter(step, unit, at)
            if isinstance(step.stage.layer, CONVOLUTIONS)
            else _of_dense(step, unit, at)
        )
        sums = (weights * inputs).sum(axis=(1, 2), dtype=np.float64)
        shown = sorted(np.argsort(-np.abs(sums), kind="stable")[:CHANNELS].tolist())
        bias = float(step.weights["bias"][unit]) if "bias" in step.weights else 0.0
        output = float(answers[at])
        if step.activation == "softmax":
            output = float(softmax(step.z[0])[(*at, unit)])
        return {
            "layer": layer,
            "unit": unit,
            "place": list(at) or None,
            "kind": step.stage.kind,
            "channels": [
                {
                    "channel": channel,
                    "weights": weights[channel],
                    "inputs": inputs[channel],
                    "sum": float(sums[channel]),
                }
                for channel in shown
            ],
            "left_out": len(sums) - len(shown),
            "rest": float(np.delete(sums, shown).sum()),
            "bias": bias,
            "sum": float(sums.sum()) + bias,
            "activation": step.activation,
            "output": output,
        }


def _layer(step: Step, given: NDArray[np.float32]) -> dict[str, Any]:
    shape = given.shape
    low, high = float(given.min()), float(given.max())
    has_maps = len(shape) == 3
    units = shape[-1] if len(shape) != 2 else shape[0]
    return {
        "name": step.name,
        "kind": step.stage.kind,
        "text": str(step.stage.layer),
        "shape": list(shape),
        "low": low,
        "high": high,
        "maps": _maps(given[..., :UNITS], low, high) if has_maps else None,
        "values": None if has_maps else np.ascontiguousarray(given[:UNITS]).ravel(),
        "left_out": max(0, units - UNITS),
    }


def _maps(given: NDArray[np.float32], low: float, high: float) -> list[str]:
    """Return one base64 text a unit, a byte a value."""
    span = (high - low) or 1.0
    levels = np.rint((given - np.float32(low)) * np.float32(255 / span)).astype(np.uint8)
    return [base64.b64encode(each.tobytes()).decode() for each in levels.transpose(2, 0, 1)]


def _place(
    answers: NDArray[np.float32], place: Sequence[int] | None, layer: str
) -> tuple[int, ...]:
    if place is None:
        return tuple(int(at) for at in np.unravel_index(int(answers.argmax()), answers.shape))
    inside = len(place) == answers.ndim and all(
        0 <= at < size for at, size in zip(place, answers.shape, strict=True)
    )
    if not inside:
        size = "×".join(map(str, answers.shape)) or "no"
        raise InputError(f"{layer} has {size} places; got {list(place)}")
    return tuple(place)


def _of_filter(step: Step, unit: int, at: tuple[int, ...]) -> tuple[Any, Any]:
    """Return a filter and the window under it, both (channels, height, width)."""
    found = convolution_of(step.stage, step.weights)
    padded = found.padding.forward(step.x)
    window = windows(padded, found.window, found.strides, found.rate)[0, at[0], at[1]]
    return found.weights["kernel"][..., unit].transpose(2, 0, 1), window.transpose(2, 0, 1)


def _of_dense(step: Step, unit: int, at: tuple[int, ...]) -> tuple[Any, Any]:
    """Return the weights of a dense unit and its inputs, both as one channel of one row."""
    return step.weights["kernel"][:, unit][None, None], step.x[(0, *at)][None, None]
