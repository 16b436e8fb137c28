"""The album of a dataset as a whole, and its first plates."""

from __future__ import annotations

import numpy as np
import pytest

from ziffern import datasets
from ziffern.album import dataset as album
from ziffern.album import doubts, projections
from ziffern.errors import DataError, InputError


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    """Maps and doubts are tested by themselves."""
    monkeypatch.setattr(projections, "steps", lambda *_, **__: [])
    monkeypatch.setattr(doubts, "steps", lambda *_: [])


def plates(dataset, numbers=None, **options):
    steps = album.steps(dataset, numbers=numbers, **options)
    return {plate.name: plate for step in steps for plate in step.make()}


def own(folder, **arrays):
    path = folder / "own.npz"
    np.savez(path, **arrays)
    return datasets.load(path)


def test_what_a_dataset_holds():
    digits, numbers = datasets.load("mnist"), {}
    made = plates(digits, numbers)
    assert list(made) == [
        "facts", "samples-train", "samples-test", "balance-train", "balance-test", "means",
        "handwriting",
    ]  # fmt: skip
    rows = {name: (train, test) for name, train, test in made["facts"].table.rows}
    assert rows["pictures"] == ("uint8 (5000, 28, 28)", "uint8 (1000, 28, 28)")
    assert rows["grey values"] == ("0 to 255", "0 to 255")
    assert made["facts"].facts[0] == ("SHA-256 of train", digits.sha256("train"))
    assert numbers["test"]["samples"] == 1000
    assert numbers["balance"]["train"]["counts"] == {str(digit): 500 for digit in range(10)}
    assert numbers["balance"]["test"]["greatest_distance"] == 0
    medians = numbers["handwriting"]
    assert min(medians, key=lambda name: medians[name]["ink"]) == "1"
    assert numbers["pixels"]["never_vary"] == (~digits.train.images.any(axis=0)).sum()


def test_samples_are_pictures_of_their_part_with_their_labels():
    digits = datasets.load("mnist")
    axes = plates(digits)["samples-test"].figure.axes[0]
    assert len(axes.images) == 50
    known = {
        image.tobytes(): label
        for image, label in zip(digits.test.images, digits.test.labels, strict=True)
    }
    for image, caption in zip(axes.images, axes.texts, strict=True):
        assert known[np.asarray(image.get_array()).tobytes()] == int(caption.get_text())


def test_means_have_a_row_each_and_a_column_for_all():
    digits = datasets.load("mnist")
    axes = plates(digits, limit=200)["means"].figure.axes[0]
    assert len(axes.images) == 33
    names = [text.get_text() for text in axes.texts]
    assert names[10] == names[21] == names[32] == "all"
    assert names[33:] == ["mean", "median", "variance"]


def test_the_balance_is_put_into_words(tmp_path):
    images = datasets.load("mnist").train.images
    labels = np.repeat([0, 1, 2], [50, 30, 20])
    loaded = own(
        tmp_path, x_train=images[:100], y_train=labels, x_test=images[100:110],
        y_test=np.arange(10) % 3,
    )  # fmt: skip
    plate = plates(loaded)["balance-train"]
    assert "0 is the most frequent class, 2 the rarest" in plate.text
    assert "right 50.0" in plate.text.replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert plate.alt == "0: 50; 1: 30; 2: 20"


def test_one_class_and_blank_pictures(tmp_path):
    loaded = own(
        tmp_path, x_train=np.zeros((8, 28, 28), np.uint8), y_train=np.zeros(8, int),
        x_test=np.zeros((2, 28, 28), np.uint8), y_test=np.zeros(2, int),
    )  # fmt: skip
    numbers = {}
    made = plates(loaded, numbers)
    assert numbers["train"]["blank"] == 8
    assert numbers["train"]["high"] == 0
    assert made["handwriting"].text == ("Left out: there is nothing to draw: no picture has ink.")
    assert numbers["handwriting"] == {"0": {"ink": 0, "slant": None, "width": None}}


def test_parts_that_cannot_be_used_are_named_before_any_work(tmp_path):
    images = datasets.load("mnist").train.images
    loaded = own(
        tmp_path, x_train=images[:20], y_train=np.arange(20) % 2,
        x_test=images[:0], y_test=np.zeros(0, int),
    )  # fmt: skip
    with pytest.raises(DataError, match=r"own\.npz.*no images in it"):
        album.steps(loaded)
    with pytest.raises(InputError, match="--limit -1"):
        album.steps(datasets.load("mnist"), limit=-1)
