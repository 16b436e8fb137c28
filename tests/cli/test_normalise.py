"""`ziffern normalise`: the steps in words, as a drawing, and the digit itself."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ziffern.cli import main
from ziffern.contract import normalise


@pytest.fixture
def file(tmp_path: Path) -> Path:
    picture = np.full((90, 60, 3), (230, 220, 190), np.uint8)
    picture[20:70, 25:33] = (30, 30, 90)
    Image.fromarray(picture).save(tmp_path / "one.png")
    return tmp_path / "one.png"


def test_steps_are_told_drawn_and_written(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn, digit = tmp_path / "steps.png", tmp_path / "digit.png"
    assert main(["normalise", str(file), "--out", str(drawn), "--digit", str(digit)]) == 0
    printed = capsys.readouterr().out
    assert "dark ink on light paper" in printed
    assert "█" in printed
    assert str(drawn) in printed
    with Image.open(drawn) as image:
        assert image.width > 800
    with Image.open(digit) as image:
        np.testing.assert_array_equal(np.asarray(image), normalise(file))


def test_numbers(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["normalise", str(file), "--json"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert [step["name"] for step in table["steps"]][-1] == "result"
    np.testing.assert_array_equal(table["pixels"], normalise(file))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--out", "steps.txt"], "expected a name that ends in .png, .svg or .pdf"),
        (["--digit", "digit.jpg"], "--digit digit.jpg: expected a name that ends in .png"),
    ],
)
def test_files_of_other_kinds(
    file: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["normalise", str(file), *arguments]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--out", "--digit"])
def test_the_picture_given_is_never_replaced(
    file: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    before = file.read_bytes()
    same = file.parent / "." / file.name
    assert main(["normalise", str(file), option, str(same)]) == 2
    assert "would replace the picture given" in capsys.readouterr().err
    assert file.read_bytes() == before


def test_what_is_no_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    for name in ("a.png", "b.png", "."):
        assert main(["normalise", str(tmp_path / name)]) == 2
        assert capsys.readouterr().err.count("\n") == 1
