"""A topic of `ziffern.explain` as plates, one for each section."""

from __future__ import annotations

from ziffern.album.page import Plate, Step, Table
from ziffern.explain.explanation import Explanation


def steps(told: Explanation) -> list[Step]:
    """Return the one step that puts the sections of an explanation on plates, in order."""
    plates = [
        Plate(
            section.name,
            section.title,
            section.text,
            section.figure,
            section.alt,
            table=Table(section.columns, section.rows) if section.rows else None,
        )
        for section in told.sections
    ]
    return [Step("drawing", lambda: plates)]
