"""What forms have beside digits, and pictures of one digit: how many of each are read right.

    python benchmarks/forms.py ../shared/data [--each 100] [--model universal] [--show out]

Each kind is drawn by chance, with digits of MNIST's training part 40 to 70 pixels tall, which the
shipped networks have learnt from: layouts are measured here, not hands. A page is right if its
lines are those that were written and no others.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from ziffern import datasets
from ziffern.datasets import Part
from ziffern.evaluation.metrics import wilson_interval
from ziffern.pictures import Pixels
from ziffern.reading.reader import DEFAULT_MODEL, Reader

PAPER, PEN, PRINT = 240, 45, 60
WORDS = ("bis", "und", "von", "kg", "Franken", "mal", "am Tag")
HEADINGS = ("Bestellung", "Rechnung", "Anmeldung", "Quittung", "Lieferschein")

Page = tuple[Pixels, list[str]]


class Form:
    """A sheet of paper that is filled in; one pen, one size of writing."""

    def __init__(self, digits: Part, draw: np.random.Generator, size: tuple[int, int]) -> None:
        self.digits, self.draw = digits, draw
        self.tall = int(draw.integers(40, 70))
        self.levels = np.full(size, PAPER, np.uint8)

    def write(self, text: str, x: float, y: float) -> float:
        """Write digits from (x, y), the lower left corner, on; return where the last one ends."""
        for sign in text:
            own = np.flatnonzero(self.digits.labels == int(sign))
            ink = self.digits.images[self.draw.choice(own)]
            rows, columns = (np.flatnonzero((ink > 60).any(axis=axis)) for axis in (1, 0))
            ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            height = round(self.tall * (1 + self.draw.normal(0, 0.06)))
            size = (max(4, round(ink.shape[1] * height / len(ink))), height)
            share = cv2.resize(ink, size, interpolation=cv2.INTER_CUBIC) / 210
            part = self.levels[round(y) - height : round(y), round(x) : round(x) + size[0]]
            part[:] = PAPER - (PAPER - PEN) * np.clip(share, 0, 1)[: len(part), : part.shape[1]]
            x += size[0] + self.tall * self.draw.uniform(0.1, 0.3)
        return x

    def stroke(self, *points: tuple[float, float], printed: bool = False) -> None:
        """Draw a line through points, by pen or in print."""
        width = 2 if printed else max(3, round(0.09 * self.tall))
        path = np.rint(points).astype(np.int32)
        cv2.polylines(self.levels, [path], False, PRINT if printed else PEN, width, cv2.LINE_AA)

    def print(self, text: str, x: float, y: float, size: int) -> float:
        """Print text with its base at y; return where it ends."""
        font, sheet = ImageFont.load_default(size), Image.fromarray(self.levels)
        ImageDraw.Draw(sheet).text((x, y), text, PRINT, font, anchor="ls")
        self.levels = np.array(sheet)
        return x + float(font.getlength(text))

    def number(self, least: int = 1, most: int = 5) -> str:
        """Return a number of so many digits."""
        digits = self.draw.integers(0, 10, self.draw.integers(least, most + 1))
        return "".join(map(str, digits.tolist()))

    def page(self, *lines: str) -> Page:
        """Return the page as a scanner sees it, and its lines."""
        noise = self.draw.normal(0, 2.5, self.levels.shape)
        seen = np.clip(cv2.GaussianBlur(self.levels, (0, 0), 0.6) + noise, 0, 255)
        return np.repeat(np.rint(seen).astype(np.uint8)[..., np.newaxis], 3, axis=2), list(lines)


def single(form: Form) -> Page:
    """One digit, as datasets have it: 28 to 448 pixels, light on dark or dark on light."""
    index = int(form.draw.integers(len(form.digits)))
    scale = int(form.draw.choice([1, 2, 4, 16]))
    ink: npt.NDArray[np.uint8] = np.kron(
        form.digits.images[index], np.ones((scale, scale), np.uint8)
    )
    ink = ink if form.draw.random() < 0.5 else 255 - ink
    return np.repeat(ink[..., np.newaxis], 3, axis=2), [str(form.digits.labels[index])]


def date(form: Form) -> Page:
    """Day, month and year with slashes between them."""
    draw = form.draw
    day, month, year = (int(draw.integers(*ends)) for ends in ((1, 32), (1, 13), (1920, 2030)))
    parts = [f"{day:02d}", f"{month:02d}", str(year)]
    if draw.random() < 0.5:
        parts = [str(day), str(month), f"{year % 100:02d}"]
    tall, lean = draw.uniform(1.1, 1.6) * form.tall, draw.uniform(0.15, 0.7)
    x = 50.0
    for place, part in enumerate(parts):
        x = form.write(part, x, 140)
        if place < 2:
            foot = 140 + 0.4 * (tall - form.tall)
            form.stroke((x, foot), (x + lean * tall, foot - tall))
            x += lean * tall + 0.05 * form.tall
    return form.page("".join(parts))


def like_a_date(form: Form) -> Page:
    """A number that reads like a date if its ones are taken for slashes."""
    draw = form.draw
    text = f"{draw.integers(1, 32):02d}1{draw.integers(1, 13):02d}1{draw.integers(1920, 2030)}"
    form.write(text, 50, 140)
    return form.page(text)


def ticked(form: Form) -> Page:
    """A cross or a check mark, with or without a box, left of a number."""
    text, size = form.number(2), form.tall * form.draw.uniform(0.7, 1.3)
    left, top = 60.0, 140 - size
    marks = ([(0, 0), (1, 1)], [(1, 0), (0, 1)]), ([(0, 0.55), (0.3, 1), (0.9, 0)],)
    for stroke in marks[int(form.draw.integers(2))]:
        moved = np.array(stroke) + form.draw.normal(0, 0.05, (len(stroke), 2))
        form.stroke(*((left + size * x, top + size * y) for x, y in moved.tolist()))
    if form.draw.random() < 0.5:
        x, y, right, bottom = left - 14, top - 14, left + size + 14, 154
        form.stroke((x, y), (right, y), (right, bottom), (x, bottom), (x, y), printed=True)
    form.write(text, left + size + form.tall * form.draw.uniform(0.6, 3), 140)
    return form.page(text)


def comb(form: Form) -> Page:
    """A digit between each two ticks of a comb."""
    text, pitch, high = form.number(3, 8), 1.3 * form.tall, form.draw.uniform(0.25, 0.6) * form.tall
    for place in range(len(text) + 1):
        x = 50 + pitch * place
        form.stroke((x, 150), (x, 150 - high), printed=True)
        if place < len(text):
            form.write(text[place], x + 0.3 * form.tall, 140)
    form.stroke((50, 150), (50 + pitch * len(text), 150), printed=True)
    return form.page(text)


def heading(form: Form) -> Page:
    """A heading of 3 to 5 times the digits' height, and two numbers below."""
    size = round(form.tall * form.draw.uniform(3, 5))
    form.levels = np.full((size + 60 + 4 * form.tall, 1600), PAPER, np.uint8)
    form.print(str(form.draw.choice(HEADINGS)), 30, size, size)
    texts = [form.number(2), form.number(2)]
    for place, text in enumerate(texts):
        form.write(text, 60, size + 60 + (1.2 + 1.8 * place) * form.tall)
    return form.page(*texts)


def apart(form: Form) -> Page:
    """Two numbers in a row, with a printed word or 2 to 3 digits' heights between them."""
    texts = [form.number(1, 3), form.number(1, 3)]
    x = form.write(texts[0], 50, 140)
    if form.draw.random() < 0.5:
        x = form.print(str(form.draw.choice(WORDS)), x + 15, 140, round(0.55 * form.tall)) + 20
    else:
        x += form.draw.uniform(2, 3) * form.tall
    form.write(texts[1], x, 140)
    return form.page(*texts)


def percent(form: Form) -> Page:
    """A number and a printed percent sign."""
    text = form.number(1, 3)
    x = form.write(text, 50, 140)
    form.print("%", x + 10, 140, round(form.draw.uniform(0.5, 1) * form.tall))
    return form.page(text)


KINDS: dict[str, Callable[[Form], Page]] = {
    "picture of one digit": single,
    "date with slashes": date,
    "number that reads like a date": like_a_date,
    "cross or check mark beside a number": ticked,
    "comb": comb,
    "numbers below a heading": heading,
    "two numbers in a row": apart,
    "percent sign": percent,
}


def made(digits: Part, kind: str, count: int) -> Iterator[Page]:
    """Yield pages of a kind, the same ones each time."""
    for number in range(count):
        draw = np.random.default_rng([list(KINDS).index(kind), number])
        yield KINDS[kind](Form(digits, draw, (230, 1100)))


def main() -> None:
    """Read what was made and print the table, or write it as pictures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, help="a folder with MNIST")
    parser.add_argument("--each", type=int, default=100, help="pages of each kind")
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--show", type=Path, help="write a page of each kind into a folder")
    given = parser.parse_args()
    digits = datasets.load("mnist", data_dir=given.data).train
    if given.show:
        given.show.mkdir(parents=True, exist_ok=True)
        for kind in KINDS:
            pixels, _ = next(made(digits, kind, 1))
            Image.fromarray(pixels).save(given.show / f"{kind.replace(' ', '-')}.png")
        return
    reader = Reader(given.model)
    print("| what is on the page | read right | 95 % interval |\n|---|---|---|")
    for kind in KINDS:
        right = sum(
            [line["text"] for line in reader.read_page(pixels)["lines"]] == lines
            for pixels, lines in made(digits, kind, given.each)
        )
        low, high = wilson_interval(right, given.each)
        print(f"| {kind} | {right} of {given.each} | {low:.1%} to {high:.1%} |")


if __name__ == "__main__":
    main()
