"""Grey levels from arrays of any kind, and the connected parts of a mask."""

from __future__ import annotations

import numpy as np
import pytest

from ziffern.errors import DataError
from ziffern.ink import _parts, grey

RAMP = np.arange(12, dtype=np.uint8).reshape(3, 4) * 23  # 0…253


def test_bytes_stay_as_they_are() -> None:
    assert np.array_equal(grey(RAMP), RAMP)
    assert np.array_equal(grey(RAMP[..., None]), RAMP)
    assert np.array_equal(grey(np.stack([RAMP] * 3, axis=2)), RAMP)
    assert np.array_equal(grey(RAMP.tolist()), RAMP)


@pytest.mark.parametrize(
    "picture",
    [
        RAMP / 255,
        RAMP.astype(np.float32),
        RAMP.astype(np.int64),
        RAMP.astype(np.uint16) * 257,
        RAMP.astype(">u2") * 257,
        RAMP.astype(np.int32) * 257,
    ],
)
def test_ranges_of_numbers_are_told_apart(picture: np.ndarray) -> None:
    assert np.array_equal(grey(picture), RAMP)


def test_twelve_bits() -> None:
    assert grey(np.array([[0, 4095]], dtype=np.uint16)).tolist() == [[0, 255]]


def test_masks_become_black_and_white() -> None:
    mask = np.array([[True, False]])
    assert grey(mask).tolist() == [[255, 0]]
    assert grey(mask.astype(np.int64)).tolist() == [[255, 0]]


def test_other_ranges_are_stretched() -> None:
    assert grey(np.array([[-1.0, 0.0, 1.0]])).tolist() == [[0, 128, 255]]
    assert grey(np.array([[0.0, 1e6]])).tolist() == [[0, 255]]
    assert grey(np.array([[-5, -5]])).tolist() == [[0, 0]]


def test_colours_weigh_as_the_eye_sees_them() -> None:
    red, green, blue = grey(np.eye(3, dtype=np.uint8).reshape(1, 3, 3) * 255)[0]
    assert green > red > blue


@pytest.mark.parametrize("channels", [2, 4])
@pytest.mark.parametrize("ink", [0, 255])
def test_transparent_paper_is_the_opposite_of_ink(channels: int, ink: int) -> None:
    picture = np.full((9, 9, channels), ink, dtype=np.uint8)
    picture[..., -1] = 0
    picture[4, 2:7, -1] = 255
    levels = grey(picture)
    assert set(levels[4, 2:7].tolist()) == {ink}
    assert levels[0].tolist() == [255 - ink] * 9


def test_transparent_holes_take_the_level_of_the_paper() -> None:
    picture = np.full((9, 9, 2), 240, dtype=np.uint8)
    picture[4, 2:7, 0] = 10
    picture[..., 1] = 255
    picture[0, :3, 1] = 0
    picture[0, :3, 0] = 0
    assert grey(picture)[0].tolist() == [240] * 9


def test_nothing_opaque_is_blank() -> None:
    assert len(np.unique(grey(np.zeros((4, 4, 4), dtype=np.uint8)))) == 1


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros(28),
        np.zeros((0, 5)),
        np.zeros((2, 28, 28, 1)),
        np.zeros((28, 28, 5)),
        7,
        [],
        np.full((2, 2), np.nan),
        np.full((2, 2), np.inf),
        np.zeros((2, 2), dtype=np.complex64),
        np.full((2, 2), "x"),
        np.full((2, 2), None),
    ],
)
def test_no_picture(picture: object) -> None:
    with pytest.raises(DataError, match=r"^a picture (has|holds)"):
        grey(picture)  # type: ignore[arg-type]


def by_hand(mask: np.ndarray) -> list[frozenset[tuple[int, int]]]:
    """Flood fill, pixel by pixel."""
    left = {(int(y), int(x)) for y, x in zip(*np.nonzero(mask), strict=True)}
    parts = []
    while left:
        queue, part = [left.pop()], set()
        while queue:
            y, x = queue.pop()
            part.add((y, x))
            near = {(y + i, x + j) for i in (-1, 0, 1) for j in (-1, 0, 1)} & left
            left -= near
            queue += near
        parts.append(frozenset(part))
    return parts


def test_parts_agree_with_a_flood_fill() -> None:
    rng = np.random.Generator(np.random.PCG64(0))
    for _ in range(100):
        height, width = rng.integers(1, 16, 2)
        mask = rng.random((height, width)) < rng.uniform(0.1, 0.8)
        mask[0, 0] = True
        numbers, count = _parts(mask)
        pixels = list(zip(*(axis.tolist() for axis in np.nonzero(mask)), strict=True))
        found = [
            frozenset(p for p, n in zip(pixels, numbers, strict=True) if n == number)
            for number in range(count)
        ]
        assert set(found) == set(by_hand(mask))
