import math
from typing import Any

import pytest

from ziffern.errors import InputError
from ziffern.history import EpochRow
from ziffern.training.events import TrainingState
from ziffern.training.listeners import EarlyStopping, best_epoch, should_stop


def losses(*values: float | None, monitor: str = "validation_loss") -> list[EpochRow]:
    rows: list[Any] = [
        {
            "epoch": epoch,
            "loss": math.nan,
            "validation_loss": None,
            "validation_accuracy": None,
            monitor: value,
        }
        for epoch, value in enumerate(values, start=1)
    ]
    return rows


def test_the_best_epoch_is_the_lowest_loss_or_the_highest_accuracy() -> None:
    assert best_epoch(losses(0.5, 0.3, 0.4)) == 2
    accuracies = losses(0.5, 0.3, 0.4, monitor="validation_accuracy")
    assert best_epoch(accuracies, "validation_accuracy") == 1
    assert best_epoch(losses(0.5, 0.4, 0.3, monitor="loss"), "loss") == 3


def test_of_equal_epochs_the_first_is_best() -> None:
    assert best_epoch(losses(0.5, 0.3, 0.3)) == 2


def test_an_improvement_must_exceed_min_delta() -> None:
    assert best_epoch(losses(0.5, 0.45, 0.375), min_delta=0.1) == 3
    assert best_epoch(losses(0.5, 0.45, 0.41), min_delta=0.1) == 1


def test_epochs_without_a_number_are_passed_over() -> None:
    assert best_epoch([]) is None
    assert best_epoch(losses(None, math.nan)) is None
    assert best_epoch(losses(None, math.nan, 0.4, math.inf, -math.inf)) == 3


@pytest.mark.parametrize(
    ("values", "patience", "stops_after"),
    [
        ((0.5, 0.6, 0.7, 0.8), 2, 3),
        ((0.5, 0.6, 0.4, 0.5, 0.5), 2, 5),
        ((0.5, 0.5, 0.5), 1, 2),
        ((0.5, 0.5, 0.5), 0, 2),
        ((0.5, 0.4, 0.3, 0.2), 1, None),
        ((math.nan, math.nan, math.nan), 2, 2),
    ],
)
def test_patience_counts_epochs_without_improvement(
    values: tuple[float, ...], patience: int, stops_after: int | None
) -> None:
    history = losses(*values)
    stops = [
        epoch
        for epoch in range(1, len(history) + 1)
        if should_stop(history[:epoch], patience=patience)
    ]
    assert (stops[0] if stops else None) == stops_after


def test_the_listener_says_why(state: TrainingState, drive: Any) -> None:
    listener = EarlyStopping("validation_accuracy", patience=2)
    drive(state, [listener], [(0.1, 0.9), (0.1, 0.8)])
    assert state.stop_reason is None
    drive(state, [listener], [(0.1, 0.9)])
    assert state.stop_reason == ("validation accuracy has not improved since epoch 1 (patience 2)")


def test_a_training_resumed_at_its_end_stops_at_once(state: TrainingState) -> None:
    state.history = losses(0.5, 0.6, 0.7)
    EarlyStopping(patience=2).on_train_begin(state)
    assert state.stop_reason is not None


def test_without_a_validation_set_there_is_nothing_to_watch(
    state: TrainingState, drive: Any
) -> None:
    with pytest.raises(InputError, match="watches validation_loss but there is no validation set"):
        drive(state, [EarlyStopping(patience=2)], [(None, None)])
