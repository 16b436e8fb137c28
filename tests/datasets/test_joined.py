"""Joined datasets: parts one after the other, sealed as each member's are."""

import numpy as np
import pytest

from ziffern import datasets
from ziffern.datasets.catalogue import Entry
from ziffern.datasets.dataset import Dataset
from ziffern.datasets.joined import join
from ziffern.datasets.parts import Part, PartName
from ziffern.datasets.sources import Loaded
from ziffern.errors import DataError


class Fixed:
    """A dataset of a few pictures, all of one grey level; tells which parts were read."""

    def __init__(self, level: int, classes: int = 2, writer: str | None = None) -> None:
        self.level, self.writer, self.read_parts = level, writer, list[str]()
        self.class_names = tuple(str(number) for number in range(classes))

    def read(self, part: PartName) -> Loaded:
        self.read_parts.append(part)
        count = 3 if part == "train" else 2
        images = np.full((count, 28, 28), self.level, np.uint8)
        writers = None if self.writer is None else np.full(count, self.writer)
        return Loaded(Part(images, np.arange(count) % 2, writers), f"level {self.level}")


def made(name: str, source: Fixed) -> Dataset:
    return Dataset(Entry(name=name, title=name.title(), licence="free"), source)


def test_parts_come_one_after_the_other_and_testing_stays_sealed() -> None:
    first, second = Fixed(1), Fixed(2, writer="ada")
    both = join([made("a", first), made("b", second)])
    assert both.train.images[:, 0, 0].tolist() == [1, 1, 1, 2, 2, 2]
    assert both.train.labels.tolist() == [0, 1, 0, 0, 1, 0]
    assert both.train.writers is not None
    assert both.train.writers.tolist() == ["a", "a", "a", "ada", "ada", "ada"]
    assert (first.read_parts, second.read_parts) == (["train"], ["train"])
    assert both.test.images[:, 0, 0].tolist() == [1, 1, 2, 2]
    assert (both.name, both.title) == ("a+b", "A + B")
    assert both.origin == "a: level 1; b: level 2"
    assert both.licence == "a: free; b: free"


def test_without_writers_there_are_none() -> None:
    assert join([made("a", Fixed(1)), made("b", Fixed(2))]).train.writers is None


def test_other_classes_cannot_be_joined() -> None:
    both = join([made("a", Fixed(1)), made("b", Fixed(2, classes=5))])
    with pytest.raises(DataError, match="a and b cannot be joined: their classes are 0, 1 and"):
        both.class_names  # noqa: B018
    with pytest.raises(DataError, match="cannot be joined"):
        both.train  # noqa: B018


def test_by_name_with_a_plus() -> None:
    assert datasets.load("mnist+fonts").name == "mnist+fonts"
    with pytest.raises(DataError, match="unknown dataset 'fontz'"):
        datasets.load("mnist+fontz")
    with pytest.raises(DataError, match="'mnist' is joined with itself"):
        datasets.load("mnist+mnist")
    with pytest.raises(DataError, match="lacks a name"):
        datasets.load("mnist+")
