"""The connected parts of a mask; what `digit` does is seen in the tests of the contract."""

from __future__ import annotations

import numpy as np

from ziffern.ink import _parts


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
