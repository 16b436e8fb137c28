"""Grading: good models pass with figures, bad ones fail with the reason, whoever made them."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_shipped import made_shipped

from ziffern import modelfile, runs, shipped
from ziffern.datasets import Dataset, fonts
from ziffern.errors import DataError, InputError, RunError, WorkError
from ziffern.evaluation.check import NAMES, Grades, grade
from ziffern.exchange import onnx_writer
from ziffern.runs import Run

LIMITS: dict[str, Any] = {"min_accuracy": 0.8, "min_printed": 0.3, "max_ece": 0.1}


@pytest.fixture(autouse=True)
def few_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw three fonts, not all that are installed."""
    drawn = fonts.synthetic(fonts.fonts(limit=3))
    monkeypatch.setattr(fonts, "synthetic", lambda: drawn)


@pytest.fixture
def sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every look at a test set fail."""

    def look(self: Dataset) -> None:
        raise AssertionError("the test set was opened")

    monkeypatch.setattr(Dataset, "test", property(look))


def reasons(grades: Grades) -> dict[str, str]:
    assert tuple(criterion.name for criterion in grades.criteria) == NAMES
    assert all("\n" not in criterion.reason for criterion in grades.criteria)
    return {criterion.name: criterion.reason for criterion in grades.criteria}


def failed(grades: Grades) -> list[str]:
    return [criterion.name for criterion in grades.criteria if not criterion.passed]


def make_run(linear: Any, tmp_path: Path, **dataset: Any) -> Run:
    run = runs.create(tmp_path / "runs", "linear", 0)
    about = {
        "name": "mnist",
        "origin": "a test",
        "is_sample": True,
        "data_dir": None,
        "sha256": "",
        "train_size": 0,
        "validation_size": 0,
    }
    run.update_info(hardware={}, device="cpu", precision="float32", dataset=about | dataset)
    modelfile.save(run.path, linear.saved(name=run.name))
    return run


def test_a_folder_with_a_model(tmp_path: Path, linear: Any) -> None:
    grades = grade(linear.folder(tmp_path / "linear"), **LIMITS)
    assert grades.passed
    assert grades.model == "linear"
    found = reasons(grades)
    assert found["loads"] == "2 layers, 7,850 parameters"
    assert "pixels in unit scale (stored with it)" in found["contract"]
    assert "of 1,000 test digits of MNIST" in found["accuracy"]
    assert "only the sample that travels with Ziffern" in found["accuracy"]
    assert "95 % interval" in found["accuracy"]
    assert "at least 80.00% wanted" in found["accuracy"]
    assert "look" not in found["accuracy"]
    assert "30 printed digits in 3 fonts, worst DejaVu" in found["printed digits"]
    assert "at most 0.1000 wanted" in found["calibration"]


def test_grades_as_json(tmp_path: Path, linear: Any) -> None:
    grades = grade(linear.folder(tmp_path / "linear"), **LIMITS)
    again = json.loads(json.dumps(grades.as_dict(), allow_nan=False))
    assert again["passed"] is True
    assert [row["name"] for row in again["criteria"]] == list(NAMES)
    assert again["criteria"][2]["value"] == pytest.approx(0.85, abs=0.05)
    assert again["criteria"][0]["value"] is None


@pytest.mark.parametrize("suffix", ["h5", "onnx"])
def test_files_of_other_programs_fare_the_same(tmp_path: Path, linear: Any, suffix: str) -> None:
    path = getattr(linear, suffix)(tmp_path / f"model.{suffix}", "raw")
    grades = grade(str(path), **LIMITS)
    assert grades.passed, grades
    assert grades.model == path.name
    assert "pixels in raw scale" in reasons(grades)["contract"]
    ours = grade(linear.folder(tmp_path / "ours", "raw"), **LIMITS)
    assert ours.criteria[2].reason == grades.criteria[2].reason


def test_a_run_counts_its_looks(tmp_path: Path, linear: Any) -> None:
    run = make_run(linear, tmp_path)
    first = reasons(grade("linear", runs=tmp_path / "runs", **LIMITS))
    assert first["accuracy"].endswith("; look 1 of this run at them")
    assert reasons(grade(run, **LIMITS))["accuracy"].endswith("; look 2 of this run at them")
    assert run.test_looks == 2


def test_looks_at_another_set_count_by_themselves(tmp_path: Path, linear: Any) -> None:
    run = make_run(linear, tmp_path, name="my-digits")
    grade(run, **LIMITS)
    assert run.test_looks == 0
    assert run.metrics["test_looks_on"] == {"mnist": 1}


@pytest.mark.parametrize(
    ("limit", "name"),
    [
        ({"min_accuracy": 0.99}, "accuracy"),
        ({"min_printed": 1.0}, "printed digits"),
        ({"max_ece": 0.0}, "calibration"),
    ],
)
def test_one_missed_limit_fails_the_model_but_all_is_judged(
    tmp_path: Path, linear: Any, limit: dict[str, float], name: str
) -> None:
    grades = grade(linear.folder(tmp_path / "linear"), **(LIMITS | limit))
    assert failed(grades) == [name]
    assert not grades.passed
    assert "not judged" not in str(reasons(grades))


def damaged_weights(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"damaged")


def nan_weights(folder: Path) -> None:
    model = modelfile.read(folder)
    model.weights["dense/bias"][3] = np.nan
    modelfile.save(folder, model)


def no_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


@pytest.mark.usefixtures("sealed")
@pytest.mark.parametrize(
    ("damage", "named"),
    [(damaged_weights, "damaged"), (nan_weights, "NaN"), (no_weights, "is missing")],
)
def test_damaged_runs_fail_without_a_look(
    tmp_path: Path, linear: Any, damage: Callable[[Path], None], named: str
) -> None:
    run = make_run(linear, tmp_path)
    damage(run.path)
    grades = grade(run, **LIMITS)
    assert failed(grades) == list(NAMES)
    found = reasons(grades)
    assert named in found["loads"]
    assert found["calibration"] == "not judged: failed before, in 'loads'"
    assert run.test_looks == 0


@pytest.mark.usefixtures("sealed")
@pytest.mark.parametrize("name", ["model.h5", "model.keras", "model.onnx", "MODEL.H5"])
def test_files_that_are_no_models_fail(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("not a model")
    grades = grade(path, **LIMITS)
    assert failed(grades) == list(NAMES)
    assert name in reasons(grades)["loads"]


@pytest.mark.usefixtures("sealed")
@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"outputs": 7}, r"shape (66, 7), expected (66, 10)"),
        ({"shape": ("N", 1, 14, 56)}, "takes an input of shape ['N', 1, 14, 56]"),
        ({"nodes": "answer = ReduceMean(logits, first)"}, "answers 500 pictures with (1, 10)"),
        (
            {"nodes": "answer = Mul(logits, nan)"},
            "the network answered NaN or infinity for 66 of 66 samples",
        ),
        (
            {"nodes": "noise = RandomNormalLike(logits)\nanswer = Add(logits, noise)"},
            "is a dropout still active",
        ),
        (
            {"nodes": "mean = ReduceMean(logits, first)\nanswer = Sub(logits, mean)"},
            "does it normalise by the batch",
        ),
    ],
)
def test_models_that_break_the_contract_fail_without_a_look(
    tmp_path: Path, linear: Any, options: dict[str, Any], named: str
) -> None:
    grades = grade(linear.onnx(tmp_path / "model.onnx", **options), **LIMITS)
    assert failed(grades) == list(NAMES[1:])
    found = reasons(grades)
    assert named in found["contract"]
    assert found["accuracy"] == "not judged: failed before, in 'contract'"


@pytest.mark.usefixtures("sealed")
def test_models_for_other_classes_fail(tmp_path: Path, linear: Any) -> None:
    clothes = tuple(f"garment {number}" for number in range(10))
    modelfile.save(tmp_path, dataclasses.replace(linear.saved(), class_names=clothes))
    found = reasons(grade(tmp_path, **LIMITS))
    assert "its classes are garment 0, garment 1, " in found["contract"]


def test_without_fonts_printed_digits_are_not_judged(
    tmp_path: Path, linear: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.int64), []
    monkeypatch.setattr(fonts, "synthetic", lambda: nothing)
    grades = grade(linear.folder(tmp_path / "linear"), **LIMITS)
    assert failed(grades) == ["printed digits"]
    assert reasons(grades)["printed digits"].startswith("not judged: no fonts")


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("none.h5", "does not exist"),
        ("none.onnx", "does not exist"),
        ("model.pt", r"is no model: expected a run, a folder with model\.json"),
        ("empty", r"empty/run\.json is missing"),
        ("nowhere", "no run 'nowhere'"),
    ],
)
def test_what_is_not_there_is_an_error(tmp_path: Path, name: str, named: str) -> None:
    (tmp_path / "model.pt").write_bytes(b"weights")
    (tmp_path / "empty").mkdir()
    with pytest.raises(RunError, match=named):
        grade(tmp_path / name, runs=tmp_path)


@pytest.mark.parametrize("limit", [{"min_accuracy": 97}, {"max_ece": -0.1}, {"min_printed": 1.1}])
def test_limits_are_shares(tmp_path: Path, linear: Any, limit: dict[str, float]) -> None:
    name = next(iter(limit))
    with pytest.raises(InputError, match=f"{name} is .*, expected a share from 0 to 1"):
        grade(linear.folder(tmp_path), **limit)


def test_data_must_be_digits(tmp_path: Path, linear: Any) -> None:
    data = tmp_path / "letters.npz"
    images = np.zeros((4, 28, 28), np.uint8)
    labels = np.array([0, 1, 0, 1])
    np.savez(data, x_train=images, y_train=labels, x_test=images, y_test=labels)
    with pytest.raises(DataError, match="graded on the digits 0 to 9"):
        grade(linear.folder(tmp_path / "linear"), data_dir=data)


def test_damaged_data_are_not_held_against_the_model(tmp_path: Path, linear: Any) -> None:
    data = tmp_path / "mnist"
    data.mkdir()
    (data / "train-images-idx3-ubyte").write_bytes(b"damaged")
    with pytest.raises(DataError, match="train-images"):
        grade(linear.h5(tmp_path / "model.h5"), data_dir=tmp_path)


def test_a_missing_package_is_an_error_not_a_grade(
    tmp_path: Path, linear: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = linear.h5(tmp_path / "model.h5")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(WorkError, match="pip install"):
        grade(path)


def test_files_of_our_own_say_their_scale(tmp_path: Path, linear: Any) -> None:
    path = onnx_writer.write(tmp_path / "own.onnx", linear.saved("standard", name="mine"))
    grades = grade(path, **LIMITS)
    assert not failed(grades)
    assert grades.model == "own.onnx"
    assert reasons(grades)["loads"] == "2 layers, 7,850 parameters"
    assert reasons(grades)["contract"].endswith("pixels in standard scale (stored with it)")


def test_shipped_models_by_name(
    tmp_path: Path, linear: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    folder = made_shipped(tmp_path, "pearl", linear.saved())
    monkeypatch.setattr("ziffern.evaluation.model.Model", None)  # light, as it is used
    grades = grade("pearl", **LIMITS)
    assert not failed(grades)
    assert grades.model == "pearl"
    content = bytearray((folder / "model.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "model.onnx").write_bytes(content)
    assert failed(grade("pearl", **LIMITS))[0] == "loads"
    assert "the shipped model pearl is damaged" in reasons(grade("pearl", **LIMITS))["loads"]
