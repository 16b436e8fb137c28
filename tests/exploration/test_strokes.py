import numpy as np
import pytest

from ziffern import datasets
from ziffern.exploration import strokes as module
from ziffern.exploration.strokes import strokes


def bar(lean=0.0, width=3):
    """A stroke of 20 rows that goes `lean` pixels to the right on each row upwards."""
    image = np.zeros((28, 28), np.uint8)
    for step in range(20):
        left = 14 - width // 2 + round(lean * (step - 9.5))
        image[23 - step, left : left + width] = 255
    return image


def test_ink_is_the_area_in_pixels():
    half = bar() // 255 * 51
    assert strokes(np.stack([bar(), half])).ink == pytest.approx([60, 12])


@pytest.mark.parametrize("lean", [-0.7, -0.3, 0, 0.3, 0.7])
def test_slant_is_the_angle_from_upright(lean):
    found = strokes(bar(lean)[None]).slant[0]
    assert found == pytest.approx(np.degrees(np.arctan(lean)), abs=1)


def test_slant_does_not_depend_on_place_or_strength():
    image = bar(0.4)
    moved = np.roll(image, (3, -4), axis=(0, 1))
    found = strokes(np.stack([image, moved, image // 4])).slant
    assert found == pytest.approx([found[0]] * 3, abs=0.2)


def test_width_grows_with_the_stroke():
    found = strokes(np.stack([bar(width=width) for width in (1, 2, 3, 5)])).width
    assert found == pytest.approx([0.95, 1.8, 2.65, 4.05], abs=0.07)
    leaning = strokes(bar(0.5)[None]).width[0]
    assert 2 < leaning < found[2]  # across the stroke, not along the row


def test_width_of_ink_at_the_border():
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 4:24, :3] = 255
    assert strokes(image).width == pytest.approx(strokes(np.roll(image, 9, axis=2)).width, rel=0.02)


def test_a_blank_picture_has_neither_slant_nor_width():
    found = strokes(np.stack([np.zeros((28, 28), np.uint8), bar()]))
    assert found.ink[0] == 0
    assert np.isnan([found.slant[0], found.width[0]]).all()
    assert np.isfinite([found.slant[1], found.width[1]]).all()


def test_real_digits_in_portions(monkeypatch):
    sample = datasets.load("mnist").test
    whole = strokes(sample.images)
    ones, zeros = sample.labels == 1, sample.labels == 0
    assert whole.ink[zeros].mean() > 2 * whole.ink[ones].mean()
    assert 5 < np.median(whole.slant[ones]) < 20  # people lean them to the right
    assert 2 < np.median(whole.width) < 3
    monkeypatch.setattr(module, "_PORTION", 300)
    assert (strokes(sample.images).width == whole.width).all()
    assert len(strokes(sample.images[:0]).ink) == 0
