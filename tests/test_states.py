from __future__ import annotations

import numpy as np
import pytest

from ziffern.errors import InputError
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


@pytest.mark.parametrize("given", [(0.5, 0.6), (1.1, 0.5), (0.9, -0.1), (float("nan"), 0.5)])
def test_thresholds_that_cannot_be(given: tuple[float, float]) -> None:
    with pytest.raises(InputError, match="thresholds"):
        Thresholds(*given)
