"""How commands print on terminals of several widths, into files, and as JSON."""

from __future__ import annotations

import io
import json
import logging
import re
import sys

import pytest

from ziffern.cli import output


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True

    @property
    def lines(self) -> list[str]:
        """What was printed, without colours."""
        return re.sub(r"\x1b\[[0-9;]*m", "", self.getvalue()).splitlines()


@pytest.fixture
def terminal(monkeypatch):
    """Call it with a width in the test itself; it returns what stands for standard output."""
    monkeypatch.setenv("TERM", "xterm-256color")

    def make(columns: int, stream: str = "stdout") -> Terminal:
        monkeypatch.setenv("COLUMNS", str(columns))
        made = Terminal()
        monkeypatch.setattr(sys, stream, made)
        return made

    return make


COLUMNS = ["run", "status", "epochs>", "accuracy>"]
ROWS = [["20261121-190502-marvin-s0", "stopped early", 12, "99.12%"], ["short", "running", 3, "–"]]


def test_tables_are_aligned_without_trailing_blanks(capsys) -> None:
    output.table(COLUMNS, ROWS)
    assert capsys.readouterr().out.splitlines() == [
        "run                        status         epochs  accuracy",
        "20261121-190502-marvin-s0  stopped early      12    99.12%",
        "short                      running             3         –",
    ]


def test_a_narrow_terminal_leaves_columns_out_before_it_breaks_text(terminal) -> None:
    shown = terminal(50)
    output.table(COLUMNS, ROWS, droppable=["epochs>"])
    assert shown.lines[:2] == [
        "run                        status         accuracy",
        "20261121-190502-marvin-s0  stopped early    99.12%",
    ]
    shown = terminal(45)
    output.table(COLUMNS, ROWS, droppable=["epochs>"])
    lines = shown.lines
    assert lines[1:3] == [
        "20261121-190502-marvin-s0  stopped     99.12%",
        "                           early",
    ]


def test_a_wide_terminal_and_a_file_get_everything(terminal, capsys) -> None:
    output.table(COLUMNS, [["x" * 300, "y", 1, 2]], droppable=["epochs>"])
    assert "epochs" in capsys.readouterr().out
    shown = terminal(120)
    output.table(COLUMNS, ROWS, droppable=["epochs>"])
    assert "epochs" in shown.lines[0]


def test_an_empty_table_has_its_head(capsys) -> None:
    output.table(COLUMNS, [])
    assert capsys.readouterr().out == "run  status  epochs  accuracy\n"


def test_text_is_not_taken_for_markup(capsys) -> None:
    output.table(["name"], [["[bold]x[/bold]"]])
    assert capsys.readouterr().out == "name\n[bold]x[/bold]\n"


def test_facts_go_on_below_themselves_on_a_terminal(terminal, capsys) -> None:
    pairs = [("name", "digits"), ("citation", "word " * 12), ("SHA-256", "a" * 64)]
    output.facts(pairs)
    assert len(capsys.readouterr().out.splitlines()) == 3
    shown = terminal(40)
    output.facts(pairs)
    assert shown.lines == [
        "name      digits",
        "citation  word word word word word word",
        "          word word word word word word",
        "SHA-256   " + "a" * 64,
    ]


def test_text_is_broken_on_a_terminal_alone(terminal, capsys) -> None:
    paragraphs = "word " * 30 + "\n\nend"
    output.text(paragraphs)
    assert capsys.readouterr().out == paragraphs + "\n"
    shown = terminal(60)
    output.text(paragraphs)
    assert shown.lines == [*["word " * 11 + "word"] * 2, "word " * 5 + "word", "", "end"]


def test_notes_of_the_library_come_once_and_wrapped(terminal) -> None:
    shown = terminal(40, "stderr")
    log = logging.getLogger("ziffern.datasets")
    with output.notes_from_library():
        for _ in range(2):
            log.warning("a %s that does not fit into one line of it", "note")
        log.warning("another")
        log.info("not for people")
    log.warning("after the command")
    assert shown.lines == [
        "note: a note that does not fit into one",
        "  line of it",
        "note: another",
    ]


def test_json_has_no_nan(capsys) -> None:
    output.emit_json({"loss": float("nan"), "rows": [float("inf"), 1.5], "text": "±"})
    shown = capsys.readouterr().out
    assert json.loads(shown) == {"loss": None, "rows": [None, 1.5], "text": "±"}
    assert shown.isascii()


def test_signs_that_the_terminal_lacks_are_replaced(monkeypatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    output.survive_encodings()
    print("98 % ± 1 %")
    stream.flush()
    assert stream.buffer.getvalue() == b"98 % ? 1 %\n"  # type: ignore[attr-defined]


def test_faults_of_the_program_are_told_in_full_each_time(capsys) -> None:
    log = logging.getLogger("ziffern.serving")
    with output.notes_from_library():
        for _ in range(2):
            try:
                raise ValueError("why")
            except ValueError:
                log.exception("GET / failed")
            log.warning("slow")
    told = capsys.readouterr().err
    assert told.count("GET / failed\nTraceback") == 2
    assert told.count("ValueError: why") == 2
    assert told.count("note: slow") == 1
