from __future__ import annotations

import math

import numpy as np
import pytest

from ziffern.evaluation.learning import best_epoch, parting_epoch


def history(training, validation, accuracies=None):
    accuracies = [0.9] * len(training) if accuracies is None else accuracies
    return [
        {"epoch": epoch, "loss": loss, "validation_loss": other, "validation_accuracy": accuracy}
        for epoch, (loss, other, accuracy) in enumerate(
            zip(training, validation, accuracies, strict=True), start=1
        )
    ]


def test_the_best_epoch_has_the_highest_accuracy_and_then_the_lowest_loss() -> None:
    rows = history([1] * 4, [0.2, 0.1, 0.09, 0.08], [0.95, 0.98, 0.99, 0.99])
    assert best_epoch(rows) == 4
    assert best_epoch(rows[:3]) == 3
    assert best_epoch(history([0.7], [None], [None])) is None
    assert best_epoch(history([0.7] * 2, [math.nan, 0.5], [0.9, 0.95])) == 2


FALLING = [0.28, 0.11, 0.065, 0.038, 0.024, 0.015, 0.011, 0.009, 0.008, 0.007]
RISING = [0.167, 0.123, 0.104, 0.085, 0.082, 0.083, 0.084, 0.085, 0.086, 0.088]


def test_curves_part_where_only_the_training_goes_on() -> None:
    assert parting_epoch(history(FALLING, RISING)) == 5


def test_a_loss_that_stays_level_parts_too() -> None:
    level = [*RISING[:5], *[0.082] * 5]
    assert parting_epoch(history(FALLING, level)) == 5


def test_an_improvement_within_the_noise_does_not_count() -> None:
    rng = np.random.default_rng(0)
    epochs = np.arange(60)
    training = 0.3 * np.exp(-epochs / 15)
    validation = (0.1 + 0.2 * np.exp(-epochs / 5)) * np.exp(0.05 * rng.standard_normal(60))
    found = parting_epoch(history(training, validation))
    lowest = int(validation.argmin()) + 1
    assert found is not None
    assert found < lowest
    assert validation[found - 1] < validation.min() * 1.15


@pytest.mark.parametrize(
    ("training", "validation"),
    [
        (FALLING, [0.9 * loss for loss in FALLING]),
        (FALLING, [1.1 * loss for loss in FALLING]),
        ([0.3, 0.2, 0.15, 0.15, 0.15, 0.15], [0.3, 0.2, 0.16, 0.16, 0.16, 0.16]),
        ([1.0, 0.7, 0.5, 0.4, 0.35, 0.3], [0.3, 0.2, 0.15, 0.15, 0.15, 0.15]),
        (FALLING[:3], RISING[2:5]),
        (FALLING, [None] * 10),
        ([math.nan] * 10, RISING),
        ([], []),
    ],
    ids=[
        "better on validation", "together", "both at an end", "harder training", "too short",
        "no validation", "diverged", "no epoch",
    ],
)  # fmt: skip
def test_curves_that_do_not_part(training, validation) -> None:
    assert parting_epoch(history(training, validation)) is None


def test_the_last_epochs_alone_tell_nothing() -> None:
    falling = [0.4 / epoch for epoch in range(1, 9)]
    training = [loss / 2 for loss in falling] + [0.001, 0.0005]
    assert parting_epoch(history(training[:9], [*falling, 0.06])) is None
    assert parting_epoch(history(training, [*falling, 0.06, 0.07])) == 8


def test_losses_of_zero_and_missing_epochs_are_no_obstacle() -> None:
    training = [*FALLING[:8], 0.0, 0.0]
    validation = [*RISING[:6], None, *RISING[7:]]
    assert parting_epoch(history(training, validation)) == 5
