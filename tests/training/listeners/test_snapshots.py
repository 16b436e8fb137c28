from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ziffern.errors import WorkError
from ziffern.modelfile import read_weights
from ziffern.training.events import TrainingState
from ziffern.training.listeners import Snapshots
from ziffern.training.listeners.snapshots import FOLDER, snapshots


def step(state: TrainingState) -> None:
    """Change the weights so that the epochs can be told apart."""
    with torch.no_grad():
        for tensor in state.network.parameters():
            tensor.fill_(state.epoch)


def test_the_start_and_every_epoch_are_kept(
    tmp_path: Path, state: TrainingState, drive: Any
) -> None:
    start = state.network.weights()
    listener = Snapshots(state.network.weights, tmp_path)
    drive(state, [listener], [(0.4, 0.9), (0.3, 0.95)], after_batch=lambda: step(state))
    kept = snapshots(tmp_path)
    assert list(kept) == [0, 1, 2]
    assert [path.name for path in kept.values()][-1] == "epoch-002.safetensors"
    first, *later = [read_weights(path) for path in kept.values()]
    assert first.keys() == start.keys()
    for name, array in start.items():
        np.testing.assert_array_equal(first[name], array)
    assert [float(weights["dense/kernel"].mean()) for weights in later] == [1, 2]


def test_a_resumed_training_drops_the_epochs_it_repeats(
    tmp_path: Path, state: TrainingState, drive: Any
) -> None:
    listener = Snapshots(state.network.weights, tmp_path)
    drive(state, [listener], [(0.4, 0.9)] * 3)
    first = snapshots(tmp_path)[0].read_bytes()
    step(state)
    state.history, state.epoch = state.history[:1], 1
    listener.on_train_begin(state)
    assert list(snapshots(tmp_path)) == [0, 1]
    assert snapshots(tmp_path)[0].read_bytes() == first, "the start is that of the first process"


def test_other_files_beside_them_are_left_alone(tmp_path: Path, state: TrainingState) -> None:
    names = ["last.safetensors", "epoch-7.safetensors", "epoch-best.safetensors"]
    (tmp_path / FOLDER).mkdir()
    for name in names:
        (tmp_path / FOLDER / name).touch()
    Snapshots(state.network.weights, tmp_path).on_train_begin(state)
    assert list(snapshots(tmp_path)) == [0]
    assert all((tmp_path / FOLDER / name).exists() for name in names)


def test_a_run_without_them_has_none(tmp_path: Path) -> None:
    assert snapshots(tmp_path) == {}


def test_a_folder_that_cannot_be_written(tmp_path: Path, state: TrainingState) -> None:
    (tmp_path / FOLDER).write_text("in the way")
    with pytest.raises(WorkError, match=FOLDER):
        Snapshots(state.network.weights, tmp_path).on_train_begin(state)
