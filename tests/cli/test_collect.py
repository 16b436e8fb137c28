"""`ziffern collect`: a sheet, what is cut from it, and what goes wrong in one line."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from made_sheets import photographed, written
from PIL import Image

from ziffern.datasets import catalogue
from ziffern.datasets.sources import read_sample
from ziffern.reading.painted import Painter

COUNTS = ["sheet", "digits", "empty", "blacked out", "there already"]


@pytest.fixture
def photo(in_tmp: Path) -> Path:
    """A photo of a sheet with 12 digits and a blacked-out box."""
    Image.fromarray(photographed(written(empty=range(12, 99), blacked_out=(99,)).picture)).save(
        "anna.jpg"
    )
    return Path("anna.jpg")


def test_a_sheet(ziffern, in_tmp: Path) -> None:
    result = ziffern("collect", "sheet")
    assert (result.code, result.out) == (0, "sheet.pdf\n")
    assert Path("sheet.pdf").read_bytes().startswith(b"%PDF-")
    told = ziffern("collect", "sheet", "--paper", "letter", "--pages", 2, "--writers", 3, "--json")
    assert told.json == {"file": "sheet.pdf", "paper": "letter", "pages": 2, "writers": 3}


def test_a_photo_cut(ziffern, photo: Path) -> None:
    result = ziffern("collect", "cut", photo)
    assert result.code == 0
    header, row, _, total = result.out.splitlines()
    assert re.split("  +", header) == ["file", "writer", *COUNTS]
    assert row.split() == ["anna.jpg", "anna", "1", "12", "87", "1", "0"]
    assert total == "12 new digits by anna"
    assert result.said[-1] == "next: ziffern train --from universal --data-dir own"
    assert len(list(Path("own/anna").glob("*/number-*.png"))) == 12
    told = ziffern("collect", "cut", photo, "--writer", "ben", "--out", "more", "--json").json
    assert told["folder"] == "more"
    assert told["problems"] == []
    assert sum(told["digits"].values()) == 12
    [sheet] = told["sheets"]
    assert sheet == {
        "file": "anna.jpg",
        "writer": "ben",
        "sheet": 1,
        "digits": 12,
        "empty": 87,
        "blacked_out": 1,
        "written": 12,
        "there_already": 0,
        "marks": 4,
    }


def test_bad_photos_are_told_and_do_not_stop_the_rest(ziffern, photo: Path) -> None:
    Path("tree.jpg").write_bytes(b"no picture")
    result = ziffern("collect", "cut", "tree.jpg", photo)
    assert result.code == 1
    assert "12 new digits by anna" in result.out
    assert [line for line in result.said if line.startswith(("not cut", "ziffern"))] == [
        "not cut: tree.jpg: no picture that can be read; expected PNG, JPEG, TIFF, WebP, HEIC, "
        "PDF, GIF or BMP",
        "ziffern: 1 of 2 sheets could not be cut",
    ]
    told = ziffern("collect", "cut", "tree.jpg", photo, "--json")
    assert told.code == 1
    [problem] = told.json["problems"]
    assert (problem["file"], problem["page"]) == ("tree.jpg", None)
    assert told.json["sheets"][0]["there_already"] == 12


def test_an_empty_sheet(ziffern, in_tmp: Path) -> None:
    assert ziffern("collect", "sheet").code == 0
    result = ziffern("collect", "cut", "sheet.pdf")
    assert result.code == 1
    assert result.said[-1] == (
        "ziffern: there is no digit in any box; write them by pen, not too faintly"
    )
    assert not Path("own").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sheet", "--paper", "leter"], "unknown paper 'leter': did you mean 'letter'?"),
        (["sheet", "--pages", "1.5"], "1.5"),
        (["sheet", "--out", "sheet.png"], "--out sheet.png: expected a name that ends in .pdf"),
        (["cut"], "give photos or scans of sheets"),
        (["cut", "missing.jpg"], "missing.jpg"),
        (["cut", ".", "--writer", "test"], "writer 'test': expected a name of letters"),
        (["cut", "empty"], "empty holds no pictures"),
    ],
)
def test_mistakes(ziffern, photo: Path, arguments: list[str], message: str) -> None:
    Path("empty").mkdir()
    result = ziffern("collect", *arguments)
    assert result.code == 2
    assert result.out == ""
    assert message in result.said[-1]
    assert result.said[-1].startswith("ziffern: ")


@pytest.fixture
def table(in_tmp: Path) -> Path:
    """A table as `ziffern read --csv` prints it, of three painted lines and a file that is gone."""
    paint = Painter(read_sample(catalogue.entry("mnist"), "train"))
    draw, rows = np.random.default_rng(0), ["file,page,line,text,state"]
    for name in ("a.png", "b.png", "c.png"):
        line = paint(draw)
        Image.fromarray(line.pixels).save(name)
        rows.append(f"{name},1,1,{''.join(map(str, line.labels.tolist()))},sure")
    Path("numbers.csv").write_text("\n".join([*rows, "gone.png,1,1,5,sure"]) + "\n")
    return Path("numbers.csv")


def test_known_numbers_cut(ziffern, table: Path) -> None:
    result = ziffern("collect", "lines", table)
    assert result.code == 0
    told = re.fullmatch(
        r"own: (\d+) new pictures of 3 lines: (\d+) digits and (\d+) wrong cuts\n", result.out
    )
    assert told is not None
    pictures, digits, others = map(int, told.groups())
    assert pictures == digits + others == len(list(Path("own").glob("*/*/number-*.png")))
    assert others == len(list(Path("own").glob("*/no-digit/*.png")))
    assert result.said[-2:] != []
    assert any(line.startswith("not cut: gone.png: ") for line in result.said)
    assert result.said[-1] == "next: ziffern train --from universal --data-dir own"
    again = ziffern("collect", "lines", table, "--json", "--writer", "anna", "--out", "more").json
    assert (again["folder"], again["lines"]) == ("more", 3)
    assert sum(again["digits"].values()) == digits
    assert again["no_digit"] == others
    assert [each["file"] for each in again["problems"]] == ["gone.png"]
    assert [path.name for path in Path("more").iterdir()] == ["anna"]


def test_a_network_is_taught_the_numbers(ziffern, table: Path) -> None:
    for number in range(4):  # a few more pages, so that there are writers to hold out
        ziffern("collect", "lines", table, "--writer", f"w{number}")
    ziffern("collect", "lines", table)
    result = ziffern("train", "--from", "universal", "--data-dir", "own", "--set", "train.epochs=1")
    assert result.code == 0, result.err
    assert "ziffern evaluate" in result.said[-2]


def test_numbers_that_are_nowhere(ziffern, table: Path) -> None:
    Path("none.csv").write_text("file,text\ngone.png,1\na.png," + "9" * 30 + "\n")
    result = ziffern("collect", "lines", "none.csv")
    assert result.code == 1
    assert f"not cut: a.png: {'9' * 30} was not found in it" in result.said
    assert result.said[-1] == "ziffern: no line could be cut"
    assert not Path("own").exists()
    wrong = ziffern("collect", "lines", "a.png")
    assert wrong.code == 2
    assert "no table in UTF-8" in wrong.err
