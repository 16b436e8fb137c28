"""Lines with known numbers become a dataset, page by page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ziffern import datasets
from ziffern.collect.lines import GatheredLines, gather_lines
from ziffern.datasets import catalogue
from ziffern.datasets.sources import read_sample
from ziffern.errors import InputError
from ziffern.reading.known import Known
from ziffern.reading.painted import Painter
from ziffern.reading.reader import Reader

READER = Reader()


def painted(folder: Path, count: int, seed: int = 0) -> list[Known]:
    """Write pictures of lines that can be cut, and say what stands in them."""
    paint = Painter(read_sample(catalogue.entry("mnist"), "train"))
    draw, found = np.random.default_rng(seed), []
    for number in range(count):
        line, file = paint(draw), folder / f"line-{seed}-{number}.png"
        Image.fromarray(line.pixels).save(file)
        found.append(Known(file, {1: ["".join(map(str, line.labels.tolist()))]}))
    return found


def gathered(known: list[Known], folder: Path, **options: str) -> list[GatheredLines]:
    return list(gather_lines(known, folder, READER, **options))


def test_lines_become_a_dataset_with_pictures_of_no_digit(tmp_path: Path) -> None:
    own = tmp_path / "own"
    pages = gathered(painted(tmp_path, 20), own)
    assert len(pages) == 20
    cut = [line for page in pages for line in page.found if line is not None]
    assert len(cut) >= 15
    found = datasets.load(own)
    assert found.class_names == tuple("0123456789")
    parts = [found.train, found.test]
    assert sum(len(part) for part in parts) == sum(len(line.digits) for line in cut)
    others = [part.nondigits for part in parts if part.nondigits is not None]
    assert sum(len(part) for part in others) == sum(len(line.others) for line in cut) > 0
    # each page is a writer of its own, so that no line is on both sides
    train, test = (set(np.unique(part.writers)) for part in parts if part.writers is not None)
    assert train
    assert test
    assert not train & test
    # pictures are kept as the network sees them
    first = cut[0].digits[0]
    assert any(np.array_equal(first, image) for part in parts for image in part.images)


def test_twice_the_same_adds_nothing(tmp_path: Path) -> None:
    known = painted(tmp_path, 3)
    first = [page.kept for page in gathered(known, tmp_path / "own")]
    again = [page.kept for page in gathered(known, tmp_path / "own")]
    for one, other in zip(first, again, strict=True):
        assert one is not None
        assert other is not None
        assert other.written == 0
        assert other.known == one.written + one.known


def test_what_cannot_be_cut_is_told_and_stops_nothing(tmp_path: Path) -> None:
    [good] = painted(tmp_path, 1)
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    known = [
        Known(tmp_path / "gone.png", {1: ["1"]}),
        Known(tmp_path / "broken.png", {1: ["1"]}),
        Known(good.file, {1: ["9" * 30], 3: ["1"]}),
        good,
    ]
    gone, broken, other, missing, whole = gathered(known, tmp_path / "own", writer="anna")
    assert "gone.png" in str(gone.problem)
    assert "broken.png" in str(broken.problem)
    assert other.found == [None]
    assert str(missing.problem) == f"{good.file} has no page 3"
    assert whole.problem is None
    assert whole.found != [None]
    assert [path.name for path in (tmp_path / "own").iterdir()] == ["anna"]


def test_a_writer_has_to_be_a_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a name"):
        gathered([], tmp_path, writer="a/b")


def test_pages_of_a_file_are_writers(tmp_path: Path) -> None:
    known = painted(tmp_path, 2)
    pages = [Image.open(each.file).convert("L") for each in known]
    pages[0].save(tmp_path / "both.tif", save_all=True, append_images=pages[1:])
    numbers = {page: each.numbers[1] for page, each in enumerate(known, 1)}
    found = gathered([Known(tmp_path / "both.tif", numbers)], tmp_path / "own")
    assert [page.page for page in found] == [1, 2]
    names = {path.name for path in (tmp_path / "own").iterdir()}
    assert names <= {"both-1", "both-2"}
    assert names
