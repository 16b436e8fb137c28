"""How a digit is written: measured alike at any size, and held against what is usual."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from PIL import Image

from ziffern import datasets
from ziffern.exploration.written import ANY, MEASURES, QUANTILES, Written, known, unusual, written


def bar(width: int, lean: int = 0, side: int = 120) -> np.ndarray:
    """Return dark ink on light paper: a bar 80 high, leaning to the right by so many pixels."""
    picture = np.full((side, side), 240, np.uint8)
    for row in range(80):
        left = side // 2 - width // 2 + round(lean * (0.5 - row / 80))
        picture[side // 2 - 40 + row, left : left + width] = 20
    return picture


def measured(picture: np.ndarray) -> Written:
    found = written(picture)
    assert found is not None
    return found


def test_a_bar_has_the_width_slant_size_and_place_that_it_was_drawn_with() -> None:
    found = measured(bar(16))
    assert found.stroke == pytest.approx(16 * 20 / 80, rel=0.2)
    assert found.slant == pytest.approx(0, abs=1)
    assert found.breadth == pytest.approx(16 / 80, abs=0.03)
    assert found.size == pytest.approx(80 * 28 / 120, abs=0.4)
    assert found.offset == pytest.approx(0, abs=0.3)
    leaning = measured(bar(12, 40))
    assert leaning.slant == pytest.approx(np.degrees(np.arctan(40 / 80)), abs=3)
    moved = measured(np.roll(bar(16), (18, 24), (0, 1)))
    assert moved.offset == pytest.approx(30 * 28 / 120, abs=0.4)
    assert moved.stroke == pytest.approx(found.stroke, rel=0.1)


def test_resolution_and_polarity_do_not_matter() -> None:
    digit = 255 - datasets.load("mnist", offline=True).train.images[5]
    small, large = (
        np.asarray(Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC))
        for side in (100, 500)
    )
    one = asdict(measured(small))
    for other in (measured(large), measured(255 - small)):
        for name, value in asdict(other).items():
            assert value == pytest.approx(one[name], rel=0.12, abs=0.6), name


@pytest.mark.parametrize(
    "picture", [np.zeros((28, 28), np.uint8), np.full((90, 50), 200, np.uint8)]
)
def test_blank_pictures_have_no_measures(picture: np.ndarray) -> None:
    assert written(picture) is None


def test_what_is_usual_travels_with_the_package_and_holds_for_the_sample() -> None:
    assert set(known()) == {*"0123456789", ANY}
    for measures in known().values():
        assert list(measures) == list(MEASURES)
        for values in measures.values():
            assert len(values) == len(QUANTILES)
            assert list(values) == sorted(values)
    part = datasets.load("mnist", offline=True).train
    odd = dict.fromkeys(MEASURES, 0)
    for image, label in zip(part.images[:300], part.labels[:300].tolist(), strict=True):
        for name, value in asdict(measured(image)).items():
            odd[name] += unusual(name, value, str(label)) != 0
    assert max(odd.values()) < 0.06 * 300  # 2 % by construction
    # a one is narrower than a zero, and strokes are about a tenth as wide as a digit is high
    assert known()["1"]["breadth"][3] < 0.5 < 0.7 < known()["0"]["breadth"][3]
    assert 1.5 < known()[ANY]["stroke"][3] < 3.5


def test_unusual_tells_the_side() -> None:
    low, high = known()["7"]["slant"][0], known()["7"]["slant"][-1]
    assert unusual("slant", low - 1, "7") == -1
    assert unusual("slant", (low + high) / 2, "7") == 0
    assert unusual("slant", high + 1, "7") == 1
