from __future__ import annotations

from pathlib import Path

import pytest

from ziffern import recipe as recipes
from ziffern.album import learning
from ziffern.errors import RunError
from ziffern.figures.curves import PARTED
from ziffern.history import EpochRow
from ziffern.runs import Run, create

RECIPE = """
title = "Mine"
layers = '''
Flatten()
Dense(10, activation='softmax')
'''
[schedule]
name = "exponential"
rate = 0.5
[optimizer]
name = "sgd"
learning_rate = 0.1
[train]
epochs = 8
batch_size = 100
"""


def row(epoch: int, loss: float, other: float, accuracy: float) -> EpochRow:
    return EpochRow(
        epoch=epoch,
        loss=loss,
        accuracy=0.95,
        validation_loss=other,
        validation_accuracy=accuracy,
        learning_rate=0.1 * 0.5 ** (epoch - 1),
        seconds=1.0,
        images_per_second=450.0,
    )


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run that overfits: six of eight epochs are done."""
    made = create(tmp_path, "mine", 0)
    made.write_recipe(recipes.parse(RECIPE, name="mine").to_toml())
    made.update_info(
        status="interrupted",
        hardware={},
        device="cpu",
        precision="float32",
        dataset={
            "name": "mnist",
            "origin": "sample in the package",
            "is_sample": True,
            "data_dir": None,
            "sha256": "0" * 64,
            "train_size": 450,
            "validation_size": 50,
        },
    )
    losses = [(0.7, 0.4), (0.3, 0.25), (0.15, 0.2), (0.08, 0.21), (0.04, 0.22), (0.02, 0.23)]
    accuracies = [0.9, 0.94, 0.95, 0.955, 0.952, 0.951]
    for epoch, ((loss, other), accuracy) in enumerate(zip(losses, accuracies, strict=True), 1):
        made.append_history(row(epoch, loss, other, accuracy))
    return made


def test_the_plates_of_a_run_that_overfits(run: Run) -> None:
    numbers: dict[str, object] = {}
    [step] = learning.steps(run, numbers=numbers)
    assert step.title == "How it learnt"
    curves, zoomed, schedule = step.make()
    assert [plate.name for plate in (curves, zoomed, schedule)] == [
        "curves", "curves-zoomed", "schedule",
    ]  # fmt: skip
    assert numbers["learning"] == {"epochs": 6, "best_epoch": 4, "parting_epoch": 3}
    assert dict(curves.facts) == {"epochs": "6", "best epoch": "4", "parting after epoch": "3"}
    assert "Epoch 4 (○) was the best" in curves.text
    assert "part after epoch 3 (◇)" in curves.text
    assert "The best epoch is 4." in curves.alt
    loss = curves.figure.axes[0]
    assert {line.get_gid() for line in loss.get_lines()} >= {"best-epoch", PARTED}
    # the second half of the training has losses up to 0.23 and 5 % of errors
    assert "10 times enlarged" in zoomed.text
    assert zoomed.figure.axes[0].get_ylim()[1] == pytest.approx(0.23, abs=0.01)


def test_the_schedule_is_that_of_the_steps_done(run: Run) -> None:
    schedule = learning.plates(run)[2]
    [line] = schedule.figure.axes[0].get_lines()
    places, rates = line.get_xdata(), line.get_ydata()
    assert len(places) == 6 * 5  # 450 pictures in batches of 100
    assert places[-1] == 6
    assert rates[0] == 0.1
    assert rates[-1] == pytest.approx(0.1 * 0.5**5)
    assert dict(schedule.facts)["schedule"] == "exponential"


def test_without_validation_or_parting(run: Run) -> None:
    rows = run.history
    run.write_history(rows[:3])
    [curves, *_] = learning.plates(run)
    assert "do not part" in curves.text
    for each in rows:
        each["validation_loss"] = each["validation_accuracy"] = None
    run.write_history(rows)
    [curves, *_] = learning.plates(run)
    assert "no best epoch" in curves.text
    assert "part after" not in curves.text


@pytest.mark.parametrize("missing", [False, True])
def test_a_run_without_history_says_so(run: Run, missing: bool) -> None:
    if missing:
        (run.path / "history.jsonl").unlink()
    else:
        run.write_history([])
    [plate] = learning.plates(run)
    assert plate.figure is None
    assert "no finished epoch" in plate.text


def test_a_damaged_history_is_an_error(run: Run) -> None:
    (run.path / "history.jsonl").write_text("{}\n{}\n")
    with pytest.raises(RunError, match="is damaged"):
        learning.plates(run)


@pytest.mark.parametrize(
    ("loss", "accuracy", "zoom"),
    [(2.3, 0.1, 1.0), (0.2, 0.99, 10.0), (0.002, 0.9999, 100.0), (5.0, 0.5, 1.0)],
)
def test_the_zoom_shows_what_came_late(loss: float, accuracy: float, zoom: float) -> None:
    early, late = row(1, 2.3, 2.3, 0.1), row(2, loss, loss, accuracy)
    late["accuracy"] = accuracy
    assert learning.zoom_for([early, late]) == zoom
