"""Fitting ink into a box: where its edges are, how wide its strokes, where its middle."""

from __future__ import annotations

import numpy as np
import pytest

from ziffern import datasets
from ziffern.boxing import centred, fitted, framed, has_form, ring
from ziffern.contract import normalise


def bar(height: int, width: int, sheet: int = 60) -> np.ndarray:
    """Return ink, float32: a bar in the middle of a sheet."""
    ink = np.zeros((sheet, sheet), np.float32)
    top, left = (sheet - height) // 2, (sheet - width) // 2
    ink[top : top + height, left : left + width] = 1
    return ink


@pytest.mark.parametrize(("height", "width"), [(40, 10), (10, 40), (24, 24), (9, 6)])
def test_the_longer_side_fills_the_box_and_the_aspect_is_kept(height: int, width: int) -> None:
    found = fitted(bar(height, width), 20)
    assert max(found.shape) == 20
    longer, shorter = max(height, width), min(height, width)
    assert min(found.shape) == pytest.approx(20 * shorter / longer, abs=1)
    assert found.max() == 255


def test_thin_strokes_are_widened_and_others_left() -> None:
    widths = [float(fitted(bar(40, width), 20)[10].sum() / 255) for width in (1, 2, 6)]
    assert 1.5 <= widths[0] <= 2.2  # half a pixel as it was
    assert 1.5 <= widths[1] <= 2.2
    assert widths[2] == pytest.approx(3, abs=0.1)


def test_the_centre_of_mass_comes_into_the_middle() -> None:
    heavy = np.zeros((20, 12), np.uint8)
    heavy[:, :2] = 255
    heavy[:3] = 255
    found = centred(heavy, 28)
    assert found.shape == (28, 28)
    assert found.sum() == heavy.sum()
    y, x = (np.average(np.arange(28), weights=found.sum(axis=axis)) for axis in (1, 0))
    assert abs(y - 14) <= 0.5
    assert abs(x - 14) <= 0.5
    assert has_form(found, 20)
    assert not has_form(np.roll(found, 3, axis=1), 20)
    assert not has_form(255 - found, 20)
    assert has_form(np.zeros((28, 28), np.uint8), 20)


def test_faint_ink_has_not_the_form_and_every_digit_of_mnist_has() -> None:
    digits = datasets.load("mnist", offline=True).train.images
    assert has_form(digits, 20).all()
    faint = (digits * 0.15).astype(np.uint8)
    assert not has_form(faint, 20).any()
    assert normalise(digits[0] // 2).max() == 255


def test_a_frame_is_kept_and_the_ring_is_its_border() -> None:
    picture = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert sorted(ring(picture).tolist()) == [0, 1, 2, 3, 4, 7, 8, 9, 10, 11]
    found = framed(np.full((10, 40), 200, np.uint8), 28)
    assert found[:10].max() == 0
    assert found[12:16].min() == 200
