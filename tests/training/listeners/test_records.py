from pathlib import Path
from typing import Any

import pytest

from ziffern import highscore
from ziffern.runs import Run, create
from ziffern.training.events import TrainingState
from ziffern.training.listeners import HighScore, History


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return create(tmp_path, "tiny", seed=7)


def test_history_is_written_epoch_by_epoch(run: Run, state: TrainingState, drive: Any) -> None:
    drive(state, [History(run)], [(0.4, 0.9), (0.3, 0.95)])
    assert run.history == state.history
    assert [row["epoch"] for row in run.history] == [1, 2]


def test_a_resumed_training_drops_the_epochs_it_repeats(
    run: Run, state: TrainingState, drive: Any
) -> None:
    drive(state, [History(run)], [(0.4, 0.9), (0.3, 0.95)])
    state.history, state.epoch, state.step = state.history[:1], 1, 5
    drive(state, [History(run)], [(0.2, 0.96)])
    assert [row["validation_loss"] for row in run.history] == [0.4, 0.2]


def test_the_high_score_takes_the_epoch_whose_weights_are_kept(
    run: Run, state: TrainingState, drive: Any
) -> None:
    drive(state, [], [(0.2, 0.97), (0.3, 0.95)])
    state.kept = state.history[0]
    HighScore(run, "mnist").on_train_end(state)
    entry = highscore.best(run.path.parent)["mnist"]
    assert entry["validation"] == {"accuracy": 0.97, "loss": 0.2, "epoch": 1}
    assert (entry["run"], entry["recipe"], entry["seed"]) == (run.name, "tiny", 7)
    assert entry["settings"]["optimizer"] == {"name": "sgd", "learning_rate": 0.1}
    assert entry["test"] is None


def test_the_last_epoch_counts_where_none_is_named(
    run: Run, state: TrainingState, drive: Any
) -> None:
    drive(state, [HighScore(run, "mnist")], [(0.2, 0.97), (0.3, 0.95)])
    assert highscore.best(run.path.parent)["mnist"]["validation"]["epoch"] == 2


@pytest.mark.parametrize(
    ("validation", "outcome"),
    [([], "interrupted"), ([(0.2, 0.97)], "diverged"), ([(None, None)], "finished")],
)
def test_who_cannot_enter_the_high_score(
    run: Run, state: TrainingState, drive: Any, validation: Any, outcome: str
) -> None:
    drive(state, [HighScore(run, "mnist")], validation, outcome=outcome)
    assert highscore.best(run.path.parent) == {}
