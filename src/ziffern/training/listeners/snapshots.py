"""The weights of every epoch, for those who want to follow a training's path afterwards.

    checkpoints/epoch-000.safetensors   the weights that the training started from
    checkpoints/epoch-001.safetensors   those after the first epoch, and so on

Each has the form of `model.safetensors`. A recipe asks for them with `train.snapshots = true`;
nothing goes on from them (see `ziffern.training.checkpoint` for that).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import safetensors.numpy

from ziffern.files import translated, write_atomic
from ziffern.layers import Weights
from ziffern.training.events import Listener, TrainingState

FOLDER = "checkpoints"
NAME = re.compile(r"epoch-(\d{3,})\.safetensors")


class Snapshots(Listener):
    """Writes what `weights()` returns into `folder`, usually the run's, after every epoch."""

    def __init__(self, weights: Callable[[], Weights], folder: Path) -> None:
        self._weights, self._folder = weights, folder

    def on_train_begin(self, state: TrainingState) -> None:
        """Write the start, or drop the epochs that a resumed training goes through again."""
        for epoch, path in snapshots(self._folder).items():
            if epoch > state.epoch:
                with translated(path, "remove"):
                    path.unlink()
        if state.epoch == 0:
            self._write(0)

    def on_epoch_end(self, state: TrainingState) -> None:
        """Write this epoch."""
        self._write(state.epoch)

    def _write(self, epoch: int) -> None:
        path = self._folder / FOLDER / f"epoch-{epoch:03}.safetensors"
        write_atomic(path, safetensors.numpy.save(self._weights()))


def snapshots(folder: Path) -> dict[int, Path]:
    """Return the files of a run by epoch, in order; empty where the recipe did not ask for them.

    `ziffern.modelfile.read_weights` reads one.
    """
    found = {
        int(name[1]): path
        for path in (folder / FOLDER).glob("epoch-*.safetensors")
        if (name := NAME.fullmatch(path.name))
    }
    return dict(sorted(found.items()))
