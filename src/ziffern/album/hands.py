"""The album of many hands: how well a model reads each collection, its writers and its digits.

    write_hands(judge("flagship", on=["swiss", "usps"]), Path("hands"))

Only answers that were given are shown; nothing is looked at again.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from ziffern.album.page import Plate, Progress, Step, Table, write_album
from ziffern.album.scores import interval
from ziffern.evaluation.hands import Collection, Group, Hands
from ziffern.figures import style
from ziffern.figures.hands import shares_figure, worst_figure

WRITERS = 30
"""So many writers of a collection are drawn, the worst of them; the table has all."""


def write_hands(hands: Hands, folder: Path, *, progress: Progress | None = None) -> Path:
    """Write the album and return its page.

    Raises:
        WorkError: the folder cannot be written.
    """
    work = [Step("Collections", partial(_collections, hands))]
    for collection in hands.collections:
        work.append(Step(collection.title, partial(_collection, collection)))
    return write_album(
        folder,
        f"{hands.model}: many hands",
        work,
        summary="How well this model reads digits of other hands, scanners and countries.",
        progress=progress,
    )


def _collections(hands: Hands) -> list[Plate]:
    groups = [
        Group("", it.evaluation.dataset, it.evaluation.correct, it.evaluation.n)
        for it in hands.collections
    ]
    told = ", ".join(f"{group.name} {style.percent(group.accuracy)}" for group in groups)
    return [
        Plate(
            "collections",
            "Collections",
            "The share of digits that were read right in each collection. The line is the 95 % "
            "interval: a share of other digits by the same hands would likely lie in it. Other "
            "hands differ more than that.",
            shares_figure(groups, None),
            f"Share read right: {told}.",
            table=_table(groups),
        )
    ]


def _collection(collection: Collection) -> list[Plate]:
    shown, name = collection.evaluation, collection.evaluation.dataset
    groups = [
        group
        for kind, found in collection.groups.items()
        for group in (found[:WRITERS] if kind == "writer" else found)
    ]
    drawn = {group.kind for group in groups}
    which = " and ".join(
        what for kind, what in (("writer", "writers"), ("class", "digits")) if kind in drawn
    )
    plates = [
        Plate(
            f"{_file(name)}-groups",
            f"{collection.title}: groups",
            f"The same, by what is known of each digit of {name}; {which} with the worst first. "
            "Where intervals overlap widely, the groups may well be read equally well.",
            shares_figure(groups, shown.accuracy),
            f"Share read right by group; the least {min(group.accuracy for group in groups):.2%}.",
            table=_table([group for found in collection.groups.values() for group in found]),
        )
    ]
    for kind, title in (("writer", "the writers read worst"), ("class", "the digits read worst")):
        found = collection.groups.get(kind, ())
        if any(group.correct < group.n for group in found):
            plates.append(
                Plate(
                    f"{_file(name)}-worst-{kind}",
                    f"{collection.title}: {title}",
                    "A row each, with how many were misread, and the most wrong of them: 1≠7 is a "
                    "7 that was read as 1.",
                    worst_figure(collection, kind),
                    f"Misread digits of {', '.join(group.name for group in found[:5])}.",
                    raster=True,
                )
            )
    return plates


def _table(groups: list[Group]) -> Table:
    rows = [
        [
            f"{group.kind} {group.name}".strip(),
            style.percent(group.accuracy),
            interval(group.wilson95),
            f"{group.correct:,} of {group.n:,}",
        ]
        for group in groups
    ]
    return Table(["", "accuracy>", "95 % interval>", "right>"], rows)


def _file(name: str) -> str:
    """Return a dataset's name as a part of file names: letters, digits and hyphens."""
    return "".join(sign if sign.isalnum() else "-" for sign in name)
