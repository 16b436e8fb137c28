from __future__ import annotations

import numpy as np
import pytest

from ziffern.errors import InputError
from ziffern.figures.kernels import kernels_figure, position_figure, sizes_figure

IMAGE = np.zeros((6, 6), np.uint8)
IMAGE[2:5, 3] = 255
KERNEL = np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
MAPS = np.stack([np.full((4, 4), -1.0), np.full((4, 4), 2.0)])


def numbers(axes):
    return [text.get_text() for text in axes.texts]


def test_a_column_for_each_kernel() -> None:
    figure = kernels_figure(IMAGE, {"edge": KERNEL, "blur": KERNEL / 9}, MAPS)
    grid = np.array(figure.axes).reshape(3, 3)
    assert [axes.get_title() for axes in grid[0, 1:]] == ["edge", "blur"]
    assert numbers(grid[0, 1]) == ["−1", "0", "1", "−2", "0", "2", "−1", "0", "1"]
    for column, sums in zip((1, 2), MAPS, strict=True):
        signed, positive = (grid[row, column].get_images()[0] for row in (1, 2))
        np.testing.assert_array_equal(signed.get_array(), sums)
        np.testing.assert_array_equal(positive.get_array(), np.maximum(sums, 0))
        assert (signed.norm.vmin, signed.norm.vmax) == (-2, 2)  # one scale for all
    np.testing.assert_array_equal(grid[1, 0].get_images()[0].get_array(), IMAGE)
    figure.canvas.draw()


def test_one_sum_in_full() -> None:
    figure = position_figure(IMAGE, KERNEL, (2, 2))
    whole, pixels, weights, products = figure.axes
    [window] = [patch for patch in whole.patches if patch.get_gid() == "window"]
    assert window.get_xy() == (1.5, 1.5)
    assert numbers(pixels) == ["0.000", "1.000", "0.000"] * 3
    assert numbers(weights)[3] == "−2"
    assert numbers(products) == ["0.000"] * 9
    assert products.get_title() == "= products, sum 0.000"
    figure = position_figure(IMAGE, KERNEL, (2, 1))
    assert figure.axes[3].get_title() == "= products, sum 4.000"
    figure.canvas.draw()


def test_maps_keep_their_sizes() -> None:
    figure = sizes_figure(IMAGE, [np.ones((4, 4)), -np.ones((2, 2))], ["a", "b"])
    [axes] = figure.axes
    extents = [image.get_extent() for image in axes.get_images()]
    assert [round(right - left) for left, right, _, _ in extents] == [6, 4, 2]
    assert numbers(axes) == ["the digit\n6×6", "a", "b"]
    figure.canvas.draw()


def test_what_does_not_fit() -> None:
    with pytest.raises(InputError, match="1 kernels do not fit 2 maps"):
        kernels_figure(IMAGE, {"edge": KERNEL}, MAPS)
    with pytest.raises(InputError, match="does not fit into"):
        position_figure(IMAGE, KERNEL, (4, 0))
    with pytest.raises(InputError, match="2 maps do not fit 1 captions"):
        sizes_figure(IMAGE, list(MAPS), ["a"])
