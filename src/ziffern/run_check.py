"""What has to stand in the JSON files of a run, so that whatever reads them can rely on it.

A file that was cut short is no JSON and noticed anyway; here belongs what a person or another
program may have changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ziffern.errors import RunError

Kinds = Mapping[str, "type | tuple[type, ...] | Kinds"]

NUMBER = (int, float)
INFO: Kinds = {"name": str, "recipe": str, "seed": int, "started": str, "status": str}
# written when the training begins
BEGUN: Kinds = {
    "hardware": dict,
    "device": str,
    "precision": str,
    "dataset": {
        "name": str,
        "origin": str,
        "is_sample": bool,
        "data_dir": (str, type(None)),
        "sha256": str,
        "train_size": int,
        "validation_size": int,
    },
}
# of an ensemble, what each member is
MEMBER: Kinds = {"run": str, "recipe": str, "seed": int}
# written when it ended
TRAINING: Kinds = {
    "epochs": int,
    "result_epoch": int,
    "seconds_training": NUMBER,
    "seconds_total": NUMBER,
    "images_per_second": NUMBER,
}


def check_info(path: Path, info: Mapping[str, Any]) -> None:
    """Check what `run.json` holds.

    Raises:
        RunError: something is missing or of another type.
    """
    _check(path, info, INFO)
    if BEGUN.keys() & info.keys():
        _check(path, info, BEGUN)
    if "members" in info:
        members = info["members"]
        if not isinstance(members, list) or not all(isinstance(each, dict) for each in members):
            raise RunError(f"{path} is damaged: members is not a list of objects")
        for number, member in enumerate(members, 1):
            _check(path, member, MEMBER, f"members.{number}.")


def check_metrics(path: Path, metrics: Mapping[str, Any]) -> None:
    """Check what `metrics.json` holds. Errors as for `check_info`."""
    looks = metrics.get("test_looks")
    if not isinstance(looks, int) or looks < 0:
        raise RunError(f"{path} is damaged: test_looks is {looks!r}, not a count")
    if "training" in metrics:
        _check(path, metrics, {"training": TRAINING})
    for split in ("validation", "test"):
        figures = metrics.get(split)
        accuracy = figures.get("accuracy") if isinstance(figures, dict) else None
        if split in metrics and type(accuracy) not in (int, float):
            raise RunError(f"{path} is damaged: the figures of {split} are not complete")


def _check(path: Path, table: Mapping[str, Any], kinds: Kinds, within: str = "") -> None:
    for key, kind in kinds.items():
        name = within + key
        if key not in table:
            raise RunError(f"{path} is damaged: {name} is missing")
        value = table[key]
        if isinstance(kind, Mapping):
            if not isinstance(value, dict):
                raise RunError(f"{path} is damaged: {name} is {value!r}, expected an object")
            _check(path, value, kind, f"{name}.")
        elif not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise RunError(f"{path} is damaged: {name} cannot be {value!r}")
