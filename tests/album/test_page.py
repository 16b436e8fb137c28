"""An album: every plate once on the page and as files, nothing refers to anywhere else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from ziffern.album.page import Plate, Step, Table, write_album
from ziffern.errors import WorkError
from ziffern.figures import style


def drawing(text: str) -> Plate:
    figure = style.new_figure(3, 2)
    axes = figure.subplots()
    style.bare(axes, title=text)
    axes.plot([0, 1, 2], [3, 1, 2], color=style.VALIDATION)
    return Plate(text, text.title(), "First.\n\nSecond <b>.", figure, alt=f"{text} in words")


def test_plates_stand_on_the_page_and_beside_it(tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    steps = [
        Step("one", lambda: [drawing("one")]),
        Step(
            "two",
            lambda: [
                Plate("map", "Map", figure=drawing("map").figure, raster=True),
                Plate(
                    "numbers", "Numbers", facts=[("n", "3")], table=Table(["a", "b>"], [["x", "1"]])
                ),
            ],
        ),
    ]
    path = write_album(
        tmp_path / "new" / "album",
        "Title",
        steps,
        summary="In short.",
        facts=[("digits", "70,000")],
        progress=lambda *step: told.append(step),
    )
    assert told == [(0, 3, "one"), (1, 3, "two"), (2, 3, "the page")]
    page = path.read_text()
    assert re.findall(r"<h2>(.*?)</h2>", page) == ["One", "Map", "Numbers"]
    assert "<p>First.</p>" in page
    assert "Second &lt;b&gt;." in page
    assert 'aria-label="one in words"' in page
    assert "var(--validation," in page
    assert '<td class="number">1</td>' in page
    assert not re.findall(r"(?:src|href)=\"(?!#|data:)", page)
    assert sorted(file.name for file in path.parent.iterdir()) == [
        "index.html",
        "map.png",
        "one.png",
        "one.svg",
    ]
    with Image.open(path.parent / "one.png") as picture:
        assert picture.size == (450, 300)


def test_the_same_album_gives_the_same_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_album(tmp_path / name, "Same", [Step("one", lambda: [drawing("one")])])
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes(), file.name


def test_a_failed_step_leaves_the_page_of_before(tmp_path: Path) -> None:
    path = write_album(tmp_path, "Before", [])

    def fail() -> list[Plate]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_album(tmp_path, "After", [Step("one", lambda: [drawing("one")]), Step("two", fail)])
    assert "Before" in path.read_text()


def test_what_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkError, match="cannot make the folder"):
        write_album(tmp_path / "file" / "album", "Title", [])
    twice = [Step("one", lambda: [drawing("one"), drawing("one")])]
    with pytest.raises(WorkError, match="two plates named 'one'"):
        write_album(tmp_path, "Title", twice)
