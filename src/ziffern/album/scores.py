"""Plates of how good answers are as a whole: class by class, and what confidence is worth."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from typing import Any

from ziffern.album.page import Plate, Table
from ziffern.evaluation.abstention import risk_coverage
from ziffern.evaluation.metrics import wilson_interval
from ziffern.evaluation.result import Evaluation
from ziffern.figures import style
from ziffern.figures.abstention import marked, risk_coverage_figure
from ziffern.figures.calibration import confidence_figure, reliability_figure
from ziffern.figures.recall import recall_figure

Numbers = MutableMapping[str, Any]
"""Is filled with the numbers behind the pictures, fit for JSON."""


def classes(shown: Evaluation, numbers: Numbers) -> list[Plate]:
    """Return the plate of recall by class; `numbers` gets `classes`."""
    right, support = shown.confusion.diagonal(), shown.confusion.sum(axis=1)
    numbers["classes"] = [
        {
            "class": name,
            "support": n,
            "recall": k / n if n else None,
            "wilson95": list(wilson_interval(k, n)) if n else None,
        }
        for name, k, n in zip(shown.class_names, right.tolist(), support.tolist(), strict=True)
    ]
    known = [row for row in numbers["classes"] if row["support"]]
    worst = min(known, key=lambda row: row["recall"])
    text = (
        "Recall: of the pictures of a class, how many are found, with its 95 % Wilson interval. "
        "Where intervals overlap widely, the classes may be equally hard. Least is found of "
        f"{worst['class']}: {style.percent(worst['recall'])}."
    )
    rows = [
        (
            row["class"],
            style.percent(row["recall"]),
            interval(row["wilson95"]),
            f"{row['support']:,}",
        )
        for row in known
    ]
    table = Table(("class", "recall>", "95 % interval>", "pictures>"), rows)
    figure = recall_figure(shown.confusion, shown.class_names)
    alt = "Recall of each class with its interval; the table below has the numbers."
    return [Plate("recall", "Class by class", text, figure, alt, table=table)]


def confidence(shown: Evaluation, numbers: Numbers) -> list[Plate]:
    """Return the plates of confidence; `numbers` gets `ece`, `wrong_over_99` and `abstention`."""
    curve = risk_coverage(shown.labels, shown.probabilities)
    points = marked(curve)
    wrong = shown.predictions != shown.labels
    sure = shown.probabilities.max(axis=1)
    over = int((sure[wrong] > 0.99).sum())
    numbers["ece"] = shown.reliability.ece
    numbers["wrong_over_99"] = over
    numbers["abstention"] = {
        "aurc": curve.aurc,
        "answered_at": {f"{share:g}": answered for share, answered in points},
    }
    gains = "; ".join(
        f"{style.PERCENT(share)} right of the surest {style.percent(answered, 1)}"
        for share, answered in points
    )
    silence = (
        "The network answers only where it is surest; how many of these answers are right? "
        f"{gains[:1].upper() + gains[1:] + '. ' if gains else ''}The band is the 95 % interval. "
        "Thresholds that are found on these pictures flatter a little; one that is to be used "
        "should be chosen on validation data."
    )
    return [
        Plate(
            "calibration",
            "Can its confidence be believed?",
            "Share of right answers among those of equal confidence. Below the dashed line the "
            "network promises too much, above it too little. On average the two differ by "
            f"{100 * shown.reliability.ece:.2f} percentage points (expected calibration error).",
            reliability_figure(shown.reliability),
            f"Reliability diagram; calibration error {style.percent(shown.reliability.ece)}.",
        ),
        Plate(
            "confidence",
            "How sure is it where it is wrong?",
            f"{over:,} of {wrong.sum():,} wrong answers are given with more than 99 %. Counts are "
            "logarithmic; the dashed lines are medians."
            if wrong.any()
            else "It gave no wrong answer. Counts are logarithmic; the dashed line is the median.",
            confidence_figure(shown.labels, shown.probabilities),
            f"Histogram of confidence; {over:,} of {wrong.sum():,} wrong answers are over 99 %.",
        ),
        Plate(
            "abstention",
            "And if it may stay silent?",
            silence,
            risk_coverage_figure(curve),
            f"Accuracy by share answered. {gains or 'No threshold is worth marking'}.",
            facts=[("area under the risk–coverage curve (AURC)", f"{curve.aurc:.6f}")],
        ),
    ]


def interval(ends: Sequence[float]) -> str:
    """Write the ends of an interval of shares, as `98.93–99.29 %`."""
    low, high = ends
    return f"{100 * low:.2f}–{style.percent(high)}"
