"""Drawings into files of the user's choice."""

from __future__ import annotations

from pathlib import Path

import pytest

from ziffern.cli import drawing
from ziffern.errors import InputError
from ziffern.figures.schedules import schedule_figure


@pytest.mark.parametrize(
    ("name", "start"), [("a.png", b"\x89PNG"), ("a.svg", b"<?xml"), ("b/A.PDF", b"%PDF")]
)
def test_the_form_is_that_of_the_name(name: str, start: bytes, tmp_path: Path) -> None:
    drawing.check(tmp_path / name, "--out")
    path = drawing.save(schedule_figure([0.1, 0.01]), tmp_path / name)
    assert Path(path).read_bytes().startswith(start)


@pytest.mark.parametrize("name", ["a.jpg", "a", ".png"])
def test_another_form_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=f"^--out {name}: expected a name that ends in .png"):
        drawing.check(Path(name), "--out")
