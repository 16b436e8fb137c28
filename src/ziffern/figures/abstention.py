"""What a network gains by not answering where it is unsure: accuracy against share answered."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ziffern.evaluation.abstention import RiskCoverage
from ziffern.evaluation.metrics import wilson_interval
from ziffern.figures import style

POINTS = 200
"""So many points draw a line as well as ten thousand."""
TARGETS = (0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999)
"""Accuracies that are worth marking."""


def marked(curve: RiskCoverage) -> list[tuple[float, float]]:
    """Return accuracies that are reached by answering less, and the coverage at which each is.

    At most three: the next ones that cut the risk by a fifth or more.
    """
    reached = [
        (target, share)
        for target in TARGETS
        if 1 - target <= 0.8 * curve.risk[-1] and (share := curve.answered_at(target)) is not None
    ]
    return reached[:3]


def risk_coverage_figure(curve: RiskCoverage, *, width: float = 4.6) -> Figure:
    """Draw the share right of the answers given, with its 95 % Wilson interval, by their share.

    At the right all are answered, and the further left, the surer the answers that are left. Shown
    is the part in which the mistakes vanish. Up to three thresholds are marked with what they are
    worth.
    """
    coverage, accuracy = curve.coverage, 1 - curve.risk
    # twice as far to the left as nine tenths of the risk need to vanish
    gone = np.flatnonzero(curve.risk <= 0.1 * curve.risk[-1])
    start = min(0.98, max(0.0, 2 * float(coverage[gone[-1]]) - 1)) if len(gone) else 0.0
    wanted = np.r_[np.linspace(0, start, 10), np.linspace(start, 1, POINTS)]
    shown = np.unique(np.searchsorted(coverage, wanted).clip(max=len(coverage) - 1))
    ends = np.array(
        [
            wilson_interval(int(n - wrong), int(n))
            for n, wrong in zip(curve.answered[shown], curve.wrong[shown], strict=True)
        ]
    )
    figure = style.new_figure(width, 0.75 * width)
    axes = figure.subplots()
    style.bare(axes, title="Share right of the answers given", x="share answered, the surest first")
    axes.fill_between(
        coverage[shown], ends[:, 0], ends[:, 1], color=style.VALIDATION, alpha=0.18, linewidth=0
    )
    # what is equally sure cannot be parted: up to the first threshold nothing changes
    line = np.r_[0, coverage[shown]], np.r_[accuracy[0], accuracy[shown]]
    axes.plot(*line, color=style.VALIDATION, linewidth=1.6)
    points = [*marked(curve), (float(accuracy[-1]), 1.0)]
    # among few answers one mistake weighs so much that the scale would be lost to them
    low = float(accuracy[coverage >= 0.05].min())
    span = max(1 - low, 1e-4)
    axes.set_ylim(low - 0.3 * span, 1 + 0.06 * span)
    axes.set_xlim(start, 1 + 0.025 * (1 - start))
    for share, answered in points:
        axes.plot(
            answered, share, "o", color=style.VALIDATION, markersize=5,
            markeredgecolor=style.PAPER, markeredgewidth=0.8,
        )  # fmt: skip
        text = f"{style.PERCENT(share) if answered < 1 else style.percent(share)} right"
        text += f" of {style.percent(answered, 1)}" if answered < 1 else " of all"
        axes.annotate(
            text, (answered, share), (-6, -4), textcoords="offset points", ha="right", va="top",
            fontsize=style.SMALL, color=style.INK,
            bbox={"facecolor": style.PAPER, "edgecolor": "none", "alpha": 0.7, "pad": 0.5},
        )  # fmt: skip
    axes.xaxis.set_major_formatter(style.PERCENT)
    axes.yaxis.set_major_formatter(style.PERCENT)
    return figure
