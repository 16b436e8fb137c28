"""The sample that travels with the package, and the script that made it."""

from __future__ import annotations

import os
import runpy
from pathlib import Path

import numpy as np
import pytest

from ziffern.datasets import catalogue
from ziffern.datasets.parts import Part
from ziffern.datasets.sources import read_sample

ROOT = Path(__file__).parents[2]
FILE = ROOT / "src" / "ziffern" / "datasets" / "sample" / "mnist.npz"
REAL = os.environ.get("ZIFFERN_DATA")


def test_size_on_disk():
    assert FILE.stat().st_size <= 1.3e6


def test_parts_share_no_digit():
    mnist = catalogue.entry("mnist")
    train, test = (read_sample(mnist, part) for part in ("train", "test"))
    images = {image.tobytes() for part in (train, test) for image in part.images}
    assert len(images) == 6000


def test_drawing_is_balanced_and_repeatable():
    draw = runpy.run_path(str(ROOT / "tools" / "make_sample.py"))["draw"]
    labels = np.arange(100, dtype=np.int64) % 4
    images = np.repeat(np.arange(100, dtype=np.uint8), 784).reshape(100, 28, 28)
    first, again = (draw(Part(images, labels), 3) for _ in range(2))
    assert np.bincount(first.labels).tolist() == [3, 3, 3, 3]
    assert np.array_equal(first.images[:, 0, 0] % 4, first.labels)
    assert first.sha256 == again.sha256


@pytest.mark.skipif(
    REAL is None or not Path(REAL, "mnist").is_dir(), reason="no MNIST in ZIFFERN_DATA"
)
def test_script_makes_the_sample_again(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["make_sample.py", "--data-dir", str(REAL)])
    script = runpy.run_path(str(ROOT / "tools" / "make_sample.py"))
    script["main"].__globals__["TARGET"] = tmp_path / "mnist.npz"
    assert script["main"]() == 0
    said = capsys.readouterr().out
    assert all(sha256 in said for sha256 in catalogue.entry("mnist").sample.values())
