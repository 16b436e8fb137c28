"""The scale of pixels that a network of another program was trained on is found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto

from ziffern import datasets
from ziffern.datasets import Dataset, Part
from ziffern.errors import RunError
from ziffern.evaluation import foreign
from ziffern.evaluation.model import Model


@pytest.fixture
def training() -> Part:
    return datasets.load("mnist").train


@pytest.mark.parametrize("suffix", ["h5", "onnx"])
@pytest.mark.parametrize("scale", ["unit", "raw", "standard"])
def test_scale_is_found(
    tmp_path: Path, linear: Any, training: Part, scale: str, suffix: str
) -> None:
    path = getattr(linear, suffix)(tmp_path / f"model.{suffix}", scale)
    choice = foreign.choose(foreign.read(path), training)
    assert f"pixels in {scale} scale" in choice.found
    assert "on 500 training pictures: unit " in choice.found
    expected = Model(linear.saved(scale), precision="float32").predict(training.images[:20])
    np.testing.assert_allclose(choice.model.predict(training.images[:20]), expected, atol=1e-4)


def test_the_test_set_has_no_part_in_it(
    tmp_path: Path, linear: Any, training: Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sealed(self: Dataset) -> None:
        raise AssertionError("the test set was opened")

    monkeypatch.setattr(Dataset, "test", property(sealed))
    foreign.choose(foreign.read(linear.h5(tmp_path / "model.h5")), training)


def test_pictures_of_all_classes_are_tried(tmp_path: Path, linear: Any, training: Part) -> None:
    order = np.argsort(training.labels, kind="stable")
    by_class = Part(training.images[order], training.labels[order])
    choice = foreign.choose(foreign.read(linear.h5(tmp_path / "model.h5", "raw")), by_class)
    assert "pixels in raw scale" in choice.found


def test_bytes_leave_only_one_scale(tmp_path: Path, linear: Any, training: Part) -> None:
    path = linear.onnx(tmp_path / "model.onnx", "raw", kind=TensorProto.UINT8)
    choice = foreign.choose(foreign.read(path), training)
    assert "pixels in raw scale (right on 500 training pictures: raw " in choice.found
    assert "unit" not in choice.found


def test_logits_are_told(tmp_path: Path, linear: Any, training: Part) -> None:
    for path in (
        linear.h5(tmp_path / "model.h5", activation="linear"),
        linear.onnx(tmp_path / "model.onnx", nodes="answer = Identity(logits)"),
    ):
        choice = foreign.choose(foreign.read(path), training)
        assert choice.found.endswith("softmax added to its logits")
        expected = Model(linear.saved(), precision="float32").predict(training.images[:20])
        np.testing.assert_allclose(choice.model.predict(training.images[:20]), expected, atol=1e-4)


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"expected a file that ends in \.keras, \.h5"):
        foreign.read(tmp_path / "model.pt")
