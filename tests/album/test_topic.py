from __future__ import annotations

from pathlib import Path

from ziffern.album import topic
from ziffern.album.page import write_album
from ziffern.explain.explanation import Explanation, Section
from ziffern.figures.schedules import schedule_figure


def test_every_section_becomes_a_plate(tmp_path: Path) -> None:
    figure = schedule_figure([0.1, 0.01])
    told = Explanation(
        "rates",
        "Rates",
        "They fall.",
        [
            Section("first", "One", "What one sees.", figure, "a line", ["a", "b>"], [["x", "1"]]),
            Section("second", "Two", "More.", figure, "another"),
        ],
        {},
    )
    [step] = topic.steps(told)
    first, second = step.make()
    assert (first.name, first.title, first.text, first.alt) == (
        "first", "One", "What one sees.", "a line",
    )  # fmt: skip
    assert first.figure is figure
    assert first.table is not None
    assert (first.table.columns, first.table.rows) == (["a", "b>"], [["x", "1"]])
    assert second.table is None
    write_album(tmp_path, told.title, [step], summary=told.headline)
    assert {path.name for path in tmp_path.iterdir()} == {
        "index.html", "first.png", "first.svg", "second.png", "second.svg",
    }  # fmt: skip
