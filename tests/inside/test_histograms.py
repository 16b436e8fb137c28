"""Histograms of weights as a training wrote them, epoch by epoch, over common bins."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.tensorboard import SummaryWriter

from ziffern.errors import RunError
from ziffern.inside.histograms import weight_histograms


def write(folder: Path, epochs: dict[int, np.ndarray], name: str = "dense/kernel") -> None:
    with SummaryWriter(str(folder)) as writer:
        for epoch, values in epochs.items():
            writer.add_histogram(name, torch.from_numpy(values), epoch)


def test_shares_are_those_of_the_values(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    epochs = {n: rng.normal(0.1 * n, 0.2 * n, 20_000).astype(np.float32) for n in (1, 2, 3)}
    write(tmp_path, epochs)
    (history,) = weight_histograms(tmp_path, bins=20).values()
    assert history.epochs.tolist() == [1, 2, 3]
    assert history.shares.shape == (3, 20)
    np.testing.assert_allclose(history.shares.sum(axis=1), 1, rtol=1e-9)
    assert history.edges[0] == pytest.approx(min(values.min() for values in epochs.values()))
    assert history.edges[-1] == pytest.approx(max(values.max() for values in epochs.values()))
    for found, values in zip(history.shares, epochs.values(), strict=True):
        expected = np.histogram(values, history.edges)[0] / len(values)
        np.testing.assert_allclose(found, expected, atol=0.03)
    middles = (history.edges[:-1] + history.edges[1:]) / 2
    np.testing.assert_allclose(history.shares @ middles, [0.1, 0.2, 0.3], atol=0.03)


def test_values_that_are_all_alike_stay_in_one_bin(tmp_path: Path) -> None:
    write(tmp_path, {1: np.zeros(10, np.float32), 2: np.full(10, 0.5, np.float32)})
    (history,) = weight_histograms(tmp_path, bins=10).values()
    assert history.shares.argmax(axis=1).tolist() == [0, 9]
    np.testing.assert_allclose(history.shares.max(axis=1), 1)
    same = tmp_path / "same"
    write(same, {1: np.zeros(10, np.float32)})
    (history,) = weight_histograms(same).values()
    assert history.edges[0] == -0.5
    assert history.shares.sum() == pytest.approx(1)


def test_epochs_gone_through_again_count_once(tmp_path: Path) -> None:
    write(tmp_path, {1: np.zeros(10, np.float32), 2: np.ones(10, np.float32)})
    write(tmp_path, {2: np.full(10, -1, np.float32), 3: np.zeros(10, np.float32)})
    (history,) = weight_histograms(tmp_path, bins=4).values()
    assert history.epochs.tolist() == [1, 2, 3]


def test_a_run_without_files_says_how_to_have_them(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"holds no TensorBoard files.*train with --tensorboard"):
        weight_histograms(tmp_path / "tb")
    with SummaryWriter(str(tmp_path)) as writer:
        writer.add_scalar("loss/train", 1.0, 1)
    with pytest.raises(RunError, match="holds no histogram of weights"):
        weight_histograms(tmp_path)
