"""Convolution by hand: kernels with their numbers, what they make of a picture, one sum in full."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from ziffern.errors import InputError
from ziffern.evaluation.metrics import Floats
from ziffern.figures import style


def kernels_figure(
    image: NDArray[np.uint8], kernels: Mapping[str, Floats], maps: Floats, *, width: float = 8.0
) -> Figure:
    """Draw a column for each kernel: its numbers, its sums over the picture, and these after relu.

    Args:
        image: uint8 (H, W), white on black; it stands at the left.
        kernels: by name, (K, K) each, at least one.
        maps: what each kernel makes of the picture, (N, H′, W′).
        width: in inches.

    Raises:
        InputError: no kernel, or not one map for each.
    """
    if not kernels or len(maps) != len(kernels):
        raise InputError(f"{len(kernels)} kernels do not fit {len(maps)} maps")
    columns = len(kernels) + 1
    figure = style.new_figure(width, 3 * width / columns + 0.7)
    panels = figure.subplots(3, columns)
    for axes in panels.ravel():
        style.blank(axes)
    _title(panels[1, 0], "the digit")
    panels[1, 0].imshow(image, cmap="gray_r", vmin=0, vmax=255, interpolation="none")
    most = float(np.abs(maps).max()) or 1.0
    for (name, kernel), sums, (top, middle, bottom) in zip(
        kernels.items(), maps, panels[:, 1:].T, strict=True
    ):
        _title(top, name)
        _numbers(top, kernel, _short)
        _title(middle, "its sums: orange −, blue +")
        middle.imshow(sums, cmap=style.SIGNED, norm=Normalize(-most, most), interpolation="none")
        _title(bottom, "after relu: only + is left")
        bottom.imshow(
            np.maximum(sums, 0), cmap=style.STRENGTH, norm=Normalize(0, most), interpolation="none"
        )
        for axes in (middle, bottom):
            _border(axes, sums.shape)
    _border(panels[1, 0], image.shape)
    return figure


def position_figure(
    image: NDArray[np.uint8],
    kernel: Floats,
    place: tuple[int, int],
    *,
    width: float = 8.0,
) -> Figure:
    """Draw one sum of a convolution: pixels times weights, value by value, and their sum.

    Args:
        image: uint8 (H, W), white on black; pixels are shown as value/255.
        kernel: (K, K).
        place: row and column of the window's upper left pixel.
        width: in inches.

    Raises:
        InputError: the window does not lie within the picture.
    """
    (row, column), size = place, len(kernel)
    window = image[row : row + size, column : column + size] / 255
    if window.shape != kernel.shape:
        raise InputError(f"a window of {size}×{size} at {place} does not fit into {image.shape}")
    products = window * kernel
    figure = style.new_figure(width, width / 4 + 0.5)
    whole, pixels, weights, sums = figure.subplots(1, 4)
    for axes in (whole, pixels, weights, sums):
        style.blank(axes)
    _title(whole, f"row {row}, column {column}")
    whole.imshow(image, cmap="gray_r", vmin=0, vmax=255, interpolation="none")
    whole.add_patch(
        Rectangle(
            (column - 0.5, row - 0.5), size, size, fill=False, edgecolor=style.WRONG, linewidth=2,
            gid="window",
        )
    )  # fmt: skip
    _border(whole, image.shape)
    _title(pixels, "pixels /255")
    _numbers(pixels, window, "{:.3f}".format, ink=True)
    _title(weights, "× weights")
    _numbers(weights, kernel, _short)
    _title(sums, f"= products, sum {_signed(float(products.sum()))}")
    _numbers(sums, products, _signed)
    return figure


def sizes_figure(
    image: NDArray[np.uint8], maps: Sequence[Floats], captions: Sequence[str], *, width: float = 8.0
) -> Figure:
    """Draw maps at the size that they have, all pixels equally large, beside the picture.

    Args:
        image: uint8 (H, W), white on black.
        maps: (H′, W′) each.
        captions: one below each map.
        width: in inches.

    Raises:
        InputError: no map, or not one caption for each.
    """
    if not maps or len(captions) != len(maps):
        raise InputError(f"{len(maps)} maps do not fit {len(captions)} captions")
    shapes = [image.shape, *(each.shape for each in maps)]
    gap, most = 4, max(float(np.abs(each).max()) for each in maps) or 1.0
    across = sum(shape[1] + gap for shape in shapes)
    high = max(shape[0] for shape in shapes)
    figure = style.new_figure(width, width * high / across + 0.6)
    axes = figure.subplots()
    style.blank(axes)
    x = 0
    names = [f"the digit\n{image.shape[0]}×{image.shape[1]}", *captions]
    for index, (shape, name) in enumerate(zip(shapes, names, strict=True)):
        picture = image if index == 0 else maps[index - 1]
        colours = "gray_r" if index == 0 else style.SIGNED
        limits = Normalize(0, 255) if index == 0 else Normalize(-most, most)
        axes.imshow(
            picture, cmap=colours, norm=limits, interpolation="none",
            extent=(x, x + shape[1], high, high - shape[0]),
        )  # fmt: skip
        axes.add_patch(
            Rectangle(
                (x, high - shape[0]), shape[1], shape[0], fill=False, edgecolor=style.MUTED,
                linewidth=0.7,
            )
        )  # fmt: skip
        axes.text(
            x + shape[1] / 2, high + 1, name, ha="center", va="top", fontsize=style.SMALL,
            color=style.INK,
        )  # fmt: skip
        x += shape[1] + gap
    axes.set_xlim(-1, across)
    axes.set_ylim(high + 8, -1)
    axes.set_aspect("equal")
    return figure


def _title(axes: Axes, text: str) -> None:
    axes.set_title(text, fontsize=style.SMALL, color=style.INK)


def _numbers(
    axes: Axes, values: Floats, written: Callable[[float], str], *, ink: bool = False
) -> None:
    """Draw a grid of cells with a number each; with `ink` a cell is as dark as its number."""
    for (row, column), value in np.ndenumerate(values):
        shade = float(value) if ink else 0.0
        axes.add_patch(
            Rectangle(
                (column - 0.5, row - 0.5), 1, 1, facecolor=style.INK, alpha=shade, linewidth=0
            )
        )  # fmt: skip
        axes.add_patch(
            Rectangle(
                (column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=style.MUTED, linewidth=0.7
            )
        )  # fmt: skip
        axes.text(
            column, row, written(float(value)), ha="center", va="center", fontsize=style.TEXT,
            color=style.PAPER if shade > 0.5 else style.INK,
        )  # fmt: skip
    axes.set_xlim(-0.55, values.shape[1] - 0.45)
    axes.set_ylim(values.shape[0] - 0.45, -0.55)
    axes.set_aspect("equal")


def _border(axes: Axes, shape: tuple[int, ...]) -> None:
    axes.add_patch(
        Rectangle(
            (-0.5, -0.5), shape[1], shape[0], fill=False, edgecolor=style.MUTED, linewidth=0.7,
            clip_on=False,
        )
    )  # fmt: skip


def _short(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")


def _signed(value: float) -> str:
    return f"{value:.3f}".replace("-", "−").replace("−0.000", "0.000")
