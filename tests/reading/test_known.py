"""Tables of known numbers, as programs and spreadsheets write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ziffern.errors import DataError
from ziffern.reading.known import Compared, Known, compared, numbers_in
from ziffern.reading.structure import Reading


def table(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "numbers.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_what_read_prints(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "file,page,line,text,state,probability,x,y,width,height\n"
        "scans/a.pdf,1,1,2550,sure,0.9921,7,11,180,36\n"
        "b.png,1,1,8,unsure,0.41,7,11,18,36\n"
        "scans/a.pdf,2,1,007,sure,0.99,7,11,180,36\n"
        "scans/a.pdf,2,2,1,sure,0.99,7,60,180,36\n",
    )
    assert numbers_in(path) == [
        Known(Path("scans/a.pdf"), {1: ["2550"], 2: ["007", "1"]}),
        Known(Path("b.png"), {1: ["8"]}),
    ]


def test_what_spreadsheets_write(tmp_path: Path) -> None:
    path = table(tmp_path, 'file;text\r\na.png;"2.550,-"\r\nb.png;\r\n', "utf-8-sig")
    assert numbers_in(path) == [Known(Path("a.png"), {1: ["2550"]})]


def test_files_lie_here_or_beside_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    (folder / "a.png").touch()
    path = table(folder, "file,text\na.png,1\nb.png,2\n")
    assert [each.file for each in numbers_in(path)] == [folder / "a.png", Path("b.png")]
    monkeypatch.chdir(folder)
    assert [each.file for each in numbers_in(path)] == [Path("a.png"), Path("b.png")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no column 'file'"),
        ("file,number\na.png,1\n", "no column 'text' in its first line; expected file,text"),
        ("file,text\n", "no numbers in it"),
        ("file,text\na.png,none\n", "no numbers in it"),
        ("file,text,page\na.png,1,two\n", "line 2: page 'two'; expected a number from 1"),
        ("file,text,page\na.png,1,0\n", "line 2: page '0'"),
        ("file,text,page\na.png,1,²\n", "line 2: page '²'"),
        ("file,text\na.png,1,2\n", "line 2: not as many columns"),
        ("file,text\na.png\n", "line 2: not as many columns"),
        ("file,text\na.png," + "1" * 101, "line 2: a number of 101 digits"),
        ('file,text\na.png,"1"2\n', "no table in UTF-8"),
    ],
)
def test_bad_tables(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError) as error:
        numbers_in(table(tmp_path, text))
    assert message in str(error.value)
    assert "numbers.csv" in str(error.value)


def test_no_table_at_all(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot read .*numbers\.csv"):
        numbers_in(tmp_path / "numbers.csv")
    (tmp_path / "binary.csv").write_bytes(b"\x89PNG\xff\x00")
    with pytest.raises(DataError, match="no table in UTF-8"):
        numbers_in(tmp_path / "binary.csv")


@pytest.mark.parametrize(
    ("numbers", "read", "pairs"),
    [
        (["12"], ["12"], [("12", "12")]),
        (["12"], ["13"], [("12", "13")]),
        (["12"], [], [("12", None)]),
        (["12"], ["7", "12"], [(None, "7"), ("12", "12")]),
        (["12", "34", "56"], ["12", "56"], [("12", "12"), ("34", None), ("56", "56")]),
        (["12", "34"], ["12", "35"], [("12", "12"), ("34", "35")]),
    ],
)
def test_what_was_read_is_set_against_what_stands_there(
    numbers: list[str], read: list[str], pairs: list[tuple[str | None, str | None]]
) -> None:
    reading = reading_of([], read)
    found = compared(Known(Path("a.pdf"), {2: numbers}), reading)
    assert found == [Compared(2, *pair) for pair in pairs]
    assert [each.right for each in found] == [one == other for one, other in pairs]


def test_pages_that_are_not_there_hold_nothing() -> None:
    found = compared(Known(Path("a.pdf"), {3: ["1"], 1: ["2"]}), reading_of(["2"], ["1"]))
    assert found == [Compared(1, "2", "2"), Compared(3, "1", None)]


def reading_of(*pages: list[str]) -> Reading:
    return {
        "file": "a.pdf",
        "pages": [
            {
                "size": [9, 9],
                "lines": [{"text": text, "box": [0, 0, 9, 9], "digits": []} for text in page],
            }
            for page in pages
        ],
    }
