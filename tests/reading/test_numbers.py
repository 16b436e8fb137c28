"""Letters that look like digits are told from digits by their neighbours."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from ziffern.reading.numbers import in_numbers, parted
from ziffern.reading.paper import SheetBox
from ziffern.states import State

STATES: dict[str, State] = {
    "s": "sure",
    "u": "unsure",
    "-": "no-digit",
    "i": "sure",
    "l": "unsure",
}


def numbers_of(marks: str, tall: str = "", *, fitted: bool = True) -> str:
    """Return 1 for each mark in a number, else 0.

    A space parts words; i is a 1 that is sure, l one that is not; 1…9 tells how tall marks are.
    """
    boxes: list[SheetBox] = []
    left = 0
    for mark, height in zip(marks, tall or "9" * len(marks), strict=True):
        if mark == " ":
            left += 80
            continue
        boxes.append((left, 100 - 10 * int(height), left + 40, 100))
        left += 44
    marks = marks.replace(" ", "")
    digits = [1 if mark in "il" else 5 for mark in marks]
    found = in_numbers([STATES[mark] for mark in marks], digits, boxes, fitted=fitted)
    return "".join("01"[int(flag)] for flag in found)


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
        ("i" * 12, "1" * 12),  # ones alone are a number
        ("siillsi", "1111111"),
        ("slilli", "111111"),
        ("sl-lils-lii", "00000000000"),  # what is left of "Summe" and the like
        ("su-uusu-uss", "11111111111"),
        ("---s----ssssssssss", "000000001111111111"),
        ("ssssssss--s----s-", "11111111000000000"),
    ],
)
def test_marks_follow_their_neighbours(marks: str, numbers: str) -> None:
    assert numbers_of(marks) == numbers


@pytest.mark.parametrize(
    ("marks", "tall", "numbers"),
    [
        ("-s-us ssss", "53535 9999", "000001111"),  # Total 1234
        ("s-s ssss", "555 9999", "0001111"),  # Nr. 1234
        ("ssss -u-", "9999 555", "1111000"),  # 1234 Fr.
        ("-s-us ssss", "99999 9999", "111111111"),  # as tall as the digits: could be a hand
        ("ss sss", "99 555", "11111"),  # 12.500: its end is small
        ("ss su", "99 55", "1111"),  # 12.50
        ("s sss", "5 999", "0111"),  # an o, or somebody's small digit: one mark is no number
        ("ss sss", "55 999", "11111"),
        ("sssss", "95555", "11111"),  # a tall first digit
        ("su-us", "95555", "11111"),
        ("--s-- s-s --u-s", "99999 999 99999", "0000000000000"),  # words of a size are text
        ("s s s s u s", "5 9 5 8 4 9", "111111"),  # in boxes: each stands alone
        ("-s-us ssss", "99999 5555", "000001111"),  # a tall label: text ends where sizes change
    ],
)
def test_a_smaller_word_before_or_after_a_number_is_its_label(
    marks: str, tall: str, numbers: str
) -> None:
    assert numbers_of(marks, tall) == numbers


def test_much_lower_letters_are_words_of_their_own_however_near() -> None:
    """In "14 mal 312", of which m falls apart, words are nearer than in other rows."""

    def found(low: int) -> list[bool]:
        letters = [(210, 60 - low, 225, 60), (228, 60 - low, 234, 60)]
        digits = [(60, 0, 100, 60), (110, 0, 170, 60), (250, 0, 290, 60), (300, 0, 340, 60)]
        boxes = [*digits[:2], *letters, *digits[2:]]
        states: list[State] = ["sure", "sure", "no-digit", "sure", "sure", "sure"]
        return in_numbers(states, [1, 4, 5, 1, 3, 1], boxes, fitted=True).tolist()

    assert found(24) == [True, True, False, False, True, True]
    assert all(found(40))  # cents, or somebody's small digits


@pytest.mark.parametrize(("digits", "number"), [("12345", True), ("12040", True), ("11151", False)])
def test_what_print_is_hardly_ever_read_as_speaks_for_a_number(digits: str, number: bool) -> None:
    """Two of five marks that are no digits, as where rules ran through them."""
    states = [STATES[mark] for mark in "ss-s-"]
    boxes = [(50 * at, 0, 50 * at + 40, 60) for at in range(5)]
    found = in_numbers(states, [int(digit) for digit in digits], boxes, fitted=True)
    assert found.tolist() == [number] * 5


def test_sizes_count_beside_each_other_alone() -> None:
    """Nothing depends on how large a row is written, nor on where it stands."""
    states = [STATES[mark] for mark in "-s-usssss"]
    label = [(25 * at, 30, 25 * at + 20, 60) for at in range(5)]
    number = [(200 + 50 * at, 0, 240 + 50 * at, 60) for at in range(4)]
    boxes = np.array(label + number)
    wanted = [False] * 5 + [True] * 4

    def found(moved: npt.NDArray[np.int64]) -> list[bool]:
        places: list[SheetBox] = [tuple(box) for box in moved.tolist()]
        return in_numbers(states, [5] * 9, places, fitted=True).tolist()

    assert found(boxes) == found(7 * boxes) == found(boxes + 1000) == wanted


def test_letters_of_which_nothing_can_be_a_digit_speak_for_text() -> None:
    """Of "Alter 38" only the l and the r might be digits."""
    letters = [(0, 30, 20, 60), (40, 30, 55, 60)]
    read = [(26, 20, 34, 60), (60, 26, 68, 60), (100, 0, 140, 60), (150, 0, 190, 60)]
    states: list[State] = ["sure"] * 4
    assert in_numbers(states, [1, 1, 3, 8], read, fitted=True).all()
    found = in_numbers(states, [1, 1, 3, 8], read, letters, fitted=True)
    assert found.tolist() == [False, False, True, True]
    order = [3, 0, 2, 1]
    found = in_numbers(states, [8, 1, 3, 1], [read[at] for at in order], letters, fitted=True)
    assert found.tolist() == [True, False, True, False]


@pytest.mark.parametrize("marks", ["uuuuuuuuuu", "ssuuuuuuus", "u-uuu"])
def test_a_network_without_fitted_thresholds_is_seldom_sure_of_digits_either(marks: str) -> None:
    assert numbers_of(marks, fitted=False) == "1" * len(marks)
    assert numbers_of("---", fitted=False) == "000"


@pytest.mark.parametrize(
    ("line", "begins"),
    [
        ("5", []),
        ("t", []),
        ("555", []),
        ("5t5", [2]),  # "7 bis 12"
        ("t5", []),
        ("55tt55t5t", [4, 7]),
        ("55      55", [2]),  # columns
        ("5    5", []),
        ("5      5", [1]),
        ("5     5     5     5", []),  # one digit in each box
        ("5     5     5            5", []),  # and an empty one
        ("55 555 55", []),
        ("tttttttttttt5    5    5", []),  # letters stand closer than digits
    ],
)
def test_numbers_of_a_line_are_parted_by_text_and_by_wide_gaps(
    line: str, begins: list[int]
) -> None:
    boxes: list[SheetBox] = []
    left = 0
    for sign in line:
        if sign != " ":
            boxes.append((left, 0, left + 30, 60 if sign == "5" else 30))
            left += 36
        else:
            left += 15
    numbers = np.array([sign == "5" for sign in line if sign != " "])
    assert parted(boxes, numbers).tolist() == begins
