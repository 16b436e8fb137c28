"""A trained model as two files: `model.safetensors` (weights) and `model.json` (all the rest).

    save(folder, SavedModel(...))
    model = read(folder)

Weights have Keras's names and layouts; the JSON holds the layers as recipe lines, the preprocessing
contract and the class names, so that any program can rebuild the network. No pickle is involved:
reading a model never runs code from it. This module does not compute predictions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from safetensors import SafetensorError

from ziffern.contract import Contract
from ziffern.errors import InputError, RunError
from ziffern.files import read_json, write_atomic, write_json
from ziffern.layers import Network, Weights, parse_layers

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
    write_atomic(folder / WEIGHTS, safetensors.numpy.save(model.weights))
    write_json(
        folder / FACTS,
        {
            "format": FORMAT,
            "name": model.name,
            "layers": list(model.layers),
            "contract": model.contract.to_dict(),
            "class_names": list(model.class_names),
            "facts": dict(model.facts),
        },
    )


def read(folder: Path) -> SavedModel:
    """Read a model and check that its weights are of its network and finite.

    Raises:
        RunError: a file is missing or damaged; the message names it.
    """
    weights = read_weights(folder / WEIGHTS)
    path = folder / FACTS
    table = read_json(path)
    try:
        if table["format"] != FORMAT:
            raise RunError(f"{path} has format {table['format']!r}, this Ziffern reads {FORMAT}")
        model = SavedModel(
            name=str(table["name"]),
            layers=tuple(table["layers"]),
            weights=weights,
            contract=Contract.from_dict(table["contract"]),
            class_names=tuple(table["class_names"]),
            facts=table["facts"],
        )
        network = model.network
    except (KeyError, TypeError, AttributeError, InputError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else error
        raise RunError(f"{path} is damaged: {reason}") from error
    expected = {name: weight.shape for name, weight in network.weights.items()}
    found = {name: array.shape for name, array in weights.items()}
    if expected != found:
        wrong = sorted(set(expected.items()) ^ set(found.items()))[0][0]
        raise RunError(
            f"{folder / WEIGHTS} is not of the network in {FACTS}: {wrong} has shape "
            f"{found.get(wrong, 'none')}, expected {expected.get(wrong, 'none')}"
        )
    if network.output_shape != (len(model.class_names),):
        raise RunError(
            f"{path} is damaged: {network.output_shape} outputs for "
            f"{len(model.class_names)} classes"
        )
    return model


def read_weights(path: Path) -> Weights:
    """Read arrays from a safetensors file, all finite.

    Raises:
        RunError: the file is missing or damaged, or an array holds NaN or infinity.
    """
    try:
        weights = safetensors.numpy.load(path.read_bytes())
    except FileNotFoundError as error:
        raise RunError(f"{path} is missing") from error
    except (OSError, SafetensorError, ValueError, KeyError) as error:
        raise RunError(f"{path} is damaged: {error}") from error
    for name, array in weights.items():
        if not np.isfinite(array).all():
            raise RunError(
                f"{path} cannot be used: {name} holds NaN or infinity; "
                "the training diverged or the file is damaged"
            )
    return weights
