"""The figures of a run as files."""

from __future__ import annotations

from pathlib import Path

from little import train
from PIL import Image

from ziffern import bench
from ziffern.report.of_run import write_report


def test_figures_lie_beside_the_report(little: Path) -> None:
    run = train(little)
    write_report(run)
    folder = run.path / "figures"
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "curves.svg",
        "confusion.svg",
        "recall.svg",
        "calibration.svg",
        "confidence.svg",
        "abstention.svg",
        "digits.png",
        "right.png",
        "wrong.png",
        "extremes.png",
        "most-wrong.png",
        "confused.png",
        "causes.png",
    }
    sealed = (folder / "confusion.svg").read_bytes()
    with Image.open(folder / "digits.png") as picture:
        assert picture.width > 1000
    bench.evaluate(run)
    write_report(run)
    assert (folder / "confusion.svg").read_bytes() != sealed


def test_without_validation_there_are_curves_alone(little: Path) -> None:
    run = train(little, changes={"data.validation": 0})
    write_report(run)
    assert [path.name for path in (run.path / "figures").iterdir()] == ["curves.svg"]
