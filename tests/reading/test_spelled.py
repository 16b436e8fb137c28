"""Known numbers are laid on painted lines, where it is known whose ink is where."""

from __future__ import annotations

import numpy as np
import painted_pages
import pytest
from PIL import Image, ImageDraw, ImageFont

from ziffern.datasets import catalogue
from ziffern.datasets.sources import read_sample
from ziffern.pictures import Pixels
from ziffern.reading.painted import PaintedLine, Painter
from ziffern.reading.reader import Reader
from ziffern.reading.spelled import Speller, _in_order

DIGITS = read_sample(catalogue.entry("mnist"), "train")
LINES = 40


@pytest.fixture(scope="module")
def speller() -> Speller:
    return Speller(Reader())


@pytest.fixture(scope="module")
def painted() -> list[PaintedLine]:
    paint, draw = Painter(DIGITS), np.random.default_rng(0)
    return [paint(draw) for _ in range(LINES)]


def colour(levels: Pixels) -> Pixels:
    return np.repeat(levels[..., np.newaxis], 3, axis=2)


def number(line: PaintedLine) -> str:
    return "".join(map(str, line.labels.tolist()))


def test_digits_are_found_where_they_were_painted(
    speller: Speller, painted: list[PaintedLine]
) -> None:
    right = laid = wrong_cuts = 0
    for line in painted:
        [found] = speller(colour(line.pixels), [number(line)])
        if found is None:
            continue
        assert found.text == number(line)
        assert found.digits.shape == (len(line.labels), 28, 28)
        assert found.digits.dtype == np.uint8
        assert found.labels.tolist() == line.labels.tolist()
        assert len(found.others) <= 2 * len(line.labels)
        wrong_cuts += len(found.others)
        for owner, (left, top, width, height) in enumerate(found.boxes, 1):
            rows, columns = np.nonzero(line.owners == owner)
            inside = (rows >= top) & (rows < top + height)
            inside &= (columns >= left) & (columns < left + width)
            right += inside.mean() > 0.8 and width < 1.5 * (np.ptp(columns) + 1)
            laid += 1
    assert laid > 0.85 * sum(len(line.labels) for line in painted)
    assert right > 0.9 * laid
    assert wrong_cuts > LINES


def test_digits_are_found_that_are_misread(speller: Speller, painted: list[PaintedLine]) -> None:
    """One digit of each number is another than the picture shows: it is found all the same."""
    same = both = 0
    for line in painted:
        true = number(line)
        other = str((int(true[1]) + 4) % 10)
        [plain] = speller(colour(line.pixels), [true])
        [found] = speller(colour(line.pixels), [true[0] + other + true[2:]])
        if plain is not None and found is not None and len(true) > 3:
            assert found.labels[1] == int(other)
            same += np.array_equal(found.digits[1], plain.digits[1])
            both += 1
    assert both > LINES / 3
    assert same > 0.7 * both


def test_other_numbers_are_not_there(speller: Speller, painted: list[PaintedLine]) -> None:
    refused = 0
    for line in painted:
        wrong = "".join(str((digit + 4) % 10) for digit in line.labels.tolist())
        refused += speller(colour(line.pixels), [wrong]) == [None]
    assert refused > 0.7 * LINES
    assert speller(colour(painted[0].pixels), ["1" * 60]) == [None]
    assert speller(np.full((60, 200, 3), 255, np.uint8), ["12"]) == [None]


def test_numbers_below_a_heading_are_found(speller: Speller) -> None:
    paper = np.full((700, 1100, 3), 235, np.float64)
    for place, text in enumerate(["2730", "8416"]):
        painted_pages.write(paper, text, 40, 550 + 100 * place)
    page = Image.fromarray(paper.astype(np.uint8))
    ImageDraw.Draw(page).text((30, 20), "Form", 40, ImageFont.load_default(360))
    found = speller(painted_pages.finished(np.asarray(page, np.float64)), ["2730", "8416"])
    assert [line and line.text for line in found] == ["2730", "8416"]


def test_lines_of_a_page_come_in_order(speller: Speller, painted: list[PaintedLine]) -> None:
    good = [line for line in painted if speller(colour(line.pixels), [number(line)]) != [None]][:3]
    width = max(line.pixels.shape[1] for line in good)
    rows = []
    for line in good:
        high, wide = line.pixels.shape
        # paper of one grey between lines, or borders would be marks
        level = int(np.median(line.pixels))
        row = np.full((high + 60, width + 40), level, np.uint8)
        row[30 : 30 + high, 20 : 20 + wide] = line.pixels
        rows.append(row)
    page = colour(np.concatenate(rows))
    first, _, last = (number(line) for line in good)
    found = speller(page, [first, last])
    assert [None if line is None else line.text for line in found] == [first, last]
    one, other = found
    assert one is not None
    assert other is not None
    assert max(top for _, top, _, _ in one.boxes) < min(top for _, top, _, _ in other.boxes)
    assert other.boxes[0][1] > sum(row.shape[0] for row in rows[:2])


@pytest.mark.parametrize(
    ("doubts", "pairs"),
    [
        ([[0.1]], {(0, 0)}),
        ([[4.5]], set()),  # more than may speak against it
        ([[0.5, 9.0], [0.2, 0.3]], {(0, 0), (1, 1)}),  # both, though the first fits better below
        ([[9.0, 0.1], [0.2, 9.0]], {(0, 1)}),  # they may not cross
        ([[9.0], [1.0], [0.5]], {(2, 0)}),
        ([[9.0, 9.0, 0.3]], {(0, 2)}),
    ],
)
def test_numbers_stand_in_order(doubts: list[list[float]], pairs: set[tuple[int, int]]) -> None:
    assert set(_in_order(np.array(doubts))) == pairs
