"""Where a network looks: a digit and, side by side, what each method of attribution says of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ziffern.errors import InputError
from ziffern.figures import style
from ziffern.inside.attribution import WINDOW, Floats, Look

EDGE = 127.5
"""Grey value along which the digit's outline is drawn into the maps."""


class Method(NamedTuple):
    """A column: its name, its map of a `Look`, whether there are signs, and the unit."""

    name: str
    of: Callable[[Look], Floats | None]
    signed: bool
    unit: str


METHODS = (
    Method("Gradient", lambda look: look.gradient, False, "logits"),
    Method("Grad-CAM", lambda look: look.grad_cam, False, ""),
    Method("Integrated gradients", lambda look: look.integrated, True, "logits"),
    Method(f"Occlusion {WINDOW}×{WINDOW}", lambda look: look.occlusion, True, "logits"),
)


def attribution_figure(
    image: NDArray[np.uint8],
    looks: Sequence[Look],
    class_names: Sequence[str],
    *,
    width: float = 8.0,
) -> Figure:
    """Draw a digit and the maps of each method, one row for each class that is explained.

    Each method has one scale for all rows, from its greatest size; that size stands below the map.
    The digit's outline is drawn into every map.

    Args:
        image: uint8 (28, 28), white on black.
        looks: what `ziffern.inside.attribution.look` says of it: of one class, or of the two most
            probable ones.
        class_names: one name per class.
        width: in inches.

    Raises:
        InputError: nothing to draw, or maps of another size than the picture's.
    """
    if not looks:
        raise InputError("there is nothing to draw: no class is explained")
    for look in looks:
        if look.gradient.shape != image.shape:
            raise InputError(f"maps of {look.gradient.shape} do not fit a picture of {image.shape}")
    columns, rows = 1 + len(METHODS), len(looks)
    figure = style.new_figure(width, rows * (width / columns + 0.39) + 0.65)
    places = figure.add_gridspec(rows + 1, columns, height_ratios=[*[1.0] * rows, 0.06])
    grid = np.array(
        [[figure.add_subplot(places[row, column]) for column in range(columns)]
         for row in range(rows)]
    )  # fmt: skip
    for row, look in zip(grid, looks, strict=True):
        _digit(row[0], image, _question(look, class_names))
    for column, method in enumerate(METHODS, start=1):
        maps = [method.of(look) for look in looks]
        most = max((float(np.abs(one).max()) for one in maps if one is not None), default=0.0)
        for axes, one in zip(grid[:, column], maps, strict=True):
            _map(axes, image, one, method, most or 1.0)
        if method.name == "Grad-CAM" and looks[0].layer:
            below = grid[-1, column]
            below.set_xlabel(f"{below.get_xlabel()}\nin {looks[0].layer}")
        grid[0, column].set_title(method.name, fontsize=style.TEXT, color=style.INK)
    for signed in (False, True):
        under = [place for place, method in enumerate(METHODS, 1) if method.signed == signed]
        _bar(figure.add_subplot(places[rows, under[0] : under[-1] + 1]), signed=signed)
    return figure


def _question(look: Look, class_names: Sequence[str]) -> str:
    name = class_names[look.target]
    if look.against is None:
        return f"Why {name}?\nlogit {look.score:.2f}"
    return f"Why {name}, not {class_names[look.against]}?\nlogits' difference {look.score:.2f}"


def _digit(axes: Axes, image: NDArray[np.uint8], question: str) -> None:
    axes.imshow(image, cmap="gray_r", vmin=0, vmax=255, interpolation="none")
    _plain(axes)
    axes.set_xlabel(question, fontsize=style.SMALL, color=style.INK)


def _map(
    axes: Axes, image: NDArray[np.uint8], one: Floats | None, method: Method, most: float
) -> None:
    _plain(axes)
    if one is None:
        axes.text(
            0.5, 0.5, "this network has\nno convolution", ha="center", va="center",
            transform=axes.transAxes, fontsize=style.SMALL, color=style.MUTED,
        )  # fmt: skip
        axes.set_xlim(-0.5, image.shape[1] - 0.5)
        axes.set_ylim(image.shape[0] - 0.5, -0.5)
        axes.set_aspect("equal")
        return
    colours, low = (style.SIGNED, -most) if method.signed else (style.STRENGTH, 0.0)
    axes.imshow(one, cmap=colours, vmin=low, vmax=most, interpolation="none")
    axes.contour(image, [EDGE], colors=[style.MUTED], linewidths=0.7)
    low, high = float(one.min()), float(one.max())
    if method.signed:
        text = f"{low:+.2f} … {high:+.2f} logits".replace("-", "−")
    else:
        text = f"up to {high:.3g} {method.unit}".strip()
    axes.set_xlabel(text, fontsize=style.SMALL, color=style.MUTED)


def _plain(axes: Axes) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(style.GRID)


def _bar(axes: Axes, *, signed: bool) -> None:
    """Say what the colours mean, in words: the numbers stand below each map."""
    style.blank(axes)
    colours, low = (style.SIGNED, -1) if signed else (style.STRENGTH, 0)
    inner = axes.inset_axes((0.25, 0, 0.5, 1))
    inner.imshow(np.linspace(low, 1, 256)[None], cmap=colours, aspect="auto", extent=(low, 1, 0, 1))
    _plain(inner)
    ticks = {-1: "against", 0: "0", 1: "for"} if signed else {0: "0", 1: "most"}
    inner.set_xticks(list(ticks), list(ticks.values()))
    inner.tick_params(labelsize=style.SMALL, labelcolor=style.MUTED, color=style.GRID, length=3)
