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
    bench.evaluate(run)
    opened = write_report(run).read_text()
    assert run.test_looks == 1  # drawing is no look
    assert "sample" in opened
    assert opened.count("Conv2D") >= 1


def test_printed_digits_are_answered(little: Path) -> None:
    page = write_report(train(little)).read_text()
    assert page.count(" of 10 right") == min(8, len(fonts.fonts()))


def test_without_any_font(little: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "fonts", lambda limit=100: [])
    assert "<html" in write_report(train(little)).read_text()


def test_an_interrupted_run_says_so(little: Path) -> None:
    run = train(little)
    run.update_info(status="interrupted")
    assert "This training is interrupted." in write_report(run.name).read_text()
