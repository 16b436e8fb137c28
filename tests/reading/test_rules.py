"""Printed lines go, and digits that touch them stay whole."""

from __future__ import annotations

import cv2
import numpy as np
import painted_pages as painted
import pytest

from ziffern.reading.rules import LONG, skew_of, upright, without_frames, without_rules


def without(mask: np.ndarray, darkness: float = 1) -> np.ndarray:
    return without_rules(mask, np.where(mask, darkness, 0).astype(np.float32), 48, LONG * 48)


def strokes(text: str = "2730") -> np.ndarray:
    sheet = np.zeros((120, 360, 3))
    painted.write(sheet, text, 40, 90, pen=(1, 1, 1))
    return sheet[..., 0] > 0.5


@pytest.mark.parametrize("slope", [0, 5, -9])
@pytest.mark.parametrize("y", [30, 66, 91])
def test_a_rule_goes_and_digits_stay(y: int, slope: int) -> None:
    digits = strokes()
    rule = np.zeros(digits.shape, np.uint8)
    cv2.line(rule, (0, y), (359, y + slope), 1, 2)
    left = without(digits | (rule > 0))
    assert (left & digits).sum() > 0.85 * digits.sum()
    assert (left & ~digits).sum() < 0.15 * (rule > 0).sum()
    down = without(np.ascontiguousarray((digits | (rule > 0)).T))
    assert (down.T & ~digits).sum() < 0.15 * (rule > 0).sum()


def test_what_is_darker_than_a_rule_is_no_part_of_it() -> None:
    rule = np.zeros((120, 360), bool)
    rule[60:63] = True
    dash = np.zeros_like(rule)
    dash[60:63, 100:130] = True
    contrast = np.where(dash, 0.9, 0.4 * rule).astype(np.float32)
    assert np.array_equal(without_rules(rule, contrast, 48, LONG * 48), dash)
    assert not without(rule).any()


def test_strokes_are_no_rules() -> None:
    digits = strokes("1747")
    assert np.array_equal(without(digits), digits)
    assert np.array_equal(without_frames(digits), digits)


def test_frames_go_and_digits_in_them_stay() -> None:
    digits = strokes()
    frames = np.zeros(digits.shape, np.uint8)
    cv2.rectangle(frames, (20, 25), (340, 105), 1, 2)
    for x in (100, 180, 260):
        cv2.line(frames, (x, 25), (x, 105), 1, 2)
    left = without_frames(digits | (frames > 0))
    assert (left & digits).sum() > 0.9 * digits.sum()
    assert (left & ~digits).sum() < 0.1 * (frames > 0).sum()


@pytest.mark.parametrize("degrees", [-11, -3, 0, 6])
def test_skew_is_read_from_rules(degrees: float) -> None:
    page = np.zeros((400, 600), np.uint8)
    for y in range(20, 400, 60):
        cv2.line(page, (-300, y), (900, y), 255, 2)
    turn = cv2.getRotationMatrix2D((300, 200), -degrees, 1)
    assert skew_of(cv2.warpAffine(page, turn, (600, 400)) > 127) == pytest.approx(degrees, abs=0.3)


def test_writing_has_no_skew() -> None:
    assert skew_of(strokes()) == 0


def test_upright_lines_are_told_from_level_ones_and_bits() -> None:
    gone = np.zeros((200, 300), bool)
    gone[20:180, 50:53] = True  # a wall
    gone[100:103, 10:290] = True  # a rule across
    gone[30:40, 200:203] = True  # what is left of something
    for y in range(20, 180):  # a wall that leans by 4 degrees
        gone[y, 240 + y // 14 : 244 + y // 14] = True
    found = upright(gone, 40)
    assert found[30:90, 50:53].all()
    assert not found[100:103, 80:200].any()
    assert not found[:, 195:210].any()
    assert found[20:180].any(axis=1).all()
    assert found[20:180, 235:262].any(axis=1).mean() > 0.9
