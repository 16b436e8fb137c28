"""Make golden/contract.npz: drawn pictures and what the contract makes of them.

Run it only when the contract changes on purpose: models that were trained before then see their
input otherwise than they learnt it.

    python tests/golden/contract.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from ziffern.contract import normalise

FOUR = [(30, 8), (12, 44), (50, 44)], [(38, 28), (36, 72)]
TWO = ([(14, 20), (30, 8), (46, 18), (14, 70), (52, 68)],)


def drawn(strokes: tuple[list[tuple[int, int]], ...], width: int, size: int) -> np.ndarray:
    """Return strokes, given on a 64x80 grid, as white ink of `width` on black, `size` high."""
    scale = 4 * size / 80
    sheet = Image.new("L", (round(64 * scale), round(80 * scale)))
    for stroke in strokes:
        points = [(x * scale, y * scale) for x, y in stroke]
        ImageDraw.Draw(sheet).line(points, fill=255, width=round(width * scale), joint="curve")
    return np.asarray(sheet.resize((size * 64 // 80, size), Image.Resampling.BOX))


def pictures() -> dict[str, np.ndarray]:
    """Return the inputs by name: polarities, sizes, shadow, noise, frame, grey levels."""
    rng = np.random.Generator(np.random.PCG64(7))
    two = drawn(TWO, 7, 80)
    return {
        "white_on_black": two,
        "black_on_white": 255 - two,
        "thin": 255 - drawn(FOUR, 2, 80),
        "bold": 255 - drawn(FOUR, 14, 80),
        "small": drawn(FOUR, 8, 16),
        "large": 255 - drawn(TWO, 7, 240),
        "margin": np.pad(255 - drawn(FOUR, 7, 40), ((9, 60), (70, 5)), constant_values=255),
        "frame": np.pad(255 - two, 3),
        "shadow": (np.linspace(90, 240, 64) * (1 - 0.8 * (two / 255))).astype(np.uint8),
        "noise": np.clip(190 - 0.5 * two + rng.integers(-9, 10, two.shape), 0, 255).astype(
            np.uint8
        ),
        "blank": np.full((40, 30), 200, dtype=np.uint8),
    }


if __name__ == "__main__":
    arrays = {}
    for name, picture in pictures().items():
        arrays[f"{name}_picture"], arrays[f"{name}_normalised"] = picture, normalise(picture)
    np.savez_compressed(Path(__file__).with_suffix(".npz"), **arrays)
