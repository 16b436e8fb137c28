"""`docs/cli.md` and the command line say the same: commands, options, and examples that parse."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from cyclopts import App

from ziffern.cli import app

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+)$\n((?:(?!^## ).*\n?)*)", TEXT, re.M))


def commands(parent: App, name: str = "ziffern") -> Iterator[tuple[str, App]]:
    """All commands that do something, by their full names."""
    for word in parent:
        if word.startswith("-"):
            continue
        child, full = parent[word], f"{name} {word}"
        if child.default_command is not None:
            yield full, child
        yield from commands(child, full)


COMMANDS = dict(commands(app))


def options(command: App) -> set[str]:
    """Arguments and options as the help shows them."""
    collection = command.assemble_argument_collection()
    return {name for argument in collection for name in (*argument.names, *argument.negatives)}


def rows(section: str) -> list[tuple[list[str], str, str]]:
    """Options, meaning and example of each row of a section's table."""
    found = []
    for line in SECTIONS[section].splitlines():
        if line.startswith("| `"):
            named, meaning, example = (cell.strip() for cell in line.strip("|").split(" | "))
            names = [text.split()[0] for text in re.findall(r"`([^`]+)`", named)]
            found.append((names, meaning, example.strip(" `|")))
    return found


def test_every_command_has_a_section_and_every_section_a_command() -> None:
    assert set(SECTIONS) == {"ziffern", *COMMANDS}


def test_every_option_of_the_program_itself() -> None:
    told = {name for names, _, _ in rows("ziffern") for name in names}
    assert told == {*app.help_flags, *app.version_flags}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_told_and_exists(command: str) -> None:
    told = [name for names, _, _ in rows(command) for name in names]
    assert len(told) == len(set(told))
    assert set(told) == options(COMMANDS[command])


@pytest.mark.parametrize("command", COMMANDS)
def test_the_first_line_is_that_of_the_help(command: str) -> None:
    first = SECTIONS[command].strip().splitlines()[0]
    helped = (COMMANDS[command].help or "").strip().splitlines()[0]
    assert first.startswith(helped.removesuffix("."))


@pytest.mark.parametrize("command", SECTIONS)
def test_every_option_has_an_example_that_uses_it_and_parses(command: str) -> None:
    for names, meaning, example in rows(command):
        assert meaning
        given = shlex.split(example)
        assert given[0] == "ziffern"
        if command == "ziffern":
            assert names[0] in given
            continue
        assert example.startswith(f"{command} ")
        assert any(name in given for name in names) or names[0].isupper()
        app.parse_args(given[1:], exit_on_error=False, print_error=False)


def test_variables_of_the_environment_are_told() -> None:
    source = Path(__file__).resolve().parents[2] / "src" / "ziffern"
    used = {
        name
        for path in source.rglob("*.py")
        for name in re.findall(r"environ\.get\(\"(ZIFFERN_\w+)\"", path.read_text())
    }
    told = set(re.findall(r"^\| `(ZIFFERN_\w+)` \|", TEXT, re.M))
    assert told == used
