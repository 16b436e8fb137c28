from __future__ import annotations

import io
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ziffern.classes import NO_DIGIT
from ziffern.datasets import folders
from ziffern.datasets.folders import empty, find, in_zip
from ziffern.datasets.formats import open_path
from ziffern.datasets.parts import Part
from ziffern.errors import DataError


def draw(folder, name: str, *, size: int = 28, paper: int = 0, extra: int = 0) -> np.ndarray:
    folder.mkdir(parents=True, exist_ok=True)
    picture = np.full((size, size), paper, np.uint8)
    picture[size // 3 : -size // 3, size // 3 + extra : -size // 3] = 255 - paper
    Image.fromarray(picture).save(folder / name)
    return picture


def test_digits_by_folder(tmp_path):
    tmp_path = tmp_path / "set"
    one = draw(tmp_path / "1", "b.png", extra=1)
    draw(tmp_path / "1", "a.PNG")
    draw(tmp_path / "4", "x.png")
    (tmp_path / "3").mkdir()
    (tmp_path / "4" / "Thumbs.db").touch()
    found = open_path(tmp_path)
    assert found.form == "pictures by class"
    assert found.class_names == tuple("0123456789")
    with pytest.raises(DataError, match="too few samples"):
        found.read("train")
    for index in range(3):
        draw(tmp_path / "4", f"more{index}.png")
    train, test = (open_path(tmp_path).read(part) for part in ("train", "test"))
    assert sorted([*train.labels, *test.labels]) == [1, 1, 4, 4, 4, 4]
    kept = [image for image in [*train.images, *test.images] if np.array_equal(image, one)]
    assert len(kept) == 1  # 28×28, white on black: byte for byte


def test_classes_with_names_and_parts(tmp_path):
    for part, count in (("train", 2), ("test", 1)):
        for label in ("zebra", "ant", "10", "9"):
            for index in range(count):
                draw(tmp_path / part / label, f"{index}.png", size=40)
    found = open_path(tmp_path)
    assert found.class_names == ("9", "10", "ant", "zebra")
    assert found.read("train").labels.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    test = found.read("test")
    assert test.labels.tolist() == [0, 1, 2, 3]
    assert test.images.shape == (4, 28, 28)


def test_training_never_opens_the_test_pictures(tmp_path):
    draw(tmp_path / "train" / "a", "1.png")
    draw(tmp_path / "test" / "a", "1.png")
    found = open_path(tmp_path)
    (tmp_path / "test" / "a" / "1.png").write_bytes(b"no picture")
    assert len(found.read("train")) == 1
    with pytest.raises(DataError, match=r"1\.png"):
        found.read("test")


def test_dark_ink_on_light_paper_is_turned(tmp_path):
    for index in range(6):
        draw(tmp_path / "set" / "a", f"{index}.png", paper=255)
    images = open_path(tmp_path / "set").read("train").images
    assert images[:, 0].max() == 0
    assert images.max() > 200


def test_test_class_that_training_does_not_know(tmp_path):
    draw(tmp_path / "train" / "a", "1.png")
    draw(tmp_path / "test" / "b", "1.png")
    with pytest.raises(DataError, match="has a class 'b' that the training part lacks; known: a"):
        open_path(tmp_path).read("test")


# --- by writer ---------------------------------------------------------------------------------


def by_writer(folder: Path, writers: int = 6) -> Path:
    for writer in range(writers):
        for digit in (1, 7):
            draw(folder / f"{writer:04}_CH{writer}F" / str(digit), "0.png", size=40 + writer)
    return folder


def test_writers_are_never_in_both_parts(tmp_path):
    found = find(by_writer(tmp_path / "set", writers=12))
    train, test = found.read("train"), found.read("test")
    assert len(set(test.writers)) == 2
    assert len(set(train.writers)) == 10
    assert not set(train.writers) & set(test.writers)
    assert sorted(set(test.labels)) == [1, 7]
    assert found.class_names == tuple("0123456789")
    again = find(tmp_path / "set").read("test")
    assert set(again.writers) == set(test.writers)


def test_one_writer_alone_is_split_by_lot(tmp_path):
    for index in range(12):
        draw(tmp_path / "set" / "anna" / "3", f"{index}.png")
    found = find(tmp_path / "set")
    assert (len(found.read("train")), len(found.read("test"))) == (10, 2)
    assert set(found.read("test").writers) == {"anna"}


def test_parts_by_writer(tmp_path):
    by_writer(tmp_path / "train", writers=2)
    draw(tmp_path / "test" / "carla" / "5", "x.png")
    found = find(tmp_path)
    assert found.read("test").writers.tolist() == ["carla"]
    assert found.read("train").labels.tolist() == [1, 1, 7, 7]
    expected = ["0000_CH0F", "0001_CH1F"] * 2
    assert found.read("train").writers.tolist() == expected


def test_pictures_beside_writers_are_not_passed_over(tmp_path):
    folder = by_writer(tmp_path / "set")
    (folder / "tools").mkdir()
    assert find(folder) is not None  # no pictures in it: nothing is lost
    draw(folder / "tools", "logo.png")
    assert find(folder) is None


# --- in a zip file -----------------------------------------------------------------------------


def packed(folder: Path, inside: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, inside + path.relative_to(folder).as_posix())
    return buffer.getvalue()


@pytest.mark.parametrize("inside", ["", "numbers-main/", "a/b/"])
def test_zip_is_what_it_holds(tmp_path, inside):
    folder = by_writer(tmp_path / "set")
    (tmp_path / "set.zip").write_bytes(packed(folder, inside))
    for part in ("train", "test"):
        loose, zipped = find(folder).read(part), find(tmp_path / "set.zip").read(part)
        assert np.array_equal(loose.images, zipped.images)
        assert np.array_equal(loose.labels, zipped.labels)
        assert loose.writers.tolist() == zipped.writers.tolist()


def test_folder_with_one_zip_stands_for_it(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "set.zip").write_bytes(packed(by_writer(tmp_path / "set")))
    assert len(open_path(tmp_path / "mine").read("train")) == 10


def test_bad_zips(tmp_path):
    with pytest.raises(DataError, match=r"x\.zip is damaged or no zip file"):
        in_zip(b"rubbish", "x.zip")
    folder = by_writer(tmp_path / "set")
    content = bytearray(packed(folder))
    start = content.index(b"\x89PNG")
    content[start + 20 : start + 60] = bytes(40)
    with pytest.raises(DataError, match=r"x\.zip: .*0\.png: damaged or cut short"):
        in_zip(bytes(content), "x.zip").read("train")
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "notes.txt").touch()
    assert in_zip(packed(tmp_path / "none"), "x.zip") is None


def training_sevens(folder: Path) -> Path:
    """Return an empty folder for digits to train on; one to test on is there already."""
    draw(folder / "test" / "7", "a.png")
    place = folder / "train" / "7"
    place.mkdir(parents=True, exist_ok=True)
    return place


def test_a_zip_reads_every_picture_as_the_folder_does(tmp_path):
    strokes = np.zeros((56, 56), np.uint8)
    strokes[10:46, 24:30] = 255
    strokes[10:16, 12:30] = 255
    place = training_sevens(tmp_path / "set")
    ink = Image.fromarray(np.zeros_like(strokes))
    Image.merge("LA", (ink, Image.fromarray(strokes))).save(place / "transparent.png")
    Image.fromarray((255 - strokes).astype(np.uint16) * 257).save(place / "deep.png")
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 270° to be upright
    turned = Image.fromarray(255 - np.rot90(strokes))
    turned.save(place / "turned.jpg", exif=exif, quality=95)
    (tmp_path / "set.zip").write_bytes(packed(tmp_path / "set"))
    loose, zipped = (find(tmp_path / name).read("train").images for name in ("set", "set.zip"))
    assert np.array_equal(loose, zipped)
    assert loose.max(axis=(1, 2)).min() > 200
    assert np.abs(loose[0].astype(int) - loose[2]).mean() < 2  # the turned one is upright


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("huge.pgm", b"P5 30000 30000 255\n", "far too many pixels; expected at most"),
        ("wide.pgm", b"P5 60000 2000 255\n", "60000×2000 pixels; expected at most"),
        ("run.png", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n", "no picture"),
        ("none.png", b"", "no picture that can be read; expected PNG"),
    ],
)
def test_bad_pictures_in_a_zip_give_one_line(tmp_path, name, content, reason):
    place = training_sevens(tmp_path / "set")
    (place / name).write_bytes(content)
    with pytest.raises(DataError) as caught:
        in_zip(packed(tmp_path / "set"), "x.zip").read("train")
    assert str(caught.value).startswith(f"x.zip: train/7/{name}: {reason}")
    assert "\n" not in str(caught.value)


def test_a_zip_with_a_password(tmp_path):
    draw(training_sevens(tmp_path / "set"), "a.png")
    content = bytearray(packed(tmp_path / "set"))
    for mark, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):  # before each file, and in the list
        place = content.rindex(mark)
        content[place + flags] |= 1
    with pytest.raises(DataError, match=r"7/a\.png: packed with a password; pack it without one"):
        in_zip(bytes(content), "x.zip").read("train")


def test_a_picture_in_a_zip_that_would_fill_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "_UNPACKED", 50)
    with pytest.raises(DataError, match=r"0\.png: expected a picture of at most"):
        in_zip(packed(by_writer(tmp_path / "set")), "x.zip").read("train")


def test_one_picture_at_a_time_is_held(tmp_path):
    for index in range(12):
        draw(training_sevens(tmp_path), f"{index}.png", size=1000)
    found = find(tmp_path)
    tracemalloc.start()
    assert len(found.read("train")) == 12
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # normalising takes several times the picture, keeping all would take twelve times more
    assert peak < 10_000_000, peak


def test_empty_folders_are_named(tmp_path):
    draw(tmp_path / "set" / "a", "1.png")
    (tmp_path / "set" / "b").mkdir()
    assert empty(tmp_path / "set") == ["b"]


def test_pictures_of_no_digit_lie_beside_digits(tmp_path):
    for label in ("1", "7", "no-digit"):
        for index in range(12):
            draw(tmp_path / "set" / label, f"{index}.png")
    found = open_path(tmp_path / "set")
    assert found.class_names == tuple("0123456789")
    train, test = (found.read(part) for part in ("train", "test"))
    assert sorted({*train.labels.tolist(), *test.labels.tolist()}) == [1, 7]
    assert (len(train), len(test)) == (20, 4)
    assert train.nondigits is not None
    assert test.nondigits is not None
    assert (len(train.nondigits), len(test.nondigits)) == (10, 2)
    assert set(train.nondigits.labels.tolist()) == {NO_DIGIT}
    # what is learnt from includes them, so it is other data without
    assert train.sha256 != Part(train.images, train.labels).sha256


def test_pictures_of_no_digit_have_writers(tmp_path):
    for writer in "abcdef":
        for label in ("1", "no-digit"):
            draw(tmp_path / "set" / writer / label, "1.png")
    train, test = (open_path(tmp_path / "set").read(part) for part in ("train", "test"))
    assert train.writers.tolist() == train.nondigits.writers.tolist()
    assert test.writers.tolist() == test.nondigits.writers.tolist()
    assert len(set(train.writers) | set(test.writers)) == 6


def test_no_digit_alone_is_no_dataset_and_elsewhere_a_class(tmp_path):
    for index in range(8):
        draw(tmp_path / "one" / "no-digit", f"{index}.png")
        for label in ("cat", "no-digit"):
            draw(tmp_path / "two" / label, f"{index}.png")
    with pytest.raises(DataError, match="only pictures of no digit in it"):
        open_path(tmp_path / "one").read("train")
    assert open_path(tmp_path / "two").class_names == ("cat", "no-digit")
