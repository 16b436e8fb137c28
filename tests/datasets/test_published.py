"""Each form is fed a small file written here as its authors write theirs."""

from __future__ import annotations

import bz2
import struct
import zipfile
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from ziffern.datasets.published import FORMS
from ziffern.errors import DataError

SEVEN = np.zeros((16, 16), np.uint8)
SEVEN[2:4, 4:12] = 1
SEVEN[4:14, 8:10] = 1


def raw(form: str, files: dict[str, bytes], slot: str = "train"):
    return FORMS[form](slot, tuple(files), files.__getitem__)


def idx(array: np.ndarray, kind: int = 8) -> bytes:
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, kind, array.ndim, *array.shape)
    return head + array.astype({8: np.uint8, 12: ">i4"}[kind]).tobytes()


def one_hot(label: int) -> str:
    return " ".join(str(int(label == digit)) for digit in range(10))


def test_idx():
    images = np.arange(2 * 28 * 28).reshape(2, 28, 28) % 256
    found = raw("idx", {"images": idx(images), "labels": idx(np.array([3, 4]))})
    assert np.array_equal(found.images(), images)
    assert found.labels().tolist() == [3, 4]
    assert found.writers() is None


def test_emnist_has_columns_for_rows():
    image = np.zeros((28, 28))
    image[4:7, 4:24] = 255  # a seven
    image[4:24, 20:24] = 255
    found = raw("emnist", {"images": idx(image.T[np.newaxis]), "labels": idx(np.array([7]))})
    [upright] = found.images()
    rows, columns = np.nonzero(upright > 127)
    assert (upright[rows.min()] > 127).sum() == 20  # the bar is above
    assert (upright[rows.max()] > 127).sum() == 4
    assert np.ptp(rows) + 1 == np.ptp(columns) + 1 == 20  # in MNIST's frame


def test_qmnist_tells_writers_and_leaves_mnist_out():
    labels = np.zeros((10_003, 8))
    labels[:, 0] = np.arange(10_003) % 10
    labels[:, 1], labels[:, 2] = 4, np.arange(10_003) // 100
    images = np.zeros((10_003, 2, 2))
    files = {"images": idx(images), "labels": idx(labels, 12)}
    train, test = raw("qmnist", files), raw("qmnist", files, "test")
    assert len(train.images()) == len(train.labels()) == 10_003
    assert len(test.images()) == 3
    assert test.labels().tolist() == [0, 1, 2]
    assert test.writers().tolist() == ["hsf_4-100"] * 3
    with pytest.raises(DataError, match=r"labels has the shape \(5,\); expected \(N, 8\)"):
        raw("qmnist", {"images": b"", "labels": idx(np.arange(5), 12)}).labels()
    with pytest.raises(DataError, match="labels holds unsigned bytes; expected 32-bit integers"):
        raw("qmnist", {"images": b"", "labels": idx(np.arange(5))}).labels()
    with pytest.raises(DataError, match="is cut off: its header announces 5×4 = 20 bytes"):
        raw("qmnist", {"images": b"", "labels": idx(np.arange(5), 12)[:-1]}).labels()


def test_zip():
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for writer in ("anna", "ben"):
            png = BytesIO()
            Image.fromarray(255 - 200 * SEVEN).save(png, "png")
            archive.writestr(f"top/{writer}/7/a.png", png.getvalue())
    found = raw("zip", {"x.zip": buffer.getvalue()}, "all")
    assert found.writers().tolist() == ["anna", "ben"]
    assert found.labels().tolist() == [7, 7]
    assert found.images().shape == (2, 28, 28)
    empty = BytesIO()
    zipfile.ZipFile(empty, "w").close()
    with pytest.raises(DataError, match=r"x\.zip holds no pictures in folders by class"):
        raw("zip", {"x.zip": empty.getvalue()}, "all").labels()


def test_libsvm_counts_classes_from_one_and_leaves_zeros_out():
    values = SEVEN.ravel() * 2.0 - 1
    values[0] = 0
    pairs = " ".join(f"{index}:{value}" for index, value in enumerate(values, 1) if value)
    found = raw("libsvm", {"usps.bz2": bz2.compress(f"8 {pairs}\n".encode())})
    expected = SEVEN * 255
    expected[0, 0] = 128
    assert np.array_equal(found.images()[0], expected)
    assert found.labels().tolist() == [7]


@pytest.mark.parametrize("content", [b"rubbish", bz2.compress(b"1 257:3"), bz2.compress(b"x")])
def test_damaged_libsvm(content):
    with pytest.raises(
        DataError, match=r"usps\.bz2 is damaged or of another form; expected LIBSVM"
    ):
        raw("libsvm", {"usps.bz2": content}).labels()


def test_semeion():
    row = " ".join(f"{value:.4f}" for value in SEVEN.ravel())
    found = raw("semeion", {"semeion.data": f"{row} {one_hot(7)} \n".encode() * 2}, "all")
    assert found.labels().tolist() == [7, 7]
    assert np.array_equal(found.images()[1], 255 * SEVEN)
    for content, message in (
        (f"{row}\n", "has 256 numbers in a row; expected 266"),
        (f"{row} {one_hot(11)}", "row 0 names no class"),
        (f"{row} seven", "is damaged or of another form; expected rows of 266 numbers"),
    ):
        with pytest.raises(DataError, match=rf"semeion\.data:? {message}"):
            raw("semeion", {"semeion.data": content.encode()}, "all").labels()


@pytest.mark.parametrize("between", [" ", ","])
def test_ardis(between):
    image = np.kron(SEVEN[1:15, 1:15], np.full((2, 2), 200))
    files = {
        "images.csv": between.join(map(str, image.ravel())).encode(),
        "labels.csv": one_hot(7).replace(" ", between).encode(),
    }
    found = raw("ardis", files)
    assert found.labels().tolist() == [7]
    assert found.images().shape == (1, 28, 28)
    assert found.images()[0, 0].max() == 0


def test_scikit_learn():
    found = raw("scikit-learn", {}, "all")
    assert found.images().shape == (1797, 8, 8)
    assert np.bincount(found.labels()).tolist() == [
        178,
        182,
        177,
        183,
        181,
        182,
        181,
        179,
        174,
        180,
    ]
    assert found.images().max() == 255


def test_fonts_count_as_writers():
    found = raw("fonts", {}, "all")
    assert len(found.images()) == len(found.labels()) == len(found.writers())
    assert found.labels()[:10].tolist() == list(range(10))
    assert len(set(found.writers()[:10].tolist())) == 1
