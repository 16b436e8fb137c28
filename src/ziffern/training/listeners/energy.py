"""A listener that measures the energy a training takes."""

from __future__ import annotations

from ziffern.energy import Meter
from ziffern.training.events import Listener, TrainingState


class Energy(Listener):
    """Measures from the first batch to the end of the last finished epoch, validation included.

    joules: what was measured; None where the machine does not tell, and for a training that was
        resumed, whose beginning nobody measured.
    of: what the counters are about, such as ``("package-0",)``.
    """

    def __init__(self, gpu: str | None = None) -> None:
        """`gpu` is the UUID of the GPU that computes, as PyTorch gives it."""
        self._gpu = gpu
        self._meter: Meter | None = None
        self.joules: float | None = None
        self.of: tuple[str, ...] = ()

    def on_epoch_begin(self, state: TrainingState) -> None:
        """Start to measure, if this is the first epoch."""
        if state.epoch == 1:
            self._meter = Meter(self._gpu)
            self.of = self._meter.names

    def on_epoch_end(self, state: TrainingState) -> None:
        """Read the counters."""
        if self._meter is not None:
            self.joules = self._meter.joules()
