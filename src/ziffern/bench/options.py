"""How a training is to be done, whatever the recipe: what `ziffern.bench.train` was given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ziffern.runs import Run
from ziffern.training.events import Listener


@dataclass(frozen=True)
class Options:
    """The arguments of `ziffern.bench.train` that are told there."""

    data_dir: str | Path | None = None
    runs: str | Path = "runs"
    start: str | Path | None = None
    listeners: Sequence[Listener] = ()
    begun: Callable[[Run], None] | None = None
    live: bool = False
    tensorboard: bool = True
    quiet: bool = False
    on: str = "auto"
