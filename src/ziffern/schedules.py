"""Learning-rate schedules: records that answer which rate a step has.

A schedule keeps no state. It is asked with the place in the training and the history so far, so a
resumed run goes on exactly as an uninterrupted one, and a curve can be drawn before anything runs.
Epochs and steps count from 1. `warmup`, which all have, is a share of all steps: over these the
rate rises in equal parts from (almost) nothing to the full rate.

    build("exponential", rate=0.6).learning_rate(
        0.01, step=1, epoch=3, total_steps=3910, steps_per_epoch=391
    )  # 0.01 · 0.6²
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ziffern import settings
from ziffern.errors import InputError
from ziffern.settings import Settings, by_name, choice, flag, number, whole


@dataclass(frozen=True)
class Moment:
    """The place in a training that is asked about; `history` holds rows of finished epochs."""

    base: float
    step: int
    epoch: int
    total_steps: int
    steps_per_epoch: int
    warmup_steps: int
    history: Sequence[Mapping[str, Any]]

    @property
    def progress(self) -> float:
        """The share of the steps after the warm-up that is already done, 0 to 1."""
        done = self.step - 1 - self.warmup_steps
        return min(max(done / max(self.total_steps - self.warmup_steps, 1), 0.0), 1.0)


@dataclass(frozen=True, kw_only=True)
class Schedule(Settings):
    """Base of all schedules. A subclass says by which factor the base rate is multiplied."""

    kind = "schedule"
    warmup: float = number(0.0, at_least=0, below=1)

    def learning_rate(
        self,
        base: float,
        *,
        step: int,
        epoch: int,
        total_steps: int,
        steps_per_epoch: int,
        history: Sequence[Mapping[str, Any]] = (),
    ) -> float:
        """Return the rate for the step that is about to be taken; more than 0 where `base` is.

        `step` (of all `total_steps`) and `epoch` count from 1. `history` holds the finished
        epochs' rows as in history.jsonl; only `ReduceLROnPlateau` looks at it.
        """
        warmup_steps = round(self.warmup * total_steps)
        moment = Moment(base, step, epoch, total_steps, steps_per_epoch, warmup_steps, history)
        ramp = self.ramp(moment) if step <= warmup_steps else 1.0
        return base * ramp * self.scale(moment)

    def ramp(self, moment: Moment) -> float:
        """Return the share of the full rate during the warm-up."""
        return moment.step / moment.warmup_steps

    def scale(self, moment: Moment) -> float:
        """Return by how much the base rate is multiplied once the warm-up is over."""
        return 1.0


@dataclass(frozen=True, kw_only=True)
class Constant(Schedule):
    """The base rate throughout."""

    name = "constant"


@dataclass(frozen=True, kw_only=True)
class Exponential(Schedule):
    """base · rate^(epoch − 1): 0.01 · 0.6^epoch of S4 with epochs from 0.

    `smooth` lets the rate fall with each step instead of at the start of an epoch.
    """

    name = "exponential"
    rate: float = number(0.9, above=0, at_most=1)
    smooth: bool = flag(False)

    def scale(self, moment: Moment) -> float:
        """Return rate^(epochs done)."""
        if self.smooth:
            return math.pow(self.rate, (moment.step - 1) / moment.steps_per_epoch)
        return math.pow(self.rate, moment.epoch - 1)


@dataclass(frozen=True, kw_only=True)
class InverseTimeDecay(Schedule):
    """base / (1 + decay · steps done): the `decay` argument of older Keras optimisers."""

    name = "inverse_time_decay"
    decay: float = number(1e-6, at_least=0)

    def scale(self, moment: Moment) -> float:
        """Return 1/(1 + decay·steps done)."""
        return 1.0 / (1.0 + self.decay * (moment.step - 1))


@dataclass(frozen=True, kw_only=True)
class Step(Schedule):
    """base times `factor` after each `every` epochs."""

    name = "step"
    every: int = whole(10, at_least=1)
    factor: float = number(0.1, above=0, at_most=1)

    def scale(self, moment: Moment) -> float:
        """Return factor^(stairs taken)."""
        return math.pow(self.factor, (moment.epoch - 1) // self.every)


@dataclass(frozen=True, kw_only=True)
class Cosine(Schedule):
    """Half a cosine from the base rate to `final` · base (Loshchilov & Hutter 2017)."""

    name = "cosine"
    final: float = number(0.0, at_least=0, at_most=1)

    def scale(self, moment: Moment) -> float:
        """Return the height of the curve, 1 to final."""
        return _between(1.0, self.final, _ease(moment.progress))


@dataclass(frozen=True, kw_only=True)
class Linear(Schedule):
    """A straight line from the base rate to `final` · base."""

    name = "linear"
    final: float = number(0.0, at_least=0, at_most=1)

    def scale(self, moment: Moment) -> float:
        """Return the height of the line, 1 to final."""
        return _between(1.0, self.final, moment.progress)


@dataclass(frozen=True, kw_only=True)
class OneCycle(Schedule):
    """Up from `start` · base to the base rate during the warm-up, then down to `final` · base.

    After Smith & Topin (2018); both ways along half a cosine, or straight with shape "linear".
    """

    name = "one_cycle"
    warmup: float = number(0.3, at_least=0, below=1)
    start: float = number(0.04, above=0, at_most=1)
    final: float = number(0.0, at_least=0, at_most=1)
    shape: str = choice("cosine", "linear")

    def ramp(self, moment: Moment) -> float:
        """Return the height on the way up, start to 1."""
        return _between(self.start, 1.0, self._bent((moment.step - 1) / moment.warmup_steps))

    def scale(self, moment: Moment) -> float:
        """Return the height on the way down, 1 to final."""
        return _between(1.0, self.final, self._bent(moment.progress))

    def _bent(self, share: float) -> float:
        return _ease(share) if self.shape == "cosine" else share


@dataclass(frozen=True, kw_only=True)
class ReduceLROnPlateau(Schedule):
    """The rate times `factor` whenever `monitor` has not improved for `patience` epochs.

    Keras's callback: an improvement is one of more than `min_delta`, `cooldown` epochs after a
    reduction do not count, and the rate stays at or above `min_lr`. A monitored accuracy should
    rise, a loss fall.
    """

    name = "reduce_lr_on_plateau"
    monitor: str = choice("validation_loss", "validation_accuracy", "loss", "accuracy")
    factor: float = number(0.1, above=0, below=1)
    patience: int = whole(10, at_least=0)
    min_delta: float = number(1e-4, at_least=0)
    cooldown: int = whole(0, at_least=0)
    min_lr: float = number(0.0, at_least=0)

    def scale(self, moment: Moment) -> float:
        """Replay the finished epochs and return the share of the base rate that is left."""
        rate, best, wait, cooldown = moment.base, None, 0, 0
        for row in moment.history:
            if row["epoch"] >= moment.epoch:
                continue
            value = row.get(self.monitor)
            if value is None:
                raise InputError(
                    f"{self.title()} watches {self.monitor}, which epoch {row['epoch']} does not "
                    "have: set aside validation data or watch 'loss'"
                )
            if cooldown:
                cooldown -= 1
                wait = 0
            if best is None or self._improved(value, best):
                best, wait = value, 0
            elif not cooldown:
                wait += 1
                if wait >= self.patience and rate > self.min_lr:
                    rate = max(rate * self.factor, self.min_lr)
                    cooldown, wait = self.cooldown, 0
        return rate / moment.base

    def _improved(self, value: float, best: float) -> bool:
        if self.monitor.endswith("accuracy"):
            return value - self.min_delta > best
        return value + self.min_delta < best


SCHEDULES: dict[str, type[Schedule]] = by_name(
    Constant, Exponential, InverseTimeDecay, Step, Cosine, Linear, OneCycle, ReduceLROnPlateau
)
"""Every schedule by the name that a recipe gives it."""


def build(name: str, **arguments: Any) -> Schedule:
    """Make the schedule called `name`, one of `SCHEDULES`.

    Raises:
        InputError: the name or an argument is unknown (with the nearest one), or a value is wrong.
    """
    return settings.build(SCHEDULES, name, arguments)


def sample(
    schedule: Schedule,
    base: float,
    epochs: int,
    steps_per_epoch: int,
    *,
    history: Sequence[Mapping[str, Any]] = (),
    points: int = 1000,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return at most `points` steps of a training, first and last among them, and their rates.

    For drawing. Without a history, `ReduceLROnPlateau` stays at the base rate.
    """
    total = epochs * steps_per_epoch
    steps = np.unique(np.linspace(1, total, min(total, points)).round().astype(np.int64))
    rates = [
        schedule.learning_rate(
            base,
            step=int(step),
            epoch=1 + int(step - 1) // steps_per_epoch,
            total_steps=total,
            steps_per_epoch=steps_per_epoch,
            history=history,
        )
        for step in steps
    ]
    return steps, np.array(rates)


def _between(first: float, last: float, share: float) -> float:
    return first + (last - first) * share


def _ease(share: float) -> float:
    """Return 0 to 1 along half a cosine."""
    return (1 - math.cos(math.pi * share)) / 2
