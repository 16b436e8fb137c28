"""A model in two files comes back as it was; whatever is wrong with them is said in one line."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from ziffern.averaging import Copies
from ziffern.contract import Contract
from ziffern.errors import RunError, WorkError
from ziffern.modelfile import (
    FACTS,
    FORMAT,
    WEIGHTS,
    SavedModel,
    digest,
    read,
    read_weights,
    save,
)
from ziffern.recipe import load, names
from ziffern.states import Thresholds

LAYERS = ("Conv2D(2, 3, strides=9)", "BatchNormalization()", "Flatten()", "Dense(3)")


def model(
    layers: tuple[str, ...] = LAYERS, classes: tuple[str, ...] = ("a", "b", "ü")
) -> SavedModel:
    empty = SavedModel("small", layers, {}, Contract("standard", 0.13, 0.31), classes)
    weights = empty.network.initial_weights(0)
    return SavedModel("small", layers, weights, empty.contract, classes, {"seed": 3, "note": "é"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save(tmp_path, model())
    return tmp_path


def test_comes_back_as_it_was(folder: Path) -> None:
    found, made = read(folder), model()
    assert (found.name, found.layers, found.contract) == (made.name, made.layers, made.contract)
    assert (found.class_names, found.facts) == (made.class_names, made.facts)
    assert list(found.network.weights) == list(made.network.weights)
    assert set(found.weights) == set(made.weights)
    for name, array in made.weights.items():
        assert found.weights[name].dtype == np.float32
        np.testing.assert_array_equal(found.weights[name], array)
    assert sorted(path.name for path in folder.iterdir()) == [FACTS, WEIGHTS]


def test_models_from_before_averaging_do_not_average(folder: Path) -> None:
    facts = json.loads((folder / FACTS).read_text())
    del facts["shifts"], facts["rotation"]
    (folder / FACTS).write_text(json.dumps(facts))
    assert read(folder).copies == Copies()
    save(folder, replace(model(), copies=Copies(4, 7.5)))
    assert read(folder).copies == Copies(4, 7.5)


def test_what_makes_answers_certain_comes_back_and_old_models_have_none_of_it(folder: Path) -> None:
    sure = Thresholds(0.9974, 0.61)
    save(folder, replace(model(), temperature=1.37, thresholds=sure, background_class=True))
    found = read(folder)
    assert (found.temperature, found.thresholds) == (1.37, sure)
    assert found.background_class
    facts = json.loads((folder / FACTS).read_text())
    del facts["temperature"], facts["thresholds"], facts["background_class"]
    (folder / FACTS).write_text(json.dumps(facts))
    found = read(folder)
    assert (found.temperature, found.thresholds) == (1.0, Thresholds())
    assert not found.background_class


def test_both_files_can_be_read_without_us(folder: Path) -> None:
    weights = safetensors.numpy.load_file(folder / WEIGHTS)
    assert weights["dense/kernel"].shape == (18, 3)
    facts = json.loads((folder / FACTS).read_text())
    assert facts["format"] == FORMAT
    assert facts["layers"] == list(LAYERS)
    assert facts["class_names"] == ["a", "b", "ü"]
    assert facts["contract"]["scale"] == "standard"


@pytest.mark.parametrize("name", names())
def test_the_layers_of_every_recipe_come_back(name: str) -> None:
    records = load(name).network
    lines = tuple(str(stage.layer) for stage in records.stages)
    again = SavedModel(name, lines, {}, Contract(), ()).network
    assert [stage.layer for stage in again.stages] == [stage.layer for stage in records.stages]
    assert again.weights == records.weights


def test_arrays_of_any_layout(tmp_path: Path) -> None:
    turned = model()
    kernel = turned.weights["dense/kernel"]
    turned.weights["dense/kernel"] = np.asfortranarray(kernel)
    save(tmp_path, turned)
    np.testing.assert_array_equal(read(tmp_path).weights["dense/kernel"], kernel)


def refused(folder: Path) -> str:
    with pytest.raises(RunError) as caught:
        read(folder)
    message = str(caught.value)
    assert "\n" not in message
    assert str(folder) in message
    return message.replace(str(folder) + os.sep, "")


@pytest.mark.parametrize("name", [WEIGHTS, FACTS])
def test_a_missing_file(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert refused(folder) == f"{name} is missing"


def test_a_missing_folder(tmp_path: Path) -> None:
    assert refused(tmp_path / "no") == f"{WEIGHTS} is missing"


@pytest.mark.parametrize("name", [WEIGHTS, FACTS])
@pytest.mark.parametrize(
    "content", [b"", b"\x00", b"{", b"\xff\xfe\x00\x01" * 9, b"PK\x03\x04junk"]
)
def test_files_that_are_something_else(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    assert refused(folder).startswith(f"{name} is damaged: ")


@pytest.mark.parametrize("name", [WEIGHTS, FACTS])
@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9, 0.99])
def test_torn_files(folder: Path, name: str, share: float) -> None:
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: int(share * len(content))])
    assert refused(folder).startswith(f"{name} is damaged: ")


@pytest.mark.parametrize("name", [WEIGHTS, FACTS])
def test_a_folder_in_a_files_place(folder: Path, name: str) -> None:
    (folder / name).unlink()
    (folder / name).mkdir()
    assert refused(folder).startswith(f"{name} is damaged: ")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_no_numbers(folder: Path, value: float) -> None:
    diverged = model()
    diverged.weights["dense/kernel"][5, 1] = value
    save(folder, diverged)
    assert refused(folder) == (
        f"{WEIGHTS} cannot be used: dense/kernel holds NaN or infinity; "
        "the training diverged or the file is damaged"
    )


@pytest.mark.parametrize("kind", ["float64", "float16", "int32", "uint8"])
def test_weights_of_another_type(folder: Path, kind: str) -> None:
    weights = {name: array.astype(kind) for name, array in model().weights.items()}
    (folder / WEIGHTS).write_bytes(safetensors.numpy.save(weights))
    assert f"is {kind}, expected float32" in refused(folder)


def test_weights_of_another_network(folder: Path) -> None:
    weights = model().weights
    kernel = weights.pop("dense/kernel")
    (folder / WEIGHTS).write_bytes(safetensors.numpy.save(weights))
    said = f"{WEIGHTS} is not of the network in {FACTS}: dense/kernel "
    assert refused(folder) == said + "is missing"
    (folder / WEIGHTS).write_bytes(safetensors.numpy.save({**weights, "dense/kernel": kernel.T}))
    assert refused(folder) == said + "has shape (3, 18), expected (18, 3)"
    more = {**weights, "dense/kernel": kernel, "dense/kernel2": kernel}
    (folder / WEIGHTS).write_bytes(safetensors.numpy.save(more))
    assert refused(folder) == said.strip() + "2 is not one of its weights"


@pytest.mark.parametrize("key", ["name", "layers", "contract", "class_names", "facts"])
def test_a_missing_field(folder: Path, key: str) -> None:
    facts = json.loads((folder / FACTS).read_text())
    del facts[key]
    (folder / FACTS).write_text(json.dumps(facts))
    assert refused(folder) == f"{FACTS} is damaged: {key!r} is missing"


def _without_layer(facts: dict[str, Any]) -> None:
    del facts["layers"][-1]


CHANGES: list[tuple[Callable[[dict[str, Any]], Any], str]] = [
    (lambda f: f.update(format=2), f"has format 2, this Ziffern reads {FORMAT}"),
    (lambda f: f.update(format="1"), "has format '1', this Ziffern reads 1"),
    (lambda f: f.pop("format"), "has format None, this Ziffern reads 1"),
    (lambda f: f.update(layers="Dense(3)"), "is damaged: 'layers' is not a list of texts"),
    (lambda f: f.update(layers=[1]), "is damaged: 'layers' is not a list of texts"),
    (lambda f: f.update(layers=[]), "is damaged: it has no layers"),
    (lambda f: f.update(layers=["Dens(3)"]), "is damaged: line 1: unknown layer 'Dens'"),
    (lambda f: f.update(layers=["import os"]), "only layers such as Dense(10) are allowed here"),
    (lambda f: f.update(layers=["Dense(999999999999)"]), "weights, more than 1,000,000,000"),
    (lambda f: f.update(layers=["Flatten()", "Conv2D(3, 3)"]), "layer 2 Conv2D(3, 3): needs an"),
    (_without_layer, "is not of the network in"),
    (lambda f: f["class_names"].append("c"), "ends in shape (3,), but there are 4 classes"),
    (lambda f: f.update(class_names="abc"), "'class_names' is not a list of texts"),
    (lambda f: f.update(class_names=None), "'class_names' is not a list of texts"),
    (lambda f: f.update(class_names=[1, 2, 3]), "'class_names' is not a list of texts"),
    (lambda f: f.update(contract=[]), "'contract' is not an object"),
    (lambda f: f["contract"].update(scale="unti"), "unknown scale 'unti': did you mean 'unit'"),
    (lambda f: f["contract"].update(extra=1), "unknown field 'extra' in a contract"),
    (lambda f: f["contract"].update(deviation=0), "the deviation above 0"),
    (lambda f: f["contract"].update(size=30, box=3), "dense/kernel has shape (18, 3), expected"),
    (lambda f: f.update(shifts=3), "'shifts' is 3, expected 0 or 4 or 8"),
    (lambda f: f.update(shifts=True), "'shifts' is True, expected 0 or 4 or 8"),
    (lambda f: f.update(shifts=[4]), "'shifts' is [4], expected 0 or 4 or 8"),
    (lambda f: f.update(rotation=46), "'rotation' is 46, expected 0 to 45 degrees"),
    (lambda f: f.update(rotation=-1.5), "'rotation' is -1.5, expected 0 to 45 degrees"),
    (lambda f: f.update(rotation=True), "'rotation' is True, expected 0 to 45 degrees"),
    (lambda f: f.update(rotation="7"), "'rotation' is '7', expected 0 to 45 degrees"),
    (lambda f: f.update(temperature=0), "'temperature' is 0, expected a number above 0"),
    (lambda f: f.update(temperature="1"), "'temperature' is '1', expected a number above 0"),
    (lambda f: f.update(temperature=float("inf")), "'temperature' is inf, expected a number"),
    (lambda f: f.update(temperature=float("nan")), "'temperature' is nan, expected a number"),
    (lambda f: f.update(thresholds=0.9), "unusable thresholds"),
    (lambda f: f.update(thresholds={"sure": 0.2}), "expected 0 ≤ digit ≤ sure ≤ 1"),
    (lambda f: f.update(thresholds={"sre": 0.9}), "unusable thresholds"),
    (lambda f: f.update(thresholds={"sure": "0.9"}), "unusable thresholds"),
    (lambda f: f.update(facts=3), "'facts' is not an object"),
]


@pytest.mark.parametrize(("change", "message"), CHANGES)
def test_facts_that_cannot_be(
    folder: Path, change: Callable[[dict[str, Any]], Any], message: str
) -> None:
    facts = json.loads((folder / FACTS).read_text())
    change(facts)
    (folder / FACTS).write_text(json.dumps(facts))
    assert message in refused(folder)


@pytest.mark.parametrize("content", ["[]", "null", "3", '"text"', "[" * 9])
def test_json_that_is_no_object(folder: Path, content: str) -> None:
    (folder / FACTS).write_text(content)
    assert refused(folder).startswith(f"{FACTS} is damaged: ")


def test_weights_alone(folder: Path) -> None:
    assert set(read_weights(folder / WEIGHTS)) == set(model().weights)
    with pytest.raises(RunError, match=r"other\.safetensors is missing"):
        read_weights(folder / "other.safetensors")


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkError, match=r"cannot write .*model\.safetensors"):
        save(tmp_path / "file" / "inside", model())


def test_facts_are_written_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []

    def note(path: Path, content: Any) -> Path:
        written.append(path.name)
        return path

    monkeypatch.setattr("ziffern.modelfile.write_atomic", note)
    monkeypatch.setattr("ziffern.modelfile.write_json", note)
    save(tmp_path, model())
    assert written == [WEIGHTS, FACTS]


def test_digest_is_that_of_names_shapes_and_values() -> None:
    weights = model().weights
    assert digest(weights) == digest(dict(reversed(weights.items())))
    turned = {name: np.asfortranarray(array) for name, array in weights.items()}
    assert digest(weights) == digest(turned)
    kernel = weights["dense/kernel"]
    others = [
        {"dense/kernel": kernel * 2},
        {"dense/kernel": kernel.reshape(3, 18)},
        {"dense_1/kernel": kernel},
    ]
    found = {digest(weights), *(digest(weights | other) for other in others)}
    assert len(found) == 4
