"""The best way through pieces, with answers as a network that knows no digit would give them."""

from __future__ import annotations

import numpy as np

from ziffern.contract import Contract
from ziffern.reading.cuts import Piece
from ziffern.reading.separate import Candidate, Lattice


def piece(left: int, width: int = 26, height: int = 40, *, cut: float | None = None) -> Piece:
    return Piece(np.ones((height, width), bool), left, 40 - height, cut, whole=cut is None)


def best(lattice: Lattice, digits: dict[tuple[int, int], int]) -> list[tuple[int, int]]:
    """The chosen candidates where the network knows these to be digits, and no others."""
    answers = np.full((len(lattice.candidates), 10), 0.1, np.float32)
    for index, candidate in enumerate(lattice.candidates):
        value = digits.get((candidate.start, candidate.stop))
        if value is not None:
            answers[index] = 0.001
            answers[index, value] = 0.991
    chosen = [lattice.candidates[index] for index in lattice.best(answers)]
    return [(candidate.start, candidate.stop) for candidate in chosen]


def test_touching_digits_are_parted_where_both_are_digits() -> None:
    lattice = Lattice.of([[piece(0), piece(26, cut=0.2)]], [], 40)
    assert best(lattice, {(0, 1): 3, (1, 2): 5}) == [(0, 1), (1, 2)]
    assert best(lattice, {(0, 2): 8}) == [(0, 2)]


def test_broken_digits_are_joined_unless_each_is_one() -> None:
    lattice = Lattice.of([[piece(0, 14)], [piece(16, 12)]], [], 40)
    assert best(lattice, {(0, 2): 4}) == [(0, 2)]
    assert best(lattice, {(0, 1): 1, (1, 2): 1}) == [(0, 1), (1, 2)]


def test_distant_marks_are_never_one() -> None:
    lattice = Lattice.of([[piece(0)], [piece(60)]], [], 40)
    assert {(each.start, each.stop) for each in lattice.candidates} == {(0, 1), (1, 2)}


def test_low_marks_are_left_out_and_letters_are_not() -> None:
    dot = piece(40, 8, 9)
    lattice = Lattice.of([[piece(0)], [dot], [piece(60)]], [], 40)
    assert best(lattice, {(0, 1): 3, (2, 3): 5}) == [(0, 1), (2, 3)]
    assert best(lattice, {(0, 1): 3}) == [(0, 1), (2, 3)]


def test_small_marks_close_by_are_tried_with_and_without() -> None:
    lattice = Lattice.of([[piece(0)]], [piece(28, 10, 4)], 40)
    assert [len(each.parts) for each in lattice.candidates] == [1, 2]
    assert lattice.candidates[1].box == (0, 0, 38, 40)
    far = Lattice.of([[piece(0)]], [piece(80, 10, 4)], 40)
    assert [len(each.parts) for each in far.candidates] == [1]


def test_a_picture_holds_its_own_pieces_alone() -> None:
    ink = np.ones((60, 80), np.float32)
    picture = Candidate(0, 1, (piece(20, 6),)).picture(ink, Contract())
    assert picture.shape == (28, 28)
    assert picture.dtype == np.uint8
    columns = np.flatnonzero(picture.max(axis=0) > 127)
    assert 2 <= len(columns) <= 6
    framed = Candidate(0, 1, (piece(20, 6),)).picture(ink, Contract(centre="frame"))
    assert framed.shape == (28, 28)


def test_no_pieces_no_digits() -> None:
    assert Lattice.of([], [], 40).best(np.empty((0, 10), np.float32)) == []


def test_a_text_is_spelled_by_as_many_pieces_as_it_has_digits() -> None:
    lattice = Lattice.of([[piece(0), piece(26, cut=0.2)], [piece(60)]], [], 40)
    places = [(each.start, each.stop) for each in lattice.candidates]
    answers = np.full((len(places), 10), 0.1, np.float32)
    answers[places.index((0, 2))] = [0.01] * 8 + [0.91, 0.01]  # the two look like an 8

    def spelled(text: str) -> list[tuple[int, int]] | None:
        way = lattice.spelled(answers, text)
        return None if way is None else [places[index] for index in way]

    assert spelled("80") == [(0, 2), (2, 3)]
    assert spelled("350") == [(0, 1), (1, 2), (2, 3)]
    assert spelled("1234") is None
    # misread as an 8 it is the likeliest place of a 3 all the same
    assert spelled("30") == [(0, 2), (2, 3)]
