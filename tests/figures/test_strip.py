"""The strip: a row for each layer, the strongest maps first, the answer as bars."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from ziffern.errors import InputError
from ziffern.figures import style
from ziffern.figures.strip import strip_figure

NAMES = tuple("0123456789")
IMAGE = np.arange(784, dtype=np.uint32).reshape(28, 28).astype(np.uint8)
P = np.linspace(0, 0.2, 10)


def rows(figure: Figure) -> dict[str, list]:
    found: dict[str, list] = {}
    for image in figure.axes[0].images:
        found.setdefault(image.get_gid(), []).append(image)
    return found


def test_each_layer_has_its_row_with_the_strongest_maps_first() -> None:
    rng = np.random.default_rng(0)
    maps = (10 + rng.random((6, 6, 20), np.float32)) * np.arange(20)
    few = rng.normal(size=(3, 3, 4)).astype(np.float32)
    vector = rng.random(50).astype(np.float32)
    states = rng.random((28, 5)).astype(np.float32)
    layers = {"conv": maps, "few": few, "states": states, "dense": vector}
    figure = strip_figure(IMAGE, layers, P, NAMES)
    found = rows(figure)
    assert list(found) == ["picture", *layers]
    np.testing.assert_array_equal(found["picture"][0].get_array(), IMAGE)
    assert len(found["conv"]) == 12
    assert len(found["few"]) == 4
    for image, channel in zip(found["conv"], range(19, 7, -1), strict=True):
        np.testing.assert_array_equal(image.get_array(), maps[..., channel])
    np.testing.assert_array_equal(found["dense"][0].get_array(), vector[None])
    np.testing.assert_array_equal(found["states"][0].get_array(), states)
    assert len(rows(strip_figure(IMAGE, layers, P, NAMES, most=3))["conv"]) == 3


def test_each_layer_has_one_scale_that_is_signed_where_it_has_to_be() -> None:
    layers = {
        "relu": np.arange(18, dtype=np.float32).reshape(3, 3, 2),
        "tanh": np.array([-0.5, 0.25], np.float32),
        "zero": np.zeros(3, np.float32),
    }
    found = rows(strip_figure(IMAGE, layers, P, NAMES))
    assert {(i.norm.vmin, i.norm.vmax) for i in found["relu"]} == {(0, 17)}
    assert found["relu"][0].get_cmap() == style.STRENGTH
    assert (found["tanh"][0].norm.vmin, found["tanh"][0].norm.vmax) == (-0.5, 0.5)
    assert found["tanh"][0].get_cmap() == style.SIGNED
    assert found["zero"][0].norm.vmax == 1


def test_the_answer_is_the_highest_bar() -> None:
    figure = strip_figure(IMAGE, {}, P, NAMES)
    bars = [patch for patch in figure.axes[0].patches if patch.get_gid() == "probability"]
    heights = np.array([bar.get_height() for bar in bars])
    np.testing.assert_allclose(heights / heights[-1], P / P[-1])
    written = [text.get_text() for text in figure.axes[0].texts]
    assert "answer: 9" in written
    assert f"probability {style.percent(0.2)}" in written


def test_long_names_are_cut_and_what_does_not_fit_is_refused() -> None:
    names = ["T-shirt/top", *NAMES[1:]]
    figure = strip_figure(IMAGE, {"a" * 60: np.ones(3, np.float32)}, P, names)
    assert max(len(text.get_text()) for text in figure.axes[0].texts) < 45
    with pytest.raises(InputError, match="10 probabilities do not fit 2 classes"):
        strip_figure(IMAGE, {}, P, ("a", "b"))
