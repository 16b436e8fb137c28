"""Schedules against values worked out by hand and against Keras."""

import json
from pathlib import Path

import numpy as np
import pytest

from ziffern.errors import InputError
from ziffern.schedules import (
    SCHEDULES,
    Cosine,
    Exponential,
    InverseTimeDecay,
    Linear,
    OneCycle,
    ReduceLROnPlateau,
    Schedule,
    Step,
    build,
    sample,
)

GOLDEN = Path(__file__).parent / "golden" / "keras_optimizers.npz"


def rates(schedule: Schedule, base: float = 1.0, total: int = 10, epoch: int = 2) -> list[float]:
    """All rates of a training of `total` steps, `epoch` steps an epoch."""
    return [
        schedule.learning_rate(
            base, step=s, epoch=1 + (s - 1) // epoch, total_steps=total, steps_per_epoch=epoch
        )
        for s in range(1, total + 1)
    ]


def plateau(schedule: ReduceLROnPlateau, values: list[float], base: float = 1.0) -> list[float]:
    """The rates of the epochs that follow each of `values`."""
    rows = [{"epoch": e, schedule.monitor: value} for e, value in enumerate(values, start=1)]
    return [
        schedule.learning_rate(
            base, step=e, epoch=e, total_steps=100, steps_per_epoch=1, history=rows
        )
        for e in range(2, len(values) + 2)
    ]


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("constant", {}, [1.0] * 10),
        ("constant", {"warmup": 0.4}, [0.25, 0.5, 0.75, 1, 1, 1, 1, 1, 1, 1]),
        ("exponential", {"rate": 0.5}, [1, 1, 1 / 2, 1 / 2, 1 / 4, 1 / 4, 1 / 8, 1 / 8, 1 / 16]),
        ("exponential", {"rate": 0.25, "smooth": True}, [1, 1 / 2, 1 / 4, 1 / 8, 1 / 16]),
        ("exponential", {"rate": 0.5, "warmup": 0.3}, [1 / 3, 2 / 3, 1 / 2, 1 / 2, 1 / 4]),
        ("inverse_time_decay", {"decay": 0.5}, [1, 1 / 1.5, 1 / 2, 1 / 2.5, 1 / 3]),
        ("step", {"every": 2, "factor": 0.1}, [1, 1, 1, 1, 0.1, 0.1, 0.1, 0.1, 0.01, 0.01]),
        ("linear", {}, [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]),
        ("linear", {"warmup": 0.2, "final": 0.2}, [0.5, 1, 1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3]),
        ("cosine", {}, [1, (1 + 0.9510565) / 2, (1 + 0.8090170) / 2]),
        ("cosine", {"warmup": 0.2, "final": 0.5}, [0.5, 1, 1, 0.9809699, 0.9267767]),
        (
            "one_cycle",
            {"warmup": 0.4, "start": 0.2, "shape": "linear"},
            [0.2, 0.4, 0.6, 0.8, 1, 5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 6],
        ),
        (
            "one_cycle",
            {"warmup": 0.4, "start": 0.0001, "final": 0.1},
            [0.0001, 0.14653, 0.50005, 0.85357, 1, 0.93971, 0.775, 0.55, 0.325, 0.16029],
        ),
    ],
)
def test_by_hand(name: str, arguments: dict[str, object], expected: list[float]) -> None:
    found = rates(build(name, **arguments))
    np.testing.assert_allclose(found[: len(expected)], expected, rtol=2e-5)


def test_the_codelab_decay() -> None:
    # 0.01 · 0.6^epoch, epochs from 0
    steps, values = sample(Exponential(rate=0.6), 0.01, epochs=10, steps_per_epoch=391)
    assert values[0] == 0.01
    assert values[-1] == pytest.approx(0.01 * 0.6**9)
    assert (steps[0], steps[-1]) == (1, 3910)


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_rate_is_positive_and_at_most_the_base(name: str) -> None:
    for warmup in (0.0, 0.1, 0.5, 0.99):
        found = rates(build(name, warmup=warmup), base=0.1, total=37, epoch=5)
        assert min(found) > 0
        assert max(found) <= 0.1 + 1e-12


@pytest.mark.parametrize("schedule", [Cosine(), Linear(), OneCycle()])
def test_decays_use_the_whole_training(schedule: Schedule) -> None:
    short, long = rates(schedule, total=100), rates(schedule, total=1000)
    np.testing.assert_allclose(short, long[::10], atol=1e-12)
    assert long[-1] < 0.005


def test_steps_beyond_the_plan_keep_the_last_rate() -> None:
    beyond = Linear(final=0.5).learning_rate(
        1.0, step=50, epoch=5, total_steps=10, steps_per_epoch=10
    )
    assert beyond == 0.5


def test_plateau_by_hand() -> None:
    falls = ReduceLROnPlateau(factor=0.5, patience=2, min_delta=0.1)
    # 0.95 is no improvement on 1.0 by more than 0.1; nor are the two after 0.8
    assert plateau(falls, [1.0, 0.95, 0.8, 0.79, 0.78, 0.5]) == [1, 1, 1, 1, 0.5, 0.5]
    rises = ReduceLROnPlateau(monitor="validation_accuracy", factor=0.5, patience=1)
    assert plateau(rises, [0.9, 0.95, 0.94, 0.96, 0.95]) == [1, 1, 0.5, 0.5, 0.25]
    floor = ReduceLROnPlateau(factor=0.1, patience=0, min_lr=0.05, cooldown=1)
    assert plateau(floor, [1.0, 1.0, 1.0, 1.0]) == pytest.approx([1, 0.1, 0.05, 0.05])


def test_plateau_looks_at_finished_epochs_only() -> None:
    rows = [{"epoch": e, "validation_loss": 1.0} for e in range(1, 9)]
    schedule = ReduceLROnPlateau(patience=3, factor=0.5)

    def rate(epoch: int) -> float:
        return schedule.learning_rate(
            1.0, step=epoch, epoch=epoch, total_steps=9, steps_per_epoch=1, history=rows
        )

    assert [rate(epoch) for epoch in (1, 4, 5, 7, 8)] == [1, 1, 0.5, 0.5, 0.25]


def test_plateau_without_what_it_watches() -> None:
    rows = [{"epoch": 1, "validation_loss": None}]
    with pytest.raises(InputError, match="watches validation_loss, which epoch 1 does not have"):
        ReduceLROnPlateau().learning_rate(
            1.0, step=2, epoch=2, total_steps=9, steps_per_epoch=1, history=rows
        )


def test_sample_thins_out_long_trainings() -> None:
    steps, values = sample(Step(every=1), 1.0, epochs=7, steps_per_epoch=1000, points=50)
    assert len(steps) == len(values) == 50
    assert (steps[0], steps[-1]) == (1, 7000)
    steps, _ = sample(Step(), 1.0, epochs=2, steps_per_epoch=3)
    assert steps.tolist() == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("cosin", {}, "unknown schedule 'cosin': did you mean 'cosine'"),
        ("step", {"each": 3}, "schedule 'step': unknown argument 'each'"),
        ("step", {"every": 0}, "every=0: expected a whole number of at least 1"),
        ("cosine", {"warmup": 1}, "warmup=1: expected a number of at least 0 and below 1"),
        ("reduce_lr_on_plateau", {"factor": 1.5}, "factor=1.5: expected a number above 0"),
        ("reduce_lr_on_plateau", {"monitor": "val_loss"}, "expected 'validation_loss' or"),
    ],
)
def test_mistakes(name: str, arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        build(name, **arguments)


@pytest.mark.parametrize(
    ("case", "schedule"),
    [
        ("schedule_exponential", Exponential(rate=0.6, smooth=True)),
        ("schedule_staircase", Exponential(rate=0.6)),
        ("schedule_inverse_time", InverseTimeDecay(decay=0.1)),
        ("schedule_cosine", Cosine(final=0.1)),
    ],
)
def test_schedules_equal_keras(case: str, schedule: Schedule) -> None:
    golden = np.load(GOLDEN)
    found = rates(schedule, base=0.01, total=20, epoch=10)
    np.testing.assert_allclose(found, golden[f"{case}/rates"][:20], rtol=1e-5)


@pytest.mark.parametrize("case", ["plateau", "plateau_default_delta", "plateau_cooldown"])
def test_plateau_equals_keras(case: str) -> None:
    golden = np.load(GOLDEN)
    arguments = json.loads(str(golden[f"{case}/callback"]))
    del arguments["callback"]
    found = plateau(ReduceLROnPlateau(**arguments), golden[f"{case}/losses"].tolist(), base=0.01)
    np.testing.assert_allclose(found, golden[f"{case}/rates"], rtol=1e-5)
