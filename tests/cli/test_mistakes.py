"""Wrong command lines: one line that names what was given and the nearest right thing."""

from __future__ import annotations

import pytest
from cyclopts import CycloptsError

from ziffern.cli.mistakes import sentence


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        ("trian", "unknown command 'trian': did you mean 'train'? (see ziffern --help)"),
        ("trian quick", "unknown command 'trian': did you mean 'train'? (see ziffern --help)"),
        ("runs lst", "unknown command 'lst': did you mean 'list'? (see ziffern runs --help)"),
        (
            "recipes x",
            "unknown command 'x'; known: list, schedules, show (see ziffern recipes --help)",
        ),
        ("--verison", "unknown option --verison: did you mean '--version'? (see ziffern --help)"),
        (
            "train quick --divice cpu",
            "unknown option --divice: did you mean '--device'? (see ziffern train --help)",
        ),
        (
            "runs list --jsn",
            "unknown option --jsn: did you mean '--json'? (see ziffern runs list --help)",
        ),
        ("train quick marvin", "unexpected 'marvin' (see ziffern train --help)"),
        ("evaluate", "MODEL is missing (see ziffern evaluate --help)"),
        ("recipes show", "NAME is missing (see ziffern recipes show --help)"),
        ("check", "MODEL is missing (see ziffern check --help)"),
        ("train quick --set", "--set needs a value (see ziffern train --help)"),
        (
            "train quick --seed 1 --seed 2",
            "--seed is given more than once (see ziffern train --help)",
        ),
        (
            "train quick --seed one",
            "--seed 'one': expected a whole number (see ziffern train --help)",
        ),
        (
            "train quick --seed 1.9",
            "--seed '1.9': expected a whole number (see ziffern train --help)",
        ),
        (
            "train quick --seeds 1e2",
            "--seeds '1e2': expected a whole number (see ziffern train --help)",
        ),
        (
            "predict latest --index four",
            "--index 'four': expected a whole number (see ziffern predict --help)",
        ),
        (
            "check latest --max-ece low",
            "--max-ece 'low': expected a number (see ziffern check --help)",
        ),
        (
            "evaluate latest --split train",
            "--split 'train': expected validation or test or all (see ziffern evaluate --help)",
        ),
        ("runs list --json=3", "--json '3': expected no value (see ziffern runs list --help)"),
    ],
)
def test_wrong_command_lines(ziffern, line: str, mistake: str) -> None:
    assert ziffern(*line.split()).mistake == mistake


def test_every_option_is_offered_when_none_is_near(ziffern) -> None:
    mistake = ziffern("train", "--zzz").mistake
    assert mistake.startswith("unknown option --zzz; known: --data-dir, --device, --from, --json,")


def test_what_the_parser_says_else_becomes_one_line() -> None:
    assert sentence(CycloptsError(msg="two\n  lines")) == "two lines (see ziffern --help)"
