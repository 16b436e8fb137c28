"""`ziffern explore`: an album of a dataset; what cannot be used is told in one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ziffern import datasets
from ziffern.album import doubts
from ziffern.exploration import labels


@pytest.fixture(autouse=True)
def short(monkeypatch) -> None:
    monkeypatch.setattr(labels, "STEPS", 2)
    monkeypatch.setattr(labels, "EPOCHS", 1)


@pytest.fixture
def own(in_tmp: Path) -> Path:
    """A set of 40 pictures of two classes, without a test part of its own."""
    sample = datasets.load("mnist").train
    chosen = np.flatnonzero(sample.labels < 2)[:40]
    np.savez("own.npz", images=sample.images[chosen], labels=sample.labels[chosen])
    return Path("own.npz")


def test_a_page_beside_its_pictures(ziffern, in_tmp, monkeypatch) -> None:
    monkeypatch.setattr(doubts, "steps", lambda *_: [])
    result = ziffern("explore", "mnist", "--limit", 60, "--perplexity", 5)
    assert result.code == 0
    assert result.out == "album: explore-mnist/index.html\n"
    assert result.said[0].partition(" ")[2] == "Types, shapes, range"
    assert "note: left out: UMAP needs umap-learn" in result.err
    page = Path("explore-mnist/index.html").read_text()
    assert "at most 60 pictures, drawn by lot" in page
    files = {path.name for path in Path("explore-mnist").iterdir()}
    for name in ("samples-train", "balance-test", "means", "handwriting", "components", "clusters"):
        assert {f"{name}.svg", f"{name}.png"} <= files
    assert {"pca.png", "tsne.png"} <= files


def test_all_numbers_as_one_object_and_no_look_comes_of_it(ziffern, own) -> None:
    found = ziffern("explore", own, "--perplexity", 3, "--out", "there", "--json").json
    assert (found["dataset"], found["album"]) == ("own", "there/index.html")
    assert (found["is_sample"], found["seed"], found["limit"]) == (False, 0, None)
    assert found["train"]["samples"] + found["test"]["samples"] == 40
    assert set(found) >= {
        "balance", "pixels", "handwriting", "pca", "kmeans", "maps", "duplicates",
        "doubtful_labels", "left_out",
    }  # fmt: skip
    assert "Doubtful labels" in Path("there/index.html").read_text()
    assert {path.name for path in Path().iterdir()} == {"own.npz", "there"}


def test_a_set_of_one_class_and_smaller_than_the_perplexity(ziffern, in_tmp) -> None:
    sample = datasets.load("mnist").train
    np.savez("ones.npz", images=sample.images[sample.labels == 0][:20], labels=np.zeros(20, int))
    assert ziffern("explore", "ones.npz", "--perplexity", 50).mistake == (
        "--perplexity 50: expected above 0 and below the number of pictures on the map, 17"
    )
    result = ziffern("explore", "ones.npz")
    assert result.code == 0
    assert "note: left out: labels can be doubted where there are two classes; here is 1" in (
        result.err.splitlines()
    )
    assert "note: left out: t-SNE with perplexity 30 needs more samples than that" in result.err


def test_what_cannot_be_used(ziffern, own) -> None:
    assert ziffern("explore", "mnst").mistake.startswith("unknown dataset 'mnst': did you mean")
    assert ziffern("explore", "mnist", "--limit", 0).mistake.startswith("--limit 0: expected 1")
    assert ziffern("explore", "mnist", "--limit", "4.5").mistake.startswith("--limit '4.5'")
    assert "negative" in ziffern("explore", own, "--seed", -1).mistake
    images = datasets.load("mnist").train.images[:20]
    np.savez(
        "no-test.npz", x_train=images, y_train=np.arange(20) % 2, x_test=images[:0],
        y_test=np.zeros(0, int),
    )  # fmt: skip
    assert "no-test.npz: no images in it" in ziffern("explore", "no-test.npz").mistake
    assert not Path("explore-own").exists()


def test_a_folder_that_cannot_be_made(ziffern, own) -> None:
    Path("file").write_text("")
    result = ziffern("explore", own, "--out", "file/there", "--perplexity", 3)
    assert result.failure.startswith("cannot make the folder file/there")
