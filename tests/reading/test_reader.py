"""Reading painted pages: paper, light, rules, forms, turned and tilted pages; what is no digit."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import painted_pages as painted
import pytest
from PIL import Image, ImageDraw, ImageFont
from random_model import random_model

import ziffern
from ziffern.errors import RunError
from ziffern.modelfile import save
from ziffern.reading.reader import Reader
from ziffern.reading.structure import Page

LINES = ["12345", "67890", "40217"]


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def lines(page: Page) -> list[str]:
    return [line["text"] for line in page["lines"]]


def sheet(**options: object) -> np.ndarray:
    paper = painted.paper(420, 620)
    for number, text in enumerate(LINES):
        painted.write(paper, text, 70 + 20 * number, 120 + 110 * number, **options)  # type: ignore[arg-type]
    return paper


def test_what_is_read_is_where_it_stands(reader: Reader) -> None:
    paper = painted.paper(200, 500)
    boxes = painted.write(paper, "40217", 40, 120)
    page = reader.read_page(painted.finished(paper))
    assert page["size"] == [500, 200]
    [line] = page["lines"]
    assert line["text"] == "40217"
    for digit, (x, y, width, height) in zip(line["digits"], boxes, strict=True):
        assert digit["state"] in ("sure", "unsure")
        assert 0 <= digit["probability"] <= 1
        assert np.abs(np.subtract(digit["box"], [x, y, width, height])).max() <= 6
    left, top, width, height = line["box"]
    assert left == line["digits"][0]["box"][0]
    assert left + width == sum(line["digits"][-1]["box"][::2])
    assert top <= 72 + 6
    assert top + height >= 120 - 6


@pytest.mark.parametrize("kind", ["plain", "blue", "ruled", "squared", "shadow", "dark", "board"])
def test_paper_and_light(reader: Reader, kind: str) -> None:
    paper = sheet(pen=(40, 60, 170)) if kind == "blue" else sheet()
    if kind in ("ruled", "squared"):
        under = painted.paper(420, 620)
        for y in range(14, 420, 55):
            cv2.line(under, (0, y), (620, y), (110, 120, 150), 2)
        for x in range(20, 620, 55 if kind == "squared" else 10**6):
            cv2.line(under, (x, 0), (x, 420), (110, 120, 150), 2)
        paper = np.minimum(paper, under)
    if kind == "shadow":
        x = np.arange(620) - 300 + 0.5 * np.arange(420)[:, np.newaxis]
        paper *= (0.5 + 0.5 / (1 + np.exp(-x / 15)))[..., np.newaxis]
    if kind == "dark":
        paper *= 0.25
    if kind == "board":
        paper = 270 - paper
    assert lines(reader.read_page(painted.finished(paper))) == LINES


def test_frames_of_forms_are_no_ones(reader: Reader) -> None:
    paper = painted.paper(200, 640)
    for place, value in enumerate("730514"):
        x = 40 + 90 * place
        cv2.rectangle(paper, (x, 50), (x + 70, 140), (40, 40, 40), 2)
        painted.write(paper, value, x + 20, 122)
    assert lines(reader.read_page(painted.finished(paper))) == ["730514"]
    paper = painted.paper(200, 640)
    for place, value in enumerate("730514"):
        x = 40 + 80 * place
        cv2.rectangle(paper, (x, 50), (x + 80, 140), (40, 40, 40), 2)
        painted.write(paper, value, x + 20, 122)
    assert lines(reader.read_page(painted.finished(paper))) == ["730514"]


@pytest.mark.parametrize("kind", ["rules", "cells"])
def test_columns_of_a_table_are_lines_of_their_own(reader: Reader, kind: str) -> None:
    paper = painted.paper(330, 560)
    rows = [("12", "840"), ("305", "1795"), ("7", "26")]
    for number, (left, right) in enumerate(rows):
        y = 40 + 90 * number
        if kind == "cells":
            cv2.rectangle(paper, (40, y), (240, y + 74), (60, 60, 60), 2)
            cv2.rectangle(paper, (248, y), (520, y + 74), (60, 60, 60), 2)
        painted.write(paper, left, 70, y + 62)
        painted.write(paper, right, 275, y + 62)
    for x in (40, 244, 520) if kind == "rules" else ():
        cv2.line(paper, (x, 20), (x, 310), (60, 60, 60), 2)
    read = lines(reader.read_page(painted.finished(paper)))
    assert read == [number for row in rows for number in row]


@pytest.mark.parametrize("degrees", [-8, 5])
def test_turned_pages_with_rules(reader: Reader, degrees: float) -> None:
    paper = sheet()
    for y in range(28, 420, 110):
        cv2.line(paper, (0, y), (620, y), (60, 60, 70), 3)
    turn = cv2.getRotationMatrix2D((310, 210), degrees, 0.9)
    turned = cv2.warpAffine(paper, turn, (620, 420), borderValue=painted.PAPER)
    page = reader.read_page(painted.finished(turned))
    assert lines(page) == LINES
    # boxes are those on the page as it was given
    x, y = turn @ (70 + 10, 120 - 24, 1)
    left, top, width, height = page["lines"][0]["digits"][0]["box"]
    assert left - 8 <= x <= left + width + 8
    assert top - 8 <= y <= top + height + 8


def test_a_sheet_on_a_dark_table_seen_from_the_side(reader: Reader) -> None:
    corners = np.array([[0, 0], [620, 0], [620, 420], [0, 420]], np.float32)
    seen = np.array([[120, 60], [640, 90], [760, 520], [40, 560]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, seen)
    photo = cv2.warpPerspective(sheet(), matrix, (800, 620), borderValue=(60, 50, 40))
    assert lines(reader.read_page(painted.finished(photo))) == LINES


@pytest.mark.parametrize("left", [60, -40], ids=["whole", "cut off"])
def test_a_sheet_on_a_table_with_a_shadow_on_both(reader: Reader, left: int) -> None:
    photo = np.full((560, 760, 3), (120, 95, 75), np.float64)
    photo[70:490, max(left, 0) : left + 620] = sheet()[:, max(-left, 0) :]
    y, x = np.mgrid[:560, :760]
    photo *= (1 - 0.65 / (1 + np.exp((400 - x - 0.3 * y) / 10)))[..., np.newaxis]
    assert lines(reader.read_page(painted.finished(photo))) == LINES


@pytest.mark.parametrize("height", [24, 150, 300])
def test_any_size(reader: Reader, height: int) -> None:
    paper = painted.paper(2 * height, 5 * height)
    painted.write(paper, "274", height // 2, round(1.6 * height), height=height)
    assert lines(reader.read_page(painted.finished(paper))) == ["274"]


def test_dots_and_dashes_are_no_digits(reader: Reader) -> None:
    paper = painted.paper(160, 560)
    painted.write(paper, "27", 40, 110)
    cv2.circle(paper, (190, 107), 4, painted.PEN, -1)
    painted.write(paper, "350", 215, 110)
    cv2.line(paper, (430, 86), (470, 84), painted.PEN, 5)
    assert lines(reader.read_page(painted.finished(paper))) == ["27350"]


def test_slashes_of_a_date_are_no_ones(reader: Reader) -> None:
    paper = painted.paper(160, 640)
    for x, text in ((40, "27"), (210, "3"), (320, "2024")):
        painted.write(paper, text, x, 110)
    for x in (165, 275):
        cv2.line(paper, (x, 118), (x + 20, 50), painted.PEN, 5)
    page = reader.read_page(painted.finished(paper))
    assert lines(page) == ["2732024"]
    states = [digit["state"] for digit in page["lines"][0]["digits"]]
    assert [place for place, state in enumerate(states) if state == "no-digit"] == [2, 4]


def test_print_beside_digits_is_no_digit(reader: Reader) -> None:
    paper = sheet()
    for text, y in (("Rechnung vom Betrag", 40), ("Summe bitte hier eintragen, danke", 400)):
        levels = np.ascontiguousarray(paper, np.uint8)
        cv2.putText(levels, text, (40, y), cv2.FONT_HERSHEY_DUPLEX, 0.9, (60, 60, 60), 1)
        paper = levels.astype(np.float64)
    assert lines(reader.read_page(painted.finished(paper))) == LINES


@pytest.mark.parametrize("gap", [40, 60, 220])  # the last is a line of its own
@pytest.mark.parametrize(("before", "after"), [("Total", ""), ("Date", "CHF"), ("", "CHF")])
def test_a_printed_label_is_no_digit(reader: Reader, before: str, after: str, gap: int) -> None:
    font = ImageFont.load_default(30)
    paper = painted.paper(140, 900)
    start = 30 + int(font.getlength(before)) + gap
    x, _, width, _ = painted.write(paper, "3862", start, 100)[-1]
    sheet = Image.fromarray(paper.astype(np.uint8))
    for text, place in ((before, 30), (after, x + width + gap)):
        ImageDraw.Draw(sheet).text((place, 66), text, (60, 60, 60), font)
    paper = np.asarray(sheet, np.float64)
    assert lines(reader.read_page(painted.finished(paper))) == ["3862"]


def test_numbers_apart_and_with_text_between_are_lines_of_their_own(reader: Reader) -> None:
    paper = painted.paper(300, 800)
    painted.write(paper, "482", 40, 100)
    painted.write(paper, "317", 300, 100)
    painted.write(paper, "75", 40, 220)
    painted.write(paper, "12", 290, 220)
    sheet = Image.fromarray(paper.astype(np.uint8))
    ImageDraw.Draw(sheet).text((165, 186), "Franken", (60, 60, 60), ImageFont.load_default(28))
    page = reader.read_page(painted.finished(np.asarray(sheet, np.float64)))
    assert lines(page) == ["482", "317", "75", "12"]


@pytest.mark.parametrize("scale", [1, 2, 4, 16])
@pytest.mark.parametrize("light", [True, False])
def test_pictures_of_one_digit(reader: Reader, scale: int, light: bool) -> None:
    images, labels = painted.sample()
    right = 0
    for image, label in zip(images[:50], labels[:50], strict=True):
        levels = np.kron(image if light else 255 - image, np.ones((scale, scale), np.uint8))
        page = reader.read_page(np.repeat(levels[..., np.newaxis], 3, axis=2))
        right += lines(page) == [str(label)]
    assert right >= 49


def test_crosses_and_check_marks_are_no_digits(reader: Reader) -> None:
    paper = painted.paper(260, 420)
    for y, strokes in (
        (100, [[(60, 60), (96, 98)], [(96, 58), (58, 100)]]),
        (200, [[(58, 180), (70, 200), (104, 150)]]),
    ):
        cv2.rectangle(paper, (45, y - 55), (112, y + 12), (70, 70, 70), 2)
        for stroke in strokes:
            cv2.polylines(paper, [np.array(stroke)], False, painted.PEN, 4)
        painted.write(paper, "26", 150, y)
    assert lines(reader.read_page(painted.finished(paper))) == ["26", "26"]


def test_a_doubtful_mark_is_a_digit_among_digits_alone(reader: Reader) -> None:
    lying = np.rot90(painted.sample()[0], axes=(1, 2))
    answers = reader.model.predict(lying).sum(axis=1)
    doubtful = lying[(answers > 0.2) & (answers < 0.6)][:8]
    assert len(doubtful) == 8
    apart = 0
    for mark in doubtful:
        paper = painted.paper(160, 700)
        part = paper[50:106, 20:76]
        part *= 1 - 0.8 * np.kron(mark / 255, np.ones((2, 2)))[..., np.newaxis]
        painted.write(paper, "2635", 300, 110)
        apart += lines(reader.read_page(painted.finished(paper))) == ["2635"]
    assert apart >= 6


def test_zeros_much_smaller_than_the_digit_before_them(reader: Reader) -> None:
    paper = painted.paper(160, 420)
    painted.write(paper, "6", 40, 130, height=90)
    painted.write(paper, "000", 120, 130, height=26)
    assert lines(reader.read_page(painted.finished(paper))) == ["6000"]


def test_a_logo_hides_no_digits(reader: Reader) -> None:
    paper = painted.paper(420, 1300)
    for number, text in enumerate(LINES):
        painted.write(paper, text, 40, 120 + 110 * number)
    cv2.circle(paper, (1100, 160), 76, (50, 60, 120), -1)
    assert lines(reader.read_page(painted.finished(paper))) == LINES


@pytest.mark.parametrize("size", [130, 260])
def test_a_heading_hides_no_digits(reader: Reader, size: int) -> None:
    paper = painted.paper(900, 1300)
    for number, text in enumerate(LINES):
        painted.write(paper, text, 40, 500 + 110 * number)
    page = Image.fromarray(paper.astype(np.uint8))
    ImageDraw.Draw(page).text((30, 20), "Bestellung", (40, 40, 40), ImageFont.load_default(size))
    assert lines(reader.read_page(painted.finished(np.asarray(page, np.float64)))) == LINES


def test_combs_codes_and_circles_are_no_digits(reader: Reader) -> None:
    paper = painted.paper(460, 700)
    for x in range(40, 461, 70):
        cv2.line(paper, (x, 118), (x, 145), (60, 60, 60), 2)
    cv2.line(paper, (40, 145), (460, 145), (60, 60, 60), 2)
    for place, value in enumerate("730514"):
        painted.write(paper, value, 60 + 70 * place, 135)
    edges = np.cumsum(np.random.default_rng(0).integers(3, 9, 60)).reshape(-1, 2)
    for left, right in edges + 40:
        paper[200:290, left:right] = 40
    for y in (340, 410):
        cv2.circle(paper, (60, y - 18), 18, (50, 50, 50), 2, cv2.LINE_AA)
        painted.write(paper, "26", 160, y)
    assert lines(reader.read_page(painted.finished(paper))) == ["730514", "26", "26"]


def test_pages_without_digits(reader: Reader) -> None:
    white = np.full((100, 100, 3), 255, np.uint8)
    assert reader.read_page(white) == {"size": [100, 100], "lines": []}
    assert reader.read_page(np.zeros((1, 1, 3), np.uint8))["lines"] == []
    ruled = painted.paper(300, 400)
    for y in range(30, 300, 40):
        cv2.line(ruled, (0, y), (400, y), (60, 60, 70), 2)
    assert reader.read_page(painted.finished(ruled))["lines"] == []


def test_files(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    Image.fromarray(painted.finished(sheet())).save(path)
    reading = ziffern.read(path)
    assert reading["file"] == str(path)
    assert [lines(page) for page in reading["pages"]] == [LINES]
    with pytest.raises(RunError, match="universa1"):
        ziffern.read(path, model="universa1")


def test_a_model_of_anything_but_the_ten_digits_reads_no_pages(tmp_path: Path) -> None:
    save(tmp_path, random_model("Flatten(), Dense(3, activation='softmax')"))
    with pytest.raises(RunError, match=r"tells 0, 1, 2 \(3 classes\); pages are read by a model"):
        Reader(tmp_path)
