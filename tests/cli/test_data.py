"""`ziffern data list`, `show` and `fetch`, and what data in `--data-dir` may be like."""

from __future__ import annotations

import gzip
import io
import struct
import sys
from pathlib import Path

import made_hands
import numpy as np
import pytest
from PIL import Image

from ziffern import datasets
from ziffern.cli import data
from ziffern.datasets import cache_folder, catalogue

IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"


def test_list(ziffern) -> None:
    head, *lines = ziffern("data", "list").out.splitlines()
    assert head.split() == ["name", "title", "train", "test", "licence"]
    assert [line.split()[0] for line in lines] == catalogue.names()
    found = ziffern("data", "list", "--json").json["datasets"]
    assert (found[0]["name"], found[0]["train"], found[0]["test"]) == ("mnist", 60_000, 10_000)


def test_list_names_entries_of_ones_own(ziffern, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("ZIFFERN_CONFIG", str(tmp_path))
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "class-5b.toml").write_text('path = "nowhere"\ntitle = "Class 5b"\n')
    line = ziffern("data", "list").out.splitlines()[-1]
    assert line.split() == ["class-5b", "Class", "5b", "–", "–"]


def test_show(ziffern) -> None:
    result = ziffern("data", "show", "mnist")
    facts = dict(line.split(maxsplit=1) for line in result.out.splitlines())
    assert list(facts) == [
        "name",
        "from",
        "train",
        "test",
        "classes",
        "SHA-256",
        "licence",
        "citation",
    ]
    assert facts["train"] == "5,000 pictures"
    assert facts["test"] == "not opened"
    assert facts["classes"].startswith("0:\N{NO-BREAK SPACE}500, 1:")
    assert "ONLY A SAMPLE of MNIST" in result.err
    found = ziffern("data", "show", "mnist", "--json").json
    assert (found["is_sample"], found["train"], found["test"]) == (True, 5000, None)
    assert found["class_counts"] == {str(digit): 500 for digit in range(10)}
    assert len(found["sha256"]) == 64


def test_show_counts_writers(ziffern, tmp_path) -> None:
    hands = made_hands.folder(tmp_path / "hands")
    assert "train     40 pictures by 2 writers\n" in ziffern("data", "show", hands).out
    assert ziffern("data", "show", hands, "--json").json["writers"] == 2
    assert ziffern("data", "show", "mnist", "--json").json["writers"] is None


def test_show_counts_pictures_of_no_digit(ziffern, tmp_path) -> None:
    hands = made_hands.folder(tmp_path / "hands")
    assert ziffern("data", "show", hands, "--json").json["no_digit"] == 0
    for writer in hands.iterdir():
        (writer / "no-digit").mkdir()
        for number in range(3):
            Image.new("L", (28, 28), 40 * number).save(writer / "no-digit" / f"{number}.png")
    assert ziffern("data", "show", hands, "--json").json["no_digit"] == 6
    assert "; no digit: 6\n" in ziffern("data", "show", hands).out


def test_what_is_made_here_is_not_fetched(ziffern) -> None:
    mistake = ziffern("data", "fetch", "fonts").mistake
    assert mistake == "Printed digits are made on this machine: there is nothing to fetch"


def test_fetch(ziffern, monkeypatch, tmp_path) -> None:
    failure = ziffern("data", "fetch", "mnist").failure
    assert failure.startswith("MNIST is not to be had (")
    assert failure.endswith("The network was not tried (offline).")

    def fetched(_name: str, **_options: object) -> Path:
        return tmp_path

    monkeypatch.setattr(datasets, "fetch", fetched)
    assert ziffern("data", "fetch", "mnist").out == f"mnist is in {tmp_path}\n"
    assert ziffern("data", "fetch", "mnist", "--json").json == {
        "name": "mnist",
        "folder": str(tmp_path),
    }
    assert not cache_folder().exists()


@pytest.mark.parametrize("command", ["show", "fetch"])
def test_unknown_datasets(ziffern, command: str) -> None:
    mistake = ziffern("data", command, "mnst").mistake
    assert mistake == "unknown dataset 'mnst': did you mean 'mnist' or 'qmnist' or 'kmnist'?"


def test_a_download_is_shown_on_a_terminal_alone(monkeypatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    assert data.progress() is None
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    show = data.progress()
    assert show is not None
    show("https://example.org/train.gz", 1_000_000, 2_000_000)
    show("https://example.org/train.gz", 2_000_000, 2_000_000)
    show("https://example.org/other.gz", 500_000, None)
    shown = terminal.getvalue().split("\r")[1:]
    assert shown == ["train.gz: 1.0 of 2.0 MB", "train.gz: 2.0 of 2.0 MB\n", "other.gz: 0.5 MB"]


def idx(values: np.ndarray, *, magic: int | None = None, sizes: tuple[int, ...] = ()) -> bytes:
    sizes = sizes or values.shape
    head = struct.pack(f">I{len(sizes)}I", magic or 0x0800 + len(sizes), *sizes)
    return head + np.uint8(values).tobytes()


@pytest.fixture
def folder(in_tmp: Path) -> Path:
    """Own IDX files of 400 digits, whole and right."""
    sample = datasets.load("mnist").test
    path = Path("own")
    path.mkdir()
    (path / IMAGES).write_bytes(idx(sample.images[:400]))
    (path / LABELS).write_bytes(idx(sample.labels[:400]))
    (path / TEST_IMAGES).write_bytes(idx(sample.images[400:500]))
    (path / TEST_LABELS).write_bytes(idx(sample.labels[400:500]))
    return path


FAST = ("--set", "train.epochs=1", "--quiet", "--no-tensorboard")


def test_own_idx_files_are_a_dataset(ziffern, little, folder) -> None:
    found = ziffern("train", little, "--data-dir", folder, *FAST, "--json").json
    assert (found["dataset"], found["is_sample"], found["validation_n"]) == ("own", False, 40)
    found = ziffern("evaluate", "latest", "--json").json  # the run knows where its data lie
    assert (found["dataset"], found["n"], found["test_looks"]) == ("own", 100, 1)
    shown = ziffern("data", "show", folder).out
    assert "train     400 pictures\n" in shown


ones = np.ones((400, 28, 28), np.uint8)
DAMAGES = {
    "truncated": (IMAGES, lambda content: content[:-1]),
    "truncated in the header": (IMAGES, lambda content: content[:10]),
    "empty": (IMAGES, lambda content: b""),
    "empty labels": (LABELS, lambda content: b""),
    "wrong magic": (IMAGES, lambda content: b"\xff\xd8\xff\xe0" + content[4:]),
    "labels in place of images": (IMAGES, lambda content: idx(np.zeros(400))),
    "images in place of labels": (LABELS, lambda content: idx(ones)),
    "wrong size": (IMAGES, lambda content: idx(ones, sizes=(401, 28, 28))),
    "a size beyond all memory": (IMAGES, lambda content: idx(ones, sizes=(2**32 - 1, 28, 28))),
    "trailing bytes": (IMAGES, lambda content: content + b"more"),
    "fewer labels": (LABELS, lambda content: idx(np.arange(399) % 10)),
    "no pictures": (IMAGES, lambda content: idx(ones[:0])),
    "half a gzip": (IMAGES, lambda content: gzip.compress(content)[:1000]),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_idx_files_are_named(ziffern, little, folder, damage: str) -> None:
    name, change = DAMAGES[damage]
    path = folder / name
    path.write_bytes(change(path.read_bytes()))
    mistake = ziffern("train", little, "--data-dir", folder, *FAST).mistake
    assert mistake.startswith("own")  # the folder or the file in it
    assert not Path("runs").exists()


def test_labels_out_of_range(ziffern, little, folder) -> None:
    labels = np.arange(400) % 10
    (folder / LABELS).write_bytes(idx(np.where(labels == 9, 200, labels)))
    mistake = ziffern("train", little, "--data-dir", folder, *FAST).mistake
    assert "201 classes" in mistake
    digits = datasets.load("mnist").test
    names = np.array(["a", "b", "c"])
    np.savez("x.npz", images=digits.images[:9], labels=np.arange(9), class_names=names)
    assert "label" in ziffern("data", "show", "x.npz").mistake
    np.savez("x.npz", images=digits.images[:9], labels=np.arange(9) - 1)
    assert "label" in ziffern("data", "show", "x.npz").mistake


def test_damaged_files_of_mnist_are_never_used(ziffern, little, in_tmp) -> None:
    place = Path("data/mnist")
    place.mkdir(parents=True)
    (place / f"{IMAGES}.gz").write_bytes(gzip.compress(idx(ones)))
    (place / f"{LABELS}.gz").write_bytes(gzip.compress(idx(np.zeros(400))))
    mistake = ziffern("train", little, "--data-dir", "data", *FAST).mistake
    assert f"{IMAGES}.gz" in mistake


def test_a_folder_without_data_is_told(ziffern, in_tmp) -> None:
    Path("empty").mkdir()
    result = ziffern("data", "show", "mnist", "--data-dir", "empty")
    assert result.code == 0
    assert "note: empty holds no mnist; looking elsewhere" in result.err
