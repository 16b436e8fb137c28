"""Accuracy against the time of training: one mark for each recipe on each machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from ziffern.errors import InputError
from ziffern.figures import style
from ziffern.figures.axes import accuracy_axis

PLACES = (
    (9, 0, "left", "center"), (-9, 0, "right", "center"), (0, 9, "center", "bottom"),
    (0, -9, "center", "top"), (9, 9, "left", "bottom"), (-9, 9, "right", "bottom"),
    (9, -9, "left", "top"), (-9, -9, "right", "top"), (9, 20, "left", "bottom"),
    (9, -20, "left", "top"),
)  # fmt: skip
"""Where a name may stand, in points from its mark, the best place first."""

_INTERVAL: dict[str, Any] = {"linewidth": 6, "alpha": 0.4, "solid_capstyle": "butt"}
_DEVIATION: dict[str, Any] = {"linewidth": 1, "marker": "_", "markersize": 7}


class Mark(NamedTuple):
    """What is known of a recipe on a machine.

    seconds: of training, above 0.
    mean, sd, interval95: accuracy over seeds, 0…1; the latter two None for a single seed.
    """

    name: str
    seconds: float
    mean: float
    sd: float | None
    interval95: tuple[float, float] | None
    hardware: str


def speedrun_figure(marks: Sequence[Mark], *, width: float = 8.0) -> Figure:
    """Draw the mean accuracy of each recipe against the seconds of its training, both stretched.

    The thick bar is the 95 % interval of the mean over seeds, the thin one with caps the standard
    deviation of the seeds. Time is logarithmic, and above 90 % errors are counted so.

    Args:
        marks: at least one; up to `len(style.LINES)` kinds of hardware are told apart.
        width: in inches.

    Raises:
        InputError: there is no mark, or there are too many kinds of hardware.
    """
    if not marks:
        raise InputError("there is nothing to draw: the board is empty")
    machines = list(dict.fromkeys(mark.hardware for mark in marks))
    style.check_lines(len(machines), "kinds of hardware")
    looks = dict(zip(machines, style.LINES, strict=False))
    figure = style.new_figure(width, 4.6)
    axes = figure.subplots()
    style.bare(axes, x="seconds of training", y="accuracy on the test set")
    times = [mark.seconds for mark in marks]
    style.log_scale(axes, min(times), max(times) * 1.6, axis="x")
    accuracy_axis(axes, np.clip([end for mark in marks for end in _ends(mark)], 0, 1))
    low, high = axes.get_ylim()
    ticks = [1 - errors * 10.0**-place for place in range(1, 6) for errors in (10, 7, 5, 3, 2)]
    if len(shown := [tick for tick in ticks if low <= tick <= high]) > 1:
        axes.set_yticks(shown)
    for mark in marks:
        _draw(axes, mark, looks[mark.hardware])
    legend = {name: _point(look) for name, look in looks.items()}
    if len(machines) == 1:
        legend = {"mean": _point(looks[machines[0]])}
    legend["95 % interval of the mean"] = {"color": style.MUTED, **_INTERVAL}
    legend["± standard deviation of the seeds"] = {"color": style.MUTED, **_DEVIATION}
    figure.legend(
        [Line2D([], [], **look) for look in legend.values()], list(legend),
        loc="outside upper left", ncols=3, frameon=False, fontsize=style.SMALL,
        labelcolor=style.INK, handlelength=1.4, borderpad=0,
    )  # fmt: skip
    _write_names(figure, axes, marks)
    return figure


def _point(line: style.Line) -> dict[str, Any]:
    return {
        "linestyle": "", "marker": line.marker, "markersize": 7, "color": line.colour,
        "markeredgecolor": style.PAPER, "markeredgewidth": 0.8,
    }  # fmt: skip


def _ends(mark: Mark) -> list[float]:
    """Return all heights that are drawn for a mark."""
    spread = [] if mark.sd is None else [mark.mean - mark.sd, mark.mean + mark.sd]
    return [mark.mean, *spread, *(mark.interval95 or ())]


def _draw(axes: Axes, mark: Mark, line: style.Line) -> None:
    place = (mark.seconds, mark.seconds)
    if mark.interval95 is not None:
        ends = np.clip(mark.interval95, 0, 1)
        axes.plot(place, ends, color=line.colour, **_INTERVAL, gid="interval")
    if mark.sd is not None:
        ends = np.clip([mark.mean - mark.sd, mark.mean + mark.sd], 0, 1)
        axes.plot(place, ends, color=line.colour, **_DEVIATION, gid="deviation")
    axes.plot(mark.seconds, mark.mean, **_point(line), gid="mean", zorder=3)


def _write_names(figure: Figure, axes: Axes, marks: Sequence[Mark]) -> None:
    """Write each name beside its mark, where it covers neither a mark nor another name."""
    figure.draw_without_rendering()  # places are known only now
    taken = [_box(axes, mark) for mark in marks]
    for mark in marks:
        text = axes.annotate(
            mark.name, (mark.seconds, mark.mean), (0, 0), textcoords="offset points",
            fontsize=style.SMALL, color=style.INK, gid="name",
        )  # fmt: skip
        text.set_in_layout(False)
        crowds = [_crowd(text, place, axes, taken) for place in PLACES]
        _move(text, PLACES[crowds.index(min(crowds))])
        taken.append(text.get_window_extent())


def _box(axes: Axes, mark: Mark) -> Bbox:
    """Return what a mark with its bars covers, in pixels."""
    low, high = min(_ends(mark)), max(_ends(mark))
    ends = axes.transData.transform([(mark.seconds, max(low, 0)), (mark.seconds, min(high, 1))])
    return Bbox(ends + np.array([[-5, -4], [5, 4]]))


def _move(text: Annotation, place: tuple[float, float, str, str]) -> None:
    right, up, horizontal, vertical = place
    text.set_position((right, up))
    text.set_horizontalalignment(horizontal)  # type: ignore[arg-type]
    text.set_verticalalignment(vertical)  # type: ignore[arg-type]


def _crowd(
    text: Annotation, place: tuple[float, float, str, str], axes: Axes, taken: Sequence[Bbox]
) -> int:
    """Return how many boxes a text would cover at a place, leaving the axes counted as three."""
    _move(text, place)
    box = text.get_window_extent()
    inside = axes.bbox.x0 <= box.x0 and box.x1 <= axes.bbox.x1
    inside = inside and axes.bbox.y0 <= box.y0 and box.y1 <= axes.bbox.y1
    return box.count_overlaps(taken) + (0 if inside else 3)
