"""How tall digits are, and what is no stroke at all."""

from __future__ import annotations

import numpy as np

from ziffern.reading.sizes import heights_of, without_solid, without_taller


def height_of(mask: np.ndarray) -> float:
    return next(heights_of(mask))


def test_height_of_digits_is_that_of_most_ink() -> None:
    mask = np.zeros((100, 300), bool)
    mask[10:50, 20:26] = mask[10:50, 60:66] = mask[8:52, 100:106] = True
    mask[45:48, 150:153] = True
    assert height_of(mask) == 40
    assert height_of(np.zeros((20, 30), bool)) == 20


def test_a_logo_does_not_tell_the_height_of_digits() -> None:
    mask = np.zeros((400, 600), bool)
    for x in range(20, 500, 60):  # open boxes, as thinly inked as digits are
        mask[300:340, x : x + 25] = True
        mask[304:336, x + 4 : x + 21] = False
    assert height_of(mask) == 40
    mask[20:220, 380:580] = True
    assert height_of(mask) == 40
    few = np.zeros((400, 600), bool)  # beside a digit that fills its box, dirt tells nothing
    few[100:180, 200:260] = few[20:26, 20:26] = few[300:305, 40:45] = True
    assert height_of(few) == 80


def test_below_a_heading_digits_may_be_lower() -> None:
    mask = np.zeros((400, 700), bool)
    for x in range(10, 650, 80):
        mask[20:180, x : x + 20] = True
    assert list(heights_of(mask)) == [160]
    digits = np.zeros_like(mask)
    for x in range(20, 200, 60):
        digits[300:340, x : x + 5] = digits[300:305, x : x + 25] = True
    dots = np.zeros_like(mask)
    for x in range(20, 650, 40):
        dots[370:382, x : x + 12] = True
    assert list(heights_of(mask | digits | dots)) == [160, 40]
    comma = digits[:, :640] & (np.arange(640) < 50)
    letters = np.kron(np.ones((5, 8)), mask[:180, :80]) > 0
    assert list(heights_of(np.vstack([letters, comma]))) == [160]
    assert np.array_equal(without_taller(mask | digits, 80), digits)
    assert np.array_equal(without_taller(mask, np.inf), mask)


def test_what_is_solid_and_tall_goes_and_strokes_stay() -> None:
    mask = np.zeros((300, 600), bool)
    mask[200:240, 20:26] = mask[200:240, 60:90] = True  # a 1, and a block no taller than digits
    logo, code = np.zeros_like(mask), np.zeros_like(mask)
    logo[20:120, 200:300] = True
    code[20:118, 400:498] = np.kron(np.indices((14, 14)).sum(axis=0) % 3 > 0, np.ones((7, 7))) > 0
    frame = np.zeros_like(mask)
    frame[150:280, 300:560] = True
    frame[154:276, 304:556] = False
    found = without_solid(mask | logo | code | frame, 40)
    assert (found == (mask | frame)).all()
