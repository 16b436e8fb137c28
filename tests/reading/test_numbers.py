"""Letters that look like digits are told from digits by their neighbours."""

from __future__ import annotations

import pytest

from ziffern.reading.numbers import in_numbers
from ziffern.states import State

STATES: dict[str, State] = {"s": "sure", "u": "unsure", "n": "no-digit"}


@pytest.mark.parametrize(
    ("called", "numbers"),
    [
        ("s", "1"),
        ("u", "1"),
        ("n", "1"),  # nothing beside it speaks for text: the threshold decides
        ("sssss", "11111"),
        ("suusus", "111111"),
        ("snsus", "11111"),  # one mark of a number that the network does not know
        ("nnsnunsnnuns", "000000000000"),  # letters, of which some look like digits
        ("nnnunnnnusssssssss", "000000000111111111"),
        ("ssssssssnnunnnnun", "11111111000000000"),
    ],
)
def test_marks_follow_their_neighbours(called: str, numbers: str) -> None:
    found = in_numbers([STATES[letter] for letter in called])
    assert "".join("01"[int(flag)] for flag in found) == numbers
