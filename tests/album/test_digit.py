"""The album of a digit: its way through the network, all maps, where it looks, how it decides."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_models import ALL, CONVOLUTIONS, DENSE, NORMALISED, RECURRENT, made_model

from ziffern import datasets
from ziffern.album import digit
from ziffern.album.page import Plate, write_album
from ziffern.errors import InputError
from ziffern.inside.activations import layer_outputs


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    return datasets.load("mnist").train.images[3]


def made(
    text: str, image: np.ndarray, wanted: str, label: int | None = None, **options: Any
) -> tuple[dict[str, Plate], dict[str, Any]]:
    """Do the steps whose titles contain a word."""
    numbers: dict[str, Any] = {}
    steps = digit.steps(made_model(text), image, label, numbers=numbers, **options)
    done = [plate for step in steps if wanted in step.title for plate in step.make()]
    return {plate.name: plate for plate in done}, numbers


@pytest.mark.parametrize("name", ALL)
def test_every_kind_of_network_has_an_album(name: str, image: np.ndarray) -> None:
    plates, numbers = made(ALL[name], image, "", 4)
    names = [plate for plate in plates if not plate.startswith("maps-")]
    assert names == ["strip", "looks", "softmax", "temperature"]
    assert all(plate.figure is not None for plate in plates.values())
    json.dumps(numbers, allow_nan=False)


def test_a_temperature_is_told_and_taken_into_account(image: np.ndarray) -> None:
    model = made_model(DENSE)
    model.saved = dataclasses.replace(model.saved, temperature=2.5)
    numbers: dict[str, Any] = {}
    *_, last = digit.steps(model, image, numbers=numbers)
    softmax = next(plate for plate in last.make() if plate.name == "softmax")
    assert "divided by the model's temperature, 2.5" in softmax.text
    found = list(numbers["logits"].values())
    assert found == pytest.approx((model.logits(image[None])[0] / 2.5).tolist(), rel=1e-4)


def test_a_background_class_is_a_row_of_its_own(image: np.ndarray) -> None:
    model = made_model(DENSE)
    model.saved = dataclasses.replace(model.saved, background_class=True)
    numbers: dict[str, Any] = {}
    *_, last = digit.steps(model, image, numbers=numbers)
    softmax = next(plate for plate in last.make() if plate.name == "softmax")
    assert "its logit is always 0" in softmax.text
    assert list(numbers["logits"])[-1] == "no digit"
    assert numbers["logits"]["no digit"] == 0


def test_an_album_is_a_page(image: np.ndarray, tmp_path: Path) -> None:
    steps = digit.steps(made_model(RECURRENT), image)[:1]
    assert "Through the network" in write_album(tmp_path, "a digit", steps).read_text()


def test_the_answer_is_the_models_own(image: np.ndarray) -> None:
    plates, numbers = made(CONVOLUTIONS, image, "Through")
    p = made_model(CONVOLUTIONS).predict(image[None])[0]
    answer = str(p.argmax())
    assert numbers["answer"] == answer
    assert list(numbers["probabilities"].values()) == pytest.approx(p.tolist())
    assert numbers["true"] is None
    assert plates["strip"].text.startswith(f"The network reads {answer} with ")
    assert "right" not in plates["strip"].text.partition("\n")[0]
    plates, _ = made(CONVOLUTIONS, image, "Through", int(answer))
    assert "which is right" in plates["strip"].text
    other = (int(answer) + 1) % 10
    plates, _ = made(CONVOLUTIONS, image, "Through", other)
    assert f"but it is a {other}" in plates["strip"].text
    # what was missed is explained beside what was answered
    _, numbers = made(CONVOLUTIONS, image, "looks", other)
    assert [each["class"] for each in numbers["attribution"]] == [answer, str(other)]
    plates, _ = made(CONVOLUTIONS, image, "looks", other)
    rows = [axes.get_xlabel().partition("\n")[0] for axes in plates["looks"].figure.axes]
    asked = [f"Why {answer}?", f"Why {other}?", f"Why {answer}, not {other}?"]
    assert [row for row in rows if row.startswith("Why")] == asked


def test_all_maps_of_a_layer_are_shown(image: np.ndarray) -> None:
    plates, numbers = made(CONVOLUTIONS, image, "Maps")
    for layer, count in (("conv2d", 6), ("conv2d_1", 8)):
        plate = plates[f"maps-{layer.replace('_', '-')}"]
        axes = plate.figure.axes[0]
        assert axes.get_title(loc="left").startswith(f"{count} maps of {layer}, ")
        assert len(axes.images) == count
        values = layer_outputs(made_model(CONVOLUTIONS), image[None], [layer])[layer][0]
        for channel, drawn in enumerate(axes.images):
            np.testing.assert_array_equal(drawn.get_array(), values[..., channel])
        silent = int((values == 0).all(axis=(0, 1)).sum())
        assert numbers["layers"][layer]["silent"] == silent


def test_of_a_convolution_with_an_activation_behind_it_the_activation_is_shown() -> None:
    network = made_model(NORMALISED).network
    assert [part.name for part in digit.detectors(network)] == [
        "activation", "residual/body/conv2d", "activation_1",
    ]  # fmt: skip
    assert digit.detectors(made_model(DENSE).network) == []


def test_one_layer_alone(image: np.ndarray) -> None:
    plates, numbers = made(CONVOLUTIONS, image, "Maps", layer="max_pooling2d")
    assert list(plates) == ["maps-max-pooling2d"]
    _, numbers = made(CONVOLUTIONS, image, "looks", layer="max_pooling2d")
    assert numbers["attribution"][0]["grad_cam_layer"] == "max_pooling2d"


def test_layers_without_maps_are_shown_as_their_values(image: np.ndarray) -> None:
    plates, _ = made(DENSE, image, "Maps", layer="dense")
    assert "dense gives 12 values and no maps" in plates["maps-dense"].text
    (drawn,) = plates["maps-dense"].figure.axes[0].images
    assert drawn.get_array().shape == (3, 4)
    text = "Reshape((28, 28))\nLSTM(6, return_sequences=True)\nFlatten()\nDense(10)"
    plates, _ = made(text, image, "Maps", layer="lstm")
    assert "28×6 values" in plates["maps-lstm"].text
    plates, _ = made(RECURRENT, image, "Maps", layer="lstm")
    assert "6 values" in plates["maps-lstm"].text


def test_a_layer_that_does_not_exist(image: np.ndarray) -> None:
    with pytest.raises(InputError, match=r"no layer 'conv'.*conv2d_1"):
        digit.steps(made_model(CONVOLUTIONS), image, layer="conv")
