from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from ziffern import modelfile
from ziffern.contract import Contract
from ziffern.errors import RunError, WorkError
from ziffern.layers import Network, parse_layers
from ziffern.modelfile import SavedModel

LAYERS = ("Conv2D(2, 3, strides=5)", "Flatten()", "Dense(3, activation='softmax')")


@pytest.fixture
def model() -> SavedModel:
    network = Network([layer for _, layer in parse_layers("\n".join(LAYERS))])
    return SavedModel(
        name="small",
        layers=LAYERS,
        weights=network.initial_weights(0),
        contract=Contract(scale="standard", mean=0.13, deviation=0.31),
        class_names=("ah", "beh", "ceh"),
        facts={"recipe": "small", "seed": 0},
    )


@pytest.fixture
def folder(tmp_path: Path, model: SavedModel) -> Path:
    modelfile.save(tmp_path, model)
    return tmp_path


def test_a_model_comes_back_as_it_was(folder: Path, model: SavedModel) -> None:
    read = modelfile.read(folder)
    assert (read.name, read.layers, read.class_names) == ("small", LAYERS, ("ah", "beh", "ceh"))
    assert read.contract == model.contract
    assert read.facts == model.facts
    assert read.weights.keys() == model.weights.keys()
    for name, array in model.weights.items():
        np.testing.assert_array_equal(read.weights[name], array)


def test_other_programs_can_rebuild_it(folder: Path) -> None:
    facts = json.loads((folder / "model.json").read_text())
    assert facts["format"] == 1
    assert facts["layers"] == list(LAYERS)
    weights = safetensors.numpy.load_file(folder / "model.safetensors")
    assert {name: array.shape for name, array in weights.items()} == {
        "conv2d/kernel": (3, 3, 1, 2),
        "conv2d/bias": (2,),
        "dense/kernel": (72, 3),
        "dense/bias": (3,),
    }


@pytest.mark.parametrize("name", ["model.json", "model.safetensors"])
@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (Path.unlink, "is missing"),
        (lambda path: path.write_bytes(path.read_bytes()[:50]), "is damaged"),
        (lambda path: path.write_bytes(b""), "is damaged"),
        (lambda path: path.write_bytes(b"\x80\x04pickle\xff"), "is damaged"),
    ],
)
def test_a_missing_or_damaged_file_is_named(
    folder: Path, name: str, damage: Callable[[Path], Any], told: str
) -> None:
    damage(folder / name)
    with pytest.raises(RunError, match=rf"{name} {told}") as caught:
        modelfile.read(folder)
    assert "\n" not in str(caught.value)


def change(folder: Path, **changes: Any) -> None:
    path = folder / "model.json"
    table = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({key: value for key, value in table.items() if value is not None}))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"format": 2}, "has format 2, this Ziffern reads 1"),
        ({"layers": None}, "'layers' is missing"),
        ({"layers": "Flatten()"}, "'layers' is not a list of texts"),
        ({"layers": []}, "no layers"),
        ({"layers": ["__import__('os').abort()"]}, "damaged"),
        ({"layers": ["Dense(10", "Flatten()"]}, "damaged"),
        ({"contract": []}, "'contract' is not an object"),
        ({"contract": {"scale": "unti"}}, "did you mean 'unit'"),
        ({"class_names": ["0", "1"]}, r"ends in shape \(3,\), but there are 2 classes"),
    ],
)
def test_a_damaged_description_is_explained(
    folder: Path, changes: dict[str, Any], told: str
) -> None:
    change(folder, **changes)
    with pytest.raises(RunError, match=told):
        modelfile.read(folder)


def test_weights_of_another_network_are_refused(folder: Path) -> None:
    change(folder, layers=["Flatten()", LAYERS[-1]])
    with pytest.raises(RunError, match=r"not of the network in model\.json"):
        modelfile.read(folder)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_refused(
    tmp_path: Path, model: SavedModel, value: float
) -> None:
    model.weights["dense/bias"][1] = value
    modelfile.save(tmp_path, model)
    with pytest.raises(RunError, match=r"dense/bias holds NaN or infinity"):
        modelfile.read(tmp_path)


def test_weights_of_another_type_are_refused(tmp_path: Path, model: SavedModel) -> None:
    modelfile.save(tmp_path, model)
    weights = {name: array.astype(np.float64) for name, array in model.weights.items()}
    (tmp_path / "model.safetensors").write_bytes(safetensors.numpy.save(weights))
    with pytest.raises(RunError, match="float64, expected float32"):
        modelfile.read(tmp_path)


def test_a_folder_that_cannot_be_written(tmp_path: Path, model: SavedModel) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(WorkError, match="cannot write"):
        modelfile.save(tmp_path / "file", model)
