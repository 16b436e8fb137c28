from __future__ import annotations

import json

import numpy as np
import pytest

from ziffern.errors import InputError, RunError
from ziffern.states import Thresholds, states


def test_confidence_decides_and_a_threshold_itself_counts_as_reached() -> None:
    confidences = [0.99, 0.98, 0.5, 0.49]
    answers = np.array([[1 - value, value] for value in confidences])
    answers[3] = [0.49, 0.49]  # a third class has the rest
    assert states(answers, Thresholds(sure=0.99, digit=0.5)) == [
        "sure",
        "unsure",
        "unsure",
        "no-digit",
    ]


def test_thresholds_go_through_json() -> None:
    given = Thresholds(0.9974, 0.61)
    assert Thresholds.from_dict(json.loads(json.dumps(given.to_dict()))) == given
    assert Thresholds.from_dict({}) == Thresholds()
    for values in (None, 3, {"sure": 2}, {"sre": 0.9}, {"sure": "0.9"}):
        with pytest.raises(RunError, match="unusable thresholds"):
            Thresholds.from_dict(values)


@pytest.mark.parametrize("given", [(0.5, 0.6), (1.1, 0.5), (0.9, -0.1), (float("nan"), 0.5)])
def test_thresholds_that_cannot_be(given: tuple[float, float]) -> None:
    with pytest.raises(InputError, match="thresholds"):
        Thresholds(*given)


def test_with_a_background_class_all_digits_together_say_that_there_is_one() -> None:
    torn, faint, clear = [0.46, 0.46, 0.0], [0.2, 0.1, 0.05], [0.995, 0.0, 0.0]
    answers = np.array([torn, faint, clear])
    thresholds = Thresholds(sure=0.99, digit=0.5)
    found = states(answers, thresholds, background_class=True)
    assert found == ["unsure", "no-digit", "sure"]
    assert states(answers, thresholds) == ["no-digit", "no-digit", "sure"]
