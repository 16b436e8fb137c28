"""Joined datasets: parts one after the other, sealed as each member's are."""

from dataclasses import replace

import numpy as np
import pytest

from ziffern import datasets
from ziffern.classes import NO_DIGIT
from ziffern.datasets.catalogue import Entry
from ziffern.datasets.dataset import Dataset
from ziffern.datasets.joined import join, parse
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
    both = join([made("a", first), made("b", second)], [1, 1])
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
    assert join([made("a", Fixed(1)), made("b", Fixed(2))], [1, 1]).train.writers is None


def test_other_classes_cannot_be_joined() -> None:
    both = join([made("a", Fixed(1)), made("b", Fixed(2, classes=5))], [1, 1])
    with pytest.raises(DataError, match="a and b cannot be joined: their classes are 0, 1 and"):
        both.class_names  # noqa: B018
    with pytest.raises(DataError, match="cannot be joined"):
        both.train  # noqa: B018


def test_training_parts_come_as_often_as_is_said_and_test_parts_once() -> None:
    both = join([made("a", Fixed(1)), made("b", Fixed(2, writer="ada"))], [1, 3])
    assert both.name == "a+3xb"
    assert both.train.images[:, 0, 0].tolist() == [1] * 3 + [2] * 9
    assert both.train.writers is not None
    assert both.train.writers.tolist() == ["a"] * 3 + ["ada"] * 9
    assert both.test.images[:, 0, 0].tolist() == [1, 1, 2, 2]


def test_by_name() -> None:
    assert parse("mnist+3xswiss+usps") == {"mnist": 1, "swiss": 3, "usps": 1}
    assert datasets.load("mnist+2xfonts").name == "mnist+2xfonts"
    with pytest.raises(DataError, match="unknown dataset 'fontz'"):
        datasets.load("mnist+fontz")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("mnist+mnist", "'mnist' is joined with itself"),
        ("mnist+", "'' in 'mnist\\+' names no dataset"),
        ("mnist+3x", "names no dataset"),
        ("mnist+0xusps", "names no dataset"),
        ("mnist+Usps", "names no dataset"),
    ],
)
def test_names_that_cannot_be(text: str, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        datasets.load(text)


def test_pictures_of_no_digit_are_joined_as_well() -> None:
    class WithOthers(Fixed):
        def read(self, part: PartName) -> Loaded:
            loaded = super().read(part)
            others = replace(loaded.part, labels=np.full(len(loaded.part), NO_DIGIT))
            return replace(loaded, part=replace(loaded.part, nondigits=others))

    one, other = made("a", Fixed(1)), made("b", WithOthers(2, writer="ada"))
    assert join([one, one], [1, 1]).train.nondigits is None
    both = join([one, other], [1, 2]).train
    assert both.nondigits is not None
    assert both.nondigits.images[:, 0, 0].tolist() == [2] * 6
    assert both.nondigits.writers is not None
    assert set(both.nondigits.writers.tolist()) == {"ada"}
