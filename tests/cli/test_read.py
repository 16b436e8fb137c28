"""`ziffern read`: one file, many files, folders; text, JSON, CSV and pictures."""

from __future__ import annotations

import csv
import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from made_files import encoded, line_of_digits, seven
from PIL import Image

from ziffern.reading import many


def line(text: str, states: str, left: int = 10) -> dict[str, Any]:
    """A line as the reader gives it: `states` has s(ure), u(nsure) or n(o digit) for each sign."""
    names = {"s": "sure", "u": "unsure", "n": "no-digit"}
    digits = [
        {
            "digit": None if state == "n" else int(sign),
            "probability": {"s": 0.999, "u": 0.9, "n": 0.3}[state],
            "box": [left + 10 * place, 20, 8, 12],
            "state": names[state],
        }
        for place, (sign, state) in enumerate(zip(text, states, strict=True))
    ]
    shown = "".join(sign for sign, state in zip(text, states, strict=True) if state != "n")
    return {"text": shown, "box": [left, 20, 10 * len(text), 12], "digits": digits}


def reading(file: str, *pages: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"file": file, "pages": [{"size": [100, 60], "lines": list(page)} for page in pages]}


FOUND = {
    "a.png": reading("a.png", [line("147", "sus"), line("x90", "nss")]),
    "b.pdf": reading("b.pdf", [line("5", "s")], [], [line("66", "uu")]),
    "blank.png": reading("blank.png", [line("x", "n")]),
    "bad.jpg": {"file": "bad.jpg", "error": "bad.jpg: empty (0 bytes); expected a picture file"},
}


@pytest.fixture
def told(in_tmp: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Readings by name in place of the reader, and what it was asked for."""
    asked: dict[str, Any] = {}

    def read_many(files: Sequence[Path], model: str | None, **more: Any) -> Iterator[Any]:
        asked.update(more, files=[str(file) for file in files], model=model)
        yield from (FOUND[file.name] for file in files)

    monkeypatch.setattr(many, "read_many", read_many)
    for name in FOUND:
        (in_tmp / name).write_bytes(encoded(seven(), "PNG"))
    return asked


# what is printed


def test_one_file_gives_its_lines(ziffern, told) -> None:
    found = ziffern("read", "a.png")
    assert found.code == 0
    assert found.out == "14?7\n90\n"
    assert found.said == ["1 of 5 digits is unsure, marked with a question mark"]
    assert told["model"] is None
    assert ziffern("read", "b.pdf", "--model", "tiny").out == "page 1: 5\npage 3: 6?6?\n"
    assert told["model"] == "tiny"


def test_a_file_without_digits_says_so(ziffern, told) -> None:
    found = ziffern("read", "blank.png")
    assert (found.code, found.out) == (0, "")
    assert found.said == ["blank.png: no digit found"]


def test_many_files_name_themselves(ziffern, told) -> None:
    found = ziffern("read", "b.pdf", "bad.jpg", "blank.png", "a.png")
    assert found.code == 1
    assert found.out == "b.pdf, page 1: 5\nb.pdf, page 3: 6?6?\na.png: 14?7\na.png: 90\n"
    assert found.said == [
        "1/4 b.pdf",
        "2/4 bad.jpg",
        "ziffern: bad.jpg: empty (0 bytes); expected a picture file",
        "3/4 blank.png",
        "blank.png: no digit found",
        "4/4 a.png",
        "3 of 8 digits are unsure, marked with a question mark",
        "ziffern: 1 of 4 files could not be read",
    ]


def test_json_of_one_file_is_its_reading(ziffern, told) -> None:
    assert ziffern("read", "b.pdf", "--json").json == FOUND["b.pdf"]


def test_json_of_many_files(ziffern, told) -> None:
    found = ziffern("read", "b.pdf", "bad.jpg", "a.png", "--json")
    assert found.code == 1
    assert found.json == {
        "readings": [FOUND["b.pdf"], FOUND["a.png"]],
        "failed": [FOUND["bad.jpg"]],
    }
    found = ziffern("read", "bad.jpg", "bad.jpg", "--json")
    assert found.json == {"readings": [], "failed": [FOUND["bad.jpg"]] * 2}


def test_csv(ziffern, told) -> None:
    found = ziffern("read", "a.png", "b.pdf", "--csv")
    assert found.code == 0
    rows = list(csv.DictReader(io.StringIO(found.out)))
    assert [list(row.values()) for row in rows] == [
        ["a.png", "1", "1", "147", "unsure", f"{0.999 * 0.9 * 0.999:.4f}", "10", "20", "30", "12"],
        ["a.png", "1", "2", "90", "unsure", f"{0.999**2:.4f}", "10", "20", "30", "12"],
        ["b.pdf", "1", "1", "5", "sure", "0.9990", "10", "20", "10", "12"],
        ["b.pdf", "3", "1", "66", "unsure", "0.8100", "10", "20", "20", "12"],
    ]
    assert found.out.startswith("file,page,line,text,state,probability,x,y,width,height\n")
    # a line of which nothing is a digit is none
    assert ziffern("read", "blank.png", "--csv").out.count("\n") == 1


def test_progress_of_many_files_is_some_lines(ziffern, told) -> None:
    found = ziffern("read", *["a.png"] * 200)
    lines = [text for text in found.said if "/200 " in text]
    assert 15 <= len(lines) <= 25
    assert lines[0] == "1/200 a.png"


# which files, and where to draw


def test_folders(ziffern, told) -> None:
    for name in ("notes.txt", "more.txt", "c.txt", "d.txt"):
        Path(name).write_text("no picture")
    found = ziffern("read", ".", "a.png")
    assert told["files"] == ["a.png", "b.pdf", "bad.jpg", "blank.png", "a.png"]
    assert ".: 4 to read; 4 left out (c.txt, d.txt, more.txt, …)" in found.said
    assert found.code == 1


def test_a_folder_of_one_picture_is_still_a_folder(ziffern, told) -> None:
    Path("one").mkdir()
    os.link("a.png", "one/a.png")
    assert ziffern("read", "one", "--json").json == {"readings": [FOUND["a.png"]], "failed": []}


def test_pictures_have_names_of_their_own(ziffern, told) -> None:
    ziffern("read", "a.png", "b.pdf", "--annotate", "out")
    assert told["pictures"] == [Path("out/a.jpg"), Path("out/b.jpg")]
    ziffern("read", *["a.png"] * 3, "--annotate", "out")
    assert told["pictures"] == [Path("out/a.jpg"), Path("out/a-2.jpg"), Path("out/a-3.jpg")]
    ziffern("read", "a.png", "--annotate", "drawn.png")
    assert told["pictures"] == [Path("drawn.png")]


def test_names_of_pages_are_kept_free(ziffern, told, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("scan.tif", "scan-page-2.jpg", "other-page-1.jpg", "other-page-2.jpg"):
        monkeypatch.setitem(FOUND, name, reading(name, [line("5", "s")]))
        Path(name).write_bytes(b"x")
    others = ["other-page-1.jpg", "other-page-2.jpg"]
    ziffern("read", "scan.tif", "scan-page-2.jpg", *others, "--annotate", "out")
    names = ["scan.jpg", "scan-page-2-2.jpg", *others]  # of which none is a page of another file
    assert told["pictures"] == [Path("out") / name for name in names]
    ziffern("read", "scan-page-2.jpg", "scan.tif", "--annotate", "out")
    assert told["pictures"] == [Path("out/scan-page-2.jpg"), Path("out/scan-2.jpg")]


def test_a_picture_replaces_no_file_beside_the_one_that_is_read(ziffern, told) -> None:
    for name in ("b.png", "m-page-2.png"):
        Path(name).write_bytes(b"another scan")
    Path("links").mkdir()
    os.symlink("../a.png", "links/a.png")
    for out, there in (("b.png", "b.png"), ("m.png", "m-page-2.png")):
        for file in ("a.png", "links/a.png"):
            assert ziffern("read", file, "--annotate", out).mistake.startswith(
                f"--annotate {out}: {there} is there already, beside the file to read; give another"
            )
        assert Path(there).read_bytes() == b"another scan"
    assert "pictures" not in told
    Path("drawn").mkdir()
    for _ in range(2):  # elsewhere an older one is replaced
        assert ziffern("read", "a.png", "--annotate", "drawn/a.png").code == 0
        Path("drawn/a.png").touch()


def test_a_folder_of_links_is_not_drawn_into(ziffern, told) -> None:
    Path("links").mkdir()
    os.symlink("../a.png", "links/a.png")
    for out in (".", "links"):
        mistake = ziffern("read", "links", "--annotate", out).mistake
        assert mistake.startswith(f"--annotate {out}: the files to read lie there; give another fo")


@pytest.mark.parametrize(
    ("arguments", "mistake"),
    [
        ([], "give picture files, PDFs or folders of them"),
        (["a.png", "--json", "--csv"], "--json and --csv: give one of them"),
        (
            ["a.png", "--truth", "true.csv"],
            "--truth names the files itself; give it alone, or with --json",
        ),
        (["--truth", "true.csv"], "cannot read true.csv: No such file or directory"),
        (["bad.jpg"], "bad.jpg: empty (0 bytes); expected a picture file"),
        (["bad.jpg", "--json"], "bad.jpg: empty (0 bytes); expected a picture file"),
        (
            ["a.png", "b.pdf", "--annotate", "x.png"],
            "--annotate x.png: one picture for several files; give a folder",
        ),
        (
            ["a.png", "--annotate", "./a.png"],
            "--annotate a.png: that is the file to read; give another name",
        ),
        (
            ["a.png", "--annotate", "b.pdf"],
            "--annotate b.pdf: expected a folder, or a name in .png or .jpg",
        ),
        (
            ["a.png", "b.pdf", "--annotate", "."],
            "--annotate .: the files to read lie there; give another folder",
        ),
    ],
)
def test_mistakes(ziffern, told, arguments: list[str], mistake: str) -> None:
    assert ziffern("read", *arguments).mistake.removesuffix(" (see ziffern read --help)") == mistake


def test_a_folder_without_pictures(ziffern, in_tmp) -> None:
    Path("texts").mkdir()
    Path("texts/a.txt").write_text("no picture")
    found = ziffern("read", "texts")
    assert found.code == 2
    assert found.said == [
        "texts: 0 to read; 1 left out (a.txt)",
        "ziffern: nothing to read in texts; expected PNG, JPEG, TIFF, WebP, HEIC, PDF, GIF or BMP",
    ]


def test_how_well_known_numbers_are_read(ziffern, told) -> None:
    rows = ["file,page,text", "a.png,1,147", "a.png,1,91", "b.pdf,1,5", "b.pdf,3,66", "b.pdf,9,8"]
    Path("true.csv").write_text("\n".join([*rows, "bad.jpg,1,3"]) + "\n")
    found = ziffern("read", "--truth", "true.csv")
    assert found.code == 1
    header, one, other, _, total = found.out.splitlines()
    assert re.split("  +", header) == ["file", "page", "there stands", "read"]
    assert one.split() == ["a.png", "1", "91", "90"]
    assert other.split() == ["b.pdf", "9", "8", "–"]
    assert total == "3 of 6 lines right, 50.0% (18.8% to 81.2%)"
    assert found.said[-2:] == [
        "ziffern: bad.jpg: empty (0 bytes); expected a picture file",
        "ziffern: 1 of 3 files could not be read",
    ]
    facts = ziffern("read", "--truth", "true.csv", "--json").json
    assert (facts["lines"], facts["right"], facts["further"]) == (6, 3, 0)
    assert facts["wrong"][0] == {"file": "a.png", "page": 1, "text": "91", "read": "90"}
    assert facts["failed"] == [FOUND["bad.jpg"]]
    Path("true.csv").write_text("file,text\na.png,90\n")
    assert ziffern("read", "--truth", "true.csv").out.splitlines()[1:] == [
        "a.png     1             –   147",
        "",
        "1 of 1 lines right, 100.0% (20.7% to 100.0%), 1 read that are none",
    ]
    Path("true.csv").write_text("file,text\nb.pdf,5\n")
    assert ziffern("read", "--truth", "true.csv").out == (
        "1 of 1 lines right, 100.0% (20.7% to 100.0%)\n"
    )


# as people use it


def test_paper_is_read(ziffern, in_tmp) -> None:
    line_of_digits("20357").save("line.png")
    assert ziffern("read", "line.png", "--csv").out.splitlines()[1].startswith("line.png,1,1,20357")
    found = ziffern("read", "line.png", "--json", "--annotate", "drawn.jpg").json
    [page] = found["pages"]
    assert page["size"] == list(line_of_digits("20357").size)
    assert [digit["digit"] for digit in page["lines"][0]["digits"]] == [2, 0, 3, 5, 7]
    with Image.open("drawn.jpg") as drawn:
        assert drawn.format == "JPEG"
        assert drawn.width >= page["size"][0]


def test_an_unknown_model(ziffern, in_tmp) -> None:
    seven().save("a.png")
    assert "nosuch" in ziffern("read", "a.png", "--model", "nosuch").mistake


@pytest.mark.skipif(os.name != "posix", reason="needs signals as POSIX has them")
def test_ctrl_c_ends_all_processes_with_one_line(in_tmp: Path) -> None:
    Path("pages").mkdir()
    for number in range(400):
        os.symlink(in_tmp / "line.png", f"pages/{number}.png")
    line_of_digits("12345678").save("line.png")
    with subprocess.Popen(
        [sys.executable, "-m", "ziffern", "read", "pages", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # a test that runs in the background of a shell may ignore Ctrl-C, and its children with it
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == '{"readings": [\n'
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 1
    assert said.splitlines()[-1] == "ziffern: interrupted"
    assert "Traceback" not in said
