"""`ziffern explain-reading`: sentences, one sheet, numbers; what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ziffern import modelfile
from ziffern.cli import main


@pytest.fixture
def file(tmp_path: Path) -> Path:
    picture = np.full((90, 60), 230, np.uint8)
    picture[20:70, 25:33] = 30
    Image.fromarray(picture).save(tmp_path / "one.png")
    return tmp_path / "one.png"


@pytest.fixture
def reader(tmp_path: Path) -> str:
    from made_runs import model

    modelfile.save(tmp_path / "reader", model(0))
    return str(tmp_path / "reader")


def test_it_is_told_and_drawn(
    file: Path, reader: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = tmp_path / "why.png"
    assert main(["explain-reading", str(file), "--model", reader, "--out", str(drawn)]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("Taken for no digit; of the ten it is most like a ")
    assert "The training digits most like it are 1 (8 of 8)" in captured.out
    assert "rotation" in captured.out
    assert str(drawn) in captured.out
    assert "sample" not in captured.err.lower()
    with Image.open(drawn) as image:
        assert image.height > 1000
    assert main(["explain-reading", str(file), "--model", reader, "--json"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert table["nearest"] == ["1"] * 8
    assert len(table["corrections"]) == 8


def test_what_is_refused(
    file: Path, reader: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments, said in (
        ([str(tmp_path / "no.png"), "--model", reader], "does not exist"),
        ([str(file), "--model", "nothing-there"], "nothing-there"),
        ([str(file), "--model", reader, "--out", "why.txt"], "ends in .png, .svg or .pdf"),
        ([str(file), "--model", reader, "--out", str(file)], "would replace the picture given"),
    ):
        assert main(["explain-reading", *arguments]) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert said in error


def test_a_blank_picture(tmp_path: Path, reader: str, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("L", (50, 50), 220).save(tmp_path / "blank.png")
    drawn = tmp_path / "why.svg"
    arguments = [str(tmp_path / "blank.png"), "--model", reader, "--out", str(drawn)]
    assert main(["explain-reading", *arguments]) == 0
    assert "Nothing stands out from the paper" in capsys.readouterr().out
    assert drawn.stat().st_size > 1000
