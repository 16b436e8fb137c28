"""The report of real runs on the sample."""

from __future__ import annotations

from pathlib import Path

import pytest
from little import train

from ziffern import bench
from ziffern.datasets import fonts
from ziffern.report.of_run import write_report


def test_report_shows_validation_until_the_test_set_is_opened(little: Path) -> None:
    run = train(little)
    sealed = write_report(run).read_text()
    assert "sealed" in sealed
    assert sealed.count(" of 10 right") == min(8, len(fonts.fonts()))
    bench.evaluate(run)
    opened = write_report(run).read_text()
    assert run.test_looks == 1  # drawing is no look
    assert "sample" in opened
    assert opened.count("Conv2D") >= 1


def test_an_interrupted_run_says_so_and_fonts_may_be_missing(
    little: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "_faces", lambda: iter(()))
    run = train(little, changes={"data.validation": 0})  # which leaves little to draw
    run.update_info(status="interrupted")
    page = write_report(run.name).read_text()
    assert "This training is interrupted." in page
    assert " of 10 right" not in page
