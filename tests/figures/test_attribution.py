from dataclasses import replace

import numpy as np
import pytest

from ziffern.errors import InputError
from ziffern.figures.attribution import METHODS, attribution_figure
from ziffern.inside.attribution import Look

NAMES = tuple("0123456789")
RNG = np.random.default_rng(0)
IMAGE = np.zeros((28, 28), np.uint8)
IMAGE[6:22, 12:16] = 255


def made(target: int, size: float = 1.0, against: int | None = None) -> Look:
    def values() -> np.ndarray:
        return (size * RNG.uniform(-1, 1, (28, 28))).astype(np.float32)

    return Look(
        target, against, 5.25, abs(values()), values(), 0.0, values(), "conv2d_1", abs(values())
    )


def test_the_digit_and_every_map_stand_side_by_side() -> None:
    look = made(1)
    figure = attribution_figure(IMAGE, [look], NAMES)
    figure.canvas.draw()
    digit, *maps = figure.axes[:5]
    np.testing.assert_array_equal(digit.images[0].get_array(), IMAGE)
    assert digit.get_xlabel() == "Why 1?\nlogit 5.25"
    assert [axes.get_title() for axes in maps] == [
        "Gradient", "Grad-CAM", "Integrated gradients", "Occlusion 5×5",
    ]  # fmt: skip
    for axes, method in zip(maps, METHODS, strict=True):
        np.testing.assert_array_equal(axes.images[0].get_array(), method.of(look))
    assert maps[1].get_xlabel().endswith("in conv2d_1")
    low, high = look.occlusion.min(), look.occlusion.max()
    assert maps[3].get_xlabel() == f"−{-low:.2f} … +{high:.2f} logits"


def test_signed_maps_are_centred_on_zero_and_others_begin_there() -> None:
    figure = attribution_figure(IMAGE, [made(1)], NAMES)
    for axes, method in zip(figure.axes[1:5], METHODS, strict=True):
        low, high = axes.images[0].get_clim()
        assert low == (-high if method.signed else 0)


def test_a_method_has_one_scale_for_all_classes() -> None:
    looks = [made(4), made(9, size=0.1), made(4, size=2, against=9)]
    figure = attribution_figure(IMAGE, looks, NAMES)
    rows = [figure.axes[start : start + 5] for start in (0, 5, 10)]
    for column, method in enumerate(METHODS, 1):
        limits = {row[column].images[0].get_clim() for row in rows}
        most = max(np.abs(method.of(look)).max() for look in looks)
        assert [high for _, high in limits] == [pytest.approx(most)]
    assert [row[0].get_xlabel().splitlines()[0] for row in rows] == [
        "Why 4?", "Why 9?", "Why 4, not 9?",
    ]  # fmt: skip


def test_without_a_convolution_one_place_says_so() -> None:
    figure = attribution_figure(IMAGE, [replace(made(1), layer=None, grad_cam=None)], NAMES)
    figure.canvas.draw()
    place = figure.axes[2]
    assert not place.images
    assert [text.get_text() for text in place.texts] == ["this network has\nno convolution"]


def test_maps_that_are_zero_everywhere_can_be_drawn() -> None:
    figure = attribution_figure(np.zeros((28, 28), np.uint8), [made(1, size=0.0)], NAMES)
    figure.canvas.draw()


def test_what_cannot_be_drawn() -> None:
    with pytest.raises(InputError, match="no class is explained"):
        attribution_figure(IMAGE, [], NAMES)
    with pytest.raises(InputError, match=r"\(28, 28\) do not fit a picture of \(14, 14\)"):
        attribution_figure(IMAGE[:14, :14], [made(1)], NAMES)
