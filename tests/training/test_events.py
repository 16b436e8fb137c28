from types import SimpleNamespace
from typing import Any

import pytest

from ziffern.training.events import Listener, TrainingState


def state(**fields: Any) -> TrainingState:
    return TrainingState(
        recipe=SimpleNamespace(name="tiny"),  # type: ignore[arg-type]
        network=None,
        epochs=2,
        batches_per_epoch=3,
        total_steps=6,
        batch_size=4,
        train_size=12,
        **fields,
    )


def test_running_means_are_of_the_images_seen() -> None:
    half_way = state(images_seen=8, loss_sum=4.0, correct=6, epoch_seconds=2.0)
    assert half_way.loss == 0.5
    assert half_way.accuracy == 0.75
    assert half_way.images_per_second == 4.0


def test_before_the_first_batch_everything_is_zero() -> None:
    fresh = state()
    assert (fresh.loss, fresh.accuracy, fresh.images_per_second) == (0.0, 0.0, 0.0)
    assert fresh.history == []
    assert fresh.stop_reason is None
    assert fresh.outcome is None


def test_sums_may_be_tensors() -> None:
    torch = pytest.importorskip("torch")
    total = torch.zeros(())
    running = state(loss_sum=total, images_seen=2)
    total += 3.0  # the engine adds in place
    assert running.loss == 1.5


def test_a_listener_ignores_everything_by_default() -> None:
    silent, fresh = Listener(), state()
    for event in ("train_begin", "epoch_begin", "batch_end", "epoch_end", "train_end"):
        assert getattr(silent, f"on_{event}")(fresh) is None
