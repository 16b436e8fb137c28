"""Every shipped recipe answers in ONNX Runtime as in PyTorch; the file says what it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from random_model import CONTRACTS, random_model, torch_logits

from ziffern import recipe
from ziffern.averaging import Copies
from ziffern.errors import InputError, WorkError
from ziffern.exchange import onnx_writer
from ziffern.exchange.onnx import session
from ziffern.exchange.onnx_metadata import Metadata
from ziffern.exchange.onnx_writer import IMAGES, LOGITS, content, write
from ziffern.modelfile import SavedModel

PICTURES = np.random.default_rng(0).integers(0, 256, (5, 28, 28), np.uint8)
SMALL = "Conv2D(4, 5, strides=3)\nBatchNormalization()\nFlatten()\nDense(10, activation='softmax')"


def runtime_logits(made: bytes, pictures: np.ndarray = PICTURES) -> np.ndarray:
    (found,) = session(made, "made").run([LOGITS], {IMAGES: pictures})
    return np.asarray(found)


def same(made: bytes, model: SavedModel) -> None:
    np.testing.assert_allclose(
        runtime_logits(made), torch_logits(model, PICTURES), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("name", recipe.names())
def test_every_recipe_answers_as_in_pytorch(name: str) -> None:
    loaded = recipe.load(name)
    model = random_model(loaded.layers, loaded.data.scale)
    made = content(model)
    onnx.checker.check_model(made, full_check=True)
    same(made, model)


@pytest.mark.parametrize("scale", CONTRACTS)
@pytest.mark.parametrize("fold", [True, False])
def test_scale_is_part_of_the_graph(scale: str, fold: bool) -> None:
    model = random_model(SMALL, scale)
    made = content(model, fold=fold)
    same(made, model)
    operators = [node.op_type for node in onnx.load_from_string(made).graph.node]
    assert ("BatchNormalization" in operators) is not fold
    assert operators.count("Mul") == (scale != "raw")


@pytest.mark.parametrize(
    "end",
    [
        "Dense(10)",
        "Dense(10)\nActivation('softmax')",
        "Dense(10, activation='sigmoid')",
        "Dense(10, activation='softmax')\nDropout(0.1)",
        "Dense(4)\nReshape((1, 1, 4))\nConv2D(3, 1, activation='softmax')\nFlatten()",
    ],
)
def test_only_a_last_softmax_is_left_out(end: str) -> None:
    model = random_model(f"Flatten()\n{end}")
    same(content(model), model)


def test_batches_of_any_size() -> None:
    made = content(random_model(SMALL))
    whole = runtime_logits(made)
    for count in (1, 2, 5):
        np.testing.assert_allclose(runtime_logits(made, PICTURES[:count]), whole[:count], atol=1e-5)


def test_the_file_says_what_it_is(tmp_path: Path) -> None:
    model = random_model(SMALL, "standard", copies=Copies(4))
    path = write(tmp_path / "deep" / "a.onnx", model)
    found = onnx.load(path)
    assert {item.key: item.value for item in found.metadata_props} == Metadata.of(
        model
    ).properties()
    [opset] = found.opset_import
    assert (opset.domain, opset.version, found.ir_version) == ("", 17, 8)
    assert (found.producer_name, found.graph.input[0].name) == ("ziffern", "images")
    assert "uint8 (N, 28, 28), white ink (255) on black (0)" in found.doc_string
    sizes = found.graph.input[0].type.tensor_type.shape.dim
    assert [size.dim_param or size.dim_value for size in sizes] == ["batch", 28, 28]
    names = [constant.name for constant in found.graph.initializer]
    assert {"conv2d/kernel", "conv2d/bias", "dense/kernel", "dense/bias"} < set(names)
    assert write(tmp_path / "b.onnx", model).read_bytes() == path.read_bytes()


def test_other_programs_find_every_name_once() -> None:
    model = random_model(
        "Conv2D(3, 4, strides=4, name='contract')\nResidual([Conv2D(3, 1, name='contract')])\n"
        "Flatten(name='logits')\nDense(10, name='images')"
    )
    graph = onnx.load_from_string(content(model)).graph
    names = [name for node in graph.node for name in node.output]
    names += [constant.name for constant in graph.initializer] + [IMAGES]
    assert len(names) == len(set(names))
    same(content(model), model)


def test_more_weights_than_a_file_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_writer, "LARGEST", 1000)
    with pytest.raises(InputError, match=r"random has 0\.0 GiB of weights, ONNX files hold 2"):
        content(random_model(SMALL))


def test_without_onnx(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(WorkError, match=r"needs onnx: pip install 'ziffern\[export\]'"):
        write(tmp_path / "a.onnx", random_model(SMALL))
    assert not list(tmp_path.iterdir())


def test_pytorch_is_not_needed(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['torch'] = None\n"
        "from ziffern.contract import Contract\n"
        "from ziffern.exchange.onnx_writer import content\n"
        "from ziffern.modelfile import SavedModel\n"
        "empty = SavedModel('a', ('Flatten()', 'Dense(10)'), {}, Contract(), tuple('0123456789'))\n"
        "weights = empty.network.initial_weights(0)\n"
        "print(len(content(SavedModel('a', empty.layers, weights, Contract(), empty.class_names))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 4 * 7850
