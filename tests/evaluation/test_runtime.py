"""Our models in ONNX Runtime: PyTorch's answers without PyTorch; which engine `load` takes."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from made_shipped import made_shipped
from random_model import random_model, torch_logits

import ziffern
from ziffern import modelfile, runs, shipped
from ziffern.averaging import Copies
from ziffern.errors import InputError, RunError, WorkError
from ziffern.evaluation import runtime
from ziffern.evaluation.model import Model, load
from ziffern.evaluation.runtime import RuntimeModel
from ziffern.exchange import onnx_writer
from ziffern.modelfile import SavedModel
from ziffern.states import Thresholds

LAYERS = "Conv2D(4, 5, strides=3)\nBatchNormalization()\nFlatten()\nDense(10, activation='softmax')"
PICTURES = np.random.default_rng(0).integers(0, 256, (150, 28, 28), np.uint8)


@pytest.fixture
def saved() -> SavedModel:
    return random_model(LAYERS, "standard", facts={"seed": 3})


@pytest.fixture
def folder(tmp_path: Path, saved: SavedModel) -> Path:
    modelfile.save(tmp_path / "model", saved)
    return tmp_path / "model"


@pytest.fixture
def file(tmp_path: Path, saved: SavedModel) -> Path:
    return onnx_writer.write(tmp_path / "random.onnx", saved)


def test_answers_are_those_of_pytorch(file: Path, saved: SavedModel) -> None:
    model = runtime.read(file)
    logits = model.logits(PICTURES)
    assert (logits.dtype, logits.shape) == (np.float32, (150, 10))
    np.testing.assert_allclose(logits, torch_logits(saved, PICTURES), rtol=1e-4, atol=1e-4)
    probabilities = model.predict(list(PICTURES[:3]))
    np.testing.assert_allclose(
        probabilities, Model(saved, precision="float32").predict(PICTURES[:3]), atol=1e-5
    )
    assert model.predict(PICTURES[:0]).shape == (0, 10)


def test_the_temperature_makes_probabilities_and_leaves_logits(saved: SavedModel) -> None:
    warm = dataclasses.replace(saved, temperature=2.0, thresholds=Thresholds(0.9, 0.2))
    cold = Model(saved, precision="float32")
    roots = np.sqrt(cold.predict(PICTURES))
    for model in (Model(warm, precision="float32"), runtime.compiled(warm)):
        assert (model.temperature, model.thresholds) == (2.0, Thresholds(0.9, 0.2))
        assert model.alone.temperature == 2.0
        np.testing.assert_allclose(
            model.logits(PICTURES), cold.logits(PICTURES), rtol=1e-4, atol=1e-4
        )
        expected = roots / roots.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(model.predict(PICTURES), expected, atol=1e-5)


def test_the_file_alone_says_everything(file: Path, saved: SavedModel) -> None:
    model = load(file)
    assert isinstance(model, RuntimeModel)
    assert (model.name, model.class_names) == ("random", saved.class_names)
    assert model.contract == saved.contract
    assert model.network.weights == saved.network.weights
    assert model.about.facts == {"seed": 3}
    shown = Model(saved)._repr_html_()
    assert model._repr_html_() == shown
    assert "<td>conv2d</td><td>Conv2D(4, 5, strides=3)</td><td>(8, 8, 4)</td><td>104</td>" in shown


def test_averaging_over_moved_copies(saved: SavedModel) -> None:
    saved = dataclasses.replace(saved, copies=Copies(4))
    model, wanted = runtime.compiled(saved), Model(saved, precision="float32")
    assert (model.averaging, model.alone.averaging) == (5, 1)
    for found, other in ((model, wanted), (model.alone, wanted.alone)):
        np.testing.assert_allclose(found.logits(PICTURES), other.logits(PICTURES), atol=1e-4)
    assert abs(model.alone.logits(PICTURES) - model.logits(PICTURES)).max() > 0.01


@pytest.mark.parametrize("images", [PICTURES / 255, PICTURES[0], PICTURES[:, :20], "seven"])
def test_wrong_pictures(file: Path, images: Any) -> None:
    with pytest.raises(InputError, match="expected uint8 pictures of shape"):
        runtime.read(file).logits(images)


def test_without_pytorch(file: Path, folder: Path) -> None:
    """In a process where PyTorch cannot be imported."""
    program = f"""
import sys
sys.modules["torch"] = None
import numpy as np
import ziffern
for model in ({str(file)!r}, {str(folder)!r}):
    loaded = ziffern.load(model)
    print(type(loaded).__name__, loaded.predict(np.zeros((2, 28, 28), np.uint8)).shape)
try:
    ziffern.load({str(folder)!r}, engine="torch")
except ziffern.errors.WorkError as error:
    print(error)
assert not [name for name in sys.modules if name.startswith("ziffern.training")]
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "RuntimeModel (2, 10)",
        "RuntimeModel (2, 10)",
        "PyTorch is not installed: pip install 'ziffern[train]'",
    ]


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    heavy = "torch", "onnx", "onnxruntime", "matplotlib", "sklearn"
    program = f"import sys, ziffern; ziffern.load; print(*sys.modules.keys() & {set(heavy)!r})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not done.stdout.strip()


# which engine


@pytest.fixture
def pearl(tmp_path: Path, saved: SavedModel, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shipped model, the only one."""
    monkeypatch.setattr(shipped, "FOLDER", tmp_path / "models")
    return made_shipped(tmp_path / "models", "pearl", saved)


def test_runs_and_folders_are_for_pytorch_unless_asked(folder: Path) -> None:
    assert isinstance(load(folder), Model)
    assert isinstance(load(folder, engine="torch"), Model)
    assert isinstance(load(folder, engine="onnxruntime"), RuntimeModel)
    run = runs.create(folder.parent / "runs", "random", 0)
    run.update_info(status="finished")
    modelfile.save(run.path, modelfile.read(folder))
    assert isinstance(load("random", runs=folder.parent / "runs"), Model)
    assert isinstance(load(run, engine="onnxruntime"), RuntimeModel)


@pytest.mark.usefixtures("pearl")
def test_shipped_models_are_found_by_name_and_light(in_tmp: Path) -> None:
    modelfile.save(in_tmp / "pearl", random_model(LAYERS))  # is not meant, unless as ./pearl
    model = ziffern.load("pearl")
    assert isinstance(model, RuntimeModel)
    assert model.name == "pearl"
    assert load("./pearl").name == "random"
    assert isinstance(load("pearl", engine="torch"), Model)
    assert isinstance(load("pearl", precision="bfloat16"), Model)


@pytest.mark.usefixtures("pearl")
def test_the_other_engine_where_one_is_not_installed(
    folder: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def installed(*names: str) -> None:
        monkeypatch.setattr(
            "ziffern.evaluation.model.find_spec", lambda name: name if name in names else None
        )

    installed("torch")
    assert isinstance(load("pearl"), Model)
    assert isinstance(load(folder), Model)
    installed("onnxruntime")
    assert isinstance(load("pearl"), RuntimeModel)
    assert isinstance(load(folder), RuntimeModel)
    assert isinstance(load(file), RuntimeModel)
    installed()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(WorkError, match=r"onnxruntime: pip install 'ziffern\[read\]'"):
        load("pearl")


def test_averaging_can_be_left_out(folder: Path) -> None:
    modelfile.save(folder, random_model(LAYERS, copies=Copies(8)))
    assert load(folder, engine="onnxruntime").averaging == 9
    assert load(folder, engine="onnxruntime", averaging=False).averaging == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"engine": "onnxrt"}, "unknown engine 'onnxrt': did you mean 'onnxruntime'"),
        ({"engine": "onnxruntime", "precision": "bfloat16"}, "float32 on the CPU, not in bfloat16"),
        ({"engine": "onnxruntime", "on": "cuda"}, "float32 on the CPU, not in auto on cuda"),
    ],
)
def test_what_an_engine_cannot_do(folder: Path, options: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        load(folder, **options)


def test_an_onnx_file_is_not_for_pytorch(file: Path) -> None:
    with pytest.raises(InputError, match=r"random\.onnx is made for ONNX Runtime alone; give the"):
        load(file, engine="torch")


# the file beside a model


def test_a_file_of_the_same_weights_is_used(
    folder: Path, saved: SavedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    onnx_writer.write(folder / "model.onnx", saved)
    monkeypatch.setitem(sys.modules, "onnx", None)  # so that none can be written
    assert load(folder, engine="onnxruntime").name == "random"
    (folder / "model.onnx").unlink()
    with pytest.raises(WorkError, match=r"needs onnx: pip install 'ziffern\[export\]'"):
        load(folder, engine="onnxruntime")


@pytest.mark.parametrize("change", ["weights", "shifts", "foreign"])
def test_a_file_of_another_model_is_not_used(
    folder: Path, saved: SavedModel, linear: Any, change: str
) -> None:
    if change == "foreign":
        linear.onnx(folder / "model.onnx")
    elif change == "shifts":
        onnx_writer.write(folder / "model.onnx", dataclasses.replace(saved, copies=Copies(4)))
    else:
        other = {name: 2 * array for name, array in saved.weights.items()}
        onnx_writer.write(folder / "model.onnx", dataclasses.replace(saved, weights=other))
    found = load(folder, engine="onnxruntime").logits(PICTURES[:5])
    np.testing.assert_allclose(found, torch_logits(saved, PICTURES[:5]), rtol=1e-4, atol=1e-4)


# files that cannot be used


def test_files_of_other_programs(tmp_path: Path, linear: Any) -> None:
    path = linear.onnx(tmp_path / "a.onnx")
    with pytest.raises(RunError, match=r"Ziffern did not write it. To judge it, use: ziffern chec"):
        load(path)


@pytest.mark.parametrize("share", [0.2, 0.9])
def test_torn_files(file: Path, share: float) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: int(share * len(content))])
    with pytest.raises(RunError, match=r"random\.onnx is no usable ONNX file: ") as caught:
        load(file)
    assert "\n" not in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"none\.onnx: there is no such file"):
        load(tmp_path / "none.onnx")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("contract", "{", "its metadata are damaged: "),
        ("class_names", json.dumps(["a"] * 9), "but 9 classes"),
        ("contract", json.dumps({"size": 30}), "its metadata are of another network"),
    ],
)
def test_damaged_metadata(file: Path, key: str, value: str, said: str) -> None:
    proto = onnx.load(file)
    for item in proto.metadata_props:
        if item.key == key:
            item.value = value
    onnx.save(proto, file)
    with pytest.raises(RunError, match=rf"random\.onnx is no usable ONNX file: .*{said}"):
        load(file)


def test_a_background_class_takes_its_share(saved: SavedModel) -> None:
    refusing = dataclasses.replace(saved, temperature=2.0, background_class=True)
    powers = np.exp(Model(saved, precision="float32").logits(PICTURES).astype(np.float64) / 2)
    expected = powers / (1 + powers.sum(axis=1, keepdims=True))
    assert expected.sum(axis=1).max() < 0.999
    for model in (Model(refusing, precision="float32"), runtime.compiled(refusing)):
        assert model.background_class
        assert model.alone.background_class
        found = model.predict(PICTURES)
        assert found.shape == (150, 10)
        np.testing.assert_allclose(found, expected, atol=1e-5)
