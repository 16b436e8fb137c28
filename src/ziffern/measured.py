"""Our own measured results of the shipped recipes, from `recipes/measured.json`.

That file is written by `benchmarks/sources.py` from real runs, never by hand. It holds one row for
each run: recipe, seed, epochs, accuracy and loss on the sealed test set, opened once.
"""

from __future__ import annotations

import json
import statistics
from functools import cache
from typing import Any

from ziffern.recipe import FOLDER

PATH = FOLDER / "measured.json"


@cache
def _table() -> dict[str, Any]:
    return dict(json.loads(PATH.read_text())) if PATH.exists() else {}


def of(recipe: str) -> dict[str, Any] | None:
    """Return mean and standard deviation over the measured seeds, None if there are none.

    Keys: `accuracy`, `accuracy_sd`, `loss`, `loss_sd` (test set; sd is None for one seed), `n`,
    `epochs` (list), `seconds_per_epoch` (measured alone on the machine, None if not measured) and
    `hardware`.
    """
    found = _table().get(recipe)
    if not found or not found["runs"]:
        return None
    rows = found["runs"]

    def spread(key: str) -> float | None:
        return statistics.stdev(row[key] for row in rows) if len(rows) > 1 else None

    return {
        "accuracy": statistics.fmean(row["accuracy"] for row in rows),
        "accuracy_sd": spread("accuracy"),
        "loss": statistics.fmean(row["loss"] for row in rows),
        "loss_sd": spread("loss"),
        "n": len(rows),
        "epochs": [row["epochs"] for row in rows],
        "seconds_per_epoch": found.get("seconds_per_epoch"),
        "hardware": found.get("hardware"),
    }
