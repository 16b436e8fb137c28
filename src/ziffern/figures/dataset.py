"""What a dataset holds, drawn: balance, handwriting, components, clusters, near duplicates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from ziffern.errors import InputError
from ziffern.exploration.duplicates import NEAR
from ziffern.exploration.projections import Clusters, Purity
from ziffern.exploration.statistics import Balance
from ziffern.exploration.strokes import Strokes
from ziffern.figures import style
from ziffern.figures.tiles import tiles_figure

Floats = NDArray[np.floating]
Images = NDArray[np.uint8]
Labels = NDArray[np.integer]

MARKS = (0.5, 0.8, 0.9, 0.95, 0.99)
"""Shares of the variance at which `variance_figure` says how many components they take."""
BINS = 60
"""Most bins of a histogram."""
PAIRS = 5
"""Pairs in a row of `pairs_figure`."""

SIGNED = FuncFormatter(lambda value, _: f"{value:+,.0f}".replace("-", "−") if round(value) else "0")


def balance_figure(balance: Balance, class_names: Sequence[str], *, width: float = 8.0) -> Figure:
    """Draw how many samples each class has, with the mean, and how far each is from the mean."""
    figure = style.new_figure(width, 0.9 + 0.26 * len(class_names))
    counts, distances = figure.subplots(1, 2, sharey=True, width_ratios=[3, 2])
    places = np.arange(len(class_names))
    style.bare(counts, title="Samples of each class", x=f"samples (mean {balance.mean:,.0f})")
    style.bare(distances, title="Distance from the mean", x="samples")
    for axes, values in ((counts, balance.counts), (distances, balance.distances)):
        axes.grid(visible=False)
        axes.barh(places, values, height=0.72, color=style.VALIDATION)
    counts.axvline(balance.mean, color=style.INK, linewidth=1.2, linestyle=(0, (4, 3)))
    distances.axvline(0, color=style.INK, linewidth=0.8)
    counts.set_xlim(0, 1.2 * max(float(balance.counts.max()), balance.mean))
    reach = 1.6 * max(float(np.abs(balance.distances).max()), 1.0)
    distances.set_xlim(-reach, reach)
    for place, (count, distance) in enumerate(
        zip(balance.counts.tolist(), balance.distances.tolist(), strict=True)
    ):
        counts.text(
            1, place, f"{count:,}", ha="right", va="center", fontsize=style.SMALL,
            color=style.INK, transform=counts.get_yaxis_transform(),
        )  # fmt: skip
        side = 1 if distance >= 0 else -1
        distances.annotate(
            SIGNED(distance), (distance, place), (3 * side, 0), textcoords="offset points",
            ha="left" if side > 0 else "right", va="center", fontsize=style.SMALL, color=style.INK,
        )  # fmt: skip
    counts.set_yticks(places, class_names)
    counts.set_ylim(len(places) - 0.4, -0.6)
    for axes in (counts, distances):
        axes.tick_params(axis="y", length=0, labelcolor=style.INK)
        axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    counts.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    distances.xaxis.set_major_formatter(SIGNED)
    return figure


def strokes_figure(
    strokes: Strokes, labels: Labels, class_names: Sequence[str], *, width: float = 8.0
) -> Figure:
    """Draw how ink, slant and stroke width spread within each class; a line marks the median.

    All samples of a class make a hill of the same area. What lies outside of the middle 99 % of
    all samples is beyond the axis.

    Raises:
        InputError: no picture has ink.
    """
    if not np.isfinite(strokes.width).any():
        raise InputError("there is nothing to draw: no picture has ink")
    figure = style.new_figure(width, 0.9 + 0.34 * len(class_names))
    panels = figure.subplots(1, 3, sharey=True)
    for axes, values, title, unit in (
        (panels[0], strokes.ink, "Ink", "pixels of full ink"),
        (panels[1], strokes.slant, "Slant", "degrees to the right"),
        (panels[2], strokes.width, "Stroke width", "pixels"),
    ):
        style.bare(axes, title=title, x=unit)
        axes.grid(visible=False)
        _hills(axes, values, labels, len(class_names))
        axes.tick_params(axis="y", length=0, labelcolor=style.INK)
    panels[0].set_yticks(range(len(class_names)), class_names)
    panels[0].set_ylim(len(class_names) - 0.6, -1.3)
    panels[1].axvline(0, color=style.GRID, linewidth=1)
    return figure


def variance_figure(shares: Floats, *, width: float = 6.5) -> Figure:
    """Draw how much of the variance the first components explain together.

    Args:
        shares: (K,) of all components, the greatest first.
        width: in inches.

    Raises:
        InputError: there is no component.
    """
    if len(shares) == 0:
        raise InputError("there is nothing to draw: no component was given")
    total = np.cumsum(shares, dtype=np.float64)
    figure = style.new_figure(width, 0.5 * width)
    axes = figure.subplots()
    style.bare(axes, title="Explained variance", x="components (logarithmic)")
    numbers = np.arange(1, len(total) + 1)
    axes.plot(numbers, total, color=style.VALIDATION, linewidth=1.8)
    for share in MARKS:
        needed = components_for(shares, share)
        if needed is None:
            continue
        axes.plot([needed], [total[needed - 1]], marker="o", color=style.VALIDATION, gid="mark")
        axes.annotate(
            f"{style.percent(share, 0)}: {needed}", (needed, total[needed - 1]), (6, -3),
            textcoords="offset points", fontsize=style.SMALL, color=style.INK, va="top",
        )  # fmt: skip
    axes.set_xscale("log")
    axes.set_xlim(0.9, 1.6 * len(total))
    axes.set_ylim(0, 1.04)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.minorticks_off()
    axes.yaxis.set_major_formatter(style.PERCENT)
    return figure


def components_for(shares: Floats, share: float) -> int | None:
    """Return how many components explain `share` of the variance; None if all of them do not."""
    enough = np.flatnonzero(np.cumsum(shares, dtype=np.float64) >= share - 1e-6)
    return int(enough[0]) + 1 if len(enough) else None


def clusters_figure(
    clusters: Clusters, purity: Purity, class_names: Sequence[str], *, width: float = 8.0
) -> Figure:
    """Draw the centre of each cluster with its most frequent class, its share and its size."""
    captions = [
        f"{class_names[label]}: {style.percent(share, 0)}\nof {size:,}"
        for label, share, size in zip(purity.classes, purity.shares, purity.sizes, strict=True)
    ]
    return tiles_figure(
        clusters.centres, captions, scale="grey", columns=min(10, len(captions)), width=width
    )


def nearest_figure(ratios: Floats, *, width: float = 6.5) -> Figure:
    """Draw how near the nearest other picture is, with the limit below which two are duplicates.

    Args:
        ratios: (N,), `Duplicates.nearest`; what is beyond 2 is counted at 2.
        width: in inches.
    """
    figure = style.new_figure(width, 0.42 * width)
    axes = figure.subplots()
    style.bare(
        axes, title="Pictures by their distance to the nearest other one",
        x="distance, as a share of what is typical of the class",
    )  # fmt: skip
    edges = np.linspace(0, 2, BINS + 1)
    counts, _ = np.histogram(np.minimum(ratios, 2), edges)
    axes.bar(edges[:-1], counts, np.diff(edges), align="edge", color=style.VALIDATION)
    axes.axvline(NEAR, color=style.WRONG, linewidth=1.4, linestyle=(0, (4, 3)))
    near = int((ratios < NEAR).sum())
    axes.text(
        NEAR - 0.02, 0.97, f"near duplicates\n{near:,} pictures", ha="right", va="top",
        transform=axes.get_xaxis_transform(), fontsize=style.SMALL, color=style.WRONG,
    )  # fmt: skip
    axes.set_xlim(0, 2)
    axes.set_xticks([0, 0.4, 0.8, 1.2, 1.6, 2], ["0", "0.4", "0.8", "1.2", "1.6", "2 or more"])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    return figure


def pairs_figure(
    images: Images, pairs: Labels, captions: Sequence[str], *, width: float = 8.0
) -> Figure:
    """Draw pictures in pairs, `PAIRS` in a row.

    Args:
        images: uint8 (N, H, W).
        pairs: numbers of pictures (P, 2), P ≥ 1.
        captions: a text below each pair.
        width: in inches.
    """
    gap = np.zeros((len(pairs), images.shape[1], images.shape[2] // 7), np.uint8)
    beside = np.concatenate([images[pairs[:, 0]], gap, images[pairs[:, 1]]], axis=2)
    return tiles_figure(beside, captions, columns=min(PAIRS, max(3, len(pairs))), width=width)


def _hills(axes: Axes, values: Floats, labels: Labels, classes: int) -> None:
    known = np.isfinite(values)
    low, high = np.percentile(values[known], [0.5, 99.5])
    # as many bins as the samples of a class can fill (Rice's rule)
    bins = min(BINS, max(8, round(2 * (known.sum() / classes) ** (1 / 3))))
    edges = np.linspace(low, max(high, low + 1e-3), bins + 1)
    middles = (edges[:-1] + edges[1:]) / 2
    shown = {label: values[known & (labels == label)] for label in range(classes)}
    shown = {label: own for label, own in shown.items() if np.histogram(own, edges)[0].any()}
    hills = {label: np.histogram(own, edges, density=True)[0] for label, own in shown.items()}
    highest = max(hill.max() for hill in hills.values())
    for label, hill in hills.items():
        axes.fill_between(
            middles, label, label - 1.25 * hill / highest, step="mid", facecolor=style.VALIDATION,
            edgecolor=style.PAPER, linewidth=0.8, alpha=0.8, zorder=2 + label, gid=f"hill {label}",
        )  # fmt: skip
        axes.plot(
            [float(np.median(shown[label]))] * 2, [label, label - 0.5], color=style.INK,
            linewidth=1.8, zorder=3 + label, gid="median",
        )  # fmt: skip
    axes.set_xlim(edges[0], edges[-1])
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
