"""The study of a reading: what the network said, what it would have said, in words and numbers."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from ziffern import datasets
from ziffern.contract import Contract
from ziffern.datasets import Part
from ziffern.errors import InputError
from ziffern.exploration.misread import NEAREST, Study, study_of
from ziffern.states import Thresholds


class Leaning:
    """Reads a 1 where the ink leans to the right by more than 15°, else a 7; surer the more."""

    name, class_names, contract = "leaning", tuple("0123456789"), Contract()
    thresholds, temperature = Thresholds(sure=0.9, digit=0.3), 1.0
    background_class = False

    def predict(self, images: np.ndarray) -> np.ndarray:
        from ziffern.exploration.strokes import strokes

        slant = np.nan_to_num(strokes(images).slant)
        one = 1 / (1 + np.exp(-(slant - 15) / 4))
        answers = np.full((len(images), 10), 0.001, np.float32)
        answers[:, 1], answers[:, 7] = 0.992 * one, 0.992 * (1 - one)
        return answers


@pytest.fixture(scope="module")
def training() -> Part:
    part = datasets.load("mnist", offline=True).train
    return Part(part.images[:600], part.labels[:600])


def scan(lean: int, thick: int = 8, side: int = 100) -> np.ndarray:
    """Return a stroke that leans to the right by so many pixels of 60."""
    picture = np.full((side, side), 250, np.uint8)
    for row in range(60):
        left = side // 2 - thick // 2 + round(lean * (0.5 - row / 60))
        picture[20 + row, left : left + thick] = 30
    return picture


@pytest.fixture(scope="module")
def study(training: Part) -> Study:
    return study_of(scan(10), Leaning(), training)  # type: ignore[arg-type]


def test_the_change_that_matters_is_found(study: Study) -> None:
    assert study.answer.digit == "7"
    assert study.flips["slant"].change == "+10°"
    assert study.flips["slant"].digit == "1"
    assert study.flips["rotation"].change == "+10°"
    assert "shift" not in study.flips
    assert "size" not in study.flips
    sentences = study.sentences()
    assert sentences[0].startswith("Read as 7 with ")
    assert "slant (+10°) gives 1 with" in " ".join(sentences)
    assert any(text.startswith("Not by ") and "shift" in text for text in sentences)


def test_relatives_are_the_digits_most_alike(study: Study, training: Part) -> None:
    assert study.nearest.shape == (NEAREST, 28, 28)
    assert study.labels.count("1") >= NEAREST - 2
    assert "The training digits most like it are 1" in " ".join(study.sentences())
    assert "which speaks against it" in " ".join(study.sentences())
    own = study_of(training.images[3], Leaning(), training)  # type: ignore[arg-type]
    np.testing.assert_array_equal(own.nearest[0], training.images[3])


def test_how_it_was_written_is_told(training: Part) -> None:
    small = np.pad(scan(2, thick=1), ((10, 180), (10, 180)), constant_values=250)
    said = " ".join(study_of(small, Leaning(), training).sentences())  # type: ignore[arg-type]
    assert "As it came it was thinner, smaller, further off the middle than MNIST's 7s" in said
    leaning = study_of(scan(60), Leaning(), training)  # type: ignore[arg-type]
    assert leaning.answer.digit == "1"
    assert leaning.answer.state == "sure"
    said = " ".join(leaning.sentences())
    assert ", sure." in said
    assert "Unusual for a 1" in said


def test_numbers_fit_json(study: Study) -> None:
    table = json.loads(json.dumps(study.as_dict()))
    assert table["digit"] == "7"
    assert table["flips"]["slant"] == "+10°"
    assert set(table["measures"]) == {"stroke", "slant", "breadth", "size", "offset"}
    low, high = table["measures"]["slant"]["usual"]
    assert low < high
    assert len(table["corrections"]["shift"]) == 8
    assert sum(table["probabilities"].values()) == pytest.approx(1, abs=0.01)


def test_blank_pictures_and_no_relatives(training: Part) -> None:
    blank = study_of(np.full((40, 40), 255, np.uint8), Leaning(), training)  # type: ignore[arg-type]
    assert blank.measures is None
    assert blank.changed == {}
    assert blank.sentences() == [
        "Nothing stands out from the paper: the network was given an empty picture."
    ]
    assert json.dumps(blank.as_dict())
    none = Part(training.images[:0], training.labels[:0])
    alone = study_of(scan(10), Leaning(), none)  # type: ignore[arg-type]
    assert alone.labels == ()
    assert "training digits most like" not in " ".join(alone.sentences())


def test_models_of_other_pictures_are_refused(training: Part) -> None:
    class Framed(Leaning):
        contract = Contract(centre="frame")

    with pytest.raises(InputError, match="leaning wants pictures of 28×28, box 20, centred by fr"):
        study_of(scan(10), Framed(), training)  # type: ignore[arg-type]


def test_a_picture_may_have_any_size(training: Part) -> None:
    tiny = np.asarray(Image.fromarray(scan(10)).resize((16, 16), Image.Resampling.BOX))
    found = study_of(tiny, Leaning(), training)  # type: ignore[arg-type]
    assert found.raw.shape == (16, 16)
    assert found.answer.digit in "17"


def test_other_paper_or_another_side_up_counts_only_where_the_answer_is_surer(
    study: Study,
) -> None:
    for kind in ("polarity", "orientation"):
        for answer in study.changed[kind]:
            other = answer.digit != "7" and answer.state != "no-digit"
            surer = answer.probability > study.answer.probability
            assert study.is_flip(kind, answer) == (other and surer)
            assert study.is_flip("slant", answer) == other
