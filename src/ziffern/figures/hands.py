"""How well many hands are read: shares with their intervals, and the digits that were misread."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from ziffern.errors import InputError
from ziffern.evaluation.hands import Collection, Group
from ziffern.figures import style
from ziffern.figures.mistakes import caption
from ziffern.figures.tiles import Role, tiles_figure


def shares_figure(groups: Sequence[Group], whole: float | None, *, width: float = 7.0) -> Figure:
    """Draw how much of each group was read right, with its 95 % Wilson interval, a row each.

    Args:
        groups: from the top; groups of one kind stand together, under its name.
        whole: accuracy of all of them together, drawn as a line; None for no line.
        width: in inches.

    Raises:
        InputError: there are none.
    """
    if not groups:
        raise InputError("there is nothing to draw: 0 groups were given")
    kinds = list(dict.fromkeys(group.kind for group in groups))
    rows: dict[int, Group] = {}
    heads: dict[int, str] = {}
    for kind in kinds:
        if kind:
            heads[len(heads) + len(rows)] = kind
        for group in (group for group in groups if group.kind == kind):
            rows[len(heads) + len(rows)] = group
    shares = np.array([group.accuracy for group in rows.values()])
    ends = np.array([group.wilson95 for group in rows.values()])
    count = len(heads) + len(rows)

    figure = style.new_figure(width, 0.24 * count + 0.75)
    axes = figure.subplots()
    style.bare(axes, x="read right, with 95 % interval")
    axes.grid(axis="y", visible=False)
    axes.grid(axis="x", color=style.GRID, linewidth=0.7)
    if whole is not None:
        axes.axvline(whole, color=style.MUTED, linewidth=1, linestyle=(0, (4, 3)))
        axes.annotate(
            f"all: {style.percent(whole)}", (whole, 1), (-3, 2), ha="right",
            xycoords=("data", "axes fraction"), textcoords="offset points",
            fontsize=style.SMALL, color=style.MUTED,
        )  # fmt: skip
    axes.errorbar(
        shares, list(rows), xerr=np.abs(ends.T - shares), fmt="o", color=style.VALIDATION,
        markersize=5, linewidth=1.2, markeredgecolor=style.PAPER, markeredgewidth=0.8,
    )  # fmt: skip
    low = float(ends.min())
    axes.set_xlim(max(0.0, low - 0.04 * (1 - low)) if low < 1 else 0.99, 1 + 0.02 * (1 - low))
    axes.xaxis.set_major_formatter(style.PERCENT)
    for row, group in rows.items():
        axes.annotate(
            f"{style.percent(group.accuracy)} of {group.n:,}", (1, row), (6, 0),
            xycoords=("axes fraction", "data"), textcoords="offset points", va="center",
            fontsize=style.SMALL, color=style.MUTED, annotation_clip=False,
        )  # fmt: skip
    labels = {row: group.name for row, group in rows.items()} | heads
    axes.set_yticks(sorted(labels), [labels[row] for row in sorted(labels)])
    axes.tick_params(axis="y", labelsize=style.TEXT, labelcolor=style.INK, length=0)
    for row, text in enumerate(axes.get_yticklabels()):
        if row in heads:
            text.set_fontweight("bold")
    axes.set_ylim(count - 0.5, -0.5)
    return figure


def worst_figure(
    collection: Collection, kind: str, *, rows: int = 5, columns: int = 10, width: float = 8.0
) -> Figure:
    """Draw the groups of a kind that were read worst, a row each, with their most wrong digits.

    Args:
        collection: what was answered.
        kind: "writer" or "class"; groups without a mistake are left out.
        rows: at most so many groups.
        columns: at most so many digits of each.
        width: in inches.

    Raises:
        InputError: the collection knows no such groups, or they have no mistakes.
    """
    shown = collection.evaluation
    names = np.array(shown.class_names)
    values = names[shown.labels] if kind == "class" else collection.part.groups.get(kind)
    worst = [it for it in collection.groups.get(kind, ()) if it.correct < it.n][:rows]
    if values is None or not worst:
        raise InputError(f"{shown.dataset}: no {kind} of it has mistakes to draw")
    chosen: list[int] = []
    places: list[int] = []
    for row, group in enumerate(worst):
        members = [index for index in shown.wrong.tolist() if values[index] == group.name][:columns]
        chosen += members
        places += range(row * columns, row * columns + len(members))
    answers, truth = names[shown.predictions[chosen]], names[shown.labels[chosen]]
    roles: list[Role | None] = ["wrong"] * len(chosen)
    return tiles_figure(
        collection.part.images[chosen],
        [caption(answer, true) for answer, true in zip(answers, truth, strict=True)],
        roles=roles,
        columns=columns,
        places=places,
        rows=[f"{group.name}   {group.n - group.correct} of {group.n:,}" for group in worst],
        width=width,
    )
