"""Plates of classes and confidence."""

from __future__ import annotations

from typing import Any

import numpy as np

from ziffern.album import scores
from ziffern.evaluation.metrics import wilson_interval
from ziffern.evaluation.result import Evaluation


def evaluation() -> Evaluation:
    """Ten pictures of a, eight right; 100 of b, all right; none of c. Two mistakes, one sure."""
    labels = np.array([0] * 10 + [1] * 100)
    p = np.tile(np.float32([0.9, 0.06, 0.04]), (110, 1))
    p[10:] = [0.01, 0.97, 0.02]
    p[0] = [0.001, 0.998, 0.001]
    p[1] = [0.4, 0.5, 0.1]
    return Evaluation("abc", "test", ("a", "b", "c"), labels, p)


def test_classes_with_their_intervals_and_the_hardest_one() -> None:
    numbers: dict[str, Any] = {}
    (plate,) = scores.classes(evaluation(), numbers)
    assert [row["recall"] for row in numbers["classes"]] == [0.8, 1, None]
    assert numbers["classes"][0]["wilson95"] == list(wilson_interval(8, 10))
    assert numbers["classes"][2]["support"] == 0
    assert "Least is found of a: 80.00" in plate.text
    assert plate.table is not None
    assert [row[0] for row in plate.table.rows] == ["a", "b"]
    assert plate.table.rows[0][2] == scores.interval(wilson_interval(8, 10))


def test_confidence_in_numbers_and_words() -> None:
    numbers: dict[str, Any] = {}
    calibration, confidence, abstention = scores.confidence(evaluation(), numbers)
    assert numbers["ece"] == evaluation().reliability.ece
    assert f"{100 * numbers['ece']:.2f} percentage points" in calibration.text
    assert numbers["wrong_over_99"] == 1
    assert confidence.text.startswith("1 of 2 wrong answers")
    # without the unsure mistake 108 of 109 are right
    assert numbers["abstention"]["answered_at"] == {"0.99": 109 / 110}
    assert "99\N{NARROW NO-BREAK SPACE}% right of the surest 99.1" in abstention.text
    assert abstention.facts[0][1] == f"{numbers['abstention']['aurc']:.6f}"


def test_intervals_are_written_short() -> None:
    assert scores.interval((0.98925, 0.9929)) == "98.92–99.29\N{NARROW NO-BREAK SPACE}%"
