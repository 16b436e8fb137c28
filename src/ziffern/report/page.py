"""Writes the page: works out what `page.html.j2` prints and fills it in.

All reckoning is done here, so that the template holds words and looks only.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from typing import Any

import numpy as np
from markupsafe import Markup

from ziffern.evaluation.learning import best_epoch, parting_epoch
from ziffern.evaluation.result import Evaluation
from ziffern.figures import curves, style
from ziffern.figures.calibration import reliability_figure
from ziffern.figures.confusion import DARK, heat
from ziffern.figures.svg import inline_svg
from ziffern.report import mistakes
from ziffern.report.content import Printed, ReportContent
from ziffern.report.digits import picture_uri, tile
from ziffern.report.templates import environment

FIRST, FONTS = 196, 8
"""How many of the first pictures (14 × 14) and of the fonts are shown."""

PARTS = ("first", "extremes", "worst", "causes")
"""Parts of the page that may be missing."""

WIDE, NARROW = 8.6, 3.4
"""Widths in inches of the curves on a desktop and on a phone."""


def write_report(content: ReportContent) -> str:
    """Return the report as one HTML document."""
    filling = environment()
    filling.filters.update(
        percent=lambda share, digits=2: _or_dash(share, lambda x: style.percent(x, digits)),
        number=lambda value: _or_dash(value, "{:.4f}".format),
        interval=lambda ends: _or_dash(ends, _interval),
        thousands="{:,}".format,
        short="{:.3g}".format,
    )
    source = resources.files(__package__).joinpath("page.html.j2").read_text(encoding="utf-8")
    shown = content.shown
    digits = shown is not None and all(name.isdigit() for name in shown.class_names)
    return filling.from_string(source).render(
        content=content,
        shown=shown,
        noun="digits" if digits else "pictures",
        strip=_strip(content),
        curves=_curves(content),
        printed=None if content.printed is None else _printed(content.printed, content),
        **(dict.fromkeys(PARTS) if shown is None else _evaluated(shown, content)),
    )


def _evaluated(shown: Evaluation, content: ReportContent) -> dict[str, Any]:
    images, first = content.images, range(min(FIRST, shown.n))
    return {
        "confusion": _confusion(shown),
        "classes": mistakes.classes(shown),
        "reliability": _reliability(shown),
        "confidence": mistakes.confidence(shown, NARROW),
        "abstention": mistakes.abstention(shown, NARROW),
        "confused": mistakes.confused(shown, images),
        "first": [] if images is None else [tile(images[i], shown, i) for i in first],
        "extremes": None if images is None else mistakes.extremes(shown, images),
        "worst": [] if images is None else mistakes.worst(content, shown, images),
        "causes": None if images is None else mistakes.by_cause(content, shown, images),
        "aside": mistakes.aside(content, shown),
    }


def _or_dash(value: Any, write: Callable[[Any], str]) -> str:
    """Write a value; a dash where there is none, such as validation figures or a loss of NaN."""
    return "–" if value is None or value != value else write(value)


def _interval(ends: tuple[float, float]) -> str:
    """`97.81–98.35 %`."""
    return f"{100 * ends[0]:.2f}–{style.percent(ends[1])}"


def _strip(content: ReportContent) -> dict[str, Any] | None:
    """Places, in percent of the width, of accuracies and intervals on a line that ends at 100 %."""
    evaluations = [each for each in (content.test, content.validation) if each is not None]
    if not evaluations:
        return None
    lowest = min(each.wilson95[0] for each in evaluations)
    # the line starts at the round number that leaves the lowest end some room
    starts = (0.999, 0.998, 0.995, 0.99, 0.98, 0.95, 0.9, 0.8, 0.5, 0.0)
    start = next(start for start in starts if 1 - start >= 1.15 * (1 - lowest) or start == 0)

    def place(share: float) -> float:
        return round(100 * (share - start) / (1 - start), 2)

    rows = []
    for each in evaluations:
        low, high = each.wilson95
        rows.append(
            {
                "kind": each.split,
                "name": each.split,
                "text": style.percent(each.accuracy),
                "place": place(each.accuracy),
                "ends": each.wilson95,
                "low": place(low),
                "width": round(place(high) - place(low), 2),
            }
        )
    if content.reported is not None:
        rows.append(
            {
                "kind": "reported",
                "name": "reported by source",
                "text": style.PERCENT(content.reported),
                "place": max(0.0, place(content.reported)),
                "ends": None,
            }
        )
    return {"start": f"{100 * start:g}", "rows": rows}


def _curves(content: ReportContent) -> dict[str, Any] | None:
    history = content.history
    if not history:
        return None
    best, parting = best_epoch(history), parting_epoch(history)
    alt = curves.in_words(history)

    def drawing(name: str, width: float) -> Markup:
        figure = curves.curves_figure(history, width=width)
        return Markup(inline_svg(figure, name=f"curves-{name}", alt=alt))

    return {
        "wide": drawing("wide", WIDE),
        "narrow": drawing("narrow", NARROW),
        "best": best,
        "parting": parting,
        "stretched": curves.stretched(history),
    }


def _reliability(shown: Evaluation) -> dict[str, Any]:
    table = shown.reliability
    sure = float(shown.probabilities.max(axis=1).mean(dtype=np.float64))
    alt = (
        f"Reliability diagram: mean confidence {style.percent(sure)}, accuracy "
        f"{style.percent(shown.accuracy)}, expected calibration error {style.percent(table.ece)}. "
        "The table below has every bin."
    )
    drawing = inline_svg(reliability_figure(table, width=NARROW), name="reliability", alt=alt)
    rows = [
        (table.edges[b], table.edges[b + 1], table.confidence[b], table.accuracy[b], table.count[b])
        for b in np.flatnonzero(table.count)
    ]
    return {"drawing": Markup(drawing), "ece": table.ece, "sure": sure, "rows": rows}


def _confusion(shown: Evaluation) -> list[list[dict[str, Any]]]:
    shade = heat(shown.confusion)
    cells: list[list[dict[str, Any]]] = []
    for (row, column), count in np.ndenumerate(shown.confusion):
        warmth = float(shade[row, column])
        if row == column:
            # paler, so that the many right answers do not outshine the mistakes
            kind, warmth = "right", 0.55 * warmth
        else:
            levels = (" middling", 0.6), (" strong", DARK)
            kind = "wrong" + "".join(name for name, least in levels if warmth > least)
        if column == 0:
            cells.append([])
        kind += "" if count else " zero"
        cells[row].append({"count": int(count), "heat": round(100 * warmth), "kind": kind})
    return cells


def _printed(printed: Printed, content: ReportContent) -> dict[str, Any]:
    names = content.shown.class_names if content.shown else tuple("0123456789")
    right = printed.predictions == printed.labels
    rows: dict[str, list[dict[str, Any]]] = {}
    for i, font in enumerate(printed.fonts):
        predicted, true = names[printed.predictions[i]], names[printed.labels[i]]
        rows.setdefault(font, []).append(
            {"uri": picture_uri(printed.images[i]), "predicted": predicted, "true": true}
        )

    def mistakes(tiles: list[dict[str, Any]]) -> int:
        return sum(tile["predicted"] != tile["true"] for tile in tiles)

    # fonts with mistakes first, so that the limit hides none of them behind good ones
    ranked = sorted(rows.items(), key=lambda item: -mistakes(item[1]))
    return {
        "correct": int(right.sum()),
        "n": len(right),
        "fonts": len(rows),
        "rows": [(font, tiles, mistakes(tiles)) for font, tiles in ranked[:FONTS]],
    }
