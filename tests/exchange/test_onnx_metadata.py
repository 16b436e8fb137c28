"""What a file says about itself comes back as it was; what cannot be is said in one line."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from random_model import random_model

from ziffern.averaging import Copies
from ziffern.errors import RunError
from ziffern.exchange.onnx_metadata import MARK, Metadata
from ziffern.modelfile import SavedModel
from ziffern.states import Thresholds

FACTS = {"recipe": "ü", "seed": 3, "epoch": None}


@pytest.fixture
def model() -> SavedModel:
    return random_model("Flatten()\nDense(3)", "standard", facts=FACTS, copies=Copies(4, 7.5))


def test_comes_back_as_it_was(model: SavedModel) -> None:
    about = Metadata.of(model)
    assert Metadata.read(about.properties()) == about
    assert (about.name, about.layers, about.contract) == (model.name, model.layers, model.contract)
    assert (about.class_names, about.copies, about.facts) == (
        ("0", "1", "2"),
        Copies(4, 7.5),
        FACTS,
    )
    assert about.network.parameters == 785 * 3


def test_what_makes_answers_certain_comes_back_and_old_files_have_none_of_it(
    model: SavedModel,
) -> None:
    warm = replace(
        model, temperature=0.81, thresholds=Thresholds(0.99968, 0.07), background_class=True
    )
    properties = Metadata.of(warm).properties()
    found = Metadata.read(properties)
    assert found is not None
    assert (found.temperature, found.thresholds) == (0.81, Thresholds(0.99968, 0.07))
    assert found.background_class
    assert found != Metadata.of(model)
    del properties["temperature"], properties["thresholds"], properties["background_class"]
    assert Metadata.read(properties) == Metadata.of(model)


def test_can_be_read_without_us(model: SavedModel) -> None:
    found = Metadata.of(model).properties()
    assert found["name"] == "random"
    assert found["layers"] == "Flatten()\nDense(3)"
    assert found["parameters"] == "2355"
    assert json.loads(found["contract"])["scale"] == "standard"
    assert json.loads(found["class_names"]) == ["0", "1", "2"]
    assert (found["shifts"], found["rotation"]) == ("4", "7.5")


def test_other_weights_are_told(model: SavedModel) -> None:
    before = Metadata.of(model)
    model.weights["dense/bias"][0] += 1
    assert Metadata.of(model) != before


def test_files_of_other_programs_have_none() -> None:
    assert Metadata.read({}) is None
    assert Metadata.read({"name": "a", "layers": "b"}) is None


@pytest.mark.parametrize(
    "name", ["name", "layers", "contract", "class_names", "weights", "facts", "shifts"]
)
def test_something_missing(model: SavedModel, name: str) -> None:
    properties = Metadata.of(model).properties()
    del properties[name]
    with pytest.raises(RunError, match=f"its metadata lack '{name}'"):
        Metadata.read(properties)


def test_files_from_before_copies_were_turned_turn_none(model: SavedModel) -> None:
    properties = Metadata.of(model).properties()
    del properties["rotation"]
    found = Metadata.read(properties)
    assert found is not None
    assert found.copies == Copies(4)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (MARK, "9", "format '9' of its metadata, this Ziffern reads 1"),
        ("layers", "", r"layers that end in \(28, 28, 1\), but 3 classes"),
        ("layers", "Flatten()\nDense(4)", r"layers that end in \(4,\), but 3 classes"),
        ("layers", "Flaten()", "unknown layer 'Flaten'"),
        ("contract", "{", "its metadata are damaged: "),
        ("contract", '{"scale": "unti"}', "unknown scale 'unti': did you mean 'unit'"),
        ("contract", "[1]", "its metadata are damaged: "),
        ("class_names", "3", "its metadata are damaged: "),
        ("class_names", '["0"]', "but 1 classes"),
        ("facts", "3", "its metadata are damaged: "),
        ("shifts", "3", "its metadata are damaged: 'shifts' is 3, expected 0 or 4 or 8"),
        ("rotation", "60", "its metadata are damaged: 'rotation' is 60, expected 0 to 45 degrees"),
        ("temperature", "0.0", "'temperature' is 0.0, expected a number above 0"),
        ("temperature", "warm", "its metadata are damaged: "),
        ("thresholds", '{"sure": 3}', "expected 0 ≤ digit ≤ sure ≤ 1"),
        ("thresholds", "3", "unusable thresholds"),
        ("shifts", "some", "its metadata are damaged: "),
    ],
)
def test_what_cannot_be(model: SavedModel, name: str, value: str, said: str) -> None:
    with pytest.raises(RunError, match=said) as caught:
        Metadata.read(Metadata.of(model).properties() | {name: value})
    assert "\n" not in str(caught.value)
