"""The report's figures as files, for slides and papers: `figures/` of a run."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ziffern.evaluation.abstention import risk_coverage
from ziffern.evaluation.mistakes import right_indices
from ziffern.evaluation.result import Evaluation
from ziffern.figures.abstention import risk_coverage_figure
from ziffern.figures.answers import answers_figure
from ziffern.figures.calibration import confidence_figure, reliability_figure
from ziffern.figures.causes import causes_figure
from ziffern.figures.confusion import confusion_figure
from ziffern.figures.curves import curves_figure
from ziffern.figures.mistakes import (
    confused_pairs_figure,
    digit_grid_figure,
    most_wrong_figure,
)
from ziffern.figures.recall import recall_figure
from ziffern.files import write_atomic
from ziffern.report.content import ReportContent

FOLDER = "figures"
DPI = 150


def write_figures(content: ReportContent, run: Path) -> list[Path]:
    """Write what the content has figures for: curves, confusion, calibration, mistakes, digits.

    Drawings are SVG, grids of digits PNG. Figures of an earlier report are replaced.
    """
    drawings: dict[str, Figure] = {}
    if content.history:
        drawings["curves.svg"] = curves_figure(content.history)
    if (shown := content.shown) is not None:
        drawings["confusion.svg"] = confusion_figure(shown.confusion, shown.class_names)
        drawings["recall.svg"] = recall_figure(shown.confusion, shown.class_names)
        drawings["calibration.svg"] = reliability_figure(shown.reliability)
        drawings["confidence.svg"] = confidence_figure(shown.labels, shown.probabilities)
        curve = risk_coverage(shown.labels, shown.probabilities)
        drawings["abstention.svg"] = risk_coverage_figure(curve)
        if content.images is not None:
            drawings |= _digits(content, shown, content.images)
    return [_save(figure, run / FOLDER / name) for name, figure in drawings.items()]


def _digits(
    content: ReportContent, shown: Evaluation, images: NDArray[np.uint8]
) -> dict[str, Figure]:
    labels, answers, p, names = (
        shown.labels, shown.predictions, shown.probabilities, shown.class_names
    )  # fmt: skip
    drawings = {"digits.png": digit_grid_figure(images, labels, answers, names)}
    for name, chosen in (("right.png", answers == labels), ("wrong.png", answers != labels)):
        if chosen.any():
            drawings[name] = digit_grid_figure(
                images[chosen], labels[chosen], answers[chosen], names,
                rows=5, columns=10, equals=True,
            )  # fmt: skip
    wrong = shown.wrong
    both = [*right_indices(labels, p)[:1], *wrong[:1]]
    drawings["extremes.png"] = answers_figure(images[both], labels[both], p[both], names)
    if len(wrong):
        drawings["most-wrong.png"] = most_wrong_figure(images, labels, p, names)
        drawings["confused.png"] = confused_pairs_figure(images, labels, answers, names)
    if content.causes:
        drawings["causes.png"] = causes_figure(
            images[wrong], labels[wrong], answers[wrong], content.causes, names
        )
    return drawings


def _save(figure: Figure, path: Path) -> Path:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=path.suffix[1:], dpi=DPI)
    return write_atomic(path, buffer.getvalue())
