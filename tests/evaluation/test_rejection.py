"""What digits and no digits are called, and how often that is what they are not."""

from __future__ import annotations

import numpy as np
import pytest

from ziffern import datasets
from ziffern.evaluation.metrics import wilson_interval
from ziffern.evaluation.rejection import called, false_accepts, false_rejects
from ziffern.states import Thresholds

LIMITS = Thresholds(sure=0.9, digit=0.5)


def answers(*confidences: float) -> np.ndarray:
    """Return probabilities whose first class has these, and nine others the rest."""
    rows = [[value, *[(1 - value) / 9] * 9] for value in confidences]
    return np.array(rows, np.float32)


class Shy:
    """A model that is the surer the more ink there is."""

    name, class_names, thresholds = "shy", tuple("0123456789"), LIMITS
    background_class = False

    def predict(self, images: np.ndarray) -> np.ndarray:
        return answers(*np.clip(images.mean(axis=(1, 2)) / 50, 0.1, 1))


def test_no_digits_are_called_falsely_where_they_are_called_digits() -> None:
    found = called("stars", answers(0.95, 0.92, 0.6, 0.3, 0.2), LIMITS)
    assert (found.n, found.sure, found.unsure, found.no_digit) == (5, 2, 1, 2)
    assert (found.false, found.wrong) == (3, None)
    assert found.wilson95 == wilson_interval(3, 5)
    table = found.as_dict()
    assert (table["kind"], table["false"]) == ("stars", 3)
    assert "sure_and_wrong" not in table


def test_digits_are_called_falsely_where_they_are_called_none() -> None:
    labels = np.array([0, 1, 0, 0, 2])
    found = called("digits", answers(0.95, 0.97, 0.6, 0.3, 0.95), LIMITS, labels)
    assert (found.sure, found.unsure, found.no_digit, found.wrong) == (3, 1, 1, 2)
    assert found.false == 1
    assert found.as_dict()["sure_and_wrong"] == 2


def test_a_model_is_asked_about_every_kind() -> None:
    part = datasets.load("mnist", offline=True).train
    found = {each.kind: each for each in false_accepts(Shy(), part.images, part.labels, each=4)}
    assert {"symbols", "drawings", "blank paper", "lying digits"} <= set(found)
    assert all(each.n == 4 and each.wrong is None for each in found.values())
    assert found["textures"].sure == 4
    assert found["blank paper"].no_digit == 4
    assert "lying digits" not in {each.kind for each in false_accepts(Shy(), each=1)}
    digits = false_rejects(Shy(), part.images[:300], part.labels[:300])
    assert digits.n == 300
    assert digits.wrong is not None
    assert digits.no_digit == (part.images[:300].mean(axis=(1, 2)) < 25).sum()


@pytest.mark.parametrize("limits", [Thresholds(0, 0), Thresholds(1, 1)])
def test_thresholds_at_the_ends(limits: Thresholds) -> None:
    found = called("stars", answers(0.95, 0.2), limits)
    assert (found.sure, found.no_digit) == ((2, 0) if limits.sure == 0 else (0, 2))
