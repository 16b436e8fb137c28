"""A network of one layer that really reads digits, and its file forms."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import h5py
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from ziffern import datasets, modelfile
from ziffern.contract import Contract
from ziffern.modelfile import SavedModel

LAYERS = ("Flatten()", "Dense(10, activation='softmax')")


@cache
def fitted(scale: str) -> tuple[np.ndarray, np.ndarray]:
    """Fit kernel and bias to half of the sample by ridge regression on pixels in some scale."""
    part = datasets.load("mnist", offline=True).train
    images = part.images.reshape(-1, 784)[::2].astype(np.float64)
    values = {"unit": images / 255, "raw": images, "standard": (images / 255 - 0.1307) / 0.3081}
    inputs = np.c_[values[scale], np.full(len(images), 10.0)]
    targets = np.eye(10)[part.labels[::2]] - 0.1
    ridge = 30 * np.diag(values[scale].var(axis=0).mean() * np.ones(785)) * 12
    solution = 12 * np.linalg.solve(inputs.T @ inputs + ridge, inputs.T @ targets)
    return solution[:-1].astype(np.float32), (10 * solution[-1]).astype(np.float32)


class Linear:
    """The network, written in every form that can be graded."""

    @staticmethod
    def saved(scale: str = "unit", name: str = "linear") -> SavedModel:
        kernel, bias = fitted(scale)
        contract = {
            "unit": Contract(),
            "raw": Contract("raw"),
            "standard": Contract("standard", mean=0.1307, deviation=0.3081),
        }[scale]
        return SavedModel(
            name=name,
            layers=LAYERS,
            weights={"dense/kernel": kernel, "dense/bias": bias},
            contract=contract,
            class_names=tuple("0123456789"),
        )

    @classmethod
    def folder(cls, path: Path, scale: str = "unit") -> Path:
        modelfile.save(path, cls.saved(scale))
        return path

    @classmethod
    def h5(cls, path: Path, scale: str = "unit", activation: str = "softmax") -> Path:
        layers = [
            {
                "class_name": "Flatten",
                "config": {"name": "flatten", "batch_input_shape": [None, 28, 28]},
            },
            {
                "class_name": "Dense",
                "config": {"name": "dense", "units": 10, "activation": activation},
            },
        ]
        with h5py.File(path, "w") as file:
            config = {"class_name": "Sequential", "config": {"layers": layers}}
            file.attrs["model_config"] = json.dumps(config)
            group = file.create_group("model_weights/dense")
            group.attrs["weight_names"] = ["kernel", "bias"]
            group["kernel"], group["bias"] = fitted(scale)
        return path

    @staticmethod
    def onnx(
        path: Path,
        scale: str = "unit",
        *,
        shape: tuple[str | int, ...] = ("N", 784),
        kind: int = TensorProto.FLOAT,
        outputs: int = 10,
        nodes: str = "answer = Softmax(logits)",
    ) -> Path:
        """Write it; `nodes` are lines such as ``b = Softmax(a)`` from `logits` to `answer`."""
        kernel, bias = fitted(scale)
        steps = [
            helper.make_node("Cast", ["pixels"], ["numbers"], to=TensorProto.FLOAT),
            helper.make_node("Flatten", ["numbers"], ["flat"]),
            helper.make_node("Gemm", ["flat", "kernel", "bias"], ["logits"]),
        ]
        for line in nodes.splitlines():
            result, operator, inputs = re.fullmatch(r"\s*(\w+) = (\w+)\((.*)\)", line).groups()
            steps.append(helper.make_node(operator, inputs.split(", "), [result]))
        graph = helper.make_graph(
            steps,
            "linear",
            [helper.make_tensor_value_info("pixels", kind, shape)],
            [helper.make_tensor_value_info("answer", TensorProto.FLOAT, ("N", outputs))],
            [
                numpy_helper.from_array(kernel[:, :outputs], "kernel"),
                numpy_helper.from_array(bias[:outputs], "bias"),
                numpy_helper.from_array(np.array([0], np.int64), "first"),
                numpy_helper.from_array(np.float32(np.nan), "nan"),
            ],
        )
        opset = [helper.make_opsetid("", 18)]
        onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)
        return path


@pytest.fixture
def linear() -> type[Linear]:
    return Linear
