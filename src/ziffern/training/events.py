"""What the training engine tells, and to whom.

The engine fills a `TrainingState` and calls the methods of each `Listener` in order; whatever is
printed, drawn, saved or decided on the way is a listener's work. Nothing here computes, and nothing
here needs PyTorch.

    for listener in listeners:
        listener.on_epoch_end(state)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, SupportsFloat

from ziffern.history import EpochRow

if TYPE_CHECKING:
    from ziffern.recipe import Recipe
    from ziffern.training.network import TorchNetwork

Outcome = Literal["finished", "stopped early", "interrupted", "diverged"]


@dataclass
class TrainingState:
    """Where a training stands. The engine writes it; a listener reads it and may set `stop_reason`.

    `epoch`, `batch` and `step` count from 1; `epoch` is 0 before the first epoch of a new run and
    the last finished epoch in `on_train_begin` of a resumed one.
    """

    recipe: Recipe
    network: TorchNetwork
    epochs: int
    batches_per_epoch: int  # of the epoch at work
    total_steps: int
    batch_size: int
    train_size: int
    # A small batch as `network` takes it, from the training set; None where nobody asks for it.
    example_input: Any = None

    epoch: int = 0
    batch: int = 0
    step: int = 0
    learning_rate: float = 0.0
    # Seconds of training, without validation and listeners: of all epochs, and of this one so far.
    seconds: float = 0.0
    epoch_seconds: float = 0.0
    # Seconds of this epoch in which a listener held the training; they do not count as training.
    held_seconds: float = 0.0

    # Sums over this epoch's images so far. They may be tensors on the device: they become numbers
    # only when somebody asks for `loss` or `accuracy`, so a batch does not wait for the device.
    images_seen: int = 0
    loss_sum: SupportsFloat = 0.0
    correct: SupportsFloat = 0

    # One row for each finished epoch; in `on_epoch_end` the last row is that epoch's.
    history: list[EpochRow] = field(default_factory=list)
    # Of those, the one whose weights the training keeps; set before `on_train_end`.
    kept: EpochRow | None = None
    # Answers of the last epoch to the validation pictures: logits (N, C), a tensor on the device.
    validation_logits: Any = None
    stop_reason: str | None = None
    outcome: Outcome | None = None

    @property
    def loss(self) -> float:
        """Mean loss over this epoch's images so far (0 before the first). Waits for the device."""
        return float(self.loss_sum) / max(self.images_seen, 1)

    @property
    def accuracy(self) -> float:
        """Share of this epoch's images so far that were right, 0 to 1. Waits for the device."""
        return float(self.correct) / max(self.images_seen, 1)

    @property
    def images_per_second(self) -> float:
        """Training images a second in this epoch so far; 0 before the first batch."""
        return self.images_seen / self.epoch_seconds if self.epoch_seconds > 0 else 0.0


class Listener:
    """Base of all listeners: every event is ignored until a subclass overrides its method.

    Order: `on_train_begin`, then for each epoch `on_epoch_begin`, `on_batch_end` after each
    batch, `on_epoch_end` after validation; last `on_train_end`, with `state.outcome` set, which
    comes also after an interruption and a divergence. A `stop_reason` set by a listener ends the
    training after the current batch or epoch.
    """

    def on_train_begin(self, state: TrainingState) -> None:
        """Before the first batch of this process."""

    def on_epoch_begin(self, state: TrainingState) -> None:
        """`state.epoch` has been raised; the sums are zero."""

    def on_batch_end(self, state: TrainingState) -> None:
        """After each optimiser step. Asking for `state.loss` here costs a wait for the device."""

    def on_epoch_end(self, state: TrainingState) -> None:
        """`state.history[-1]` is this epoch's row, with validation figures where there are any."""

    def on_train_end(self, state: TrainingState) -> None:
        """After the last epoch, however it ended; `state.outcome` says how."""
