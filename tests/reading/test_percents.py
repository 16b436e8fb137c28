"""Percent signs go, whether their rings touch the slash or not, and digits stay."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ziffern.datasets import catalogue
from ziffern.datasets.sources import read_sample
from ziffern.ink import Mask
from ziffern.reading.percents import without_percents

DIGITS = read_sample(catalogue.entry("mnist"), "train")
TALL = 64.0


def printed(text: str, size: int) -> Mask:
    """Return printed signs, as broad as a scanner's blur makes them."""
    page = Image.new("L", (100 * len(text), 160), 0)
    ImageDraw.Draw(page).text((10, 120), text, 255, ImageFont.load_default(size), anchor="ls")
    return cv2.GaussianBlur(np.array(page), (0, 0), 0.8) > 70


def drawn(*, rings: int = 2, slash: int = 24, bend: int = 0, small: int = 6) -> Mask:
    """Return a sign drawn by pen, 40 pixels tall, whose strokes touch nowhere."""
    ink = np.zeros((80, 80), np.uint8)
    stroke = [(30, 60), (30 + slash // 2 + bend, 40), (30 + slash, 20)]
    cv2.polylines(ink, [np.array(stroke, np.int32)], isClosed=False, color=1, thickness=3)
    for middle in [(27, 26), (57, 53)][:rings]:
        cv2.circle(ink, middle, small, 1, 3)
    return ink > 0


@pytest.mark.parametrize("size", range(33, 120, 3))
def test_printed_signs_go(size: int) -> None:
    assert not without_percents(printed("%", size), TALL).any()


def test_signs_by_pen_go() -> None:
    assert not without_percents(drawn(), TALL).any()


@pytest.mark.parametrize(
    "other", [{"rings": 1}, {"slash": 0}, {"slash": -20}, {"bend": 8}, {"small": 1}]
)
def test_what_only_looks_alike_stays(other: dict[str, int]) -> None:
    sign = drawn(**other)
    assert np.array_equal(without_percents(sign, TALL), sign)


@pytest.mark.parametrize("text", ["8", "96", "906", "000", "g&8"])
def test_print_stays(text: str) -> None:
    page = printed(text, 40)
    assert np.array_equal(without_percents(page, TALL), page)


def test_only_the_sign_goes() -> None:
    page = np.hstack([printed("50", 60), printed("%", 40)])
    assert np.array_equal(without_percents(page, TALL)[:, :200], page[:, :200])
    assert not without_percents(page, TALL)[:, 200:].any()


def test_digits_stay_alone_and_touching() -> None:
    nines, sixes = (DIGITS.images[DIGITS.labels == label] for label in (9, 6))
    for nine, six in zip(nines, sixes, strict=False):
        pair = np.hstack([nine[:, 2:22], six[:, 6:]])
        page = cv2.resize(pair, None, fx=3.2, fy=3.2, interpolation=cv2.INTER_CUBIC) > 110
        assert np.array_equal(without_percents(page, TALL), page)
    for digit in DIGITS.images:
        page = cv2.resize(digit, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC) > 110
        assert np.array_equal(without_percents(page, TALL), page)


def test_nothing_on_paper() -> None:
    assert not without_percents(np.zeros((9, 9), bool), TALL).any()


def test_noise_is_no_sign() -> None:
    noise = np.random.default_rng(0).random((400, 400)) < 0.3
    large = np.kron(noise, np.ones((4, 4), bool))
    assert np.array_equal(without_percents(large, TALL), large)
