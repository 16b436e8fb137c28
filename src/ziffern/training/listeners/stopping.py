"""Early stopping as a pure function of the history.

Because nothing but the history decides, a resumed training stops where an uninterrupted one would
have stopped, without any saved state. Patience counts as in Keras: the training ends after
`patience` epochs in a row without an improvement of more than `min_delta`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from ziffern.errors import InputError
from ziffern.history import EpochRow
from ziffern.training.events import Listener, TrainingState

Monitor = Literal["validation_loss", "validation_accuracy", "loss"]


def best_epoch(
    history: Sequence[EpochRow], monitor: Monitor = "validation_loss", min_delta: float = 0.0
) -> int | None:
    """Return the epoch (from 1) with the best value, the first one among equals.

    A later epoch counts as better only if it improves by more than `min_delta`. Epochs without a
    finite value are passed over; None if there is no other.
    """
    sign = 1 if monitor == "validation_accuracy" else -1
    best, epoch = -math.inf, None
    for row in history:
        value = row[monitor]
        if value is None or not math.isfinite(value):
            continue
        if epoch is None or sign * value - min_delta > best:
            best, epoch = sign * value, row["epoch"]
    return epoch


def should_stop(
    history: Sequence[EpochRow],
    monitor: Monitor = "validation_loss",
    *,
    patience: int,
    min_delta: float = 0.0,
) -> bool:
    """Tell whether the last `patience` epochs (at least one) brought no improvement.

    The first epoch alone never ends a training.
    """
    if len(history) < 2:
        return False
    best = best_epoch(history, monitor, min_delta) or 0
    return history[-1]["epoch"] - best >= max(patience, 1)


class EarlyStopping(Listener):
    """Ends the training when the monitored value has not improved for `patience` epochs."""

    def __init__(
        self, monitor: Monitor = "validation_loss", *, patience: int, min_delta: float = 0.0
    ) -> None:
        self._monitor = monitor
        self._patience = patience
        self._min_delta = min_delta

    def on_train_begin(self, state: TrainingState) -> None:
        """A resumed training may have reached its end already."""
        self._judge(state)

    def on_epoch_end(self, state: TrainingState) -> None:
        """Set `stop_reason` if it is time.

        Raises:
            InputError: the monitored value is not measured, because there is no validation set.
        """
        if state.history[-1][self._monitor] is None:
            raise InputError(
                f"early stopping watches {self._monitor} but there is no validation set: "
                "set data.validation to a share such as 0.1, or take out train.early_stopping"
            )
        self._judge(state)

    def _judge(self, state: TrainingState) -> None:
        history, monitor, min_delta = state.history, self._monitor, self._min_delta
        if should_stop(history, monitor, patience=self._patience, min_delta=min_delta):
            best = best_epoch(history, monitor, min_delta)
            state.stop_reason = (
                f"{self._monitor.replace('_', ' ')} has not improved since epoch {best} "
                f"(patience {self._patience})"
            )
