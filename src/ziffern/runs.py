"""A run is a folder: what was trained, how it went and what came out, readable without Ziffern."""

from __future__ import annotations

from typing import TypedDict


class EpochRow(TypedDict):
    """One line of `history.jsonl`. Loss in nats, accuracy 0 to 1, None where not measured."""

    epoch: int
    loss: float
    accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    learning_rate: float
    seconds: float
    images_per_second: float
