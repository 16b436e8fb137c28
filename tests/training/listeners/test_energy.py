"""The energy of a training: from its first batch to the end of its last finished epoch."""

from __future__ import annotations

import pytest

from ziffern.training.listeners import energy
from ziffern.training.listeners.energy import Energy


class Counting:
    """A meter of a machine that takes a joule between two readings."""

    names = ("package-0",)

    def __init__(self, gpu: str | None) -> None:
        self.readings = 0

    def joules(self) -> float:
        self.readings += 1
        return float(self.readings)


@pytest.fixture(autouse=True)
def counting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(energy, "Meter", Counting)


def test_it_is_read_after_every_epoch(state, drive) -> None:
    listener = Energy()
    assert (listener.joules, listener.of) == (None, ())
    drive(state, [listener], [(None, None)] * 3)
    assert (listener.joules, listener.of) == (3.0, ("package-0",))


def test_of_a_resumed_training_nobody_knows_how_it_began(state, drive) -> None:
    state.epoch = 1
    listener = Energy()
    drive(state, [listener], [(None, None)] * 2)
    assert listener.joules is None
