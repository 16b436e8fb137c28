"""What a topic consists of: a headline, sections with one picture each, and all numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class Section:
    """One thought with its picture.

    name: of the picture's file; letters, digits and hyphens.
    title: a few words.
    text: what one sees and why; an empty line begins a new paragraph.
    figure: the picture.
    alt: what the picture tells, for those who cannot see it.
    columns, rows: a table of the numbers; a column whose name ends in ``>`` is aligned right.
    """

    name: str
    title: str
    text: str
    figure: Figure
    alt: str
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


@dataclass(frozen=True, eq=False)
class Explanation:
    """A topic, explained.

    topic: its name on the command line.
    title: its name for people.
    headline: the one sentence to remember.
    sections: in order.
    numbers: everything that was computed and is worth keeping, as JSON can hold it.
    """

    topic: str
    title: str
    headline: str
    sections: Sequence[Section]
    numbers: Mapping[str, Any]
