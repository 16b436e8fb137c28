"""The album of a network: which steps it has, what its plates say, the numbers behind them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_models import CONVOLUTIONS, DENSE, NORMALISED, RECURRENT, made_model
from small_training import digits

from ziffern.album import network
from ziffern.album.page import Plate, write_album
from ziffern.errors import InputError
from ziffern.inside.wishes import Wishes

IMAGES, LABELS = digits(40)


def made(text: str, wanted: str, **options: Any) -> tuple[list[Plate], dict[str, Any]]:
    """Do the steps whose titles contain a word."""
    numbers: dict[str, Any] = {}
    steps = network.steps(made_model(text), IMAGES, LABELS, numbers=numbers, **options)
    plates = [plate for step in steps if wanted in step.title for plate in step.make()]
    return plates, numbers


def titles(text: str, **options: Any) -> list[str]:
    return [step.title for step in network.steps(made_model(text), IMAGES, LABELS, **options)]


def test_steps_follow_the_network(tmp_path: Path) -> None:
    assert titles(CONVOLUTIONS, run=tmp_path)[:-2] == [
        "Layers",
        "Weights of conv2d",
        "Weights of conv2d_1",
        "Weights of dense",
        "Units as squares",
        "Weights over the epochs",
        "Dead units",
        "Layer by layer",
        "Maps of conv2d_1",
        "What each class wants to see",
    ]
    assert "Weights of residual/body/conv2d_1" in titles(NORMALISED)
    assert "Weights of lstm" in titles(RECURRENT)
    assert titles(CONVOLUTIONS, layer="conv2d") == [
        "Layers", "Weights of conv2d", "Dead units", "Maps of conv2d",
    ]  # fmt: skip
    assert titles(CONVOLUTIONS, layer="flatten") == ["Layers", "Dead units", "Maps of flatten"]


def test_without_pictures_what_needs_none_is_left() -> None:
    none = IMAGES[:0], LABELS[:0]
    steps = network.steps(made_model(DENSE), *none)
    assert [step.title for step in steps] == [
        "Layers",
        "Weights of dense",
        "Weights of dense_1",
        "Units as squares",
        "What each class wants to see",
    ]


def test_a_layer_that_does_not_exist_names_those_that_do() -> None:
    with pytest.raises(InputError, match="no layer 'dens': did you mean 'dense'"):
        titles(DENSE, layer="dens")


def test_layers_with_their_numbers() -> None:
    ([plate], numbers) = made(CONVOLUTIONS, "Layers")
    model = made_model(CONVOLUTIONS)
    assert f"{model.network.parameters:,} parameters" in plate.text
    assert "conv2d gives 26×26×6" in plate.alt
    assert numbers["parameters"] == model.network.parameters
    assert numbers["layers"][2] == {
        "name": "conv2d_1",
        "kind": "Conv2D",
        "output_shape": [6, 6, 8],
        "parameters": 440,
        "multiply_adds": 6 * 6 * 432,
        "receptive_field": [8, 8],
        "jump": [4, 4],
    }
    assert "pixels only" not in plate.text
    uneven = "Conv2D(2, 3)\nMaxPooling2D(3)\nFlatten()\nDense(10)"  # 26 is not 8·3
    ([plate], _) = made(uneven, "Layers")
    assert "Even the answer depends on 26×26 pixels only" in plate.text
    ([plate], numbers) = made(DENSE, "Layers", layer="dense")
    assert plate.figure is None
    assert ("parameters", "9,420") in plate.facts
    assert [told["name"] for told in numbers["layers"]] == ["dense"]


def test_dead_units_are_told_in_words_and_numbers() -> None:
    model, numbers = made_model(CONVOLUTIONS), {}
    model.saved.weights["conv2d/bias"][2] = -100
    steps = network.steps(model, IMAGES, LABELS, numbers=numbers)
    [step] = [step for step in steps if step.title == "Dead units"]
    [plate] = step.make()
    assert "1 of 14 units never answer" in plate.text
    assert plate.table is not None
    assert plate.table.rows[0][:4] == ("conv2d", "relu", "6", "1")
    assert numbers["dead_units"]["conv2d"]["dead"] == [2]
    ([plate], _) = made(CONVOLUTIONS, "Dead units")
    assert plate.text.startswith("Each of 14 units answers")
    ([plate], _) = made("Flatten()\nDense(10)", "Dead units")
    assert plate.figure is None
    assert made(CONVOLUTIONS, "Dead units", layer="flatten")[0] == []


def test_separation_and_maps() -> None:
    ([plate], numbers) = made(DENSE, "Layer by layer")
    assert list(numbers["separation"]) == ["pixels", "dense", "dense_1"]
    assert plate.table is not None
    assert [row[0] for row in plate.table.rows] == ["pixels", "dense", "dense_1"]
    ([plate], numbers) = made(DENSE, "Maps of dense")
    assert plate.raster
    assert set(numbers["embeddings"]) == {"pixels", "dense"}
    assert set(numbers["embeddings"]["dense"]) >= {"PCA", "t-SNE"}
    assert "12 numbers a picture" in plate.text


def test_few_pictures_give_what_they_can() -> None:
    one = np.array([3])
    steps = network.steps(made_model(DENSE), IMAGES[:1], one, layer="dense")
    plates = [plate.name for step in steps for plate in step.make()]
    assert "maps" not in plates
    steps = network.steps(made_model(DENSE), IMAGES[:12], LABELS[:12])
    [step] = [step for step in steps if step.title == "Maps of dense"]
    assert [plate.name for plate in step.make()] == ["maps"]  # by PCA alone


def test_wishes(monkeypatch: pytest.MonkeyPatch) -> None:
    wished = Wishes(IMAGES[:10], np.zeros(10), np.linspace(0.1, 1, 10))
    monkeypatch.setattr(network, "wishes", lambda model: wished)
    ([plate], numbers) = made(DENSE, "wants to see")
    assert len(plate.figure.axes[0].images) == 10
    assert numbers["wishes"]["0"] == pytest.approx(0.1)
    assert set(numbers["wishes"]) == set("0123456789")


def test_an_album_of_one_layer_is_a_page(tmp_path: Path) -> None:
    name, model, numbers = "residual/body/conv2d", made_model(NORMALISED), {}
    steps = network.steps(model, IMAGES, LABELS, layer=name, run=tmp_path, numbers=numbers)
    page = write_album(tmp_path / "album", name, steps).read_text()
    for plate in ("Weights over the epochs", "holds no TensorBoard files", f"What {name} makes"):
        assert plate in page
    json.dumps(numbers, allow_nan=False)
