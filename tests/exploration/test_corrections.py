"""Variants of a picture: changed as they say, in the form of digits, smallest changes first."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from ziffern import datasets
from ziffern.contract import normalise
from ziffern.exploration.corrections import corrections
from ziffern.exploration.strokes import strokes


@pytest.fixture(scope="module")
def seven() -> np.ndarray:
    """A real digit as a scan of 100×100, dark on light."""
    part = datasets.load("mnist", offline=True).train
    digit = part.images[np.flatnonzero(part.labels == 7)[3]]
    sheet = Image.fromarray(255 - np.pad(digit, 4)).resize((100, 100), Image.Resampling.BICUBIC)
    return np.asarray(sheet)


def test_every_kind_is_there_in_the_form_of_digits(seven: np.ndarray) -> None:
    found = corrections(seven)
    assert list(found) == [
        "polarity", "crop", "thickness", "slant", "rotation", "orientation", "size", "shift",
    ]  # fmt: skip
    for variants in found.values():
        assert len({change for change, _ in variants}) == len(variants)
        for _, picture in variants:
            assert (picture.shape, picture.dtype) == ((28, 28), np.uint8)
            assert picture.any()
    assert [change for change, _ in found["slant"]][:2] == ["−10°", "+10°"]


def by(seven: np.ndarray, kind: str) -> dict[str, np.ndarray]:
    return dict(corrections(seven)[kind])


def test_slant_and_thickness_do_what_they_say(seven: np.ndarray) -> None:
    plain = strokes(normalise(seven)[np.newaxis])
    slants, widths = by(seven, "slant"), by(seven, "thickness")
    for change, picture in slants.items():
        wanted = float(change.replace("−", "-").rstrip("°"))
        tangent = np.tan(np.radians(plain.slant[0])) + np.tan(np.radians(wanted))
        expected = np.degrees(np.arctan(tangent))
        assert strokes(picture[np.newaxis]).slant[0] == pytest.approx(expected, abs=4)
    inks = [picture.sum() for _, picture in sorted(widths.items(), key=lambda item: width(item[0]))]
    assert inks == sorted(inks)
    assert inks[0] < normalise(seven).sum() < inks[-1]


def width(change: str) -> float:
    return float(change.replace("−", "-").removesuffix(" px"))


def test_shift_size_rotation_and_orientation_do_what_they_say(seven: np.ndarray) -> None:
    plain = normalise(seven)
    np.testing.assert_array_equal(by(seven, "shift")["1 px →"], np.roll(plain, 1, axis=1))
    np.testing.assert_array_equal(by(seven, "shift")["2 px ↑"], np.roll(plain, -2, axis=0))
    sizes = by(seven, "size")
    for share in (70, 110):
        rows = np.flatnonzero(sizes[f"{share} %"].max(axis=1) > 100)
        assert np.ptp(rows) + 1 == pytest.approx(20 * share / 100, abs=2)
    turned = by(seven, "orientation")["90°"]
    assert np.abs(turned.astype(int) - np.rot90(plain, -1)).mean() < 15
    clockwise = strokes(by(seven, "rotation")["+20°"][np.newaxis]).slant[0]
    assert clockwise > strokes(plain[np.newaxis]).slant[0] + 8


def test_polarity_is_taken_as_said_and_crops_leave_out_the_border(seven: np.ndarray) -> None:
    plain = normalise(seven).astype(int)
    right, other = by(seven, "polarity")["dark ink"], by(seven, "polarity")["light ink"]
    assert np.abs(right - plain).mean() < 12
    assert np.abs(other - plain).mean() > 30
    ruled = seven.copy()
    ruled[3:5, :70] = 0
    cropped = by(ruled, "crop")["10 % off"]
    assert np.abs(cropped - plain).mean() < 12


def test_blank_and_odd_pictures() -> None:
    assert corrections(np.full((60, 40), 200, np.uint8)) == {}
    rng = np.random.Generator(np.random.PCG64(0))
    for shape in ((1, 1), (1, 9), (3, 3), (2, 40)):
        for _, variants in corrections(rng.integers(0, 256, shape, np.uint8)).items():
            assert all(picture.shape == (28, 28) for _, picture in variants)
