from __future__ import annotations

import hashlib

import numpy as np
import pytest

from ziffern import datasets
from ziffern.datasets.catalogue import Entry
from ziffern.datasets.dataset import Dataset
from ziffern.datasets.parts import Part
from ziffern.datasets.sources import Loaded


class Shelf:
    """A source that notes what is taken from it."""

    class_names = ("no", "<yes>")

    def __init__(self) -> None:
        self.taken: list[str] = []

    def read(self, part: str) -> Loaded:
        self.taken.append(part)
        count = {"train": 4, "test": 2}[part]
        labels = np.arange(count, dtype=np.int64) % 2
        return Loaded(
            Part(np.zeros((count, 28, 28), np.uint8), labels), f"shelf {part}", part == "test"
        )


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def dataset(shelf) -> Dataset:
    entry = Entry(
        name="x", title="X & Y", sizes={"train": 4, "test": 2}, licence="free", citation="me"
    )
    return Dataset(entry, shelf)


def test_parts_are_read_once_and_when_asked_for(dataset, shelf):
    assert shelf.taken == []
    assert len(dataset.train) == 4
    assert dataset.train is dataset.train
    assert shelf.taken == ["train"]
    assert len(dataset.test) == 2
    assert shelf.taken == ["train", "test"]


def test_showing_it_reads_nothing(dataset, shelf):
    assert repr(dataset) == "<Dataset x: train 4, test 2>"
    page = dataset._repr_html_()
    assert "X &amp; Y" in page
    assert shelf.taken == []
    assert dataset.train
    assert "shelf train" in dataset._repr_html_()


def test_sizes_that_nobody_knows(shelf):
    dataset = Dataset(Entry(name="x", title="X"), shelf)
    assert repr(dataset) == "<Dataset x: train not read yet, test not read yet>"


def test_origin_and_sample_speak_of_what_was_read(dataset, shelf):
    assert dataset.origin == "shelf train"
    assert not dataset.is_sample
    assert shelf.taken == ["train"]
    assert dataset.test
    assert dataset.origin == "train: shelf train; test: shelf test"
    assert dataset.is_sample


def test_facts(dataset):
    assert (dataset.name, dataset.title) == ("x", "X & Y")
    assert (dataset.licence, dataset.citation) == ("free", "me")
    assert dataset.class_names == ("no", "<yes>")
    assert dataset.class_counts("test") == {"no": 1, "<yes>": 1}


def test_content_hash_is_of_images_then_labels(dataset):
    content = bytes(4 * 784) + np.array([0, 1, 0, 1], "<i8").tobytes()
    assert dataset.sha256("train") == hashlib.sha256(content).hexdigest()


def test_sizes_of_a_sample_are_its_own():
    digits = datasets.load("mnist")
    assert repr(digits) == "<Dataset mnist: train 60,000, test 10,000>"
    assert len(digits.train) == 5000
    assert repr(digits) == "<Dataset mnist: train 5,000, test not read yet>"
