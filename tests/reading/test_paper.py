"""Ink of whole pages: how tall digits are, polarity, noise, and where it all stood on the page."""

from __future__ import annotations

import numpy as np
import painted_pages as painted
import pytest

from ziffern.reading.paper import TALL, contrast_of, ink_of


def grey(sheet: np.ndarray) -> np.ndarray:
    return painted.finished(sheet).mean(axis=2).astype(np.uint8)


@pytest.mark.parametrize("height", [30, 48, 120])
def test_pages_are_examined_at_one_height_of_digits(height: int) -> None:
    paper = painted.paper(3 * height, 8 * height)
    painted.write(paper, "3568", height, 2 * height, height=height)
    sheet = ink_of(painted.finished(paper))
    assert abs(sheet.tall - TALL) <= 0.1 * TALL
    assert sheet.ink.shape == sheet.mask.shape
    assert sheet.ink.dtype == np.float32
    assert sheet.ink.min() >= 0
    assert sheet.ink.max() <= 1
    # from the sheet back to the page
    rows, columns = np.nonzero(sheet.mask)
    box = sheet.box(
        int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1
    )
    assert abs(box[0] - height) <= 0.1 * height
    assert abs(box[1] - height) <= 0.1 * height
    assert abs(box[3] - height) <= 0.2 * height


def test_contrast_is_the_same_in_light_and_shadow_and_on_a_board() -> None:
    paper = painted.paper(120, 300)
    painted.write(paper, "380", 40, 90)
    bright, dark = contrast_of(grey(paper)), contrast_of(grey(paper * 0.5))
    board = contrast_of(255 - grey(paper))
    strokes = bright > 0.4
    assert strokes.mean() > 0.03
    assert np.abs(bright - dark)[strokes].mean() < 0.05
    assert board[strokes].mean() > 0.4
    assert np.median(bright) < 0.05


@pytest.mark.parametrize("soft", [0.5, 12], ids=["hard", "soft"])
def test_the_edge_of_a_shadow_is_no_ink(soft: float) -> None:
    paper = painted.paper(300, 420)
    painted.write(paper, "380", 60, 120)
    y, x = np.mgrid[:300, :420]
    light = 1 - 0.6 / (1 + np.exp(-np.clip((x + y - 380) / soft, -50, 50)))
    plain = ink_of(painted.finished(paper)).mask
    shaded = ink_of(painted.finished(paper * light[..., None])).mask
    assert plain.shape == shaded.shape
    assert (plain ^ shaded).sum() < 0.15 * plain.sum()


def test_a_dark_corner_ends_softly_and_is_no_ink() -> None:
    paper = painted.paper(300, 420)
    painted.write(paper, "3807", 60, 120)
    y, x = np.mgrid[:300, :420]
    dark = 1 / (1 + np.exp((x + y - 60) / 8))
    mask = ink_of(painted.finished(paper * (1 - 0.7 * dark[..., None]))).mask
    height, width = mask.shape
    assert not mask[: height // 6, : width // 9].any()
    assert mask.any()


def test_an_empty_page_has_no_ink() -> None:
    assert not ink_of(np.full((40, 60, 3), 200, np.uint8)).mask.any()
    assert ink_of(painted.finished(painted.paper(300, 300))).mask.shape[0] >= 300
