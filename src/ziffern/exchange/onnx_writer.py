"""Writing a trained model as an ONNX file that any program can run.

    write(Path("marvin.onnx"), modelfile.read(run.path))

The graph takes pictures as they are, uint8 (N, 28, 28), white ink on black, and answers with
logits, float32 (N, C): the scale of pixels that the network was trained on is part of the graph,
so that nobody can feed it another one. The batch is of any size. How a picture gets into that form
(the contract), the names of the classes and more stand in the metadata
(`ziffern.exchange.onnx_metadata`). The graph is made from the layer records, without PyTorch.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import ziffern
from ziffern.contract import Contract
from ziffern.errors import InputError, WorkError
from ziffern.exchange.folding import folded
from ziffern.exchange.onnx_graph import FLOAT, UINT8, Graph, Node, Value
from ziffern.exchange.onnx_layers import write_layers
from ziffern.exchange.onnx_metadata import Metadata
from ziffern.files import write_atomic
from ziffern.layers import Network
from ziffern.layers.dense import Rescaling, Reshape
from ziffern.modelfile import SavedModel

if TYPE_CHECKING:
    from onnx import ValueInfoProto

FILE = "model.onnx"
"""Beside `model.json` in the folder of a model."""
IMAGES, LOGITS = "images", "logits"
OPSET = 17  # of 2022, the first with layer normalisation; ONNX Runtime reads it from 1.12 on
IR_VERSION = 8  # the file's own format at that time
LARGEST = 2**31 - 2**20  # bytes; a protobuf message ends at 2 GiB


def write(path: Path, model: SavedModel, *, fold: bool = True) -> Path:
    """Write a model as an ONNX file, whole or not at all, and return its path.

    Args:
        path: the file.
        model: the model.
        fold: whether batch normalisation is taken into the layer before it where that is exact.

    Raises:
        InputError: the weights do not fit into one file.
        WorkError: the package onnx is not installed, or the file cannot be written.
    """
    return write_atomic(path, content(model, fold=fold))


def content(model: SavedModel, *, fold: bool = True) -> bytes:
    """Return what `write` puts into the file."""
    count = 4 * model.network.parameters
    if count > LARGEST:
        raise InputError(f"{model.name} has {count / 2**30:.1f} GiB of weights, ONNX files hold 2")
    about = Metadata.of(model)
    size, classes = model.contract.size, len(model.class_names)
    text = (
        f"{IMAGES}: uint8 (N, {size}, {size}), white ink (255) on black (0), each prepared as the "
        f"contract in the metadata says. {LOGITS}: float32 (N, {classes}); divided by the "
        "temperature in the metadata, their softmax are the probabilities of the classes there"
    )
    text += ", with a further logit of 0 for no class at all." if about.background_class else "."
    return serialized(_graph(folded(model) if fold else model), about.properties(), text)


def _graph(model: SavedModel) -> Graph:
    size = model.contract.size
    graph = Graph(
        takes=Value(IMAGES, UINT8, (size, size)),
        gives=Value(LOGITS, FLOAT, model.network.output_shape),
        nodes=[Node("Cast", (IMAGES,), ("pixels",), {"to": FLOAT})],
    )
    x = write_layers(graph, _scaling(model.contract), {}, "pixels", "contract/")
    write_layers(graph, _to_logits(model.network), model.weights, x)
    graph.nodes[-1] = dataclasses.replace(graph.nodes[-1], outputs=(LOGITS,))
    return graph


def _scaling(contract: Contract) -> Network:
    """Return what `Contract.scaled` does as layers, for pixels (size, size)."""
    size = contract.size
    scale = {
        "raw": [],
        "unit": [Rescaling(1 / 255)],
        "standard": [Rescaling(1 / 255 / contract.deviation, -contract.mean / contract.deviation)],
    }[contract.scale]
    return Network([*scale, Reshape((size, size, 1))], (size, size))


def _to_logits(network: Network) -> Network:
    """Return the network without its last softmax."""
    *layers, last = (stage.layer for stage in network.stages)
    if getattr(last, "activation", None) == "softmax":
        last = dataclasses.replace(last, activation="linear")  # type: ignore[call-arg]
    return Network([*layers, last], network.input_shape)


def serialized(graph: Graph, properties: Mapping[str, str], text: str = "") -> bytes:
    """Return a graph as the content of an ONNX file, with metadata and a text for people.

    Raises:
        WorkError: the package onnx is not installed.
    """
    try:
        from onnx import helper, numpy_helper
    except ImportError as error:
        raise WorkError("writing ONNX files needs onnx: pip install 'ziffern[export]'") from error

    def info(value: Value) -> ValueInfoProto:
        return helper.make_tensor_value_info(value.name, value.kind, ("batch", *value.shape))

    proto = helper.make_model(
        helper.make_graph(
            [
                helper.make_node(
                    node.operator, node.inputs, node.outputs, node.outputs[-1], **node.attributes
                )
                for node in graph.nodes
            ],
            "digits",
            [info(graph.takes)],
            [info(graph.gives)],
            [numpy_helper.from_array(array, name) for name, array in graph.constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="ziffern",
        producer_version=ziffern.__version__,
        doc_string=text,
    )
    helper.set_model_props(proto, dict(properties))
    return bytes(proto.SerializeToString(deterministic=True))
