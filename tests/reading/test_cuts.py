"""Cuts part touching digits and go around loops; nothing is lost by them."""

from __future__ import annotations

import cv2
import numpy as np

from ziffern.reading.cuts import Piece, pieces_of


def drawn(*rings: tuple[int, int]) -> np.ndarray:
    """Rings around (x, y), 40 pixels tall, with strokes of 5."""
    picture = np.zeros((60, 160), np.uint8)
    for x, y in rings:
        cv2.ellipse(picture, (x, y), (15, 20), 0, 0, 360, 1, 5)
    rows, columns = np.flatnonzero(picture.any(1)), np.flatnonzero(picture.any(0))
    return picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] > 0


def joined(pieces: list[Piece], shape: tuple[int, ...]) -> np.ndarray:
    whole = np.zeros(shape, int)
    for piece in pieces:
        whole[piece.top : piece.bottom, piece.left : piece.right] += piece.mask
    return whole


def test_touching_rings_are_parted_between_them() -> None:
    mask = drawn((20, 30), (54, 30))
    [pieces] = pieces_of([Piece(mask, 0, 0)], [45])
    assert np.array_equal(joined(pieces, mask.shape), mask.astype(int))
    cuts = [piece.left for piece in pieces[1:]]
    assert any(abs(cut - 34) <= 4 for cut in cuts)
    assert not any(10 <= cut <= 24 or 44 <= cut <= 58 for cut in cuts)
    assert pieces[0].cut is None
    assert all(piece.cut is not None and piece.cut <= 0.85 for piece in pieces[1:])


def test_one_ring_is_not_cut_and_narrow_marks_are_not() -> None:
    ring = Piece(drawn((20, 30)), 0, 0)
    bar = Piece(np.ones((40, 8), bool), 70, 0)
    assert pieces_of([ring, bar], [45, 45]) == [[ring], [bar]]
    assert pieces_of([], []) == []


def test_many_marks_are_cut_as_each_alone() -> None:
    marks = [Piece(drawn((20, 30), (54, 30)), 0, 0), Piece(drawn((20, 30), (56, 24)), 300, 5)]
    together = pieces_of(marks, [45, 45])
    alone = [pieces_of([mark], [45])[0] for mark in marks]
    for one, other in zip(together, alone, strict=True):
        assert [(p.left, p.top, p.cut) for p in one] == [(p.left, p.top, p.cut) for p in other]
