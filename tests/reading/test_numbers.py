"""Letters that look like digits are told from digits by their neighbours."""

from __future__ import annotations

import pytest

from ziffern.reading.numbers import in_numbers
from ziffern.states import State

STATES: dict[str, State] = {"s": "sure", "u": "unsure", "-": "no-digit"}


@pytest.mark.parametrize(
    ("marks", "numbers"),
    [
        ("s", "1"),
        ("-", "1"),  # nothing beside it speaks for text: the threshold decides
        ("s" * 40, "1" * 40),
        ("s-sss", "11111"),  # one mark of a number that the network does not know
        ("suusu", "11111"),
        ("--us-us--s-u", "000000000000"),  # letters, of which some look like digits
        ("uuuuuuuuuuuu", "111111111111"),  # a hand that is hard to read
        ("---s----ssssssssss", "000000001111111111"),
        ("ssssssss--s----s-", "11111111000000000"),
    ],
)
def test_marks_follow_their_neighbours(marks: str, numbers: str) -> None:
    found = in_numbers([STATES[mark] for mark in marks], fitted=True)
    assert "".join("01"[int(flag)] for flag in found) == numbers


@pytest.mark.parametrize("marks", ["uuuuuuuuuu", "ssuuuuuuus", "u-uuu"])
def test_a_network_without_fitted_thresholds_is_seldom_sure_of_digits_either(marks: str) -> None:
    assert in_numbers([STATES[mark] for mark in marks], fitted=False).all()
    assert not in_numbers([STATES["-"]] * 3, fitted=False).any()
