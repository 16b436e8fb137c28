"""What is kept after each epoch: the last state, to go on from, and the best weights so far.

    checkpoints/last.safetensors   weights, the optimiser's memory, averages; facts in its header
    checkpoints/best.safetensors   weights of the epoch with the best validation figure

Each is replaced in one step, so it is always that of a finished epoch. When the training has
ended, `last` is reduced to weights; both then have the form of `model.safetensors`.
"""

from __future__ import annotations

import json
from pathlib import Path

import safetensors.numpy
import safetensors.torch
from safetensors import SafetensorError, safe_open

from ziffern.errors import RunError
from ziffern.files import write_atomic
from ziffern.history import EpochRow
from ziffern.training.engine import Engine
from ziffern.training.events import Listener, TrainingState

LAST = Path("checkpoints") / "last.safetensors"
BEST = Path("checkpoints") / "best.safetensors"


class Checkpoint(Listener):
    """Writes both files into `folder` after every epoch."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine, self.folder = engine, folder

    def on_epoch_end(self, state: TrainingState) -> None:
        """Replace the last state, and the best weights where this epoch is the best."""
        # the best first: should only it be written, the resumed training finds it again
        if self.engine.best_epoch == state.epoch and self.engine.best_weights is not None:
            content = safetensors.numpy.save(self.engine.best_weights)
            write_atomic(self.folder / BEST, content)
        tensors, facts = self.engine.snapshot()
        content = safetensors.torch.save(tensors, metadata={"facts": json.dumps(facts)})
        write_atomic(self.folder / LAST, content)


def finish(engine: Engine, folder: Path) -> None:
    """Reduce the last state to the last epoch's weights: nothing will go on from it."""
    write_atomic(folder / LAST, safetensors.numpy.save(engine.averaged_weights()))


def restore(engine: Engine, folder: Path, history: list[EpochRow]) -> int:
    """Set the engine to the checkpoint in `folder`; return its epoch, 0 where there is none.

    Raises:
        RunError: the checkpoint is damaged or of another network.
    """
    path = folder / LAST
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
