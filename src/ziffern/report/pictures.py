"""The report's figures as files, for slides and papers: `figures/` of a run."""

from __future__ import annotations

import io
from pathlib import Path

from matplotlib.figure import Figure

from ziffern.figures.calibration import reliability_figure
from ziffern.figures.confusion import confusion_figure
from ziffern.figures.curves import curves_figure
from ziffern.figures.mistakes import digit_grid_figure, most_wrong_figure
from ziffern.files import write_atomic
from ziffern.report.content import ReportContent

FOLDER = "figures"
DPI = 150


def write_figures(content: ReportContent, run: Path) -> list[Path]:
    """Write what the content has figures for: curves, confusion, calibration, digits.

    Drawings are SVG, grids of digits PNG. Figures of an earlier report are replaced.
    """
    drawings: dict[str, Figure] = {}
    if content.history:
        drawings["curves.svg"] = curves_figure(content.history)
    if (shown := content.shown) is not None:
        drawings["confusion.svg"] = confusion_figure(shown.confusion, shown.class_names)
        drawings["calibration.svg"] = reliability_figure(shown.reliability)
        if content.images is not None:
            images, names = content.images, shown.class_names
            drawings["digits.png"] = digit_grid_figure(
                images, shown.labels, shown.predictions, names
            )
            if len(shown.wrong):
                drawings["most-wrong.png"] = most_wrong_figure(
                    images, shown.labels, shown.probabilities, names
                )
    return [_save(figure, run / FOLDER / name) for name, figure in drawings.items()]


def _save(figure: Figure, path: Path) -> Path:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=path.suffix[1:], dpi=DPI)
    return write_atomic(path, buffer.getvalue())
