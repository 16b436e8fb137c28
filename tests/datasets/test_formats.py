from __future__ import annotations

import zipfile

import numpy as np
import pytest

from ziffern.datasets.formats import find, from_npz, open_path
from ziffern.errors import DataError

# --- IDX ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [True, False])
def test_idx_folder(tmp_path, tiny, packed):
    found = open_path(tiny.write(tmp_path / "own", packed=packed))
    assert found.form == "IDX files"
    assert found.class_names == ("0", "1", "2")
    for part in ("train", "test"):
        images, labels = tiny.part(part)
        read = found.read(part)
        assert np.array_equal(read.images, images)
        assert np.array_equal(read.labels, labels)
        assert read.images.dtype == np.uint8
        assert read.labels.dtype == np.int64


def test_training_never_opens_the_test_files(tmp_path, tiny):
    folder = tiny.write(tmp_path)
    found = open_path(folder)
    for name in tiny.names["test"]:
        (folder / f"{name}.gz").unlink()
    assert len(found.read("train")) == 12
    with pytest.raises(DataError, match="cannot read"):
        found.read("test")


def test_train_files_alone_are_split(tmp_path, tiny):
    folder = tiny.write(tmp_path)
    for name in tiny.names["test"]:
        (folder / f"{name}.gz").unlink()
    found = open_path(folder)
    train, test = found.read("train"), found.read("test")
    assert (len(train), len(test)) == (10, 2)
    everything, _ = tiny.part("train")
    together = {image.tobytes() for image in [*train.images, *test.images]}
    assert together == {image.tobytes() for image in everything}


def test_test_files_alone_are_for_testing(tmp_path, tiny):
    folder = tiny.write(tmp_path)
    for name in tiny.names["train"]:
        (folder / f"{name}.gz").unlink()
    found = open_path(folder)
    assert len(found.read("test")) == 6
    assert found.class_names == ("0", "1", "2")
    with pytest.raises(DataError, match="has a test part only"):
        found.read("train")


def test_images_without_labels(tmp_path, tiny):
    folder = tiny.write(tmp_path)
    (folder / "train-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match=r"has train-images-idx3-ubyte.gz but no labels for train"):
        open_path(folder)


def test_counts_differ(tmp_path, tiny):
    folder = tiny.write(tmp_path, packed=False)
    (folder / "train-labels-idx1-ubyte").write_bytes(tiny.idx(np.zeros(11)))
    with pytest.raises(DataError, match="12 images but 11 labels"):
        open_path(folder).read("train")


def test_test_label_that_training_does_not_know(tmp_path, tiny):
    folder = tiny.write(tmp_path, packed=False)
    (folder / "t10k-labels-idx1-ubyte").write_bytes(tiny.idx(np.array([0, 1, 2, 0, 7, 2])))
    with pytest.raises(DataError, match=r"label 7 \(sample 4\) is out of range; expected 0 to 2"):
        open_path(folder).read("test")


@pytest.mark.parametrize(
    ("name", "shape", "message"),
    [
        ("train-images-idx3-ubyte", (12,), "holds 1 axes; expected 3, images"),
        ("train-labels-idx1-ubyte", (12, 2), "holds 2 axes; expected 1, labels"),
        ("train-images-idx3-ubyte", (0, 28, 28), "0 images but 12 labels"),
        ("train-images-idx3-ubyte", (12, 28, 0), "no images in it"),
    ],
)
def test_wrong_axes(tmp_path, tiny, name, shape, message):
    folder = tiny.write(tmp_path, packed=False)
    (folder / name).write_bytes(tiny.idx(np.zeros(shape)))
    with pytest.raises(DataError, match=message):
        open_path(folder).read("train")


def test_no_samples_at_all(tmp_path, tiny):
    folder = tiny.write(tmp_path, packed=False)
    (folder / "train-images-idx3-ubyte").write_bytes(tiny.idx(np.zeros((0, 28, 28))))
    (folder / "train-labels-idx1-ubyte").write_bytes(tiny.idx(np.zeros(0)))
    with pytest.raises(DataError, match="no images in it"):
        open_path(folder).read("train")


# --- npz ---------------------------------------------------------------------------------------


def keras(tiny) -> dict[str, np.ndarray]:
    (x_train, y_train), (x_test, y_test) = tiny.part("train"), tiny.part("test")
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}


def test_npz_as_keras_ships_it(tmp_path, tiny):
    path = tmp_path / "mnist.npz"
    np.savez_compressed(path, **keras(tiny))
    for place in (path, tmp_path):
        found = open_path(place)
        assert found.form == "npz"
        assert np.array_equal(found.read("train").images, tiny.part("train")[0])
        assert np.array_equal(found.read("test").labels, tiny.part("test")[1])


def test_npz_reads_only_what_is_asked_for(tmp_path, tiny):
    path = tmp_path / "half.npz"
    np.savez(path, **keras(tiny))
    with zipfile.ZipFile(path) as archive:
        at = archive.getinfo("x_test.npy").header_offset
    content = bytearray(path.read_bytes())
    content[at + 200 : at + 300] = b"?" * 100
    path.write_bytes(content)
    found = open_path(path)
    assert len(found.read("train")) == 12
    with pytest.raises(DataError, match=r"half.npz, array x_test cannot be read as .npz"):
        found.read("test")


def test_npz_with_one_part_and_names(tmp_path, tiny):
    images, labels = tiny.part("train")
    names = np.array(["ah", "bay", "tsay", "no such label"])
    np.savez(
        tmp_path / "x.npz", images=images[..., None], labels=labels[:, None], class_names=names
    )
    found = from_npz(tmp_path / "x.npz")
    assert found.class_names == tuple(names)
    assert (len(found.read("train")), len(found.read("test"))) == (10, 2)


def test_npz_whole_numbers_of_other_types(tmp_path, tiny):
    images, labels = tiny.part("train")
    np.savez(tmp_path / "x.npz", images=images.astype(np.int32), labels=labels.astype(np.int16))
    assert from_npz(tmp_path / "x.npz").read("train").images.dtype == np.uint8


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": np.zeros((12, 28, 28))}, r"images is float64; expected uint8"),
        ({"images": np.full((12, 28, 28), 256)}, r"images is int64; expected uint8"),
        ({"images": np.zeros((12, 784), np.uint8)}, r"shape \(12, 784\); expected \(N, 28, 28\)"),
        ({"images": np.zeros((12, 28, 28, 2), np.uint8)}, r"expected \(N, 28, 28\)"),
        ({"labels": np.zeros((12, 10), np.int64)}, "expected one whole number per image"),
        ({"labels": np.zeros(12)}, "labels is float64"),
        ({"labels": np.full(12, -1)}, "label -1 .* is out of range"),
        ({"class_names": np.array(["a", "b"])}, r"label 2 \(sample 2\) is out of range"),
        ({"class_names": np.array([1, 2, 3])}, "class_names is no list of strings"),
        ({"labels": np.array([{}] * 12, dtype=object)}, "cannot be read as .npz"),
    ],
)
def test_npz_mistakes(tmp_path, tiny, change, message):
    images, labels = tiny.part("train")
    path = tmp_path / "x.npz"
    np.savez(path, **{"images": images, "labels": labels, **change})
    with pytest.raises(DataError, match=message):
        from_npz(path).read("train")


def test_npz_with_other_arrays(tmp_path):
    np.savez(tmp_path / "x.npz", arr_0=np.zeros(3))
    with pytest.raises(DataError, match="holds the arrays arr_0; expected x_train, y_train"):
        open_path(tmp_path / "x.npz")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip", b"\x93NUMPY"])
def test_npz_that_is_none(tmp_path, content):
    (tmp_path / "x.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"x.npz cannot be read as .npz: "):
        open_path(tmp_path)


def test_single_array_is_no_npz(tmp_path):
    with (tmp_path / "x.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(DataError, match="not a zip archive"):
        open_path(tmp_path)


def test_other_sizes_are_normalised(tmp_path):
    """Tightly cropped white on black: paper is judged by the set, so nothing is turned over."""
    images = np.zeros((6, 16, 16), np.uint8)
    images[:, 2:14, 6:10] = 255
    images[0] = 0
    images[0, :, 1:15] = 255  # one whose border is mostly ink
    np.savez(tmp_path / "x.npz", images=images, labels=np.zeros(6, np.uint8), class_names=["one"])
    found = from_npz(tmp_path / "x.npz")
    both = np.concatenate([found.read("train").images, found.read("test").images])
    assert both.shape == (6, 28, 28)
    assert both[:, 0].max() == 0
    assert both.max(axis=(1, 2)).min() > 200


# --- what is none -------------------------------------------------------------------------------


def test_folder_of_other_things_is_no_dataset(tmp_path):
    """A folder of datasets must not be taken for classes."""
    (tmp_path / "fields").mkdir()
    (tmp_path / "fields" / "1.png").touch()
    (tmp_path / "mnist").mkdir()
    (tmp_path / "notes.txt").touch()
    assert find(tmp_path) is None
    with pytest.raises(DataError, match=r"is no dataset; .* \(there are none in 'bin'\)"):
        open_path(tmp_path)


def test_nothing_there(tmp_path):
    assert find(tmp_path) is None
    assert find(tmp_path / "none") is None
    (tmp_path / "notes.txt").touch()
    with pytest.raises(DataError, match="is no dataset"):
        open_path(tmp_path / "notes.txt")
    with pytest.raises(DataError, match="does not exist"):
        open_path(tmp_path / "none")
