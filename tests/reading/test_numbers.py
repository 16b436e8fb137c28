"""Letters that look like digits are told from digits by their neighbours."""

from __future__ import annotations

import pytest

from ziffern.reading.numbers import in_numbers


@pytest.mark.parametrize(
    ("like_digits", "numbers"),
    [
        ("1", "1"),
        ("0", "1"),  # nothing beside it speaks for text: the threshold decides
        ("1" * 40, "1" * 40),
        ("10111", "11111"),  # one mark of a number that the network does not know
        ("001101100101", "000000000000"),  # letters, of which some look like digits
        ("000100001111111111", "000000001111111111"),
        ("11111111001000010", "11111111000000000"),
    ],
)
def test_marks_follow_their_neighbours(like_digits: str, numbers: str) -> None:
    found = in_numbers([flag == "1" for flag in like_digits])
    assert "".join("01"[int(flag)] for flag in found) == numbers
