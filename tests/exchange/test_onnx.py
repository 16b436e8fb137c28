"""ONNX files of every layout answer alike; what cannot answer pictures says so in one line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from ziffern.contract import Contract
from ziffern.errors import InputError, RunError, WorkError
from ziffern.exchange.onnx import read

RNG = np.random.default_rng(0)
KERNEL = RNG.normal(0, 0.05, (784, 10)).astype(np.float32)
PICTURES = RNG.integers(0, 256, (5, 28, 28), np.uint8)


def expected(scale: Any = "unit") -> np.ndarray:
    logits = Contract(scale).scaled(PICTURES).reshape(5, 784) @ KERNEL
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    found: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
    return found


def write(
    path: Path,
    *,
    shape: tuple[Any, ...] = ("N", 1, 28, 28),
    kind: int = TensorProto.FLOAT,
    ending: str | None = "Softmax",
    kernel: np.ndarray = KERNEL,
    out: tuple[Any, ...] = ("N", None),
    extra: list[Any] | None = None,
) -> Path:
    """Write a network of one dense layer: cast, flatten, product, `ending`."""
    nodes = [
        helper.make_node("Cast", ["pixels"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Flatten", ["numbers"], ["flat"]),
        helper.make_node("MatMul", ["flat", "kernel"], ["logits" if ending else "answer"]),
    ]
    if ending:
        nodes.append(helper.make_node(ending, ["logits"], ["answer"], axis=1))
    inputs = [helper.make_tensor_value_info("pixels", kind, shape), *(extra or [])]
    outputs = [helper.make_tensor_value_info("answer", TensorProto.FLOAT, out)]
    graph = helper.make_graph(
        nodes, "digits", inputs, outputs, [numpy_helper.from_array(kernel, "kernel")]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)
    return path


@pytest.mark.parametrize(
    "shape",
    [
        ("N", 1, 28, 28),
        ("N", 28, 28, 1),
        ("N", 28, 28),
        ("N", 784),
        (None, None, None, None),
        (1, 1, 28, 28),
        (3, 28, 28),
    ],
)
def test_every_layout_of_the_input(tmp_path: Path, shape: tuple[Any, ...]) -> None:
    model = read(write(tmp_path / "a.onnx", shape=shape))
    found = model.predict(PICTURES)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected(), atol=1e-5)
    assert model.class_names == tuple("0123456789")
    assert model.name == "a.onnx"
    assert model.predict(PICTURES[:0]).shape == (0, 10)


@pytest.mark.parametrize("kind", [TensorProto.DOUBLE, TensorProto.FLOAT16])
def test_other_numbers(tmp_path: Path, kind: int) -> None:
    found = read(write(tmp_path / "a.onnx", kind=kind)).predict(PICTURES)
    np.testing.assert_allclose(found, expected(), atol=1e-2)


def test_bytes_are_fed_as_they_are(tmp_path: Path) -> None:
    model = read(write(tmp_path / "a.onnx", kind=TensorProto.UINT8))
    assert model.takes_bytes
    np.testing.assert_allclose(model.predict(PICTURES), expected("raw"), atol=1e-5)


def test_contract_decides_what_is_fed(tmp_path: Path) -> None:
    model = read(write(tmp_path / "a.onnx"))
    raw = model.with_contract(Contract("raw"))
    assert not raw.takes_bytes
    np.testing.assert_allclose(raw.predict(PICTURES), expected("raw"), atol=1e-5)
    np.testing.assert_allclose(model.predict(PICTURES), expected(), atol=1e-5)


@pytest.mark.parametrize(
    ("ending", "probabilities"), [("Softmax", True), ("LogSoftmax", False), (None, False)]
)
def test_answers_become_probabilities(
    tmp_path: Path, ending: str | None, probabilities: bool
) -> None:
    model = read(write(tmp_path / "a.onnx", ending=ending))
    assert model.gives_probabilities is probabilities
    np.testing.assert_allclose(model.predict(PICTURES), expected(), atol=1e-5)


def test_infinite_logits_stay_visible(tmp_path: Path) -> None:
    kernel = KERNEL.copy()
    kernel[:, 0] = np.inf
    model = read(write(tmp_path / "a.onnx", kernel=kernel, ending=None))
    assert not np.isfinite(model.predict(PICTURES)).any()


def test_more_pictures_than_a_batch(tmp_path: Path) -> None:
    many = np.repeat(PICTURES, 150, axis=0)
    found = read(write(tmp_path / "a.onnx")).predict(many)
    np.testing.assert_allclose(found, np.repeat(expected(), 150, axis=0), atol=1e-5)


@pytest.mark.parametrize("images", [PICTURES / 255, PICTURES[0], PICTURES[:, :20]])
def test_wrong_pictures(tmp_path: Path, images: np.ndarray) -> None:
    with pytest.raises(InputError, match="expected uint8 pictures"):
        read(write(tmp_path / "a.onnx")).predict(images)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (
            {"shape": ("N", 3, 8, 8), "kernel": KERNEL[:192]},
            r"takes an input of shape \['N', 3, 8, 8\], expected a batch of \(1, 28, 28\)",
        ),
        ({"shape": ("N", 28), "kernel": KERNEL[:28]}, "expected a batch of"),
        ({"kind": TensorProto.INT64}, r"takes tensor\(int64\)"),
        (
            {"kernel": KERNEL[np.newaxis], "ending": None, "out": (1, "N", 10)},
            r"answers with answer \[1, 'N', 10\], expected a row of numbers per picture",
        ),
        (
            {"extra": [helper.make_tensor_value_info("mask", TensorProto.FLOAT, ("N", 1))]},
            r"2 inputs \(pixels, mask\)",
        ),
        (
            {"shape": (None, None, None, None), "kernel": KERNEL[:50]},
            r"a\.onnx cannot answer pictures: Non-zero status code",
        ),
    ],
)
def test_networks_for_something_else(tmp_path: Path, options: dict[str, Any], named: str) -> None:
    model = read(write(tmp_path / "a.onnx", **options))
    with pytest.raises(RunError, match=named) as caught:
        model.predict(PICTURES)
    assert "\n" not in str(caught.value)


def test_network_whose_parts_do_not_fit(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"no usable ONNX file: .*Incompatible dimensions"):
        read(write(tmp_path / "a.onnx", kernel=KERNEL[:50]))


@pytest.mark.parametrize("content", [b"", b"no network\n" * 50, None])
def test_damaged_files(tmp_path: Path, content: bytes | None) -> None:
    path = write(tmp_path / "a.onnx")
    path.write_bytes(path.read_bytes()[:2000] if content is None else content)
    with pytest.raises(RunError, match=r"a\.onnx is no usable ONNX file") as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no such file"):
        read(tmp_path / "none.onnx")


def test_without_onnxruntime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(WorkError, match=r"pip install 'ziffern\[read\]'"):
        read(write(tmp_path / "a.onnx"))


def test_telemetry_is_off_before_onnxruntime_comes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.onnx")
    program = (
        "import os, sys; from pathlib import Path; from ziffern.exchange.onnx import read;"
        "assert 'onnxruntime' not in sys.modules;"
        f"read(Path({str(path)!r})); print(os.environ['ORT_DISABLE_TELEMETRY'])"
    )
    environment = {k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY"}
    found = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "1"
