"""What a run's mistakes are judged by: kept answers, never another look."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from little import train

from ziffern import bench, datasets
from ziffern.datasets import Dataset, Part, catalogue
from ziffern.errors import RunError
from ziffern.evaluation.evaluate import dataset_of, recipe_of, validation_part
from ziffern.evaluation.neighbours import likeness
from ziffern.evaluation.review import Review, review
from ziffern.runs import Run


def reviewed(run: Run, dataset: Dataset | None = None) -> Review | None:
    recipe = recipe_of(run)
    return review(run, recipe, dataset or dataset_of(run, recipe))


def test_validation_until_the_test_set_was_opened(
    little: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = train(little)
    recipe, dataset = recipe_of(run), dataset_of(run, recipe_of(run))
    found = reviewed(run)
    assert found is not None
    assert found.evaluation.split == "validation"
    assert found.disputed == ()
    held_out = validation_part(run, recipe, dataset)
    np.testing.assert_array_equal(found.part.images, held_out.images)
    # none of the pictures that are judged is among those they are compared with
    assert found.training is not None
    assert len(found.training) + len(held_out) == len(dataset.train)
    assert len(found.causes) == len(found.evaluation.wrong) > 0
    assert set(found.causes) == {"network wrong", "hardly readable"}
    assert run.test_looks == 0

    first_wrong = 3
    monkeypatch.setattr(catalogue, "disputed", lambda sha256: (first_wrong,))
    bench.evaluate(run)
    opened = reviewed(run)
    assert opened is not None
    assert opened.evaluation.split == "test"
    assert opened.disputed == (first_wrong,)
    np.testing.assert_array_equal(opened.part.images, dataset.test.images)
    assert run.test_looks == 1


def test_likeness_is_that_of_the_wrong_ones_in_their_order(little: Path) -> None:
    found = reviewed(train(little))
    assert found is not None
    assert found.training is not None
    wrong = found.evaluation.wrong[:3]
    alone = likeness(
        found.part.images[wrong],
        found.part.labels[wrong],
        found.training.images,
        found.training.labels,
    )
    assert found.likeness is not None
    np.testing.assert_allclose(found.likeness.own[:3], alone.own, atol=1e-5)
    np.testing.assert_array_equal(found.likeness.other_index[:3], alone.other_index)
    no_digits = dataclasses.replace(
        found, evaluation=dataclasses.replace(found.evaluation, class_names=tuple("abcdefghij"))
    )
    assert no_digits.likeness is None
    assert no_digits.causes == ()


def test_a_run_without_any_evaluation_has_nothing_to_review(little: Path) -> None:
    assert reviewed(train(little, changes={"data.validation": 0})) is None


class OtherDigits(Dataset):
    """The sample after somebody has exchanged a part of it."""

    def __init__(self, **parts: Part) -> None:
        whole = datasets.load("mnist", offline=True)
        super().__init__(whole.entry, whole._source)
        self.parts = {"train": whole.train, "test": whole.test, **parts}

    @property
    def train(self) -> Part:
        return self.parts["train"]

    @property
    def test(self) -> Part:
        return self.parts["test"]

    def sha256(self, part: str) -> str:
        return self.parts[part].sha256


def test_other_data_than_the_run_saw(little: Path) -> None:
    run = train(little)
    bench.evaluate(run)
    sample = datasets.load("mnist", offline=True)
    fewer = Part(sample.test.images[:50], sample.test.labels[:50])
    with pytest.raises(RunError, match="evaluated on other test data than"):
        reviewed(run, OtherDigits(test=fewer))
    other_training = Part(sample.train.images[:2000], sample.train.labels[:2000])
    found = reviewed(run, OtherDigits(train=other_training))
    assert found is not None
    assert found.training is None
    assert found.causes == ()
