"""Many files: in their order, on several processes, whatever is wrong with some of them."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from made_files import encoded, line_of_digits, pdf, seven
from PIL import Image

from ziffern.errors import RunError, WorkError
from ziffern.reading import many
from ziffern.reading.many import read_many
from ziffern.reading.worker import of_page

# stands for the worker: does what the name of a file says
ACTOR = """
import json, os, sys, time
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    file = json.loads(line)["file"]
    if "crash" in file:
        os._exit(11)
    if "hang" in file:
        time.sleep(60)
    if "half" in file:
        print('{"reading": {"fi', end="", flush=True)
        os._exit(1)
    if "slow" in file:
        time.sleep(0.15)
    if "note" in file:
        print(json.dumps({"note": "a word about " + file}))
    if "pages" in file:
        for page in range(5):
            time.sleep(0.2)
            print(json.dumps({"page": page}), flush=True)
    pages = [{"size": [os.getpid(), int(os.environ["OMP_NUM_THREADS"])], "lines": []}]
    print(json.dumps({"reading": {"file": file, "pages": pages}}), flush=True)
"""


@pytest.fixture
def actor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "COMMAND", (sys.executable, "-c", ACTOR))


def errors_of(files: list[str], processes: int = 2) -> dict[str, str | None]:
    found: list[Any] = list(read_many(files, processes=processes))
    assert [each["file"] for each in found] == files
    return {each["file"]: each.get("error") for each in found}


def of_which_processes(found: list[Any]) -> set[int]:
    return {each["pages"][0]["size"][0] for each in found}


def gone(process: int) -> bool:
    for _ in range(100):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


# the processes


def test_results_come_in_the_order_given(actor) -> None:
    files = ["slow", *map(str, range(8)), "slow again", "9"]
    found = list(read_many(files, processes=3))
    assert [each["file"] for each in found] == files
    assert len(of_which_processes(found)) == 3


def test_one_bad_file_does_not_stop_the_rest(actor) -> None:
    found = errors_of(["a", "crash 1", "b", "half", "c", "crash 2", "d"])
    given_up = {file for file, error in found.items() if error}
    assert given_up == {"crash 1", "half", "crash 2"}
    assert found["crash 1"] == "crash 1: given up: its decoder crashed, or memory ran out"


def test_a_file_without_end_is_given_up(actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "PATIENCE", 0.6)  # for each of the pages, not for all of them
    found = errors_of(["hang", "pages", "a"], processes=1)
    assert found == {
        "hang": "hang: given up: took more than 1 s for a page",
        "pages": None,
        "a": None,
    }


def test_warnings_arrive_as_warnings(actor, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="ziffern"):
        list(read_many(["note.gif"]))
    assert caplog.messages == ["a word about note.gif"]


def test_cores_are_shared_out(actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    for files, processes, threads in ((1, 1, 4), (2, 2, 2), (9, 4, 1)):
        found: list[Any] = list(read_many(["slow"] * files))
        assert len(of_which_processes(found)) == processes
        assert found[0]["pages"][0]["size"][1] == threads


def test_whoever_stops_early_leaves_no_process(actor) -> None:
    found: Any = read_many(["a", "b", "hang", "hang", *["c"] * 50], processes=2)
    with closing(found):
        processes = of_which_processes([next(found), next(found)])
    assert all(gone(process) for process in processes)


def test_files_are_not_read_far_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    before = set(threading.enumerate())  # some of which may end meanwhile

    def of_worker(_: object, file: str, __: object) -> dict[str, str]:
        read.append(file)
        return {"file": file, "error": ""}

    monkeypatch.setattr(many.Worker, "read", of_worker)
    with closing(read_many([str(number) for number in range(1000)], processes=2)) as found:
        next(found)
        time.sleep(0.05)
        assert len(read) < 20
    assert set(threading.enumerate()) <= before


def test_no_files(actor) -> None:
    assert list(read_many([])) == []


def test_a_process_that_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "COMMAND", (sys.executable, "-c", "raise SystemExit(1)"))
    with pytest.raises(WorkError, match="the process that reads files did not start"):
        list(read_many(["a", "b"]))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs limits as Linux has them")
def test_a_file_that_wants_all_memory(in_tmp: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "import json, ziffern.reading.worker as worker\n"
        "def hungry(*_): return [bytes(worker.MEMORY) for _ in range(9)]\n"
        "worker._read = hungry\n"
        "worker.main()"
    )
    monkeypatch.setattr(many, "COMMAND", (sys.executable, "-c", code))
    [found] = read_many(["a.png"])
    assert "error" in found
    assert found["error"] == "a.png: not enough memory to read it"


def test_a_library_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import sys; sys.modules['cv2'] = None; from ziffern.reading.worker import main; main()"
    monkeypatch.setattr(many, "COMMAND", (sys.executable, "-c", code))
    with pytest.raises(WorkError, match=r"reading needs cv2: pip install 'ziffern\[read\]'"):
        list(read_many(["a"]))


def test_an_unknown_model() -> None:
    with pytest.raises(RunError, match="nosuchmodel"):
        list(read_many(["a.png", "b.png"], "nosuchmodel"))


# real files, read by real processes


def test_pictures_scans_and_broken_files(in_tmp: Path, caplog: pytest.LogCaptureFixture) -> None:
    line = line_of_digits("3170")
    blank = Image.new("RGB", (200, 100), "white")
    moving = {"save_all": True, "append_images": [blank]}
    contents = {
        "line.png": encoded(line, "PNG"),
        "empty.png": b"",
        "two.tif": encoded(line, "TIFF", **moving),
        "moving.gif": encoded(line, "GIF", **moving),
        "cut.jpg": encoded(line, "JPEG")[:900],
        "blank.pdf": pdf((72, 72)),
    }
    for name, content in contents.items():
        Path(name).write_bytes(content)
    (in_tmp / "cv2.py").write_text("raise SystemExit('foreign code was run')")
    pictures = [Path("drawn") / f"{name}.png" for name in contents]
    caplog.clear()
    with caplog.at_level(logging.WARNING, logger="ziffern"):
        found: list[Any] = list(read_many(list(contents), pictures=pictures))
    assert [each["file"] for each in found] == list(contents)
    texts = [
        [[row["text"] for row in page["lines"]] for page in each.get("pages", [])] for each in found
    ]
    assert texts == [[["3170"]], [], [["3170"], []], [["3170"]], [], [[]]]
    assert "empty (0 bytes)" in found[1]["error"]
    assert "damaged or cut short" in found[4]["error"]
    assert caplog.messages == ["moving.gif is an animation; only its first picture is read"]
    drawn = sorted(path.name for path in Path("drawn").iterdir())
    assert drawn == [
        "blank.pdf.png",
        "line.png.png",
        "moving.gif.png",
        "two.tif-page-2.png",
        "two.tif.png",
    ]
    with Image.open("drawn/line.png.png") as page:
        assert page.height >= line.height
        assert page.convert("RGB").getcolors(1 << 20) != line.getcolors(1 << 20)
    json.dumps(found, allow_nan=False)


def test_pages_before_a_bad_one_are_kept(in_tmp: Path, caplog: pytest.LogCaptureFixture) -> None:
    small = Image.new("L", (3, 3), 255)
    seven().save("scan.tif", save_all=True, append_images=[seven(), small, seven()])
    [found] = read_many(["scan.tif"])
    assert [page["lines"][0]["text"] for page in found["pages"]] == ["7", "7"]
    assert "3×3 pixels" in caplog.text
    assert "only what comes before that was read" in caplog.text


def test_where_nothing_can_be_drawn(in_tmp: Path) -> None:
    seven().save("seven.png")
    Path("out").write_text("a file")
    [found] = read_many(["seven.png"], pictures=[Path("out/seven.png")])
    assert "error" in found
    assert found["error"].startswith("cannot write out/seven.png")


def test_pages_have_names() -> None:
    assert of_page(Path("a/b.png"), 1) == Path("a/b.png")
    assert of_page(Path("a/b.png"), 12) == Path("a/b-page-12.png")
