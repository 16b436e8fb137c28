"""Figures look as they did when somebody last looked at them: small grey pictures, compared.

The pictures are so small that fonts and edges hardly count; what moves, vanishes or changes its
shade does. After a change that is wanted, look at the figures, then:

    python tests/figures/test_looks.py
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from ziffern.evaluation.calibration import reliability_table
from ziffern.figures.calibration import reliability_figure
from ziffern.figures.confusion import confusion_figure
from ziffern.figures.curves import curves_figure
from ziffern.figures.mistakes import digit_grid_figure
from ziffern.figures.probabilities import temperature_figure
from ziffern.figures.recall import recall_figure
from ziffern.figures.schedules import schedule_figure
from ziffern.figures.tiles import tiles_figure

FOLDER = Path(__file__).parents[1] / "golden" / "looks"
WIDTH = 96
NAMES = list("0123456789")


def answers() -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return labels and probabilities of 500 made-up answers, nine tenths of them right."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 500)
    logits = rng.normal(0, 1.5, (500, 10))
    logits[np.arange(500), labels] += 5
    powers = np.exp(logits)
    return labels, (powers / powers.sum(1, keepdims=True)).astype(np.float32)


def confusion() -> NDArray[np.int64]:
    """Return the confusion matrix of `answers`."""
    labels, probabilities = answers()
    counts = np.zeros((10, 10), np.int64)
    np.add.at(counts, (labels, probabilities.argmax(1)), 1)
    return counts


def pictures(count: int) -> NDArray[np.uint8]:
    """Return discs of growing size, uint8 (count, 28, 28)."""
    y, x = np.mgrid[:28, :28] - 13.5
    radii = np.linspace(2, 12, count)[:, None, None]
    return np.where(np.hypot(x, y) < radii, 255, 0).astype(np.uint8)


def history() -> list[dict[str, float]]:
    """Return ten epochs of a training that overfits after the sixth."""
    return [
        {
            "epoch": epoch,
            "loss": 0.5 * 0.6**epoch,
            "accuracy": 1 - 0.1 * 0.7**epoch,
            "validation_loss": 0.1 + 0.005 * (epoch - 6) ** 2,
            "validation_accuracy": 0.99 - 0.001 * (epoch - 6) ** 2,
            "learning_rate": 0.001 * 0.8**epoch,
        }
        for epoch in range(1, 11)
    ]


def signed() -> NDArray[np.float64]:
    """Return waves between −1 and 1, (12, 9, 9)."""
    y, x = np.mgrid[:9, :9] / 8
    return np.stack([np.sin(3 * x * k + y * (12 - k)) for k in range(12)])


FIGURES: dict[str, Callable[[], Figure]] = {
    "confusion": lambda: confusion_figure(confusion(), NAMES),
    "recall": lambda: recall_figure(confusion(), NAMES),
    "curves": lambda: curves_figure(history()),
    "reliability": lambda: reliability_figure(reliability_table(*answers())),
    "schedule": lambda: schedule_figure([0.01 * 0.6**epoch for epoch in range(10)]),
    "temperature": lambda: temperature_figure([3.0, 1.0, 0.0, -1.0], list("abcd")),
    "filters": lambda: tiles_figure(signed(), title="12 filters", scale="signed"),
    "maps": lambda: tiles_figure(np.abs(signed()), [f"{k}" for k in range(12)], scale="grey"),
    "digits": lambda: digit_grid_figure(
        pictures(12), np.arange(12) % 10, np.arange(12) % 7, NAMES, rows=2, columns=6
    ),
}


def small(figure: Figure) -> NDArray[np.uint8]:
    """Draw a figure and shrink it to `WIDTH` grey pixels."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=60)
    with Image.open(buffer) as drawn:
        grey = drawn.convert("L")
        height = round(WIDTH * grey.height / grey.width)
        return np.asarray(grey.resize((WIDTH, height), Image.Resampling.BOX))


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_looks_as_it_did(name: str) -> None:
    with Image.open(FOLDER / f"{name}.png") as picture:
        expected = np.asarray(picture.convert("L")).astype(int)
    found = small(FIGURES[name]()).astype(int)
    assert abs(found.shape[0] - expected.shape[0]) <= 1
    rows = min(len(found), len(expected))
    difference = np.abs(found[:rows] - expected[:rows])
    assert difference.mean() < 2, f"{name}: {difference.mean():.2f} of 255 on average"
    assert np.quantile(difference, 0.99) < 60


def test_a_figure_that_changed_is_seen() -> None:
    other = confusion()
    other[3, 5] += 40
    changed = small(confusion_figure(other, NAMES)).astype(int)
    with Image.open(FOLDER / "confusion.png") as picture:
        expected = np.asarray(picture.convert("L")).astype(int)
    assert np.abs(changed - expected).max() > 30


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, draw in FIGURES.items():
        Image.fromarray(small(draw())).save(FOLDER / f"{name}.png", optimize=True)
