"""Plates of weights: every filter, units that stand out, histograms or a sentence instead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from made_models import CONVOLUTIONS, DENSE, RECURRENT, made_model
from torch.utils.tensorboard import SummaryWriter

from ziffern.album import weights
from ziffern.evaluation.model import Model
from ziffern.inside.structure import find


def tiles_of(model: Model, layer: str) -> tuple[list[Any], dict[str, Any]]:
    numbers: dict[str, Any] = {}
    return weights.tiles(model, find(model.network, layer), numbers), numbers


def test_every_filter_is_a_tile_with_the_count_in_the_title() -> None:
    model = made_model(CONVOLUTIONS)
    ([plate], numbers) = tiles_of(model, "conv2d_1")
    assert plate.name == "weights-conv2d-1-kernel"
    assert plate.text.startswith("8 filters of conv2d_1, each 6 kernels of 3×3.")
    axes = plate.figure.axes[0]
    assert len(axes.images) == 8
    assert axes.get_title(loc="left") == "8 filters of conv2d_1, each 6 kernels of 3×3"
    assert numbers == {"pictures_of_weights": {"conv2d_1/kernel": 8}}


def test_the_strongest_weights_do_not_pale_the_others() -> None:
    model = made_model(DENSE)
    model.saved.weights["dense/kernel"][0, 0] = 1000
    ([plate], _) = tiles_of(model, "dense")
    assert plate.figure.axes[0].images[0].norm.vmax < 1
    assert "0.5 % of them share the last shade" in plate.text
    assert "laid out as the picture" in plate.text


def test_units_of_the_answer_bear_the_names_of_the_classes() -> None:
    ([plate], _) = tiles_of(made_model(DENSE), "dense_1")
    assert [text.get_text() for text in plate.figure.axes[0].texts] == list("0123456789")
    ([lengths], _) = tiles_of(made_model(CONVOLUTIONS), "dense")
    assert "Dark places" in lengths.text


def test_gates_have_names() -> None:
    (plates, numbers) = tiles_of(made_model(RECURRENT), "lstm")
    assert [plate.name for plate in plates] == [
        "weights-lstm-kernel",
        "weights-lstm-recurrent-kernel",
    ]
    names = [text.get_text() for text in plates[0].figure.axes[0].texts]
    assert names == ["input gate", "forget gate", "cell", "output gate"]
    assert numbers["pictures_of_weights"]["lstm/kernel"] == 4


def test_units_that_stand_out_are_counted() -> None:
    model, numbers = made_model(DENSE), {}
    model.saved.weights["dense/bias"][:] = 0.01 * np.arange(12)
    model.saved.weights["dense/bias"][7] = 40
    [plate] = weights.levels(model, "dense", numbers)
    assert "1 of these numbers stands out" in plate.text
    assert numbers["outliers"]["dense: bias"] == [7]
    assert set(numbers["outliers"]) == {"dense: bias", "dense: length of incoming weights"}
    assert "dense: bias: 7" in plate.alt


def test_histograms_of_all_kernels_or_of_one_layers_weights(tmp_path: Path) -> None:
    with SummaryWriter(str(tmp_path)) as writer:
        for name in ("conv2d/kernel", "conv2d/bias", "dense/kernel", "dense/bias"):
            writer.add_histogram(name, torch.arange(9.0), 1)
    [plate] = weights.histograms(tmp_path, None)
    shown = [axes.get_title(loc="left") for axes in plate.figure.axes if axes.get_visible()]
    assert shown == ["conv2d/kernel", "dense/kernel"]
    [plate] = weights.histograms(tmp_path, "dense")
    shown = [axes.get_title(loc="left") for axes in plate.figure.axes if axes.get_visible()]
    assert shown == ["dense/kernel", "dense/bias"]
    assert weights.histograms(tmp_path, "conv2d_1") == []


def test_a_run_without_them_says_so(tmp_path: Path) -> None:
    [plate] = weights.histograms(tmp_path / "tb", None)
    assert plate.figure is None
    assert "holds no TensorBoard files" in plate.text


def test_names_of_files_hold_letters_digits_and_hyphens() -> None:
    assert weights.slug("residual_1/body/conv2d_2") == "residual-1-body-conv2d-2"
