"""The high score: the best run on each dataset, in `best.json` beside the runs.

    {"mnist": {"recipe": …, "settings": {…}, "seed": 0, "run": …, "validation": {…}, "test": null}}

Runs are ranked by validation figures alone: higher accuracy, then lower loss; the older run keeps
its place in a tie. Test figures are written beside the holder once somebody has opened them, and
never decide. Parallel runs may report at the same moment.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict

from ziffern.errors import RunError
from ziffern.files import read_json, translated, write_json
from ziffern.history import without_nan
from ziffern.runs import locked

NAME = "best.json"
log = logging.getLogger(__name__)


class Entry(TypedDict):
    """The best run on one dataset. Figures have at least `accuracy` (0 to 1) and `loss`."""

    recipe: str
    settings: Mapping[str, Any]
    seed: int
    run: str
    validation: Mapping[str, Any]
    test: Mapping[str, Any] | None


def best(runs_dir: str | Path) -> dict[str, Entry]:
    """Read the best run of each dataset; empty when there is none yet.

    Raises:
        RunError: the file is damaged.
    """
    path = Path(runs_dir) / NAME
    if not path.exists():
        return {}
    table = read_json(path)
    if not isinstance(table, dict):
        raise RunError(f"{path} is damaged: expected a JSON object")
    for dataset, entry in table.items():
        complete = isinstance(entry, dict) and entry.keys() >= Entry.__annotations__.keys()
        if not complete or not isinstance(entry["validation"], dict):
            raise RunError(f"{path} is damaged: the entry of {dataset!r} is not complete")
    return table


def offer(runs_dir: str | Path, dataset: str, entry: Entry) -> bool:
    """Enter a run if it beats the holder, and return whether it did.

    A damaged file is kept aside as ``best.json.damaged-1`` (2, 3, …), a warning is logged, and a
    new table begins. A run without a validation accuracy cannot enter.
    """
    folder = Path(runs_dir)
    if _number(entry["validation"].get("accuracy")) is None:
        return False
    with locked(folder):
        table = _best_or_aside(folder)
        if dataset in table and _rank(entry) <= _rank(table[dataset]):
            return False
        write_json(folder / NAME, without_nan({**table, dataset: entry}))
    return True


def add_test(runs_dir: str | Path, dataset: str, run: str, figures: Mapping[str, Any]) -> bool:
    """Write test figures beside the holder if `run` is the holder; return whether it is."""
    folder = Path(runs_dir)
    with locked(folder):
        table = _best_or_aside(folder)
        if dataset not in table or table[dataset]["run"] != run:
            return False
        entry = {**table[dataset], "test": figures}
        write_json(folder / NAME, without_nan({**table, dataset: entry}))
    return True


def _rank(entry: Entry) -> tuple[float, float]:
    """Larger is better; a figure that is not a number is the worst."""
    accuracy = _number(entry["validation"].get("accuracy"))
    loss = _number(entry["validation"].get("loss"))
    return (-math.inf if accuracy is None else accuracy, -math.inf if loss is None else -loss)


def _number(value: Any) -> float | None:
    return value if isinstance(value, (int, float)) and math.isfinite(value) else None


def _best_or_aside(folder: Path) -> dict[str, Entry]:
    try:
        return best(folder)
    except RunError as error:
        path, number = folder / NAME, 1
        while (aside := folder / f"{NAME}.damaged-{number}").exists():
            number += 1
        with translated(path, "rename"):
            path.rename(aside)
        log.warning("%s; it is kept as %s and a new high score begins", error, aside.name)
        return {}
