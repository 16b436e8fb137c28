"""Whether confidence can be believed: the reliability diagram, and how sure the answers are."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter
from numpy.typing import NDArray

from ziffern.evaluation.calibration import ReliabilityTable
from ziffern.evaluation.metrics import checked, wilson_interval
from ziffern.figures import style

BINS = 20


def reliability_figure(table: ReliabilityTable, *, width: float = 4.6) -> Figure:
    """Draw the share of right answers against their confidence; below, how many they are.

    Each point is a bin that holds answers, with its 95 % Wilson interval: a bin of few answers says
    little. Below the diagonal the network promises too much, above it too little.
    """
    figure = style.new_figure(width, 1.1 * width)
    share, amount = figure.subplots(2, 1, sharex=True, height_ratios=[4, 1])
    style.bare(share, title="Share right")
    style.bare(amount, title="Answers", x="confidence: probability of the answer given")

    filled = np.flatnonzero(table.count)
    right = np.rint(table.accuracy[filled] * table.count[filled]).astype(int)
    counts = table.count[filled].tolist()
    ends = [wilson_interval(k, n) for k, n in zip(right.tolist(), counts, strict=True)]
    x, y = table.confidence[filled], table.accuracy[filled]
    lengths = np.abs(np.array(ends).T - y)

    share.plot([0, 1], [0, 1], color=style.MUTED, linewidth=1, linestyle=(0, (4, 3)))
    share.errorbar(
        x, y, yerr=lengths, fmt="o", color=style.VALIDATION, markersize=5, linewidth=1.2,
        markeredgecolor=style.PAPER, markeredgewidth=0.8,
    )  # fmt: skip
    share.annotate(
        "promises too much", (1, 0.04), ha="right", fontsize=style.SMALL, color=style.MUTED
    )
    share.annotate("promises too little", (0.03, 0.93), fontsize=style.SMALL, color=style.MUTED)
    share.set_ylim(-0.02, 1.03)
    share.yaxis.set_major_formatter(style.PERCENT)

    middles = (table.edges[:-1] + table.edges[1:]) / 2
    amount.bar(
        middles, table.count, width=0.8 * np.diff(table.edges), bottom=0, color=style.VALIDATION,
        log=True,
    )  # fmt: skip
    most = int(table.count.max())
    amount.set_ylim(0.7, 3 * most)
    amount.yaxis.set_major_locator(FixedLocator([1, most] if most > 1 else [1]))
    amount.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    amount.minorticks_off()
    amount.set_xlim(0, 1.025)
    amount.xaxis.set_major_formatter(style.PERCENT)
    return figure


def confidence_figure(
    labels: NDArray[np.integer], probabilities: NDArray[np.floating], *, width: float = 4.6
) -> Figure:
    """Draw how sure the right answers are, and how sure the wrong ones.

    Bars are counts in 20 bins of confidence, on a logarithmic scale; a dashed line is the median.
    Where the wrong ones are as sure as the right ones, confidence warns of nothing.

    Raises:
        InputError: as `metrics.checked` does.
        WorkError: as `metrics.checked` does.
    """
    checked(labels, probabilities)
    confidence = probabilities.max(axis=1).astype(np.float64).clip(max=1)  # float32 may round up
    right = probabilities.argmax(axis=1) == labels
    figure = style.new_figure(width, 0.85 * width)
    panels = figure.subplots(2, 1, sharex=True)
    edges = np.linspace(0, 1, BINS + 1)
    kinds = (
        (panels[0], right, "Right", style.RIGHT, ""),
        (panels[1], ~right, "Wrong", style.WRONG, "////"),
    )
    for axes, chosen, title, colour, hatch in kinds:
        median = float(np.median(confidence[chosen])) if chosen.any() else None
        said = "" if median is None else f", median {style.percent(median, 1)}"
        style.bare(axes, title=f"{title}: {chosen.sum():,}{said}")
        counts, _ = np.histogram(confidence[chosen], edges)
        style.log_scale(axes, 1, max(int(counts.max()), 10))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axes.bar(
            edges[:-1] + 0.5 / BINS, counts, width=0.8 / BINS, bottom=0,
            facecolor=colour if not hatch else style.PAPER, edgecolor=colour, hatch=hatch,
        )  # fmt: skip
        if median is not None:
            axes.axvline(median, color=style.INK, linewidth=1, linestyle=(0, (4, 3)))
    panels[1].set_xlabel("confidence: probability of the answer given", fontsize=style.TEXT)
    panels[1].set_xlim(0, 1.025)
    panels[1].xaxis.set_major_formatter(style.PERCENT)
    return figure
