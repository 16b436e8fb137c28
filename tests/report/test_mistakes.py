"""What the report says of mistakes: on the page, and as numbers for it."""

import dataclasses
import re

import numpy as np
import pytest
from html_page import Page

from ziffern.evaluation.abstention import risk_coverage
from ziffern.evaluation.metrics import wilson_interval
from ziffern.evaluation.result import Evaluation
from ziffern.report import ReportContent, mistakes, write_report

DIGITS = tuple("0123456789")


def images(n=400):
    return np.random.default_rng(1).integers(0, 256, (n, 28, 28), dtype=np.uint8)


def answers(wrong):
    """Answer 400 digits, of which those in `wrong` (index to answer and its probability) fail."""
    labels = np.arange(400) % 10
    probabilities = np.full((400, 10), 0.02, dtype=np.float32)
    probabilities[np.arange(400), labels] = 0.82
    for index, (read, sure) in wrong.items():
        probabilities[index] = (1 - sure) / 9
        probabilities[index, read] = sure
    return Evaluation("mnist", "test", DIGITS, labels, probabilities, 1)


# in the order of wrongness: 5, 3, 13, 94
WRONG = {3: (8, 0.9), 13: (8, 0.8), 94: (9, 0.5), 5: (6, 0.995)}


@pytest.fixture(scope="module")
def content():
    return ReportContent(
        title="Marvin",
        run="20261121-190502-marvin-s0",
        test=answers(WRONG),
        images=images(),
        causes=("network wrong", "hardly readable", "label disputed", "network wrong"),
        disputed=(13, 14, 20),
        test_looks=1,
    )


@pytest.fixture(scope="module")
def page(content):
    return Page(write_report(content))


def test_confused_pairs_come_with_their_pictures(content, page):
    pairs = mistakes.confused(content.test, content.images)
    assert [(p["predicted"], p["true"], p["count"]) for p in pairs] == [
        ("8", "3", 2), ("9", "4", 1), ("6", "5", 1),
    ]  # fmt: skip
    assert [tile["index"] for tile in pairs[0]["tiles"]] == [3, 13]
    assert mistakes.confused(content.test, None)[0]["tiles"] == []
    rows = page.within("confusion", "div", "pair")
    assert " ".join(rows[0]["text"].split()) == "8≠3 2 times"
    assert [i["alt"] for i in page.within("confusion", "img")][:2] == ["3, wrongly read as 8"] * 2


def test_the_hardest_right_and_the_most_wrong_stand_with_all_probabilities(content, page):
    hard = content.test.probabilities.copy()
    hard[7] = 0.08
    hard[7, 7] = 0.28
    panels = mistakes.extremes(
        dataclasses.replace(content.test, probabilities=hard), content.images
    )["panels"]
    assert [panel["tile"]["index"] for panel in panels] == [7, 5]
    for panel in panels:
        values = [p for _, p in panel["rows"]]
        np.testing.assert_allclose(values, hard[panel["tile"]["index"]])
    bars = page.within("extremes", "li")[10:20]
    assert " ".join(bars[6]["text"].split()) == "699.50 % answer"  # name, bar, value
    assert bars[5]["text"].endswith("truth")
    assert bars[6]["class"] == "predicted"
    assert "--p:99.5%" in [e["style"] for e in page.within("extremes", "i")][16]
    assert "The most wrong: 6≠5" in page.section("extremes")


def test_the_hardest_right_ones_are_written_as_equations(page):
    names = [e["text"] for e in page.within("extremes", "span", "name")]
    equations = [name for name in names if "=" in name]
    assert len(equations) == 50
    assert all(re.fullmatch(r"(\d)=\1", equation) for equation in equations)


def test_every_wrong_answer_stands_under_its_cause(content, page):
    groups = mistakes.by_cause(content, content.test, content.images)
    found = {group["cause"]: [tile["index"] for tile in group["tiles"]] for group in groups}
    assert found == {"network wrong": [5, 94], "label disputed": [13], "hardly readable": [3]}
    headings = [" ".join(e["text"].split()) for e in page.within("causes", "h3")]
    assert headings == ["Network wrong: 2", "Label disputed: 1", "Hardly readable: 1"]
    cards = [" ".join(card["text"].split()) for card in page.within("worst", "li", "card")]
    # a line break in between
    assert [card.split("no. ")[1] for card in cards] == [
        "5network wrong", "3hardly readable", "13label disputed", "94network wrong",
    ]  # fmt: skip


def test_accuracy_with_disputed_labels_set_aside(content, page):
    # 14 and 20 are read as their labels say, 13 is not
    aside = mistakes.aside(content, content.test)
    assert (aside["count"], aside["wrong"], aside["n"]) == (3, 1, 397)
    assert aside["accuracy"] == 394 / 397
    assert aside["ends"] == wilson_interval(394, 397)
    table = page.section("causes")
    assert "all labels as they are 400 99.00 %" in table
    assert "disputed ones set aside 397 99.24 %" in table
    assert "labels of 3 test digits are disputed" in table


def test_without_a_review_no_label_is_disputed(content):
    validation = dataclasses.replace(content.test, split="validation")
    plain = dataclasses.replace(
        content, test=None, validation=validation, disputed=(),
        causes=("network wrong", "hardly readable", "hardly readable", "network wrong"),
    )  # fmt: skip
    section = Page(write_report(plain)).section("causes")
    assert "disputed" not in section
    assert "Northcutt" not in section
    nothing = Page(write_report(dataclasses.replace(plain, causes=())))
    assert "causes" not in nothing.ids()
    assert not any("causes" in e["href"] for e in nothing.all("a"))


def test_long_groups_are_cut_with_a_word():
    labels = np.zeros(60, dtype=np.int64)
    p = np.zeros((60, 10), dtype=np.float32)
    p[:, 1] = 1
    content = ReportContent(
        title="Wrong", run="r", test=Evaluation("mnist", "test", DIGITS, labels, p, 1),
        images=images(60), causes=("network wrong",) * 60, test_looks=1,
    )  # fmt: skip
    page = Page(write_report(content))
    assert "Network wrong: 60 " in page.section("causes")
    assert "The 20 most wrong are shown." in page.section("causes")
    assert len(page.within("causes", "img")) == 20
    assert "60 times, the first 10" in page.section("confusion")
    assert len(page.within("extremes", "div", "extreme")) == 1  # nothing is right
    assert "gains nothing worth marking" in page.section("calibration")
    assert "60 of its 60 wrong answers" in page.section("calibration")


def test_recall_is_drawn_on_a_line_that_holds_every_interval(content):
    shown = mistakes.classes(content.test)
    start = float(shown["start"].split()[0].rstrip("%")) / 100
    for row in shown["rows"]:
        low, _ = row["ends"]
        assert 0 <= row["low"] <= row["place"] <= row["low"] + row["width"] <= 100.1
        assert row["low"] == pytest.approx(100 * (low - start) / (1 - start), abs=0.1)
        place = 100 * (row["score"].recall - start) / (1 - start)
        assert row["place"] == pytest.approx(place, abs=0.1)
    one = Evaluation("mnist", "test", ("a", "b"), np.array([0]), np.array([[0.6, 0.4]]), 1)
    assert [row["ends"] is None for row in mistakes.classes(one)["rows"]] == [False, True]


def test_staying_silent_is_told_in_words_and_for_those_who_cannot_see(content, page):
    curve = risk_coverage(content.test.labels, content.test.probabilities)
    section = page.section("calibration")
    assert f"(AURC): {curve.aurc:.6f}" in section
    confidence, silence = (drawing["aria-label"] for drawing in page.all("svg")[1:])
    assert "396 right answers with a median confidence of 82.0" in confidence
    assert "1 wrong ones are surer than 99 %." in confidence
    assert "of all answers 99.00" in silence
    assert "1 of its 4 wrong answers it gives with more than 99 %." in section


def test_causes_have_to_fit(content):
    with pytest.raises(Exception, match="2 causes for 4 wrong answers"):
        dataclasses.replace(content, causes=("network wrong",) * 2)
