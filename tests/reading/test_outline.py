"""Sheets on tables: their corners are found in light and in shadow, wherever the picture ends."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ziffern.pictures import Pixels
from ziffern.reading.outline import outline_of

WIDTH, HEIGHT = 900, 640
STRAIGHT = [[110, 90], [790, 90], [790, 550], [110, 550]]
TURNED = [[230, 40], [860, 160], [780, 620], [120, 500]]


def photo(corners: list[list[int]], table: int = 90) -> np.ndarray:
    """A sheet with writing on a table, without any shadow, float (H, W)."""
    picture = np.full((HEIGHT, WIDTH), float(table))
    cv2.fillConvexPoly(picture, np.array(corners), 230.0)
    x, y = np.mean(corners, axis=0)
    for place in range(-3, 4):
        middle = (int(x + 60 * place), int(y + 20 * place))
        cv2.ellipse(picture, middle, (14, 24), 0, 0, 300, 60.0, 5)
    return picture


def shadow(degrees: float, at: float = 0.5, *, soft: float = 12) -> np.ndarray:
    """What is left of the light where a shadow falls on a part of the picture, float (H, W)."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    angle = np.deg2rad(degrees)
    across = np.cos(angle) * (x - at * WIDTH) + np.sin(angle) * (y - at * HEIGHT)
    return 1 - 0.6 / (1 + np.exp(-np.clip(across / soft, -50, 50)))


def seen(picture: np.ndarray) -> Pixels:
    noise = np.random.default_rng(0).normal(0, 3, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def is_near(found: np.ndarray | None, corners: list[list[int]], pixels: float = 8) -> bool:
    return found is not None and bool(np.abs(found - corners).max() <= pixels)


@pytest.mark.parametrize("corners", [STRAIGHT, TURNED], ids=["straight", "turned"])
@pytest.mark.parametrize("degrees", [10, 75, 150, 250])
@pytest.mark.parametrize("soft", [2, 15], ids=["hard", "soft"])
def test_the_edge_of_a_shadow_is_no_side(
    corners: list[list[int]], degrees: int, soft: float
) -> None:
    """Paper in the shadow is no lighter than the table in the light."""
    picture = seen(photo(corners) * shadow(degrees, soft=soft))
    assert is_near(outline_of(picture), corners)


def test_of_a_sheet_that_the_picture_cuts_off_the_border_is_a_side() -> None:
    outside = [[-60, 90], [790, 90], [790, 700], [-60, 700]]
    found = outline_of(seen(photo(outside)))
    assert is_near(found, [[0, 90], [790, 90], [790, HEIGHT], [0, HEIGHT]])


def test_a_corner_may_be_off_the_picture() -> None:
    corners = [[260, -50], [880, 70], [760, 600], [120, 480]]
    assert is_near(outline_of(seen(photo(corners))), corners, 12)


def test_the_edge_of_the_desk_is_no_side() -> None:
    picture = photo(STRAIGHT, table=140)
    picture[:, :60] = picture[600:] = 25
    assert is_near(outline_of(seen(picture)), STRAIGHT)


def test_no_sheet() -> None:
    page = np.full((HEIGHT, WIDTH), 230.0)
    assert outline_of(seen(page)) is None
    assert outline_of(seen(page * shadow(30))) is None, "it fills the picture"
    framed = page.copy()
    cv2.rectangle(framed, (100, 80), (800, 560), 30.0, 6)
    assert outline_of(seen(framed)) is None, "a printed frame has paper on both sides"
    strip = page.copy()
    strip[:, :80] = 40
    assert outline_of(seen(strip)) is None, "one side may be a shadow's edge"
    assert outline_of(seen(photo([[100, 90], [400, 90], [400, 300], [100, 300]]))) is None
    assert outline_of(np.full((40, 500), 230, np.uint8)) is None, "too small a picture"
