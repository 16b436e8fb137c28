"""Whether confidence can be believed: the reliability diagram."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from ziffern.evaluation.calibration import ReliabilityTable
from ziffern.evaluation.metrics import wilson_interval
from ziffern.figures import style


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
