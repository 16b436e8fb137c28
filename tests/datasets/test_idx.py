from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest

from ziffern.datasets import idx
from ziffern.errors import DataError

GOOD = struct.pack(">BBBBI", 0, 0, 8, 1, 300) + bytes(range(150)) * 2
PACKED = gzip.compress(GOOD)
DAMAGED = {
    "empty": (b"", "is empty; expected an IDX file"),
    "short": (GOOD[:3], "is not an IDX file: it begins with 00 00 08"),
    "cut within header": (GOOD[:6], "cut off within its header"),
    "cut off": (GOOD[:-1], "is cut off: its header announces 300 = 300 bytes, 299 follow"),
    "too long": (GOOD + b"x", "is too long: .* 301 follow"),
    "wrong magic": (b"PNG!" + GOOD, "is not an IDX file: it begins with 50 4e 47 21"),
    "wrong type": (b"\0\0\x0d" + GOOD[3:], "holds 32-bit floats; expected unsigned bytes"),
    "unknown type": (b"\0\0\x77" + GOOD[3:], "unknown type 0x77"),
    "no axes": (b"\0\0\x08\0" + GOOD, "cut off within its header"),
    "gzip cut off": (PACKED[:-9], "is cut off: the gzip data ends too early"),
    "gzip damaged": (PACKED[:20] + b"?" * 40 + PACKED[60:], "is damaged: not valid gzip"),
    "gzip checksum": (PACKED[:-8] + b"?" * 8, "is damaged: not valid gzip"),
}


@pytest.mark.parametrize("packed", [False, True])
def test_reads_what_was_written(tmp_path, tiny, packed):
    images, _ = tiny.part("train")
    content = tiny.idx(images)
    path = tmp_path / "x"
    path.write_bytes(gzip.compress(content) if packed else content)
    array = idx.read(path)
    assert array.dtype == np.uint8
    assert array.flags.writeable
    assert np.array_equal(array, images)
    assert idx.shape_of(path) == images.shape


@pytest.mark.parametrize("case", DAMAGED)
def test_damaged(tmp_path, case):
    content, message = DAMAGED[case]
    path = tmp_path / "train-labels-idx1-ubyte"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as error:
        idx.read(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("case", ["empty", "wrong magic", "cut within header"])
def test_damaged_header(tmp_path, case):
    path = tmp_path / "x"
    path.write_bytes(DAMAGED[case][0])
    with pytest.raises(DataError, match=DAMAGED[case][1]):
        idx.shape_of(path)


def test_header_of_gzip_that_is_cut_off(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(PACKED[:12])
    with pytest.raises(DataError, match="cut off"):
        idx.shape_of(path)


def test_missing(tmp_path):
    with pytest.raises(DataError, match=r"cannot read .*: No such file"):
        idx.read(tmp_path / "none")
    with pytest.raises(DataError, match=r"cannot read .*: "):
        idx.shape_of(tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "slot", "kind"),
    [
        ("train-images-idx3-ubyte.gz", "train", "images"),
        ("train-images.idx3-ubyte", "train", "images"),
        ("t10k-labels-idx1-ubyte", "test", "labels"),
        ("test-labels.idx1-ubyte.gz", "test", "labels"),
        ("emnist-letters-test-images-idx3-ubyte.gz", "test", "images"),
        ("TRAIN-LABELS.IDX1-UBYTE", "train", "labels"),
        ("images-idx3-ubyte", "all", "images"),
    ],
)
def test_finds_by_name(tmp_path, name, slot, kind):
    (tmp_path / name).touch()
    (tmp_path / "notes-idx.txt").touch()
    assert idx.find(tmp_path) == {slot: {kind: tmp_path / name}}


def test_plain_and_packed_are_one(tmp_path):
    for name in ("train-images-idx3-ubyte", "train-images-idx3-ubyte.gz"):
        (tmp_path / name).touch()
    assert idx.find(tmp_path) == {"train": {"images": tmp_path / "train-images-idx3-ubyte"}}


def test_two_of_a_kind(tmp_path):
    for name in ("a-train-images-idx3-ubyte", "b-train-images-idx3-ubyte"):
        (tmp_path / name).touch()
    with pytest.raises(DataError, match=r"two files of train images, a-train.* and b-train"):
        idx.find(tmp_path)
