"""One digit on its way through a network: the picture, what each layer makes of it, the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from ziffern.errors import InputError
from ziffern.figures import style

Floats = NDArray[np.float32]

LEFT = 2.15
"""Inches for names at the left."""
DIGIT, TILE, BAND, ANSWER = 0.85, 0.46, 0.2, 0.75
"""Heights in inches of the picture, of maps, of the values of a vector, of the answer's bars."""
GAP = 0.16


def strip_figure(
    image: NDArray[np.uint8],
    layers: Mapping[str, Floats],
    probabilities: NDArray[np.floating],
    class_names: Sequence[str],
    *,
    most: int = 12,
    width: float = 8.6,
) -> Figure:
    """Draw what each layer gives for one picture, from top to bottom.

    Of maps the strongest are shown (by mean of the absolute values), the strongest first; a vector
    is a band with a stripe for each value. Each layer has its own scale: white is 0, and where
    there are negative values these are orange and the others blue.

    Args:
        image: uint8 (H, W), white on black.
        layers: output by name of each layer before the answer, in order: (h, w, c),
            (steps, values) or (values,).
        probabilities: of the classes, (C,).
        class_names: one name per class.
        most: maps to show of a layer.
        width: in inches.

    Raises:
        InputError: not one name per probability.
    """
    if len(probabilities) != len(class_names):
        raise InputError(
            f"{len(probabilities)} probabilities do not fit {len(class_names)} classes"
        )
    heights = [_height(values) for values in layers.values()]
    height = 0.1 + DIGIT + sum(heights) + GAP * (len(heights) + 1) + ANSWER + 0.35
    figure, axes = style.sheet(width, height)
    span = width - LEFT - 0.1
    _label(axes, 0.1 + DIGIT / 2, "picture", f"{image.shape[0]}×{image.shape[1]} grey values")
    place = (LEFT, 0.1, DIGIT, DIGIT)
    _picture(axes, image, place, "gray_r", Normalize(0, 255), "picture")
    y = 0.1 + DIGIT + GAP
    for (name, values), row in zip(layers.items(), heights, strict=True):
        _layer(axes, name, values, y, row, span, most)
        y += row + GAP
    _answer(axes, probabilities, class_names, y + 0.1, span)
    return figure


def _height(values: Floats) -> float:
    return TILE if values.ndim > 1 and values.shape[0] > 1 else BAND


def _layer(
    axes: Axes, name: str, values: Floats, y: float, height: float, span: float, most: int
) -> None:
    shape, maps = "×".join(map(str, values.shape)), [values]
    if height == BAND:
        shape, maps = f"{values.size:,} values", [values.reshape(1, -1)]
    elif values.ndim == 3 and values.shape[2] > 1:
        order = np.argsort(-np.abs(values).mean(axis=(0, 1)), kind="stable")[:most]
        shape += f", {most} strongest" if len(order) < values.shape[2] else ""
        maps = [values[..., channel] for channel in order]
    signed = any((one < 0).any() for one in maps)
    largest = max(float(np.abs(one).max()) for one in maps) or 1.0
    colours = style.SIGNED if signed else style.STRENGTH
    scale = Normalize(-largest if signed else 0, largest)
    _label(axes, y + height / 2, name, f"{shape}, to {_brief(largest)}")
    step = span / most
    for place, one in enumerate(maps):
        wide = span if height == BAND else min(step - 0.05, height) * one.shape[1] / one.shape[0]
        high = height if height == BAND else wide * one.shape[0] / one.shape[1]
        _picture(axes, one, (LEFT + place * step, y, wide, high), colours, scale, name)


def _label(axes: Axes, y: float, name: str, note: str) -> None:
    room = 28
    shown = name if len(name) <= room else "…" + name[1 - room :]
    axes.text(
        LEFT - 0.12, y - 0.075, shown, ha="right", va="center", fontsize=style.SMALL,
        color=style.INK,
    )  # fmt: skip
    axes.text(
        LEFT - 0.12, y + 0.08, note, ha="right", va="center", fontsize=style.SMALL,
        color=style.MUTED,
    )  # fmt: skip


def _picture(
    axes: Axes,
    values: NDArray[np.generic],
    place: tuple[float, float, float, float],
    colours: str | Colormap,
    scale: Normalize,
    gid: str,
) -> None:
    x, y, wide, high = place
    axes.imshow(
        values, cmap=colours, norm=scale, interpolation="none", aspect="auto",
        extent=(x, x + wide, y + high, y), gid=gid,
    )  # fmt: skip
    axes.add_patch(Rectangle((x, y), wide, high, fill=False, edgecolor=style.GRID, linewidth=0.7))


def _answer(
    axes: Axes, probabilities: NDArray[np.floating], class_names: Sequence[str], y: float,
    span: float,
) -> None:  # fmt: skip
    winner = int(probabilities.argmax())
    share = style.probability(float(probabilities[winner]))
    _label(axes, y + ANSWER / 2, f"answer: {class_names[winner]}", f"probability {share}")
    step = span / len(class_names)
    for number, (name, p) in enumerate(zip(class_names, probabilities, strict=True)):
        x, best = LEFT + number * step, number == winner
        for high, colour, gid in (
            (ANSWER, style.GRID, None),
            (ANSWER * float(p), style.INK if best else style.MUTED, "probability"),
        ):
            axes.add_patch(
                Rectangle(
                    (x, y + ANSWER - high), step - 0.05, high, facecolor=colour, gid=gid,
                    alpha=0.6 if gid is None else None,
                )
            )  # fmt: skip
        axes.text(
            x + (step - 0.05) / 2, y + ANSWER + 0.1, name if len(name) < 8 else name[:6] + "…",
            ha="center", va="center", fontsize=style.SMALL,
            color=style.INK if best else style.MUTED, fontweight="bold" if best else "normal",
        )  # fmt: skip


def _brief(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}"
