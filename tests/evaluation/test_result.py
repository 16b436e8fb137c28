import json
from dataclasses import replace

import numpy as np
import pytest

from ziffern.errors import InputError, RunError, WorkError
from ziffern.evaluation.metrics import wilson_interval
from ziffern.evaluation.result import Evaluation


@pytest.fixture
def evaluation():
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, 500)
    logits = rng.normal(size=(500, 3))
    logits[np.arange(500), labels] += 3
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    names = ("Ankle boot", "Bag", "T-shirt/top")
    return Evaluation("fashion", "test", names, labels, probabilities.astype(np.float32), 2)


def test_numbers_follow_from_the_answers(evaluation):
    right = int((evaluation.probabilities.argmax(axis=1) == evaluation.labels).sum())
    assert (evaluation.n, evaluation.correct) == (500, right)
    assert evaluation.accuracy == right / 500
    assert evaluation.wilson95 == wilson_interval(right, 500)
    assert evaluation.confusion.trace() == right
    assert len(evaluation.wrong) == 500 - right
    assert sum(score.support for score in evaluation.per_class) == 500


def test_as_dict_is_json_with_all_promised_keys(evaluation):
    found = json.loads(json.dumps(evaluation.as_dict(), allow_nan=False))
    assert set(found) == {
        "dataset", "split", "accuracy", "loss", "n", "correct", "wilson95", "per_class",
        "confusion", "ece", "test_looks", "averaging",
    }  # fmt: skip
    assert found["test_looks"] == 2
    assert found["wilson95"][0] < found["accuracy"] < found["wilson95"][1]
    assert [row["class"] for row in found["per_class"]] == list(evaluation.class_names)
    assert [sum(row) for row in found["confusion"]] == [s["support"] for s in found["per_class"]]
    assert 0 <= found["ece"] <= 1
    assert found["loss"] > 0


def test_saved_and_loaded_is_the_same(evaluation, tmp_path):
    path = evaluation.save(tmp_path / "evaluations" / "test-fashion.npz")
    again = Evaluation.load(path)
    np.testing.assert_array_equal(again.labels, evaluation.labels)
    np.testing.assert_array_equal(again.probabilities, evaluation.probabilities)
    assert again.probabilities.dtype == np.float32
    assert again.as_dict() == evaluation.as_dict()
    assert again.class_names == evaluation.class_names


def test_answers_without_averaging_are_kept_beside_those_with(evaluation, tmp_path):
    alone = replace(evaluation, probabilities=evaluation.probabilities[:, [1, 2, 0]])
    both = replace(evaluation, averaging=5, alone=alone)
    found = json.loads(json.dumps(both.as_dict()))
    assert (found["averaging"], found["accuracy"]) == (5, evaluation.accuracy)
    assert found["without_averaging"]["accuracy"] == alone.accuracy < evaluation.accuracy
    assert found["without_averaging"]["wilson95"] == list(alone.wilson95)
    again = Evaluation.load(both.save(tmp_path / "both.npz"))
    assert again.as_dict() == both.as_dict()
    np.testing.assert_array_equal(again.alone.probabilities, alone.probabilities)
    assert again.alone.averaging == 1


def test_a_missing_file_says_what_to_do(tmp_path):
    with pytest.raises(RunError, match=r"test-mnist\.npz is missing: evaluate the run again"):
        Evaluation.load(tmp_path / "test-mnist.npz")


def test_damaged_files_say_what_to_do(evaluation, tmp_path):
    whole = evaluation.save(tmp_path / "whole.npz").read_bytes()
    other = tmp_path / "other.npz"
    np.savez(other, x=np.zeros(3))
    pickled = tmp_path / "pickled.npz"
    np.savez(pickled, about=np.array({"dataset": "x"}), labels=[0], probabilities=[[1.0]])
    list_not_object = tmp_path / "list.npz"
    np.savez(list_not_object, about=np.array("[]"), labels=[0], probabilities=[[1.0]])
    contents = [b"", b"PK", whole[: len(whole) // 2], other.read_bytes(), pickled.read_bytes()]
    contents.append(list_not_object.read_bytes())
    # an .npy file holds one array and is no archive
    one_array = tmp_path / "one.npy"
    np.save(one_array, np.zeros(3))
    contents.append(one_array.read_bytes())
    for number, content in enumerate(contents):
        path = tmp_path / f"damaged-{number}.npz"
        path.write_bytes(content)
        with pytest.raises(RunError, match=r"is damaged .*: evaluate the run again"):
            Evaluation.load(path)


def test_values_changed_on_disk_are_noticed(evaluation, tmp_path):
    path = evaluation.save(tmp_path / "e.npz")
    with np.load(path) as stored:
        parts = dict(stored)
    parts["probabilities"] = parts["probabilities"] * np.float32("nan")
    np.savez(path, **parts)
    with pytest.raises(RunError, match="damaged"):
        Evaluation.load(path)


def test_what_does_not_fit_is_refused():
    half = np.full((1, 2), 0.5, dtype=np.float32)
    with pytest.raises(InputError, match="mnist has 3 classes, but the network answers with 2"):
        Evaluation("mnist", "test", ("a", "b", "c"), np.array([0]), half)
    with pytest.raises(WorkError, match="NaN"):
        Evaluation("mnist", "test", ("a", "b"), np.array([0]), half * np.float32("nan"))
    with pytest.raises(InputError, match="0 samples"):
        Evaluation("mnist", "test", ("a", "b"), np.zeros(0, dtype=np.int64), half[:0])
