"""The PDF: its pages and papers, what is on them, light lines, and marks that are found again."""

from __future__ import annotations

import numpy as np
import pypdfium2
import pytest
from made_sheets import PIXELS, rendered

from ziffern.collect import layout
from ziffern.collect.layout import Sheet
from ziffern.collect.marks import find
from ziffern.collect.sheet import sheet
from ziffern.errors import InputError


def _texts(content: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(content)
    try:
        return [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()


def test_the_same_arguments_give_the_same_bytes() -> None:
    content = sheet(pages=2)
    assert content.startswith(b"%PDF-")
    assert content == sheet(pages=2)
    assert len(content) < 20_000


@pytest.mark.parametrize(("paper", "size"), [("a4", (210, 297)), ("letter", (215.9, 279.4))])
def test_papers(paper: str, size: tuple[float, float]) -> None:
    content = sheet(paper=paper)
    picture = rendered(content)
    assert np.allclose(picture.shape[::-1], np.multiply(size, PIXELS), atol=1)
    placed = find(picture)
    assert placed.sheet == Sheet(1)
    # at its own size, in the middle of the paper
    assert placed.resolution == pytest.approx(PIXELS, rel=0.002)
    x, y, one = placed.transform @ (layout.WIDTH / 2, layout.HEIGHT / 2, 1)
    assert np.allclose((x / one, y / one), np.divide(picture.shape[::-1], 2), atol=1)
    # what printers cannot reach is white
    rim = round(12 * PIXELS) - 1
    inner = np.zeros(picture.shape, bool)
    inner[rim:-rim, rim:-rim] = True
    assert picture[~inner].min() == 255


def test_each_writer_has_all_pages() -> None:
    content = sheet(pages=2, writers=3)
    texts = _texts(content)
    assert len(texts) == 6
    found = [find(rendered(content, page)).sheet for page in range(6)]
    assert found == [Sheet(page, writer) for writer in (1, 2, 3) for page in (1, 2)]
    assert ["2/2" in text for text in texts] == [False, True] * 3


def test_both_languages_and_every_hint_stand_on_it() -> None:
    [text] = _texts(sheet())
    assert "Write the small grey digit into each box" in text
    assert "Schreib die kleine graue Ziffer ins Kästchen" in text
    hints = [word for word in text.split() if word.isdecimal()]
    assert [int(word) for word in hints if len(word) == 1].count(7) == 10


def test_lines_and_hints_are_lighter_than_any_pen() -> None:
    picture = rendered(sheet(), dpi=300)
    pixels = 300 / 25.4
    top = (len(picture) / pixels - layout.HEIGHT) / 2
    above, below = top + layout.TOP - 4, top + layout.TOP + 200
    boxes = picture[round(above * pixels) : round(below * pixels)]
    assert 140 <= boxes.min() < 180
    assert (boxes < 255).mean() < 0.1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"paper": "A4"}, "unknown paper 'A4': did you mean 'a4'?"),
        ({"pages": 0}, "pages 0: expected a whole number from 1 to 90"),
        ({"pages": 91}, "pages 91: expected a whole number from 1 to 90"),
        ({"writers": 201}, "writers 201: expected a whole number from 1 to 200"),
    ],
)
def test_what_cannot_be_printed(options: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as caught:
        sheet(**options)  # type: ignore[arg-type]
    assert str(caught.value) == message
