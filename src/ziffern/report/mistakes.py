"""What the page says of right and wrong answers: extremes, confused pairs, causes, confidence.

Reckons what `page.html.j2` prints; `page` puts it together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from ziffern.evaluation.abstention import risk_coverage
from ziffern.evaluation.causes import CAUSES, set_aside
from ziffern.evaluation.metrics import wilson_interval
from ziffern.evaluation.mistakes import confused_pairs, right_indices
from ziffern.evaluation.result import Evaluation
from ziffern.figures import style
from ziffern.figures.abstention import marked, risk_coverage_figure
from ziffern.figures.calibration import confidence_figure
from ziffern.figures.svg import inline_svg
from ziffern.report.content import ReportContent
from ziffern.report.digits import tile

Images = NDArray[np.uint8]

MOST_WRONG, HARDEST, PAIRS, OF_A_PAIR, OF_A_CAUSE = 24, 50, 5, 10, 20
"""How many pictures are shown: most wrong, hardest right, pairs, of a pair, of a cause."""


def classes(shown: Evaluation) -> dict[str, Any]:
    """Return every class's score with its interval, and their places on a line up to 100 %."""
    rows: list[dict[str, Any]] = []
    for score in shown.per_class:
        found = round(score.recall * score.support)
        ends = wilson_interval(found, score.support) if score.support else None
        rows.append({"score": score, "ends": ends})
    lowest = min(row["ends"][0] for row in rows if row["ends"])
    # round down to a whole step, so that the line begins at a number one can read
    step = 10.0 ** np.floor(np.log10(max(1 - lowest, 1e-4)))
    start = max(0.0, 1 - step * float(np.ceil((1 - lowest) / step)))
    for row in rows:
        if row["ends"]:
            low, high = row["ends"]
            left, right, place = (
                round(100 * (share - start) / (1 - start), 1)
                for share in (low, high, row["score"].recall)
            )
            row |= {"low": left, "width": round(right - left, 1), "place": place}
    return {"rows": rows, "start": style.PERCENT(start)}


def confused(shown: Evaluation, images: Images | None) -> list[dict[str, Any]]:
    """Return the pairs that are confused most, with their first pictures where there are any."""
    names = shown.class_names
    pairs = []
    for true, predicted, count in confused_pairs(shown.confusion, limit=PAIRS):
        members = np.flatnonzero((shown.labels == true) & (shown.predictions == predicted))
        tiles = [] if images is None else [tile(images[i], shown, i) for i in members[:OF_A_PAIR]]
        pairs.append(
            {"true": names[true], "predicted": names[predicted], "count": count, "tiles": tiles}
        )
    return pairs


def extremes(shown: Evaluation, images: Images) -> dict[str, Any]:
    """Return the hardest right and the most wrong answer in full, and the hardest right ones."""
    right = right_indices(shown.labels, shown.probabilities)
    panels = []
    for title, indices in (("The hardest right", right), ("The most wrong", shown.wrong)):
        if len(indices):
            index = int(indices[0])
            rows = list(zip(shown.class_names, map(float, shown.probabilities[index]), strict=True))
            panels.append({"title": title, "tile": tile(images[index], shown, index), "rows": rows})
    hardest = [tile(images[i], shown, int(i)) for i in right[:HARDEST]]
    return {"panels": panels, "hardest": hardest}


def worst(content: ReportContent, shown: Evaluation, images: Images) -> list[dict[str, Any]]:
    """Return the most wrong answers, each with its cause where that is known."""
    wrong = shown.wrong[:MOST_WRONG].tolist()
    causes: Sequence[str] = content.causes[:MOST_WRONG] or [""] * len(wrong)
    return [
        {**tile(images[index], shown, index), "cause": cause}
        for index, cause in zip(wrong, causes, strict=True)
    ]


def by_cause(
    content: ReportContent, shown: Evaluation, images: Images
) -> list[dict[str, Any]] | None:
    """Return the wrong answers of each cause, the most wrong first; None where none is known."""
    if not content.causes:
        return None
    groups = []
    for cause in CAUSES:
        members = [i for i, each in zip(shown.wrong, content.causes, strict=True) if each == cause]
        if members:
            tiles = [tile(images[i], shown, int(i)) for i in members[:OF_A_CAUSE]]
            groups.append({"cause": cause, "count": len(members), "tiles": tiles})
    return groups


def aside(content: ReportContent, shown: Evaluation) -> dict[str, Any] | None:
    """Return the accuracy without the disputed pictures; None where no label is disputed."""
    if not content.disputed:
        return None
    correct, n = set_aside(shown.labels, shown.predictions, content.disputed)
    return {
        "count": len(content.disputed),
        "wrong": int((shown.predictions != shown.labels)[list(content.disputed)].sum()),
        "accuracy": correct / n,
        "n": n,
        "ends": wilson_interval(correct, n),
    }


def confidence(shown: Evaluation, width: float) -> dict[str, Any]:
    """Return the histogram of confidence, and how many wrong answers are given with over 99 %."""
    sure = shown.probabilities.max(axis=1)
    wrong = shown.predictions != shown.labels
    over = int((sure[wrong] > 0.99).sum())
    medians = [
        f"{chosen.sum():,} {name} answers with a median confidence of "
        f"{style.percent(float(np.median(sure[chosen])), 1)}"
        for name, chosen in (("right", ~wrong), ("wrong", wrong))
        if chosen.any()
    ]
    alt = f"Histogram of confidence: {', '.join(medians)}. {over:,} wrong ones are surer than 99 %."
    figure = confidence_figure(shown.labels, shown.probabilities, width=width)
    drawing = Markup(inline_svg(figure, name="confidence", alt=alt))
    return {"drawing": drawing, "over": over, "wrong": int(wrong.sum())}


def abstention(shown: Evaluation, width: float) -> dict[str, Any]:
    """Return accuracy against share answered, the area under the risk and what is worth saying."""
    curve = risk_coverage(shown.labels, shown.probabilities)
    points = marked(curve)
    said = [
        f"the surest {style.percent(answered, 1)} of them {style.PERCENT(share)}"
        for share, answered in points
    ]
    alt = "Accuracy by share answered: " + ", ".join(
        [f"of all answers {style.percent(shown.accuracy)} are right", *said]
    )
    figure = risk_coverage_figure(curve, width=width)
    drawing = Markup(inline_svg(figure, name="abstention", alt=alt + "."))
    return {"drawing": drawing, "aurc": curve.aurc, "points": points}
