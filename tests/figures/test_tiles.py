"""Tiles: as many as pictures, each with its caption, its scale and its role."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from ziffern.errors import InputError
from ziffern.figures import style
from ziffern.figures.tiles import tiles_figure

RAMP = np.arange(5 * 6 * 7, dtype=np.float32).reshape(5, 6, 7)


def test_every_picture_becomes_a_tile_with_its_values_and_caption() -> None:
    figure = tiles_figure(RAMP, list("abcde"), title="five", scale="grey")
    axes = figure.axes[0]
    assert axes.get_title(loc="left") == "five"
    assert [text.get_text() for text in axes.texts] == list("abcde")
    assert len(axes.images) == 5
    for image, expected in zip(axes.images, RAMP, strict=True):
        np.testing.assert_array_equal(image.get_array(), expected)
        assert (image.norm.vmin, image.norm.vmax) == (0, RAMP.max())


def test_a_scale_of_its_own_for_each_tile() -> None:
    axes = tiles_figure(RAMP, scale="grey", shared=False).axes[0]
    assert [image.norm.vmax for image in axes.images] == [picture.max() for picture in RAMP]


def test_signed_values_are_centred_on_white_and_have_a_bar() -> None:
    figure = tiles_figure(RAMP - 50, scale="signed")
    assert len(figure.axes) == 2
    norm = figure.axes[0].images[0].norm
    assert (norm.vmin, norm.vmax) == (-159, 159)
    assert min(to_rgb(style.SIGNED(0.5))) > 0.99
    assert len(tiles_figure(RAMP - 50, scale="signed", shared=False).axes) == 1


def test_roles_give_frames_that_differ_without_colour() -> None:
    axes = tiles_figure(RAMP, roles=["right", "wrong", None, None, "wrong"]).axes[0]
    frames = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    assert [frame.get_gid() for frame in frames] == ["right", "wrong", "tile", "tile", "wrong"]
    assert frames[1].get_linewidth() > frames[0].get_linewidth()
    assert len(axes.lines) == 2 * 2  # a cross for each wrong one


def test_tiles_stand_where_places_say() -> None:
    axes = tiles_figure(RAMP[:2], columns=3, places=[0, 4], rows=["one", "two"]).axes[0]
    first, second = (image.get_extent() for image in axes.images)
    assert second[0] - first[0] == pytest.approx(second[2] - first[2], abs=3)
    assert second[0] > first[0]
    assert [text.get_text() for text in axes.texts] == ["one", "two"]


def test_constant_pictures_can_be_drawn() -> None:
    for figure, lowest in (
        (tiles_figure(np.zeros((2, 4, 4)), scale="grey"), 0),
        (tiles_figure(np.zeros((2, 4, 4)), scale="signed"), -1),
    ):
        limits = figure.axes[0].images[0].norm
        assert (limits.vmin, limits.vmax) == (lowest, 1)


def test_nothing_and_what_does_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="nothing to draw"):
        tiles_figure(RAMP[:0])
    with pytest.raises(InputError, match="5 pictures do not fit 2 captions"):
        tiles_figure(RAMP, ["a", "b"])
    with pytest.raises(InputError, match="5 pictures do not fit 1 roles"):
        tiles_figure(RAMP, roles=["right"])
