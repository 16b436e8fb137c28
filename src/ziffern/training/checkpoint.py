"""What a training needs to go on after an interruption, in one file written after each epoch.

`checkpoint.safetensors` holds the weights, the optimiser's memory, averaged and best weights; plain
facts travel in its header. It is replaced in one step, so it is always that of a finished epoch.
"""

from __future__ import annotations

import json
from pathlib import Path

import safetensors.torch
from safetensors import SafetensorError, safe_open

from ziffern.errors import RunError
from ziffern.files import write_atomic
from ziffern.history import EpochRow
from ziffern.training.engine import Engine
from ziffern.training.events import Listener, TrainingState

NAME = "checkpoint.safetensors"


class Checkpoint(Listener):
    """Writes the engine's snapshot into `folder` after every epoch."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine, self.path = engine, folder / NAME

    def on_epoch_end(self, state: TrainingState) -> None:
        """Replace the checkpoint by this epoch's."""
        tensors, facts = self.engine.snapshot()
        content = safetensors.torch.save(tensors, metadata={"facts": json.dumps(facts)})
        write_atomic(self.path, content)


def restore(engine: Engine, folder: Path, history: list[EpochRow]) -> int:
    """Set the engine to the checkpoint in `folder`; return its epoch, 0 where there is none.

    Raises:
        RunError: the checkpoint is damaged or of another network.
    """
    path = folder / NAME
    if not path.exists():
        return 0
    try:
        with safe_open(path, framework="pt") as file:
            facts = json.loads(file.metadata()["facts"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if len(history) < facts["epoch"]:
            raise RunError(
                f"{path} is of epoch {facts['epoch']}, the history ends at {len(history)}"
            )
        engine.restore(tensors, facts, history)
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise RunError(
            f"{path} is damaged or of another recipe: {error}; remove it to start over"
        ) from error
    return engine.state.epoch
