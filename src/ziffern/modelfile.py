"""A trained model as two files: `model.safetensors` (weights) and `model.json` (all the rest).

    save(folder, SavedModel(...))
    model = read(folder)

Weights have Keras's names and layouts; the JSON holds the layers as recipe lines, the preprocessing
contract and the class names, so that any program can rebuild the network. No pickle is involved:
reading a model never runs code from it. Models that ship with Ziffern (`ziffern.shipped`) lie in
folders of this kind too. This module does not compute predictions.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from safetensors import SafetensorError

from ziffern.averaging import Copies
from ziffern.contract import Contract
from ziffern.errors import InputError, RunError
from ziffern.files import read_json, write_atomic, write_json
from ziffern.layers import Network, Weights, parse_layers
from ziffern.states import Thresholds

WEIGHTS = "model.safetensors"
FACTS = "model.json"
FORMAT = 1


@dataclass(frozen=True)
class SavedModel:
    """Everything that a trained network is."""

    name: str
    layers: tuple[str, ...]
    weights: Weights
    contract: Contract
    class_names: tuple[str, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Where it comes from: recipe, seed, dataset, epochs; for people, not for computing."""
    copies: Copies = field(default_factory=Copies)
    """Of each picture, that are answered together with it (`ziffern.averaging`)."""
    background_class: bool = False
    """Whether it has learnt that a logit of 0 stands for no class at all."""
    temperature: float = 1.0
    """What logits are divided by to become probabilities that can be believed."""
    thresholds: Thresholds = field(default_factory=Thresholds)
    """From which confidence on an answer is sure, and from which on the picture is a digit."""

    @property
    def network(self) -> Network:
        """The layers with their shapes."""
        size = self.contract.size
        records = [layer for _, layer in parse_layers("\n".join(self.layers))]
        return Network(records, (size, size, 1))


def save(folder: Path, model: SavedModel) -> None:
    """Write both files, each atomically; `model.json` last, so that it never names missing weights.

    Raises:
        WorkError: the folder cannot be written.
    """
    write(folder, model.weights, table_of(model))


def write(folder: Path, weights: Weights, table: Mapping[str, Any]) -> None:
    """Write weights and what is to be said of them. Errors as for `save`."""
    # safetensors writes the memory as it lies; a transposed array would come back scrambled
    ordered = {name: np.ascontiguousarray(array) for name, array in weights.items()}
    write_atomic(folder / WEIGHTS, safetensors.numpy.save(ordered))
    write_json(folder / FACTS, {"format": FORMAT, **table})


def table_of(model: SavedModel) -> dict[str, Any]:
    """Return all but the weights as JSON can hold it."""
    return {
        "name": model.name,
        "layers": list(model.layers),
        "contract": model.contract.to_dict(),
        "class_names": list(model.class_names),
        **model.copies.to_dict(),
        "background_class": model.background_class,
        **certainty_table(model.temperature, model.thresholds),
        "facts": dict(model.facts),
    }


def certainty_table(temperature: float, thresholds: Thresholds) -> dict[str, Any]:
    """Return how far answers can be believed as JSON can hold it; `certainty_of` reads it."""
    return {"temperature": temperature, "thresholds": thresholds.to_dict()}


def certainty_of(table: Mapping[str, Any]) -> tuple[float, Thresholds]:
    """Return temperature and thresholds; models of older versions have neither.

    Raises:
        RunError: they cannot be.
    """
    temperature = table.get("temperature", 1.0)
    if type(temperature) not in (int, float) or not 0 < temperature < math.inf:
        raise RunError(f"'temperature' is {temperature!r}, expected a number above 0")
    return float(temperature), Thresholds.from_dict(table.get("thresholds", {}))


def read(folder: Path) -> SavedModel:
    """Read a model and check that its weights are of its network and finite.

    Raises:
        RunError: a file is missing or damaged; the message names it.
    """
    weights, table = read_weights(folder / WEIGHTS), read_table(folder)
    if (kind := table.get("kind")) is not None:
        raise RunError(f"{folder} holds an {kind}, expected a single network")
    return model_of(table, weights, folder)


def read_table(folder: Path) -> dict[str, Any]:
    """Read `model.json`, whatever kind of model it is about.

    Raises:
        RunError: it is missing or damaged, or of another format.
    """
    path = folder / FACTS
    table = read_json(path)
    if not isinstance(table, dict):
        raise RunError(f"{path} is damaged: expected a JSON object")
    if table.get("format") != FORMAT:
        raise RunError(f"{path} has format {table.get('format')!r}, this Ziffern reads {FORMAT}")
    return table


def model_of(table: Mapping[str, Any], weights: Weights, folder: Path) -> SavedModel:
    """Put a model together from what `table_of` gave and its weights; `folder` is for messages.

    Raises:
        RunError: something is missing or cannot be, or the weights are not of the network.
    """
    path = folder / FACTS
    try:
        temperature, thresholds = certainty_of(table)
        model = SavedModel(
            name=str(table["name"]),
            layers=_texts(table, "layers"),
            weights=weights,
            contract=Contract.from_dict(_object(table, "contract")),
            class_names=_texts(table, "class_names"),
            facts=_object(table, "facts"),
            copies=Copies.from_dict(table),
            background_class=table.get("background_class") is True,
            temperature=temperature,
            thresholds=thresholds,
        )
        network = model.network
    except (KeyError, InputError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else error
        raise RunError(f"{path} is damaged: {reason}") from error
    if not network.stages:
        raise RunError(f"{path} is damaged: it has no layers")
    expected = {name: weight.shape for name, weight in network.weights.items()}
    found = {name: array.shape for name, array in weights.items()}
    for name in sorted(expected | found):
        if expected.get(name) != found.get(name):
            problem = f"has shape {found.get(name)}, expected {expected.get(name)}"
            if name not in found or name not in expected:
                problem = "is missing" if name in expected else "is not one of its weights"
            raise RunError(f"{folder / WEIGHTS} is not of the network in {FACTS}: {name} {problem}")
    if network.output_shape != (len(model.class_names),):
        raise RunError(
            f"{path} is damaged: the network ends in shape {network.output_shape}, "
            f"but there are {len(model.class_names)} classes"
        )
    return model


def digest(weights: Weights) -> str:
    """Return the SHA-256 of names, shapes and values; equal for equal weights only."""
    found = hashlib.sha256()
    for name, array in sorted(weights.items()):
        found.update(f"{name} {array.shape}\n".encode())
        found.update(np.ascontiguousarray(array, np.float32).tobytes())
    return found.hexdigest()


def _texts(table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = table[key]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise RunError(f"{key!r} is not a list of texts")
    return tuple(value)


def _object(table: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = table[key]
    if not isinstance(value, dict):
        raise RunError(f"{key!r} is not an object")
    return value


def read_weights(path: Path) -> Weights:
    """Read arrays from a safetensors file, all float32 and finite.

    Raises:
        RunError: the file is missing or damaged, or an array is of another type or holds NaN or
            infinity.
    """
    try:
        weights = safetensors.numpy.load(path.read_bytes())
    except FileNotFoundError as error:
        raise RunError(f"{path} is missing") from error
    except (OSError, SafetensorError, ValueError, KeyError) as error:
        raise RunError(f"{path} is damaged: {error}") from error
    for name, array in weights.items():
        if array.dtype != np.float32:
            raise RunError(f"{path} cannot be used: {name} is {array.dtype}, expected float32")
        if not np.isfinite(array).all():
            raise RunError(
                f"{path} cannot be used: {name} holds NaN or infinity; "
                "the training diverged or the file is damaged"
            )
    return weights
