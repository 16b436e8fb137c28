from __future__ import annotations

import numpy as np
import pytest

from ziffern import datasets
from ziffern.album import doubts
from ziffern.album.seen import Seen
from ziffern.datasets import Part
from ziffern.errors import WorkError


def look_at(train, test, names="0123456789", first=0) -> Seen:
    numbers = (np.arange(len(part)) + first for part in (train, test))
    return Seen(tuple(names), train, test, *numbers, 0)


@pytest.fixture
def digits():
    sample = datasets.load("mnist")
    return (
        Part(sample.train.images[:120].copy(), sample.train.labels[:120].copy()),
        Part(sample.test.images[:60].copy(), sample.test.labels[:60].copy()),
    )


@pytest.fixture
def certain(monkeypatch):
    """In place of trained networks: answers that know what the labels of the sample are."""
    truth = datasets.load("mnist").train.labels[:120]
    asked = []

    def answers(images, labels, held_out, classes, *, seed):
        asked.append(int(held_out.sum()))
        return 0.9 * np.eye(classes, dtype=np.float32)[truth[held_out]] + 0.01

    monkeypatch.setattr(doubts, "answers", answers)
    return asked


def plates(look, numbers):
    return {plate.name: plate for step in doubts.steps(look, numbers) for plate in step.make()}


def test_leaks_between_the_parts_are_told(digits, certain):
    train, test = digits
    test.images[5] = train.images[7]
    test.labels[5] = train.labels[7]
    numbers = {}
    made = plates(look_at(train, test, first=1000), numbers)
    found = numbers["duplicates"]
    assert found["exact"] == {"within train": 0, "within test": 0, "across": 1}
    assert found["pairs"][0] == ["train 1,007", "test 1,005"]
    assert made["duplicates"].text.startswith("1 pair stands across both parts")
    assert made["duplicates"].table.rows[0] == ("exact copies", "0", "0", "1")
    captions = [text.get_text() for text in made["most-alike"].figure.axes[0].texts]
    label = train.labels[7]
    assert captions[0] == f"train 1,007: {label}\ntest 1,005: {label}\n0.00"
    assert len(captions) == doubts.PAIRS


def test_a_clean_set_is_told_to_be_clean(digits, certain):
    numbers = {}
    made = plates(look_at(*digits), numbers)
    assert made["duplicates"].text.startswith("No picture is there twice")
    assert set(numbers["duplicates"]["near"].values()) == {0}
    assert numbers["duplicates"]["least_ratio"] > numbers["duplicates"]["threshold"]
    assert numbers["doubtful_labels"]["count"] == 0
    assert made["labels"].figure is None
    assert certain == [30, 30, 30, 30]


def test_wrong_labels_are_shown_with_what_they_look_like(digits, certain):
    train, test = digits
    right = train.labels[[11, 50]].copy()
    train.labels[[11, 50]] = (right + 1) % 10
    numbers = {}
    made = plates(look_at(train, test, first=1000), numbers)
    found = numbers["doubtful_labels"]
    assert found["count"] == 2
    assert found["cross_validated_accuracy"] == pytest.approx(118 / 120)
    told = {each["number"]: (each["label"], each["suggested"]) for each in found["labels"]}
    assert told == {
        1000 + place: (str((label + 1) % 10), str(label))
        for place, label in zip((11, 50), right.tolist(), strict=True)
    }
    axes = made["labels"].figure.axes[0]
    shown = [np.asarray(image.get_array()) for image in axes.images]
    numbers_shown = [int(text.get_text().split("no. ")[1].replace(",", "")) for text in axes.texts]
    for picture, number in zip(shown, numbers_shown, strict=True):
        assert (picture == train.images[number - 1000]).all()


def test_steps_are_named_so_that_progress_can_be_shown(digits):
    assert [step.title for step in doubts.steps(look_at(*digits), {})] == [
        "Duplicates",
        *(f"Doubtful labels, training {fold} of 4" for fold in (1, 2, 3, 4)),
        "Doubtful labels",
    ]


def test_one_class_has_no_doubtful_labels(digits):
    one = [Part(part.images, np.zeros(len(part), np.int64)) for part in digits]
    numbers = {}
    made = plates(look_at(*one, names="x"), numbers)
    assert numbers["left_out"]["labels"].startswith("labels can be doubted where")
    assert made["labels"].figure is None
    assert made["duplicates"].figure is not None


def test_a_failed_training_leaves_the_rest_of_the_album(digits, monkeypatch):
    def fails(*_, **__):
        raise WorkError("the loss became NaN")

    monkeypatch.setattr(doubts, "answers", fails)
    made = plates(look_at(*digits), {})
    assert made["labels"].text == "Left out: the loss became NaN."


def test_hardly_any_pictures(digits):
    train, test = (Part(part.images[:1], part.labels[:1]) for part in digits)
    numbers = {}
    made = plates(look_at(train, test), numbers)
    assert len(made["most-alike"].figure.axes[0].images) == 1
    same = plates(look_at(train, train), numbers := {})
    assert numbers["duplicates"]["exact"]["across"] == 1
    assert same["duplicates"].figure is None
