"""Draws what `scaling.py` has measured: seconds and memory against digits, both logarithmic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from ziffern.figures import style
from ziffern.figures.axes import End, end_labels

HEIGHT = 3.4
NAMES = {"onnxruntime": "ONNX Runtime", "torch": "PyTorch"}
Rows = Mapping[tuple[Any, ...], Mapping[str, Any]]
Points = list[tuple[float, float]]


def scaling_figure(training: Rows, prediction: Rows) -> Figure:
    """Draw time of training, time of prediction and memory of prediction.

    Args:
        training: medians by (title, recipe, times, digits).
        prediction: medians by (engine, digits).
    """
    trained: dict[str, Points] = {}
    for (title, recipe, times, digits), row in training.items():
        trained.setdefault(f"{title}, {recipe}", []).append((times * digits, row["seconds"]))
    answered: dict[str, Points] = {}
    held: dict[str, Points] = {}
    needed: Points = []
    for (engine, count), row in prediction.items():
        name = NAMES[engine]
        answered.setdefault(name, []).append((count, row["seconds"]))
        held.setdefault(name, []).append((count, row["peak_memory_mib"]))
        needed.append((count, row["input_mib"] + row["output_mib"]))
    held["in- and output"] = sorted(set(needed))

    figure = style.new_figure(11.5, HEIGHT)
    first, second, third = figure.subplots(1, 3)
    _lines(first, trained, "Training: seconds an epoch", "training digits")
    _lines(second, answered, "Prediction: seconds", "digits at once")
    _lines(third, held, "Prediction: peak memory, MiB", "digits at once", least=1.0)
    return figure


def _lines(
    axes: Axes, series: Mapping[str, Points], title: str, x: str, least: float = 0.0
) -> None:
    """Draw lines with their names at their ends; values below `least` are left out."""
    style.bare(axes, title=title, x=x)
    shown = {name: sorted(p for p in points if p[1] >= least) for name, points in series.items()}
    shown = {name: points for name, points in shown.items() if points}
    ends = []
    for (name, points), line in zip(shown.items(), style.LINES, strict=False):
        places, values = zip(*points, strict=True)
        axes.plot(
            places, values, color=line.colour, linestyle=line.dashes, linewidth=1.8,
            marker=line.marker, markersize=4,
        )  # fmt: skip
        ends.append(End(name, places[-1], values[-1], line.colour))
    everything = [point for points in shown.values() for point in points]
    style.log_scale(axes, min(y for _, y in everything), max(y for _, y in everything))
    axes.set_xscale("log")
    ticks = sorted({x for x, _ in everything})
    axes.set_xticks(ticks if len(ticks) < 5 else ticks[::2])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.minorticks_off()
    end_labels(axes, ends, height=HEIGHT - 0.8)
