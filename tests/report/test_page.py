import base64
import dataclasses
import io
import itertools
import math
import re

import numpy as np
import pytest
from html_page import Page
from PIL import Image

from ziffern.evaluation.result import Evaluation
from ziffern.report import LayerRow, Printed, ReportContent, write_report

DIGITS = tuple("0123456789")
WORDS = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag")
NASTY = '<script>alert("x")</script> & Söhne'


def evaluation(split="test", n=400, names=DIGITS, looks=1):
    """Numbers 5, 17 and 300 are wrong, in rising order of margin."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, len(names), n)
    probabilities = np.full((n, len(names)), 0.1 / (len(names) - 1), dtype=np.float32)
    probabilities[np.arange(n), labels] = 0.9
    for index, sure in ((5, 0.5), (17, 0.7), (300, 0.95)):
        if index < n:
            probabilities[index] = (1 - sure) / (len(names) - 1)
            probabilities[index, (labels[index] + 1) % len(names)] = sure
    return Evaluation("mnist", split, names, labels, probabilities, looks)


def images(n=400):
    return np.random.default_rng(1).integers(0, 256, (n, 28, 28), dtype=np.uint8)


def history(epochs=4):
    return [
        {
            "epoch": e, "loss": 0.5 / e, "accuracy": 1 - 0.2 / e, "validation_loss": 0.4 / e,
            "validation_accuracy": 0.99 if e == 3 else 0.95, "learning_rate": 0.01 * 0.6**e,
            "seconds": 1.5, "images_per_second": 900.0,
        }
        for e in range(1, epochs + 1)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def content():
    return ReportContent(
        title="Marvin",
        run="20261121-190502-marvin-s0",
        layers=[
            LayerRow("conv2d", "Conv2D", (26, 26, 32), 320, 194_688),
            LayerRow("dense", "Dense", (10,), 1_010, 1_000),
        ],
        history=history(),
        validation=evaluation("validation", 100),
        test=evaluation(),
        images=images(),
        causes=("hardly readable", "label disputed", "network wrong"),
        disputed=(17, 40),
        printed=Printed(
            images=images(20),
            labels=np.arange(20) % 10,
            fonts=["Sans"] * 10 + ["Serif"] * 10,
            predictions=np.array([*range(10), *range(9), 4]),
        ),
        test_looks=1,
        reported=0.99,
        settings={"Optimiser": "Adam"},
        hardware={"Processor": "two cores"},
        versions={"PyTorch": "2.13"},
        times={"Training": "17 s"},
        recipe_toml='title = "Marvin"\n',
    )


@pytest.fixture(scope="module")
def page(content):
    return Page(write_report(content))


def test_the_first_screen_answers_the_question(page, content):
    header = page.text("header")[0]
    assert page.text("h1") == ["Marvin"]
    assert "99.25 % of 400 test digits of mnist right" in header
    low, high = content.test.wilson95
    assert f"95 % interval {100 * low:.2f}–{100 * high:.2f} %" in header
    assert page.text("span", "seal") == ["Test set looked at once"]
    assert "reported by source" in header
    assert "wrong answers 3 " in header


@pytest.mark.parametrize(
    ("looks", "words"),
    [(0, "Test set still sealed"), (2, "Test set looked at 2 times, result not kept")],
)
def test_without_a_test_result_everything_is_about_validation(content, looks, words):
    sealed = dataclasses.replace(
        content, test=None, images=images(100), causes=(), disputed=(), test_looks=looks
    )
    page = Page(write_report(sealed))
    assert page.text("span", "seal") == [words]
    assert "of 100 validation digits of mnist right" in page.text("header")[0]
    assert "Everything below is about validation digits" in page.text("header")[0]
    assert "The first 100 validation digits" in page.text("h2")
    assert "test digits" not in page.text("main")[0]


def test_the_strip_shows_accuracies_inside_their_intervals(page):
    ranges = [
        dict(part.split(":") for part in e["style"].split(";")) for e in page.all("span", "range")
    ]
    dots = [float(e["style"].removeprefix("left:").rstrip("%")) for e in page.all("span", "dot")]
    assert len(ranges) == 2  # test and validation
    assert len(dots) == 3  # and the reported one
    for found, dot in zip(ranges, dots, strict=False):
        low, width = float(found["left"][:-1]), float(found["width"][:-1])
        assert 0 <= low < dot < low + width <= 100


def test_the_grid_has_the_first_196_with_their_mistakes(page):
    tiles = page.within("first", "li", "tile")
    assert len(tiles) == 196
    section = page.section("first")
    assert "194 right, 2 wrong" in section
    wrong = [number for number, tile in enumerate(tiles) if "wrong" in tile["class"]]
    assert wrong == [5, 17]
    assert all("≠" in tiles[n]["text"] for n in wrong)
    assert sum("≠" in tile["text"] for tile in tiles) == 2


def test_every_picture_tells_its_content(page, content):
    pictures = page.all("img")
    # pairs, grid, printed, extremes with the hardest, most wrong, causes
    assert len(pictures) == 3 + 196 + 20 + (2 + 50) + 3 + 3
    assert all(picture["alt"] for picture in pictures)
    first = page.within("first", "img")
    label, read = content.test.labels[5], content.test.predictions[5]
    assert first[5]["alt"] == f"{label}, wrongly read as {read}"
    assert first[0]["alt"] == f"{content.test.labels[0]}, read right"
    drawings = page.all("svg")
    assert len(drawings) == 5  # curves for desktop and phone, reliability, confidence, abstaining
    for drawing in drawings:
        assert drawing["role"] == "img"
        assert len(drawing["aria-label"]) > 50
    assert "The best epoch is 3." in drawings[0]["aria-label"]
    assert "Validation accuracy goes from" in drawings[0]["aria-label"]


def test_the_pictures_are_those_given(page, content):
    uri = page.within("first", "img")[7]["src"]
    ink = np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1]))))[..., 1]
    np.testing.assert_array_equal(ink, content.images[7])


def test_the_most_wrong_are_ranked_with_probabilities(page):
    cards = page.text("li", "card")
    assert [int(re.search(r"no\. (\d+)", card)[1]) for card in cards] == [300, 17, 5]
    assert "0.9500" in cards[0]
    assert "difference 0.9444" in cards[0]
    assert "All wrong answers" in page.section("worst")


def test_the_confusion_table_holds_all_counts(page, content):
    table = page.all("table", "confusion")[0]
    cells = page.all("td", "right")[:10], page.all("td", "wrong")
    assert [int(cell["text"]) for cell in cells[0]] == content.test.confusion.diagonal().tolist()
    assert sum(int(cell["text"]) for cell in cells[1]) == 3
    assert "Rows: what it is; columns: what the network read." in " ".join(table["text"].split())
    heats = [float(cell["style"].split(":")[1]) for cell in cells[1]]
    assert all(
        (heat > 0) == (cell["text"] != "0") for heat, cell in zip(heats, cells[1], strict=True)
    )


def test_classes_layers_and_epochs_are_listed(page, content):
    classes = page.section("classes")
    for score in content.test.per_class:
        assert f"{100 * score.recall:.2f} %" in classes
    layers = page.section("layers")
    assert "conv2d Conv2D 26×26×32 320 194,688" in layers
    assert "total 1,330 195,688" in layers
    assert "3 ○ best" in page.section("curves")
    assert f"{100 * content.test.reliability.ece:.2f} percentage points" in page.section(
        "calibration"
    )


def test_printed_digits_come_with_the_font_with_mistakes_first(page):
    printed = page.section("printed")
    assert "Of 20 digits rendered from 2 fonts the network reads 19 right" in printed
    fonts = [name for name in page.text("h3") if name in ("Sans", "Serif")]
    assert fonts == ["Serif", "Sans"]
    assert "4≠9" in printed


def test_recipe_and_circumstances_are_there(page):
    assert page.text("pre") == ['title = "Marvin"']
    assert "Optimiser Adam" in page.section("recipe")
    for words in ("two cores", "2.13", "17 s"):
        assert words in page.section("made")


def test_nothing_is_fetched_and_no_script_runs(page, content):
    for element in page.elements:
        assert element["tag"] not in {"script", "iframe", "object", "embed", "base"}
        for attribute in ("src", "href", "srcset", "action"):
            assert element.get(attribute, "#").startswith(("#", "data:"))
        assert not any(name.startswith("on") for name in element)
    style = page.text("style")[0]
    assert "url(" not in style
    assert "@import" not in style
    policy = next(e["content"] for e in page.all("meta") if "http-equiv" in e)
    assert policy.startswith("default-src 'none'")


def test_the_page_is_sound_for_screen_readers_phones_and_print(page):
    assert page.all("html")[0]["lang"] == "en"
    assert any(e.get("name") == "viewport" for e in page.all("meta"))
    levels = [int(e["tag"][1]) for e in page.elements if re.fullmatch(r"h\d", e["tag"])]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert len(page.ids()) == len(set(page.ids()))
    anchors = {e["href"].removeprefix("#") for e in page.all("a")}
    assert anchors <= set(page.ids())
    assert all(cell.get("scope") in {"row", "col"} for cell in page.all("th"))
    style = page.text("style")[0]
    for feature in ("@media print", "prefers-color-scheme: dark", "max-width: 36rem"):
        assert feature in style


def test_all_text_of_the_user_is_escaped(content):
    names = (*DIGITS[:9], NASTY)
    nasty = dataclasses.replace(
        content,
        title=NASTY,
        run=NASTY,
        summary=NASTY,
        notices=[NASTY],
        layers=[LayerRow(NASTY, NASTY, (1,), 0, 0)],
        test=evaluation(names=names),
        printed=dataclasses.replace(content.printed, fonts=[NASTY] * 20),
        settings={NASTY: NASTY},
        recipe_toml=NASTY,
    )
    html = write_report(nasty)
    assert "<script" not in html
    page = Page(html)
    assert page.text("h1") == [NASTY]
    assert page.text("pre") == [NASTY]
    assert page.text("p", "notice") == [NASTY]


def test_words_as_class_names(content):
    words = dataclasses.replace(
        content, test=evaluation(names=(*WORDS, "Ankle boot")), validation=None, printed=None,
        causes=(), disputed=(),
    )  # fmt: skip
    page = Page(write_report(words))
    assert "of 400 test pictures of mnist right" in page.text("header")[0]
    assert page.all("ul", "words")
    assert page.all("table", "words")
    assert "digits" not in page.text("main")[0]
    assert not any(e.get("id") == "printed" for e in page.elements)


def test_many_fonts_and_many_mistakes_are_cut_with_a_word(content):
    rng = np.random.default_rng(2)
    n = 400
    coin = Evaluation(
        "mnist", "test", DIGITS, rng.integers(0, 10, n),
        rng.dirichlet([1] * 10, n).astype(np.float32), 1,
    )  # fmt: skip
    fonts = [f"Font {n}" for n in range(30) for _ in range(10)]
    printed = Printed(images(300), np.arange(300) % 10, fonts, np.arange(300) % 10)
    many = dataclasses.replace(content, test=coin, printed=printed, causes=(), disputed=())
    page = Page(write_report(many))
    assert "Shown are 8 fonts" in page.section("printed")
    assert len(page.all("li", "card")) == 24
    assert f"The 24 of {n - coin.correct} wrong answers" in page.section("worst")


def test_what_is_missing_is_left_out():
    page = Page(write_report(ReportContent(title="Bare", run="r")))
    assert page.text("p", "notice") == [
        "This run has not been evaluated. Test set still sealed.",
    ]
    assert page.text("h2") == []
    assert page.all("nav") == []


def test_the_best_epoch_is_marked_whichever_is_kept_and_the_parting_beside_it(content):
    rows = history(8)
    for row, loss in zip(rows, [0.5, 0.3, 0.2, 0.15, 0.15, 0.16, 0.16, 0.17], strict=True):
        row["validation_loss"] = loss
        row["validation_accuracy"] = 0.97 if row["epoch"] == 6 else 0.95
    page = Page(write_report(dataclasses.replace(content, history=rows, kept_epoch=8)))
    assert "8, best 6, kept 8" in page.text("dd")
    assert "6 ○ best" in page.section("curves")
    assert "training and validation part, after epoch 4" in page.section("curves")
    assert "part after epoch 4." in page.all("svg")[0]["aria-label"]


def test_a_run_without_validation_and_one_that_diverged_are_shown(content):
    rows = [{**row, "validation_loss": None, "validation_accuracy": None} for row in history()]
    rows[-1]["loss"] = math.nan
    page = Page(write_report(dataclasses.replace(content, history=rows, validation=None)))
    curves = page.section("curves")
    assert "best" not in curves
    assert "nan" not in curves
    assert "–" in curves
    assert "stretches towards 100 %" in curves


def test_a_network_that_learnt_little_has_plain_curves(content):
    rows = [{**row, "accuracy": 0.1, "validation_accuracy": 0.1} for row in history()]
    page = Page(write_report(dataclasses.replace(content, history=rows)))
    assert "stretches" not in page.section("curves")


def test_a_perfect_network_and_a_class_without_samples(content):
    labels = np.zeros(3, dtype=np.int64)
    perfect = Evaluation("mnist", "test", DIGITS, labels, np.eye(10, dtype=np.float32)[labels], 1)
    few = dataclasses.replace(content, test=perfect, images=images(3), causes=(), disputed=())
    page = Page(write_report(few))
    assert "No mistake among 3 test digits" in page.section("confusion")
    assert not {"worst", "causes"} & set(page.ids())
    assert len(page.all("div", "extreme")) == 1  # there is a hardest right one, and no wrong one
    assert "It gave no wrong answer." in page.section("calibration")
    assert "nan" not in page.section("classes")
    assert "The first 3 test digits" in page.text("h2")


def test_the_file_stays_small(content):
    big = dataclasses.replace(content, test=evaluation(n=10_000), images=images(10_000))
    # pictures of noise, which PNG cannot shrink: real digits take a third of it
    assert len(write_report(big).encode()) < 1_000_000
