"""Maps of samples: each point where a projection put it, drawn as its picture or as a marker.

The digit itself, or a marker of its class and the class's name, tells what a point is; colour only
helps. Where points come from is not known here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from ziffern.errors import InputError
from ziffern.figures import style

ACROSS = 42
"""Pictures that fit side by side into a map."""
SHAPE = 0.8
"""Height of a map as a share of its width."""
COVER = 0.75
"""Share of a picture, round its middle, that no other picture may cover."""


def map_figure(
    points: NDArray[np.floating],
    labels: NDArray[np.integer],
    class_names: Sequence[str],
    *,
    images: NDArray[np.uint8] | None = None,
    title: str = "",
    x: str = "",
    y: str = "",
    width: float = 8.0,
) -> Figure:
    """Draw a map of labelled points, with the name of each class at its middle.

    Without pictures each point is a marker of its class. With pictures they are drawn themselves,
    in the order given; one that would cover another is left a dot. All of this is pixels: on a
    page that may be dark, keep the whole figure on light paper.

    Args:
        points: (N, 2), N ≥ 1.
        labels: (N,), numbered from 0.
        class_names: one name per class; their colours and markers repeat after ten.
        images: uint8 (N, H, W), white on black.
        title: stands above at the left.
        x, y: what the axes mean; they have no ticks, for a place says nothing without others.
        width: in inches.

    Raises:
        InputError: nothing to draw, or not one label and picture per point.
    """
    figure = style.new_figure(width, SHAPE * width + 0.45)
    draw_map(figure.subplots(), points, labels, class_names, images=images, title=title, x=x, y=y)
    return figure


def draw_map(
    axes: Axes,
    points: NDArray[np.floating],
    labels: NDArray[np.integer],
    class_names: Sequence[str],
    *,
    images: NDArray[np.uint8] | None = None,
    title: str = "",
    x: str = "",
    y: str = "",
    across: int = ACROSS,
) -> None:
    """Draw a map as `map_figure` does into axes of a figure; `across` pictures fit side by side."""
    if points.ndim != 2 or points.shape[1] != 2 or len(points) == 0:
        raise InputError(f"a map needs points of shape (N, 2), N ≥ 1, not {points.shape}")
    for given, what in ((labels, "labels"), (images, "pictures")):
        if given is not None and len(given) != len(points):
            raise InputError(f"{len(points)} points do not fit {len(given)} {what}")
    axes.figure.set_dpi(200)  # points are pixels also in vector files, and are to be sharp
    style.bare(axes, title=title, x=x, y=y)
    axes.grid(visible=False)
    axes.set_box_aspect(SHAPE)
    axes.spines["bottom"].set_visible(False)
    axes.set_xticks([])
    axes.set_yticks([])
    # from here on the map is 1 wide and 1 high, and half a picture stays free at each side
    low, high = points.min(axis=0), points.max(axis=0)
    free = np.array([0.5, 0.5 / SHAPE]) / across
    places = free + (1 - 2 * free) * (points - low) / np.where(high > low, high - low, 1)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    shown = np.zeros(len(points), dtype=bool)
    if images is not None:
        canvas, shown = _canvas(places, labels, images, across)
        axes.imshow(canvas, extent=(0, 1, 0, 1), interpolation="none", aspect="auto", zorder=2)
    for label in np.unique(labels).tolist():
        own, colour = labels == label, _colour(label)
        marker, size, strength = ("o", 2.0, 0.4)
        if images is None:
            marker, strength = style.CLASS_MARKERS[label % len(style.CLASS_MARKERS)], 1.0
            size = float(np.clip(2e4 / len(points), 5, 30))  # square points
        axes.scatter(
            places[own & ~shown, 0], places[own & ~shown, 1], color=colour, marker=marker,
            s=size, alpha=strength, linewidths=0, rasterized=True,
        )  # fmt: skip
        axes.annotate(
            class_names[label], np.median(places[own], axis=0), ha="center", va="center",
            fontsize=1.7 * style.TEXT, fontweight="bold", color=colour, zorder=4,
            path_effects=[withStroke(linewidth=4, foreground=style.PAPER)],
        )  # fmt: skip


def _canvas(
    places: NDArray[np.floating],
    labels: NDArray[np.integer],
    images: NDArray[np.uint8],
    across: int,
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Put pictures on a clear canvas; return it, RGBA, and which pictures found room, (N,)."""
    high, wide = images.shape[1:]
    canvas = np.zeros((round(across * wide * SHAPE) + high, (across + 1) * wide, 4), np.uint8)
    rows, columns = canvas.shape[0] - high, canvas.shape[1] - wide
    taken, shown = np.zeros((rows + high, columns + wide), dtype=bool), np.zeros(len(images), bool)
    inset_y, inset_x = round((1 - COVER) / 2 * high), round((1 - COVER) / 2 * wide)
    for index, ((across, up), image) in enumerate(zip(places, images, strict=True)):
        top = round((1 - up) * canvas.shape[0] - high / 2)
        left = round(across * canvas.shape[1] - wide / 2)
        top, left = min(max(top, 0), rows), min(max(left, 0), columns)
        core = taken[top + inset_y : top + high - inset_y, left + inset_x : left + wide - inset_x]
        if core.any():
            continue
        core[:] = shown[index] = True
        spot = canvas[top : top + high, left : left + wide]
        stronger = image > spot[..., 3]
        spot[stronger, 3] = image[stronger]
        spot[stronger, :3] = np.multiply(to_rgb(_colour(int(labels[index]))), 255).astype(np.uint8)
    return canvas, shown


def _colour(label: int) -> str:
    return style.CLASS_COLOURS[label % len(style.CLASS_COLOURS)]
