"""Many sheets: of several pages, some of them bad."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made_sheets import rendered, written
from PIL import Image

from ziffern.collect import gather as module
from ziffern.collect.folder import Kept
from ziffern.collect.gather import gather, listed
from ziffern.collect.layout import Sheet
from ziffern.collect.sheet import sheet
from ziffern.errors import InputError


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """A good scan, one cut short, a picture of something else, and a TIFF of two pages."""
    page = Image.fromarray(written(empty=range(5, 100)).picture)
    good, short, other, two = (
        tmp_path / name for name in ("anna.png", "cut.png", "tree.png", "two.tif")
    )
    page.save(good)
    short.write_bytes(good.read_bytes()[:2000])
    Image.fromarray(np.full((300, 400), 180, np.uint8)).save(other)
    second = Image.fromarray(rendered(sheet(writers=3), page=2))
    page.save(two, save_all=True, append_images=[second])
    return [good, short, other, two]


def test_one_bad_photo_does_not_stop_the_rest(files: list[Path], tmp_path: Path) -> None:
    own = tmp_path / "own"
    good, short, other, first, second = gather(files, own)
    assert (good.writer, good.page, good.kept) == ("anna", None, Kept(5, 0))
    assert "cut.png" in str(short.problem)
    assert short.cut is None
    assert "no mark of a sheet found" in str(other.problem)
    assert (first.writer, first.page, first.kept) == ("two-1", 1, Kept(5, 0))
    assert second.cut is not None
    assert (second.writer, second.cut.sheet, second.cut.empty) == ("writer-3", Sheet(1, 3), 100)
    assert sorted(path.name for path in own.iterdir()) == ["anna", "two-1"]


def test_odd_names_and_one_that_cannot_be_kept_do_not_stop_the_rest(
    files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = files[0]
    odd = [good.rename(tmp_path / "! anna.png"), files[3].rename(tmp_path / "train.tif")]
    found = list(gather(odd, tmp_path / "own"))
    assert [sheet.writer for sheet in found] == ["anna", "sheet-train-1", "writer-3"]
    monkeypatch.setattr(module, "writer_of", lambda _, file, page: "ben" if page else "a/b")
    first, *others = gather(odd, tmp_path / "own")
    assert "writer 'a/b': expected a name" in str(first.problem)
    assert (first.cut, first.kept) == (None, None)
    assert [sheet.writer for sheet in others] == ["ben", "ben"]


def test_all_by_one_writer(files: list[Path], tmp_path: Path) -> None:
    good, two = files[0], files[3]
    found = list(gather([good, two], tmp_path / "own", writer="ben"))
    # the same page again is the same digits
    assert [sheet.kept for sheet in found] == [Kept(5, 0), Kept(0, 5), Kept(0, 0)]
    assert {sheet.writer for sheet in found} == {"ben"}


def test_a_wrong_name_is_told_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="writer 'a/b'"):
        next(gather([tmp_path / "missing.png"], tmp_path / "own", writer="a/b"))


def test_folders_stand_for_their_files(files: list[Path], tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no picture")
    assert listed([tmp_path]) == sorted(files)
    assert listed([files[3], files[0]]) == [files[3], files[0]]
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(InputError, match="empty holds no pictures; expected photos or scans"):
        listed([empty])
