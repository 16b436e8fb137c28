"""The public functions of `ziffern.datasets`: what a name, a path and --data-dir mean."""

from __future__ import annotations

import gzip
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ziffern import datasets
from ziffern.errors import DataError, WorkError

# the real thing, where it lies at hand; looked up before the fixtures hide it
REAL = os.environ.get("ZIFFERN_DATA")
needs_mnist = pytest.mark.skipif(
    REAL is None or not Path(REAL, "mnist").is_dir(), reason="no MNIST in ZIFFERN_DATA"
)


@needs_mnist
def test_real_mnist(monkeypatch, tmp_path):
    assert REAL
    for digits in (
        datasets.load("mnist", data_dir=REAL),
        datasets.load("mnist", data_dir=Path(REAL, "mnist")),
    ):
        assert len(digits.train) == 60000
        assert digits.train.labels[:5].tolist() == [5, 0, 4, 1, 9]
        assert not digits.is_sample
    monkeypatch.setenv("ZIFFERN_DATA", REAL)
    digits = datasets.load("mnist")
    assert len(digits.test) == 10000
    assert digits.sha256("test").startswith("a0863a96")
    assert digits.class_counts("test")["7"] == 1028


def test_without_anything_there_is_the_sample(caplog):
    digits = datasets.load("mnist")
    assert not caplog.messages  # nothing happens before a part is asked for
    assert len(digits.train) == 5000
    assert digits.is_sample
    assert len(caplog.messages) == 1


def test_warning_reaches_stderr_without_any_setup(tmp_path):
    """The note is loud in a plain script too."""
    code = "from ziffern import datasets; datasets.load('mnist').train"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "ONLY A SAMPLE of MNIST" in done.stderr
    assert done.stdout == ""


def test_path(tmp_path, tiny):
    folder = tiny.write(tmp_path / "class-5b")
    for given in (folder, str(folder)):
        own = datasets.load(given)
        assert own.name == own.title == "class-5b"
        assert own.class_names == ("0", "1", "2")
        assert len(own.train) == 12
        assert own.origin == f"IDX files in {folder}"
        assert not own.is_sample


def test_path_relative_to_here(tmp_path, tiny, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tiny.write(tmp_path / "mine")
    tiny.write(tmp_path / "usps")
    np.savez("all.npz", images=np.zeros((6, 28, 28), np.uint8), labels=np.zeros(6, np.uint8))
    assert datasets.load("mine").name == "mine"
    assert datasets.load("./usps").name == "usps"
    assert datasets.load("all.npz").name == "all"
    assert datasets.load("usps").title == "USPS"  # a name of the catalogue goes first


def test_unknown(tmp_path):
    with pytest.raises(DataError, match="unknown dataset 'mnits': did you mean 'mnist'"):
        datasets.load("mnits")
    with pytest.raises(DataError, match="does not exist"):
        datasets.load("no/such/folder")
    with pytest.raises(DataError, match=r"does not exist; .*--data-dir"):
        datasets.load("mnist", data_dir=tmp_path / "none")


# --- --data-dir --------------------------------------------------------------------------------


def test_data_dir_that_is_a_dataset(tmp_path, tiny, caplog):
    folder = tiny.write(tmp_path / "class-5b")
    own = datasets.load("mnist", data_dir=folder)
    assert own.name == "class-5b"
    assert len(own.train) == 12
    assert f"using {folder} (IDX files) in place of mnist" in caplog.text


def test_data_dir_that_is_a_file(tmp_path):
    path = tmp_path / "mine.npz"
    np.savez(path, images=np.zeros((6, 28, 28), np.uint8), labels=np.zeros(6, np.uint8))
    assert datasets.load("mnist", data_dir=path).name == "mine"


def test_data_dir_without_the_dataset(tmp_path, caplog):
    digits = datasets.load("mnist", data_dir=tmp_path)
    assert f"{tmp_path} holds no mnist; looking elsewhere" in caplog.text
    assert digits.train
    assert digits.is_sample


def mnist_sized(folder: Path) -> Path:
    """IDX files with MNIST's names and counts, but other content."""
    folder.mkdir(parents=True)
    for part, count in (("train", 60000), ("t10k", 10000)):
        images = struct.pack(">BBBBIII", 0, 0, 8, 3, count, 28, 28) + bytes(count * 784)
        labels = struct.pack(">BBBBI", 0, 0, 8, 1, count) + bytes(count)
        (folder / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(images, 1))
        (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(labels, 1))
    return folder


def test_mnist_that_is_damaged_is_an_error_not_somebodys_own_data(tmp_path):
    folder = mnist_sized(tmp_path / "data")
    digits = datasets.load("mnist", data_dir=folder)
    with pytest.raises(DataError, match=r"damaged or not of MNIST: SHA-256 \w{64}, expected ba89"):
        _ = digits.train
    assert len(datasets.load(folder).train) == 60000  # by its path it is whatever it is


def test_environment_names_a_folder_of_datasets_only(tmp_path, tiny, monkeypatch):
    """ZIFFERN_DATA=my-own-data must not turn "mnist" into something else unasked."""
    monkeypatch.setenv("ZIFFERN_DATA", str(tiny.write(tmp_path / "own")))
    assert datasets.load("mnist").name == "mnist"
    monkeypatch.setenv("ZIFFERN_DATA", str(tmp_path / "gone"))
    assert datasets.load("mnist").is_sample


# --- the user's catalogue ----------------------------------------------------------------------


def test_own_entry_with_a_path(tmp_path, tiny, own_entry):
    tiny.write(tmp_path / "config" / "datasets" / "files")
    own_entry("class-5b", 'path = "files"\ntitle = "5b"\nclass_names = ["x", "y", "z"]')
    own = datasets.load("class-5b")
    assert own.title == "5b"
    assert own.class_names == ("x", "y", "z")
    assert own.class_counts("test") == {"x": 2, "y": 2, "z": 2}
    assert datasets.fetch("class-5b") == tmp_path / "config" / "datasets" / "files"


def test_own_entry_with_too_few_names(tmp_path, tiny, own_entry):
    tiny.write(tmp_path / "config" / "datasets" / "files")
    own_entry("mine", 'path = "files"\nclass_names = ["x", "y"]')
    with pytest.raises(DataError, match=r"label 2 .*expected 0 to 1 for 2 classes"):
        _ = datasets.load("mine").train


def test_own_entry_with_a_mirror(tiny, own_entry, mirror):
    own_entry("mine", f'sources = ["{mirror.url}"]\nclass_names = ["x", "y", "z"]')
    assert len(datasets.load("mine").test) == 6
    told = []
    folder = datasets.fetch("mine", progress=lambda *now: told.append(now))
    assert len(list(folder.iterdir())) == 4
    assert told


def test_fetch_fails_with_all_reasons(own_entry):
    own_entry("mine", 'sources = ["http://127.0.0.1:9/"]\nclass_names = ["x", "y"]')
    with pytest.raises(WorkError, match=r"not tried \(offline\)"):
        datasets.fetch("mine")
