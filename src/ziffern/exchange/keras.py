"""Reading networks that Keras saved, without Keras: `.keras` files and the older `.h5` files.

    model = read(Path("marvin.h5"))
    modelfile.save(folder, model)

Read are networks whose layers follow one another (Sequential, or functional without branches) and
are in our vocabulary. Weights keep their layouts, for ours are Keras's. Nothing in a file is
executed. What scale of pixels a network was trained on is not written in such files: the contract
that comes out is the usual one, and `ziffern.evaluation.foreign` finds out whether it fits.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ziffern.contract import Contract
from ziffern.errors import InputError, RunError, WorkError
from ziffern.exchange.keras_layers import layer_from
from ziffern.layers import VOCABULARY, Layer, Network, Shape, Weights
from ziffern.modelfile import SavedModel

FED: Shape = (28, 28, 1)
OTHERWISE = "; saved as .onnx, a network may use anything"


@dataclass(frozen=True)
class _Read:
    """A layer, and under which names a file may keep its weights."""

    layer: Layer
    name: str  # the layer's own
    counted: str  # of its class, with a number: conv2d_1


Arrays: TypeAlias = Callable[[_Read], Sequence[Any]]
"""Finds the weights of a layer in a file, in Keras's order, which is ours."""


def read(path: Path) -> SavedModel:
    """Read a `.keras` or `.h5` file that holds a whole model.

    Raises:
        RunError: no such file, damaged, no whole model, branches, a layer or an argument that is
            not in the vocabulary, or weights that are NaN or infinite.
        WorkError: h5py is not installed.
    """
    try:
        with _opened(path) as (version, model, arrays):
            layers = _layers(model)
            network = Network([item.layer for item in layers], FED)
            weights: Weights = {}
            for item, stage in zip(layers, network.stages, strict=True):
                found = arrays(item) if stage.weights else ()
                if len(found) != len(stage.weights):
                    raise RunError(
                        f"layer {item.name!r} has {len(found)} weights, expected "
                        f"{len(stage.weights)}: {', '.join(stage.weights)}"
                    )
                for (short, weight), array in zip(stage.weights.items(), found, strict=True):
                    where = f"layer {item.name!r}: {short}"
                    weights[f"{stage.name}/{short}"] = _values(array, weight.shape, where)
    except InputError as error:
        raise RunError(f"{path}: {error}") from error
    except (
        OSError, ValueError, TypeError, AttributeError, LookupError, RuntimeError, EOFError,
        zipfile.BadZipFile, zlib.error,
    ) as error:  # fmt: skip
        reason = f"{error} is missing" if isinstance(error, KeyError) else error
        raise RunError(f"{path} is damaged: {reason}") from error
    if len(network.output_shape) != 1:
        raise RunError(f"{path}: the network ends in {network.output_shape}, not in one row")
    return SavedModel(
        name=path.name,
        layers=tuple(str(item.layer) for item in layers),
        weights=weights,
        contract=Contract(),
        class_names=tuple(str(number) for number in range(network.output_shape[0])),
        facts={"file": path.name, "keras": version},
    )


@contextmanager
def _opened(path: Path) -> Iterator[tuple[str, Mapping[str, Any], Arrays]]:
    """Open a file of either form, told apart by its content: (Keras's version, model, weights)."""
    try:
        import h5py
    except ImportError as error:
        raise WorkError("Keras files need h5py: pip install 'ziffern[export]'") from error

    def counted(item: _Read) -> Sequence[Any]:
        group = file["layers"][item.counted]
        group = group.get("cell", group)["vars"]
        return [group[str(number)] for number in range(len(group))]

    def named(item: _Read) -> Sequence[Any]:
        group = file["model_weights"][item.name]
        return [group[name] for name in group.attrs["weight_names"]]

    if not path.is_file():
        raise RunError("there is no such file")
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            model = json.loads(archive.read("config.json"))
            version = json.loads(archive.read("metadata.json"))["keras_version"]
            content = io.BytesIO(archive.read("model.weights.h5"))
        with h5py.File(content, "r") as file:
            yield str(version), model, counted
    elif h5py.is_hdf5(path):
        with h5py.File(path, "r") as file:
            if "model_config" not in file.attrs:
                raise RunError("holds weights without their network; save it with model.save(...)")
            model = json.loads(file.attrs["model_config"])
            version = file.attrs.get("keras_version", "")
            yield version if isinstance(version, str) else version.decode(), model, named
    else:
        raise RunError("no Keras model: neither a .keras (zip) nor an .h5 (HDF5) file, or cut off")


def _layers(model: Mapping[str, Any]) -> list[_Read]:
    """Return the layers that a finished network has, the shape of its input first if unusual."""
    chain = _chain(model)
    given = _input_shape(model, chain[0][1])
    found = [] if given == FED else [_Read(VOCABULARY["Input"](given), "", "")]  # type: ignore[call-arg]
    shape = given
    counts: Counter[str] = Counter()
    for kind, config in chain:
        if kind == "InputLayer":
            continue
        name = config["name"]
        try:
            layer = layer_from(kind, config, shape)
            if layer is not None:
                shape = layer.output_shape(shape)
        except InputError as error:
            raise RunError(f"layer {name!r}: {error}{OTHERWISE}") from error
        if layer is None:
            continue
        number = counts[layer.stem]
        counts[layer.stem] += 1
        found.append(_Read(layer, name, f"{layer.stem}_{number}" if number else layer.stem))
    return found


def _chain(model: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return (class, configuration) of layers that follow one another."""
    kind, config = model["class_name"], model["config"]
    layers = config if isinstance(config, list) else config["layers"]  # Keras before 2.2: a list
    if kind not in ("Sequential", "Functional", "Model"):
        raise RunError(f"a model of the class {kind} cannot be read{OTHERWISE}")
    if not layers:
        raise RunError("the network has no layers")
    if kind != "Sequential":
        before: list[str] = []
        for layer in layers:
            nodes = layer["inbound_nodes"]
            if (_sources(nodes), len(nodes)) != (before, len(before)):
                raise RunError(f"layer {layer['name']!r}: the network branches here{OTHERWISE}")
            before = [layer["name"]]
        if _sources(config["output_layers"]) not in (before, []):
            raise RunError(f"the network has further outputs than its last layer's{OTHERWISE}")
    return [(layer["class_name"], layer["config"]) for layer in layers]


def _sources(nodes: Any) -> list[str]:
    """Return the names of the layers that a nested description of tensors refers to.

    Keras 3 writes a tensor as a dict with its history (layer, node, output), Keras 2 as a list of
    layer, node, output and arguments.
    """
    if isinstance(nodes, dict):
        if nodes.get("class_name") == "__keras_tensor__":
            return [nodes["config"]["keras_history"][0]]
        return [name for value in nodes.values() for name in _sources(value)]
    if isinstance(nodes, list):
        if len(nodes) >= 3 and isinstance(nodes[0], str) and isinstance(nodes[1], int):
            return [nodes[0]]
        return [name for value in nodes for name in _sources(value)]
    return []


def _input_shape(model: Mapping[str, Any], first: Mapping[str, Any]) -> Shape:
    """Return the shape of the network's input; what a file leaves open is as in our pictures."""
    given = first.get("batch_shape") or first.get("batch_input_shape")
    if given is None and isinstance(model["config"], dict):
        given = model["config"].get("build_input_shape")
    if given is None:
        return FED
    return tuple(28 if size is None else size for size in given[1:])


def _values(array: Any, shape: Shape, where: str) -> NDArray[np.float32]:
    """Return one weight array after a look at its shape and values."""
    if tuple(array.shape) != shape:
        raise RunError(f"{where} has shape {tuple(array.shape)}, expected {shape}")
    values = np.asarray(array, np.float32)
    if not np.isfinite(values).all():
        raise RunError(f"{where} holds NaN or infinity; the training diverged")
    return values
