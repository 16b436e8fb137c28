"""From the configuration of a Keras layer to our layer record.

Only what a finished network computes is read: initialisers, regularisers, seeds and the like, which
matter in training alone, are passed over. Whatever else the vocabulary does not know is an error,
never a guess. Files and weights are the work of `ziffern.exchange.keras`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from ziffern.errors import RunError
from ziffern.layers import VOCABULARY, Layer, Shape

IDLE = frozenset(
    {
        *("ActivityRegularization", "AlphaDropout", "GaussianDropout", "GaussianNoise", "Identity"),
        *("RandomBrightness", "RandomContrast", "RandomFlip", "RandomRotation", "RandomShear"),
        *("RandomTranslation", "RandomZoom"),
    }
)
"""Layers that pass their input on unchanged once a network is trained."""

TRAINING_ENDINGS = ("_initializer", "_regularizer", "_constraint")
TRAINING = frozenset(
    {
        *("name", "trainable", "dtype", "seed", "noise_shape", "batch_shape", "batch_input_shape"),
        *("recurrent_dropout", "unit_forget_bias", "implementation", "unroll"),
        *("zero_output_for_mask", "synchronized", "fused", "virtual_batch_size"),
        *("renorm_clipping", "renorm_momentum", "sparse", "ragged"),
    }
)
"""Arguments without effect on the answers of a finished network."""

FIXED: dict[str, tuple[Any, ...]] = {
    "data_format": ("channels_last", None),
    "groups": (1,),
    "activation": ("tanh",),
    "recurrent_activation": ("sigmoid",),
    "reset_after": (True,),
    "return_state": (False,),
    "stateful": (False,),
    "time_major": (False,),
    "rms_scaling": (False,),
    "renorm": (False,),
    "quantization_config": (None,),
}
"""Arguments that our layer of that name does not have, and the values that it stands for."""


def layer_from(kind: str, config: Mapping[str, Any], shape: Shape) -> Layer | None:
    """Return the layer for inputs of `shape`; None where it has no effect on a finished network.

    Args:
        kind: Keras's class, such as ``Conv2D``.
        config: what Keras's ``layer.get_config()`` gave.
        shape: the input without the batch.

    Raises:
        RunError: the layer, or a value of an argument, has no counterpart here.
        InputError: an argument is no valid one.
    """
    if kind in IDLE:
        return None
    if kind in ("ReLU", "LeakyReLU", "ELU", "Softmax"):
        return VOCABULARY["Activation"](_activation(kind, config))  # type: ignore[call-arg]
    record = VOCABULARY.get(kind)
    if record is None:
        raise RunError(f"the layer {kind} is not known here")
    known = {item.name for item in dataclasses.fields(record)}
    arguments, foreign = {}, []
    for name, value in config.items():
        if name in TRAINING or name.endswith(TRAINING_ENDINGS):
            continue
        value = _plain(value)
        if name in known:
            arguments[name] = value
        elif name == "axis":
            if value not in (-1, len(shape), (-1,), (len(shape),)):
                foreign.append(f"axis={value}")
        elif value not in FIXED.get(name, ()):
            foreign.append(f"{name}={value!r}")
    if foreign:
        raise RunError(f"{kind} with {', '.join(foreign)} is not known here")
    return record(**arguments)


def _plain(value: Any) -> Any:
    """Return lists as tuples and Keras's named functions as their names."""
    if isinstance(value, list):
        return tuple(_plain(item) for item in value)
    if isinstance(value, dict) and value.get("class_name") == "function":
        return value.get("config")
    return value


def _activation(kind: str, config: Mapping[str, Any]) -> str:
    """Return the name of the activation that a layer of its own applies."""
    slope = config.get("negative_slope", config.get("alpha", 0.0))
    form: tuple[Any, ...]
    names: dict[tuple[Any, ...], str]
    if kind == "ReLU":
        form = config.get("max_value"), slope or 0.0, config.get("threshold") or 0.0
        names = {(None, 0.0, 0.0): "relu", (6.0, 0.0, 0.0): "relu6", (None, 0.2, 0.0): "leaky_relu"}
    elif kind == "LeakyReLU":
        # older versions of Keras wrote the slope as float32
        form, names = (round(slope, 6),), {(0.2,): "leaky_relu"}
    elif kind == "ELU":
        form, names = (config.get("alpha", 1.0),), {(1.0,): "elu"}
    else:
        form, names = (config.get("axis", -1),), {(-1,): "softmax"}
    if form not in names:
        given = {name: config[name] for name in config if name not in TRAINING}
        listed = ", ".join(f"{name}={value!r}" for name, value in given.items())
        raise RunError(f"{kind} with {listed} is not known here")
    return names[form]
