"""The contract: MNIST comes back as it is, everything else comes into MNIST's form."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ziffern import datasets
from ziffern.contract import Contract, normalise, steps
from ziffern.errors import DataError, InputError, RunError

GOLDEN = Path(__file__).parent / "golden" / "contract.npz"


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    """200 real MNIST digits, uint8 (200, 28, 28)."""
    sample = resources.files("ziffern.datasets") / "sample" / "mnist.npz"
    with resources.as_file(sample) as path, np.load(path, allow_pickle=False) as arrays:
        return arrays["x_test"][::5]


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Mean difference in grey levels, one pixel of shift forgiven.

    The centre of mass is put into the middle in whole pixels, as in MNIST, so a digit whose
    centre lies between two pixels may come out one further.
    """
    return min(
        float(np.abs(np.roll(one, (y, x), (0, 1)).astype(int) - other).mean())
        for y in (-1, 0, 1)
        for x in (-1, 0, 1)
    )


def resized(picture: np.ndarray, height: int) -> np.ndarray:
    width = max(1, round(picture.shape[1] * height / picture.shape[0]))
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BICUBIC))


# MNIST's own form


def test_mnist_comes_back_byte_for_byte(digits: np.ndarray) -> None:
    for digit in digits:
        assert np.array_equal(normalise(digit), digit)
        assert np.array_equal(normalise(np.stack([digit] * 3, axis=2)), digit)


def test_black_on_white_comes_back_as_the_exact_inverse(digits: np.ndarray) -> None:
    for digit in digits:
        assert np.array_equal(normalise(255 - digit), digit)


def test_the_given_picture_is_not_shared(digits: np.ndarray) -> None:
    digit = digits[0].copy()
    normalise(digit)[:] = 7
    assert np.array_equal(digit, digits[0])


def test_result_has_the_form_of_mnist(digits: np.ndarray) -> None:
    for digit in digits:
        result = normalise(255 - resized(np.pad(digit, 9), 120))
        ys, xs = np.nonzero(result)
        assert result.dtype == np.uint8
        assert result.shape == (28, 28)
        assert result.max() == 255
        assert max(np.ptp(ys), np.ptp(xs)) + 1 == 20
        weights = result[ys, xs].astype(float)
        for positions in (ys, xs):
            assert abs(np.average(positions, weights=weights) - 14) <= 0.5 + 1e-9


def test_normalising_twice_changes_nothing(digits: np.ndarray) -> None:
    for digit in digits:
        once = normalise(resized(digit, 70))
        assert np.array_equal(normalise(once), once)


# the same digit, however it comes


def changed(digit: np.ndarray, height: int, rng: np.random.Generator) -> np.ndarray:
    """Return a digit `height` high, elsewhere, on another paper, with another ink."""
    up, down, left, right = rng.integers(0, 14, 4)
    sheet = resized(np.pad(digit, ((up, down), (left, right))), height * (28 + up + down) // 20)
    contrast = rng.uniform(0.3, 0.8) * sheet
    if rng.random() < 0.5:
        return np.rint(255 - rng.integers(0, 50) - contrast).astype(np.uint8)
    return np.rint(rng.integers(0, 50) + contrast).astype(np.uint8)


@pytest.mark.parametrize(
    ("height", "median", "most"),
    [(12, 11, 20), (16, 10, 18), (20, 7, 16), (28, 6, 15), (50, 6, 15), (100, 6, 15), (400, 6, 15)],
)
def test_shift_margin_polarity_contrast_and_resolution_do_not_matter(
    digits: np.ndarray, height: int, median: float, most: float
) -> None:
    """Bounds in grey levels of 255; resampling MNIST up and down again alone costs 3 to 5."""
    rng = np.random.Generator(np.random.PCG64(height))
    some = digits if height < 200 else digits[:40]
    differences = [difference(normalise(changed(digit, height, rng)), digit) for digit in some]
    assert np.median(differences) <= median
    assert np.quantile(differences, 0.98) <= most


def test_two_thousand_pixels(digits: np.ndarray) -> None:
    for digit in digits[:5]:
        assert difference(normalise(255 - resized(np.pad(digit, 4), 2000)), digit) < 12


def test_enlarged_pixels_are_found_again(digits: np.ndarray) -> None:
    """Whole-number enlargement loses nothing, so nearly nothing may change."""
    differences = [
        difference(normalise(np.pad(digit, 3).repeat(3, 0).repeat(3, 1)), digit) for digit in digits
    ]
    assert np.median(differences) < 1.5


def test_a_small_digit_on_a_large_sheet(digits: np.ndarray) -> None:
    for digit in digits[:10]:
        sheet = np.pad(255 - resized(digit, 60), ((700, 40), (30, 900)), constant_values=255)
        assert difference(normalise(sheet), digit) < 15


# bad paper


def scanned(digit: np.ndarray, side: int = 160) -> np.ndarray:
    """Return the ink of a digit as 0…1, (side, side)."""
    return resized(np.pad(digit, 6), side) / 255


def check(pictures: list[np.ndarray], digits: np.ndarray, bound: float) -> None:
    results = [normalise(np.clip(picture, 0, 255).astype(np.uint8)) for picture in pictures]
    differences = [difference(*pair) for pair in zip(results, digits, strict=True)]
    assert np.quantile(differences, 0.95) < bound


def test_noise_is_removed(digits: np.ndarray) -> None:
    rng = np.random.Generator(np.random.PCG64(1))
    some = digits[:60]
    noise = rng.normal(0, 10, (160, 160))
    check([200 - 90 * scanned(digit) + noise for digit in some], some, 20)
    corners = [normalise(200 - 90 * scanned(digit) + noise)[:2] for digit in some]
    assert not np.any(corners)


def test_uneven_light_is_removed(digits: np.ndarray) -> None:
    some = digits[:60]
    slope = np.linspace(70, 240, 160)
    check([slope * (1 - 0.75 * scanned(digit)) for digit in some], some, 16)
    check([slope[:, None] * (1 - 0.75 * scanned(digit)) for digit in some], some, 16)
    y, x = np.mgrid[-1:1:160j, -1:1:160j]
    vignette = 230 - 60 * (x * x + y * y)
    check([vignette * (1 - 0.75 * scanned(digit)) for digit in some], some, 20)
    edge = np.where(np.arange(160) > 96, 120, 220)
    check([edge * (1 - 0.75 * scanned(digit)) for digit in some], some, 25)


def test_frames_and_panels_are_removed(digits: np.ndarray) -> None:
    some = digits[:60]
    papers = [255 - 255 * scanned(digit) for digit in some]
    check([np.pad(paper, 4) for paper in papers], some, 15)
    check([np.pad(paper, 30) for paper in papers], some, 15)
    check([np.pad(np.pad(p, 4), 20, constant_values=255) for p in papers], some, 15)
    check([np.pad(255 - p, ((30, 50), (60, 40)), constant_values=255) for p in papers], some, 15)


def test_lines_along_two_sides_are_removed(digits: np.ndarray) -> None:
    some = digits[:60]
    check([np.pad(255 - 255 * scanned(d), ((0, 3), (4, 0))) for d in some], some, 15)


def test_specks_are_removed(digits: np.ndarray) -> None:
    rng = np.random.Generator(np.random.PCG64(2))
    pictures = []
    for digit in digits[:60]:
        picture = 255 - 255 * scanned(digit)
        for y, x in rng.integers(0, 158, (10, 2)):
            picture[y : y + 2, x : x + 2] = 0
        pictures.append(picture)
    check(pictures, digits[:60], 15)


def test_thin_strokes_become_as_wide_as_a_pen_of_mnist() -> None:
    picture = np.full((200, 120), 255, dtype=np.uint8)
    picture[20:180, 58:62] = 0  # half a pixel of 20
    picture[20:24, 30:62] = 0
    column = normalise(picture)[15].astype(float)
    assert 1.5 <= column.sum() / 255 <= 2.5


def test_a_straight_one_is_no_panel() -> None:
    picture = np.full((60, 40), 230, dtype=np.uint8)
    picture[10:50, 18:24] = 30
    result = normalise(picture)
    assert np.flatnonzero(result.any(axis=1)).tolist() == list(range(4, 24))
    assert np.flatnonzero(result.any(axis=0)).tolist() == [13, 14, 15]


def test_a_digit_that_fills_its_picture(digits: np.ndarray) -> None:
    some = digits[:60]
    tight = [digit[np.ix_(digit.any(axis=1), digit.any(axis=0))] for digit in some]
    check([255 - resized(digit, 64).astype(float) for digit in tight], some, 16)


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((28, 28), dtype=np.uint8),
        np.full((28, 28), 255, dtype=np.uint8),
        np.full((28, 28), 128, dtype=np.uint8),
        np.full((90, 70, 3), 17, dtype=np.uint8),
        np.zeros((1, 1), dtype=np.uint8),
        np.zeros((40, 40), dtype=np.float64),
        np.zeros((30, 30, 4), dtype=np.uint8),
        np.random.Generator(np.random.PCG64(3)).normal(200, 5, (100, 100)).astype(np.uint8),
        np.random.Generator(np.random.PCG64(4)).integers(0, 256, (99, 99, 3), dtype=np.uint8),
    ],
)
def test_blank_gives_zeros(picture: np.ndarray) -> None:
    assert not normalise(picture).any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (2, 2), (3, 200), (7, 5), (300, 2)])
def test_odd_shapes_give_a_picture(shape: tuple[int, int]) -> None:
    rng = np.random.Generator(np.random.PCG64(5))
    for share in (0.02, 0.3, 0.9):
        result = normalise((rng.random(shape) < share).astype(np.uint8) * 255)
        assert result.shape == (28, 28)
        assert result.dtype == np.uint8


def test_random_pictures_never_fail() -> None:
    rng = np.random.Generator(np.random.PCG64(6))
    for _ in range(300):
        height, width = rng.integers(1, 70, 2)
        kind = rng.integers(3)
        if kind == 0:
            picture = rng.integers(0, 256, (height, width), dtype=np.uint8)
        elif kind == 1:  # few flat areas
            picture = (
                rng.integers(0, 256, (3, 3), dtype=np.uint8).repeat(height, 0).repeat(width, 1)
            )
        else:
            picture = (rng.random((height, width)) < rng.random() / 5).astype(np.uint8) * 255
        assert normalise(picture).shape == (28, 28)


def test_golden_pictures() -> None:
    """Pins the contract: models see the same pictures after every change, up to rounding."""
    with np.load(GOLDEN, allow_pickle=False) as arrays:
        names = [name for name in arrays if name.endswith("_picture")]
        assert len(names) == 11
        for name in names:
            expected = arrays[name.replace("_picture", "_normalised")].astype(int)
            result = normalise(arrays[name])
            assert np.abs(result - expected).max() <= 2, name


# the same, step by step


def test_steps_end_with_what_normalise_gives_and_say_what_was_done(
    digits: np.ndarray, tmp_path: Path
) -> None:
    picture = np.clip(220 - 150 * scanned(digits[3]), 0, 255).astype(np.uint8)
    picture[2:5, 2:5] = 60  # a speck
    found = steps(picture)
    names = ["original", "grey", "paper", "ink", "dirt", "box", "result"]
    assert [step.name for step in found] == names
    assert np.array_equal(found[-1].picture, normalise(picture))
    by_name = {step.name: step for step in found}
    assert by_name["original"].picture.shape == (160, 160, 3)
    assert by_name["ink"].text.startswith("dark ink on light paper")
    gone = (by_name["ink"].picture > 0) & (by_name["dirt"].picture == 0)
    assert 0 < np.count_nonzero(gone) < 10
    assert max(by_name["box"].picture.shape) == 20
    light = {step.name: step for step in steps(255 - picture)}
    assert light["ink"].text.startswith("light ink on dark paper")
    Image.fromarray(picture).save(tmp_path / "a.png")
    for path in (tmp_path / "a.png", str(tmp_path / "a.png")):
        assert np.array_equal(steps(path)[-1].picture, found[-1].picture)
        assert np.array_equal(normalise(path), found[-1].picture)


def test_steps_of_a_large_sheet_show_the_part_that_was_looked_at(digits: np.ndarray) -> None:
    sheet = np.pad(
        255 - resized(digits[0], 60), ((700, 40), (30, 900)), constant_values=255
    )  # fmt: skip
    found = {step.name: step for step in steps(sheet)}
    assert found["grey"].picture.shape == (800, 990)
    height, width = found["paper"].picture.shape
    assert 40 <= height <= 130
    assert 40 <= width <= 130
    assert found["paper"].picture.min() < 50
    assert np.array_equal(found["result"].picture, normalise(sheet))


def test_steps_where_there_is_little_to_do(digits: np.ndarray) -> None:
    for given, said in ((digits[0], "as it is"), (255 - digits[0], "white and black exchanged")):
        *_, last = found = steps(given)
        assert len(found) == 3
        assert last.text.endswith(said)
        assert np.array_equal(last.picture, digits[0])
    *_, last = steps(np.full((50, 50), 200, np.uint8))
    assert "a blank" in last.text
    assert not last.picture.any()
    *_, last = steps(np.full((10, 40), 200, np.uint8), centre="frame")
    assert last.name == "frame"
    with pytest.raises(DataError, match="a picture has the shape"):
        steps(np.zeros((3,)))


# other forms


def test_other_size_and_box(digits: np.ndarray) -> None:
    result = Contract(size=64, box=48).normalise(255 - resized(digits[3], 100))
    ys, xs = np.nonzero(result)
    assert result.shape == (64, 64)
    assert max(np.ptp(ys), np.ptp(xs)) + 1 == 48
    tiny = normalise(resized(digits[3], 100), size=4, box=1)
    assert tiny.shape == (4, 4)


def test_frame_keeps_the_whole_picture(digits: np.ndarray) -> None:
    contract = Contract(centre="frame")
    off = np.roll(digits[0], 4, axis=1)
    assert np.array_equal(contract.normalise(off), off)
    assert np.array_equal(contract.normalise(255 - off), 255 - off)
    large = contract.normalise(off.repeat(5, 0).repeat(5, 1))
    assert np.array_equal(large, off)
    wide = contract.normalise(np.full((10, 40), 200, dtype=np.uint8))
    assert wide.shape == (28, 28)
    assert wide[:10].max() == 0
    assert wide[12:16].min() == 200


# the record


def test_scaled() -> None:
    images = np.zeros((2, 28, 28), dtype=np.uint8)
    images[1] = 255
    for contract, low, high in [
        (Contract("raw"), 0.0, 255.0),
        (Contract(), 0.0, 1.0),
        (Contract("standard", mean=0.5, deviation=0.25), -2.0, 2.0),
    ]:
        values = contract.scaled(images)
        assert values.dtype == np.float32
        assert values.shape == (2, 28, 28, 1)
        assert values[0].max() == values[0].min() == low
        assert values[1].max() == values[1].min() == high
    assert images.max() == 255


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((2, 28, 28), dtype=np.float32),
        np.zeros((28, 28), dtype=np.uint8),
        np.zeros((2, 28, 27), dtype=np.uint8),
        np.zeros((2, 28, 28, 1), dtype=np.uint8),
    ],
)
def test_scaled_names_what_it_was_given(images: np.ndarray) -> None:
    with pytest.raises(DataError, match=r"expected uint8 pictures of shape \(N, 28, 28\), "):
        Contract().scaled(images)


@pytest.mark.parametrize("contract", [Contract(), Contract(centre="frame"), Contract(size=32)])
def test_many_pictures_are_normalised_as_each_alone(contract: Contract) -> None:
    digits = datasets.load("mnist").test.images[:300]
    shifted = np.roll(digits[:20], 3, axis=2)
    large = [np.kron(digit, np.ones((3, 2), np.uint8)) for digit in digits[:5]]
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (5, 28, 28), np.uint8)
    blank = [np.zeros((28, 28), np.uint8), np.full((28, 28), 255, np.uint8)]
    pictures = [*digits, *(255 - digits), *shifted, *large, *noise, *blank]
    expected = np.stack([contract.normalise(picture) for picture in pictures])
    np.testing.assert_array_equal(contract.normalise_all(pictures), expected)
    assert contract.normalise_all([]).shape == (0, contract.size, contract.size)


def test_contract_goes_through_json() -> None:
    contract = Contract("standard", mean=0.1307, deviation=0.3081)
    assert Contract.from_dict(json.loads(json.dumps(contract.to_dict()))) == contract
    assert Contract.from_dict({}) == Contract()


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"skale": "unit"}, "unknown field 'skale' in a contract: did you mean 'scale'"),
        ({"scale": "units"}, "unknown scale 'units': did you mean 'unit'"),
        ({"centre": "middle"}, "unknown centre 'middle'"),
        ({"deviation": 0.0}, "deviation 0.0"),
        ({"mean": float("nan")}, "mean nan"),
        ({"mean": "0"}, "unusable contract"),
        ({"size": 28, "box": 30}, "box 30 does not fit into pictures of size 28"),
        ({"box": 0}, "box 0"),
        ({"scale": ["unit"]}, "unknown scale"),
    ],
)
def test_unusable_contracts(values: dict[str, Any], text: str) -> None:
    with pytest.raises(RunError, match=text):
        Contract.from_dict(values)


def test_unusable_contract_by_hand() -> None:
    with pytest.raises(InputError, match="unknown scale 'raww': did you mean 'raw'"):
        Contract("raww")  # type: ignore[arg-type]
