"""Our own measured results of the shipped recipes, from `recipes/measured.json`.

That file is written by `benchmarks/sources.py` from real runs, never by hand.
"""

from __future__ import annotations

from typing import Any

from ziffern.files import read_json
from ziffern.recipe import FOLDER

PATH = FOLDER / "measured.json"


def of(recipe: str) -> dict[str, Any] | None:
    """Return accuracy, loss (mean and sd over seeds) and n of a recipe, None if not measured."""
    if not PATH.exists():
        return None
    found: dict[str, Any] | None = read_json(PATH).get(recipe)
    return found
