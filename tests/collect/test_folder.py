"""Keeping digits: names, nothing overwritten, nothing twice, and the folder is a dataset."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ziffern import datasets
from ziffern.collect.cut import Cut, Digit
from ziffern.collect.folder import Kept, checked_writer, keep, writer_of
from ziffern.collect.layout import Sheet
from ziffern.errors import InputError, WorkError


def _cut(*labels: int, seed: int = 0) -> Cut:
    rng = np.random.default_rng(seed)
    digits = []
    for label in labels:
        picture = np.full((60, 60), 255, np.uint8)
        row, column = rng.integers(10, 30, 2)
        picture[row : row + 25, column : column + 4] = rng.integers(0, 90)
        digits.append(Digit(label, picture))
    return Cut(Sheet(1), digits, 0, 0, 4)


def test_the_folder_is_a_dataset_with_writers(tmp_path: Path) -> None:
    for writer in ("anna", "ben"):
        keep(_cut(*range(10), 3, seed=len(writer)).digits, tmp_path, writer=writer)
    assert sorted(path.name for path in (tmp_path / "anna" / "3").iterdir()) == [
        "number-1.png",
        "number-2.png",
    ]
    loaded = datasets.load(tmp_path)
    parts = loaded.train, loaded.test
    assert sum(map(len, parts)) == 22
    assert {str(name) for part in parts for name in part.writers} == {"anna", "ben"}
    counts = sum(np.bincount(part.labels, minlength=10) for part in parts)
    assert counts.tolist() == [2, 2, 2, 4, 2, 2, 2, 2, 2, 2]


def test_what_is_there_stays_and_nothing_comes_twice(tmp_path: Path) -> None:
    first = _cut(4, 4, 7)
    assert keep(first.digits, tmp_path, writer="anna") == Kept(3, 0)
    mine = tmp_path / "anna" / "4" / "number-9.png"
    mine.write_bytes(b"mine")
    (tmp_path / "anna" / "4" / "other.png").write_bytes(b"another")
    assert keep(first.digits, tmp_path, writer="anna") == Kept(0, 3)
    assert keep(_cut(4, seed=1).digits, tmp_path, writer="anna") == Kept(1, 0)
    names = sorted(path.name for path in mine.parent.iterdir())
    assert names == ["number-1.png", "number-10.png", "number-2.png", "number-9.png", "other.png"]
    assert mine.read_bytes() == b"mine"
    # another writer's digit that looks the same is theirs
    assert keep(first.digits, tmp_path, writer="ben") == Kept(3, 0)


@pytest.mark.parametrize(
    "name", ["", "train", "test", "../up", "a/b", ".hidden", "_x", "a\\b", "x" * 65, "a\n", "end."]
)
def test_names_that_are_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="expected a name of letters, digits") as caught:
        keep(_cut(1).digits, tmp_path, writer=name)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["anna", "7", "0001_CH4M", "Jürg-Peter B", "a.b"])
def test_names_that_are(name: str) -> None:
    assert checked_writer(name) == name


@pytest.mark.parametrize(
    ("file", "page", "writer"),
    [
        ("scans/anna.jpg", None, "anna"),
        ("class.pdf", 3, "class-3"),
        ("train.jpg", None, "sheet-train"),
        (".jpg", None, "jpg"),
        ("__.jpg", 2, "file-2"),
        ("IMG (1).jpg", None, "IMG 1"),
        ("x" * 200 + ".png", 12, "x" * 50 + "-12"),
        ("! anna.png", None, "anna"),
        ("(_1).jpg", None, "1"),
        ("x" * 49 + " y.png", None, "x" * 49),
        ("(train).jpg", None, "sheet-train"),
        ("?!.jpg", None, "file"),
    ],
)
def test_writers_are_called_after_their_files(file: str, page: int | None, writer: str) -> None:
    assert writer_of(Sheet(1), Path(file), page) == writer
    assert checked_writer(writer)
    assert writer_of(Sheet(1, 5), Path(file), page) == "writer-5"


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "anna").write_text("a file")
    with pytest.raises(WorkError, match="anna"):
        keep(_cut(1).digits, tmp_path, writer="anna")
