"""How well and how fast pages are read: fields, photos, print, labels, and a page of 100 digits.

    python benchmarks/reading.py ../shared/data                 # the shipped reader
    python benchmarks/reading.py ../shared/data --model latest  # another model
    python benchmarks/reading.py ../shared/data --learn out --seed 1     # learns from four fifths
    python benchmarks/reading.py ../shared/data --learn out --set train.epochs=20
    python benchmarks/reading.py ../shared/data --folds f0 f1 f2 f3 f4   # a model for each fold

The folder has `fields/` and `photos/`, each with pictures and `truth.json`. A field is right if its
whole string is; rates come with Wilson's 95 % interval. Field i is in fold i modulo 5: a model that
has learnt from fields is given as five, each without its own fold; --learn makes them as anybody
would, from pictures and numbers alone (`ziffern collect lines`, then fine-tuning). Speeds are those
of one process, the median of three rounds, after one that warms up; `ziffern read` runs one process
a core.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ziffern import bench, datasets
from ziffern.collect.lines import gather_lines
from ziffern.evaluation.metrics import wilson_interval
from ziffern.pictures import Pixels
from ziffern.reading.files import pages
from ziffern.reading.known import Known
from ziffern.reading.reader import DEFAULT_MODEL, Reader
from ziffern.reading.structure import Page
from ziffern.recipe import parse_changes

FOLDS = 5
SENTENCES = (
    "The quick brown fox jumps over the lazy dog",
    "Please write clearly and stay within the boxes",
    "Zahlen Sie bitte innerhalb von vierzehn Tagen",
    "Amount in words to be filled in by the payee",
    "Name and address of the person to be paid",
    "Ort und Datum der Ausstellung",
    "Signature of the holder",
    "Do not fold or staple this form",
    "Im Auftrag der Gemeinde Musterhausen",
    "Only numbers in blue or black ink are read",
)
FONTS = (
    "DejaVuSans",
    "DejaVuSans-Bold",
    "DejaVuSans-Oblique",
    "DejaVuSans-BoldOblique",
    "DejaVuSansMono",
    "DejaVuSansMono-Bold",
    "DejaVuSerif",
    "DejaVuSerif-Bold",
    "DejaVuSerif-Italic",
    "STIXGeneral",
    "STIXGeneralBol",
    "STIXGeneralItalic",
)
BEFORE = ("Total", "Betrag", "Date", "Nr.", "Rechnungsnummer", "Telephone", "PLZ", "Account no.")
AFTER = ("CHF", "EUR", "kg", "Stk.", "Franken", "pieces", "am Tag", "per month")
SETTINGS = {"data.validation": 0, "optimizer.learning_rate": 1e-3, "train.precision": "float32"}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How well and how fast pages are read.")
    parser.add_argument("data", type=Path, help="a folder with fields/ and photos/")
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--folds", nargs=5, help="five models, none of which knows its own fold")
    parser.add_argument("--learn", type=Path, help="fine-tune the model fold by fold, in a folder")
    parser.add_argument("--seed", type=int, default=0, help="of the fine-tuning")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings")
    given = parser.parse_args()
    folds = given.folds
    if given.learn is not None:
        settings = {**SETTINGS, **parse_changes(given.settings), "train.seed": given.seed}
        folds = learnt(given.data / "fields", given.model, given.learn, settings)
    readers = [Reader(model) for model in folds or [given.model]]
    fields(given.data / "fields", readers)
    photos(given.data / "photos", readers[0])
    printed(readers[0])
    labelled(readers[0])
    sheet = painted()
    print(f"page of 100 digits, 1 megapixel: {seconds(lambda: readers[0].read_page(sheet)):.2f} s")


def learnt(folder: Path, model: str, out: Path, settings: dict[str, Any]) -> list[Path]:
    """Fine-tune a model on four fifths of the fields for each fifth, and return the runs.

    The fifth left out is the test part of each run's data, which is not opened here.
    """
    truth = json.loads((folder / "truth.json").read_text())
    known = [Known(folder / field["file"], {1: [field["string"]]}) for field in truth]
    reader, runs = Reader(model), []
    for fold in range(FOLDS):
        own = out / f"own-{fold}"
        left_out = known[fold::FOLDS]
        for part, some in (("test", left_out), ("train", [k for k in known if k not in left_out])):
            missing = sum(None in page.found for page in gather_lines(some, own / part, reader))
            print(f"fold {fold}, {part}: {len(some) - missing} of {len(some)} fields cut")
        recipe, _, start = bench.again(model, data_dir=str(own))
        recipe = recipe.changed(settings)
        runs.append(bench.train(recipe, start=start, runs=out / "runs", quiet=True).path)
    return runs


def fields(folder: Path, readers: list[Reader]) -> None:
    """Print how many fields are right, in all and by halves, and how many are read a second."""
    truth = json.loads((folder / "truth.json").read_text())
    pictures = [next(pages(folder / field["file"])) for field in truth]
    found = [
        readers[number % len(readers)].read_page(picture) for number, picture in enumerate(pictures)
    ]
    # a further line is a mistake, so it is marked
    texts = ["|".join(line["text"] for line in page["lines"]) for page in found]
    right = np.array([text == field["string"] for text, field in zip(texts, truth, strict=True)])
    for name, part in (("all", right), ("even", right[::2]), ("odd", right[1::2])):
        low, high = wilson_interval(int(part.sum()), len(part))
        rate = f"{part.mean():.1%} ({low:.1%} to {high:.1%})"
        print(f"fields, {name}: {part.sum()} of {len(part)} right, {rate}")
    promise([field["string"] for field in truth], texts, found)
    some = pictures[:50]
    took = seconds(lambda: [readers[0].read_page(picture) for picture in some])
    print(f"fields a second: {len(some) / took:.0f}")


def promise(truth: list[str], texts: list[str], found: list[Page]) -> None:
    """Print what "sure" is worth here: of digits, and of strings all of whose marks are sure."""
    wrong = digits = strings = wrong_strings = 0
    for string, text, page in zip(truth, texts, found, strict=True):
        marks = [mark for line in page["lines"] for mark in line["digits"]]
        read = [mark for mark in marks if mark["digit"] is not None]
        if len(read) == len(string):  # else nobody knows which digit is which
            for mark, sign in zip(read, string, strict=True):
                digits += mark["state"] == "sure"
                wrong += mark["state"] == "sure" and str(mark["digit"]) != sign
        if marks and all(mark["state"] == "sure" for mark in marks):
            strings += 1
            wrong_strings += text != string
    print(f"digits called sure, where their number is right: {wrong} of {digits:,} are wrong")
    print(f"fields of which every mark is sure: {wrong_strings} of {strings} are wrong")


def photos(folder: Path, reader: Reader) -> None:
    """Print which photos' lines are right."""
    for photo in json.loads((folder / "truth.json").read_text()):
        page = reader.read_page(next(pages(folder / photo["file"])))
        read = [line["text"] for line in page["lines"]]
        verdict = "right" if read == photo["lines"] else f"{read}, not {photo['lines']}"
        print(f"{photo['file']}: {verdict}")


def printed(reader: Reader) -> None:
    """Print how many lines of print hold no digit for the reader, as it should be."""
    folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
    clean = marks = 0
    for name in FONTS:
        font = ImageFont.truetype(folder / f"{name}.ttf", 40)
        for sentence in SENTENCES:
            paper = Image.new("RGB", (int(font.getlength(sentence)) + 80, 120), (247, 246, 243))
            ImageDraw.Draw(paper).text((40, 30), sentence, (25, 25, 30), font)
            read = "".join(line["text"] for line in reader.read_page(np.asarray(paper))["lines"])
            clean, marks = clean + (not read), marks + len(read)
    lines = len(FONTS) * len(SENTENCES)
    print(f"printed lines: {clean} of {lines} without a digit, {marks} digits in the others")


def labelled(reader: Reader) -> None:
    """Print how many numbers are read with nothing of the printed word before or after them."""
    folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
    digits = datasets.load("mnist").train  # the test set is for results alone
    rng = np.random.default_rng(0)
    for where, words in (("before", BEFORE), ("after", AFTER)):
        right = 0
        for name in FONTS:
            for word in words:
                font = ImageFont.truetype(folder / f"{name}.ttf", int(rng.integers(20, 50)))
                chosen = rng.integers(len(digits), size=rng.integers(2, 9))
                gap, width = int(rng.integers(15, 200)), int(font.getlength(word))
                start = 40 + width + gap if where == "before" else 40
                stop = start + 50 * len(chosen)
                paper = Image.new("L", (stop + gap + width + 40, 130), 246)
                place = 40 if where == "before" else stop + gap
                ImageDraw.Draw(paper).text((place, 84), word, 30, font, anchor="ls")
                row = np.asarray(paper).copy()
                for at, number in enumerate(chosen):
                    large = np.kron(digits.images[number], np.ones((2, 2), np.uint8))
                    part = row[36:92, start + 50 * at : start + 50 * at + 56]
                    part[:] = np.minimum(part, 246 - (large * 0.85).astype(np.uint8))
                page = reader.read_page(np.stack([row] * 3, axis=2))
                read = "|".join(line["text"] for line in page["lines"])
                right += read == "".join(str(digits.labels[number]) for number in chosen)
        print(f"numbers with a printed word {where}: {right} of {len(FONTS) * len(words)} right")


def painted() -> Pixels:
    """Return a page of 1000×1000 pixels with ten lines of ten MNIST digits."""
    digits = datasets.load("mnist").train.images  # the test set is for results alone
    sheet = np.full((1000, 1000), 235, np.uint8)
    for number, digit in enumerate(digits[:100]):
        y, x = 60 + 90 * (number // 10), 60 + 90 * (number % 10)
        large = digit.repeat(2, axis=0).repeat(2, axis=1)
        sheet[y : y + 56, x : x + 56] = 235 - (large * 0.8).astype(np.uint8)
    return np.stack([sheet] * 3, axis=2)


def seconds(work: Callable[[], object]) -> float:
    """Return how long some work takes: the median of three rounds after a first one."""
    took = []
    for _ in range(4):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return median(took[1:])


if __name__ == "__main__":
    main()
