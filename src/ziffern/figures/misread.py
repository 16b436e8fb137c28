"""Why a digit was read as it was, on one sheet: picture, answer, measures, relatives, corrections.

    figure = misread_figure(study)

What is drawn was found by `ziffern.exploration.misread`. Changes that flip the answer are framed
and printed bold.
"""

from __future__ import annotations

from dataclasses import asdict

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ziffern.exploration.misread import Answer, Study
from ziffern.exploration.written import known
from ziffern.figures import style
from ziffern.pictures import Pixels

WIDTH, EDGE = 8.6, 0.15  # inches
NAME = 0.95  # where tiles begin, right of the names of their rows
TILE, GAP = 0.58, 0.26
PICTURE, STRIP = 1.75, 0.72
AXES = {
    "stroke": "stroke width, px of 20",
    "slant": "slant, °",
    "breadth": "breadth ÷ height",
    "size": "size, px of 28",
    "offset": "off the middle, px of 28",
}


def misread_figure(study: Study, *, title: str = "") -> Figure:
    """Draw a study; `title` names the picture."""
    rows = 1 + len(study.changed) if len(study.nearest) else len(study.changed)
    step = TILE + 0.5
    height = 0.62 + PICTURE + 0.4 + (STRIP + 0.62 if study.measures else 0) + rows * step + 0.35
    figure, sheet = style.sheet(WIDTH, height)
    y = 0.3
    sheet.text(EDGE, y, _headline(study, title), fontsize=11, color=style.INK, fontweight="bold")
    y += 0.32
    _pictures(figure, sheet, study, y)
    y += PICTURE + 0.4
    if study.measures is not None:
        _measures(figure, sheet, study, y)
        y += STRIP + 0.62
    if len(study.nearest):
        _named(sheet, y, "training", "digits most", "like it")
        for place, (picture, label) in enumerate(zip(study.nearest, study.labels, strict=True)):
            agrees = label == study.answer.digit
            _tile(figure, sheet, place, y, picture, label, framed=not agrees)
        y += step
    if study.changed:
        _caption(
            sheet, EDGE, y,
            "changed a little, and what is answered then; framed: another digit (inverted or "
            "lying only if surer), in brackets: taken for no digit",
        )  # fmt: skip
        y += 0.25
    for name, answers in study.changed.items():
        _named(sheet, y, name)
        for place, answer in enumerate(answers):
            _tile(
                figure, sheet, place, y, answer.picture, _told(answer),
                answer.change, framed=study.is_flip(name, answer),
            )  # fmt: skip
        y += step
    return figure


def _headline(study: Study, title: str) -> str:
    verdict = study.verdict(style.percent(study.answer.probability, 1))
    return f"{title}: {verdict}" if title else verdict


def _told(answer: Answer) -> str:
    if answer.state == "no-digit":
        return f"({answer.digit} {style.percent(answer.probability, 0)})"
    return f"{answer.digit} {style.percent(answer.probability, 0)}"


def _pictures(figure: Figure, sheet: Axes, study: Study, y: float) -> None:
    raw, seen = study.raw, 255 - study.answer.picture
    _caption(sheet, EDGE, y, f"as it came, {raw.shape[1]}×{raw.shape[0]}")
    _image(figure, EDGE, y, PICTURE, raw)
    _caption(sheet, EDGE + 2.05, y, "what the network sees, 28×28")
    _image(figure, EDGE + 2.05, y, PICTURE, seen)
    axes = _axes(figure, EDGE + 4.75, y + 0.1, WIDTH - EDGE - 5.55, PICTURE)
    places = list(range(len(study.probabilities)))
    best = int(study.probabilities.argmax())
    colours = [style.VALIDATION if place == best else style.MUTED for place in places]
    axes.barh(places, study.probabilities, color=colours, height=0.7)
    for place, share in zip(places, study.probabilities.tolist(), strict=True):
        axes.text(
            share + 0.015, place, style.percent(share, 1), va="center",
            fontsize=style.SMALL, color=style.INK if place == best else style.MUTED,
        )  # fmt: skip
    style.bare(axes)
    axes.set(xlim=(0, 1), xticks=[])
    axes.set_yticks(places, study.class_names)
    axes.invert_yaxis()
    axes.spines["bottom"].set_visible(False)
    axes.grid(visible=False)
    _caption(sheet, EDGE + 4.6, y, "probability of each digit")


def _measures(figure: Figure, sheet: Axes, study: Study, y: float) -> None:
    """Draw each measure as a dot on the range that is usual for the class of the answer."""
    assert study.measures is not None
    label = study.compared_with
    usual = "digits" if label not in study.class_names else f"{label}s"
    _caption(
        sheet, EDGE, y,
        f"beside MNIST's training {usual}: line 1 to 99 %, bar the middle half, stroke the median",
    )  # fmt: skip
    room = (WIDTH - 2 * EDGE) / len(AXES)
    for place, (name, value) in enumerate(asdict(study.measures).items()):
        low, _, first, median, third, _, high = known()[label][name]
        axes = _axes(figure, EDGE + place * room + 0.1, y + 0.2, room - 0.25, STRIP - 0.2)
        odd = not low <= value <= high
        colour = style.WRONG if odd else style.VALIDATION
        axes.plot([low, high], [0, 0], color=style.MUTED, linewidth=1.2)
        axes.plot([first, third], [0, 0], color=style.GRID, linewidth=9, solid_capstyle="butt")
        axes.plot([median, median], [-0.25, 0.25], color=style.INK, linewidth=1.5)
        axes.plot([value], [0], "D" if odd else "o", color=colour, markersize=7, zorder=3)
        axes.text(
            value, 0.5, f"{value:.1f}".replace("-", "−"), ha="center", fontsize=style.SMALL,
            color=colour, fontweight="bold" if odd else "normal",
        )  # fmt: skip
        style.bare(axes, x=AXES[name])
        axes.grid(visible=False)
        span = max(high, value) - min(low, value) or 1.0
        axes.set(
            ylim=(-0.8, 1.1), yticks=[],
            xlim=(min(low, value) - 0.12 * span, max(high, value) + 0.12 * span),
        )  # fmt: skip
        axes.xaxis.label.set_fontsize(style.SMALL)
        axes.locator_params(axis="x", nbins=4)


def _tile(
    figure: Figure,
    sheet: Axes,
    place: int,
    y: float,
    picture: Pixels,
    below: str,
    above: str = "",
    *,
    framed: bool,
) -> None:
    x = NAME + EDGE + place * (TILE + GAP)
    colour = style.WRONG if framed else style.INK
    sheet.text(x + TILE / 2, y, above, ha="center", fontsize=7.5, color=style.MUTED)
    _image(figure, x, y, TILE, 255 - picture, colour if framed else "")
    sheet.text(
        x + TILE / 2, y + TILE + 0.25, below, ha="center", fontsize=style.SMALL,
        color=colour, fontweight="bold" if framed else "normal",
    )  # fmt: skip


def _named(sheet: Axes, y: float, *lines: str) -> None:
    sheet.text(
        EDGE, y + 0.05 + TILE / 2, "\n".join(lines), va="center", fontsize=style.TEXT,
        color=style.INK, fontweight="bold",
    )  # fmt: skip


def _caption(sheet: Axes, x: float, y: float, text: str) -> None:
    sheet.text(x, y, text, fontsize=style.SMALL, color=style.MUTED)


def _image(
    figure: Figure, x: float, y: float, side: float, picture: Pixels, frame: str = ""
) -> None:
    axes = _axes(figure, x, y + 0.08, side, side)
    axes.imshow(picture, cmap="gray", vmin=0, vmax=255, interpolation="none")
    style.blank(axes)
    axes.set_anchor("NW")
    axes.add_patch(
        Rectangle(
            (-0.5, -0.5), picture.shape[1], picture.shape[0], fill=False, clip_on=False,
            edgecolor=frame or style.GRID, linewidth=2 if frame else 0.8,
        )
    )  # fmt: skip


def _axes(figure: Figure, x: float, y: float, width: float, height: float) -> Axes:
    """Return axes with their upper left corner at x, y, in inches."""
    wide, high = figure.get_size_inches()
    return figure.add_axes((x / wide, 1 - (y + height) / high, width / wide, height / high))
