"""One visual language for all figures: colours, text sizes, bare axes.

Colours follow Okabe and Ito's palette for the colour-blind ("Color Universal Design", 2008),
darkened where lines or small text need contrast. They differ in lightness too, so that a grey print
still tells them apart; no figure relies on colour alone. `DARK` holds the same names for dark
screens: `ziffern.figures.svg` lets a page exchange them.

Figures are made without pyplot and change no global setting.
"""

from __future__ import annotations

import io
import math
import textwrap
from typing import Literal, NamedTuple

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from ziffern.errors import InputError

LIGHT = {
    "paper": "#ffffff",
    "ink": "#1a1d21",
    "muted": "#5c6570",
    "grid": "#e1e5ea",
    "training": "#c98300",
    "validation": "#0067a8",
    "right": "#00755a",
    "wrong": "#bf3c00",
    "accent": "#8a4a77",
}
"""Colours on light paper. Each value is different, so that a page can find and replace them."""

DARK = {
    "paper": "#14171b",
    "ink": "#e9ecef",
    "muted": "#a3adb8",
    "grid": "#31373e",
    "training": "#eba72c",
    "validation": "#63b5ee",
    "right": "#35c89d",
    "wrong": "#ff8a57",
    "accent": "#dba0c8",
}
"""The same colours for dark screens."""

PAPER, INK, MUTED, GRID = (LIGHT[name] for name in ("paper", "ink", "muted", "grid"))
TRAINING, VALIDATION = LIGHT["training"], LIGHT["validation"]
RIGHT, WRONG, ACCENT = LIGHT["right"], LIGHT["wrong"], LIGHT["accent"]

SIGNED = LinearSegmentedColormap.from_list(
    "signed", ["#a63603", "#f3a571", "#ffffff", "#7fb2d9", "#08519c"]
)
"""From negative (orange) over zero (white) to positive (blue); both ends equally dark."""
STRENGTH = LinearSegmentedColormap.from_list(
    "strength", ["#ffffff", "#9cc3d9", "#2a7ba8", "#0b2f4a"]
)
"""From nothing (white) to much (dark blue); lightness falls evenly, so grey prints keep it."""

CLASS_COLOURS = (
    "#000000", "#0072b2", "#e69f00", "#009e73", "#cc79a7",
    "#d55e00", "#56b4e9", "#8c6d1f", "#6a4fa3", "#7f7f7f",
)  # fmt: skip
"""Ten classes, after Okabe and Ito. Ten colours are too many to be told apart alone: always with a
marker, the class's digit or its name beside it."""
CLASS_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")


class Line(NamedTuple):
    """How one of several lines looks: colour, dashes (`linestyle`) and marker."""

    colour: str
    dashes: str | tuple[float, tuple[float, ...]]
    marker: str


LINES = (
    Line(VALIDATION, "-", "o"),
    Line(WRONG, (0, (5, 2)), "s"),
    Line(RIGHT, (0, (1.5, 1.5)), "^"),
    Line(TRAINING, (0, (7, 2, 1.5, 2)), "D"),
    Line(ACCENT, "-", "v"),
    Line(INK, (0, (3, 1.5)), "P"),
    Line(MUTED, (0, (1, 1)), "X"),
    Line(VALIDATION, (0, (8, 2)), "<"),
    Line(WRONG, "-", ">"),
    Line(RIGHT, (0, (7, 2, 1.5, 2)), "*"),
)
"""Ten lines that are told apart by dashes and marker alone, so that colour only helps."""

TEXT, SMALL = 9.0, 8.0
"""Text sizes in points: titles and labels, ticks and notes."""


PERCENT = FuncFormatter(lambda share, _: f"{100 * share:.6g}\N{NARROW NO-BREAK SPACE}%")
"""Writes ticks from 0 to 1 as percentages, with as many digits as they need."""


class Drawing(Figure):
    """A figure that shows itself in a notebook, which matplotlib's do only with pyplot."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=144)
        return buffer.getvalue(), {"width": round(96 * self.get_figwidth())}


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of `width` × `height` inches that lays itself out."""
    layout = ConstrainedLayoutEngine(w_pad=0.03, h_pad=0.03)
    return Drawing(figsize=(width, height), layout=layout, facecolor=PAPER)


def sheet(width: float, height: float) -> tuple[Figure, Axes]:
    """Return a figure with one blank axes over all of it, in inches from its upper left corner."""
    figure = Figure(figsize=(width, height), facecolor=PAPER)
    axes = figure.add_axes((0, 0, 1, 1))
    blank(axes)
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    return figure, axes


def bare(axes: Axes, *, title: str = "", x: str = "", y: str = "") -> None:
    """Give `axes` the house look: title at the left, light horizontal grid, no box."""
    axes.set_facecolor(PAPER)
    if title:
        axes.set_title(title, loc="left", fontsize=TEXT, color=INK, fontweight="bold")
    axes.set_xlabel(x, fontsize=TEXT, color=MUTED)
    axes.set_ylabel(y, fontsize=TEXT, color=MUTED)
    axes.tick_params(labelsize=SMALL, labelcolor=MUTED, color=GRID, length=3, which="both")
    axes.grid(axis="y", color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(GRID)


def note_below(figure: Figure, text: str) -> None:
    """Say something about all of a figure in small lines below it."""
    signs = int(figure.get_figwidth() * 72 / SMALL * 1.75)
    note = figure.supxlabel(textwrap.fill(text, signs), x=0.01, ha="left")
    note.set(fontsize=SMALL, color=MUTED)


def blank(axes: Axes) -> None:
    """Leave nothing of `axes` but what is drawn in it (for pictures)."""
    axes.set_axis_off()
    axes.set_facecolor(PAPER)


def whole_numbers(axes: Axes) -> None:
    """Put the ticks of the x axis on whole numbers."""
    axes.xaxis.set_major_locator(MaxNLocator(nbins="auto", integer=True, min_n_ticks=1))


def log_scale(axes: Axes, low: float, high: float, *, axis: Literal["x", "y"] = "y") -> None:
    """Make an axis logarithmic, with plain numbers (0.02, not 2·10⁻²) at 1, 2, 5 of a decade.

    `low` and `high` > 0 are the values to be shown.
    """
    axes.set(**{f"{axis}scale": "log", f"{axis}lim": (low / 1.25, high * 1.25)})
    decades = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    # many decades have room for powers of ten only; there is more of it from left to right
    steps = (1, 2, 5) if len(decades) <= {"x": 7, "y": 4}[axis] else (1,)
    ticks = [step * 10.0**decade for decade in decades for step in steps]
    shown = axes.yaxis if axis == "y" else axes.xaxis
    bottom, top = shown.get_view_interval()
    shown.set_ticks([tick for tick in ticks if bottom <= tick <= top])
    shown.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    shown.set_minor_formatter(NullFormatter())
    axes.minorticks_off()


def check_lines(count: int, what: str) -> None:
    """Raise `InputError` unless one figure can tell `count` lines apart; `what` are they?"""
    if not 1 <= count <= len(LINES):
        raise InputError(f"{count} {what} in one picture: expected 1 to {len(LINES)}")


def percent(share: float, digits: int = 2) -> str:
    """Write a share 0…1 as a percentage, such as `99.70 %` (narrow no-break space)."""
    return f"{100 * share:.{digits}f}\N{NARROW NO-BREAK SPACE}%"


def probability(share: float) -> str:
    """Write a probability as `percent` does; what is not quite certain is no 0 or 100 %."""
    if share < 0.0001:
        return f"< {percent(0.0001)}"
    return f"> {percent(0.9999)}" if share > 0.9999 else percent(share)
