"""A row of the board: what the seeds of one recipe reached on one machine, and what that took.

    for row in rows(trial, measured(trial)):
        print(row.name, row.accuracy.mean, row.seconds)

Rows are plain values, kept as JSON; what is told of several seeds follows from them.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from ziffern.evaluation.evaluate import score_key
from ziffern.evaluation.result import Evaluation
from ziffern.evaluation.seeds import Spread, spread
from ziffern.runs import Run
from ziffern.speedrun.trials import Trial

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=0)]


class Values(BaseModel):
    """Base of what is kept: unknown keys are mistakes, nothing changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Seed(Values):
    """One training and its look at the test set.

    accuracy, alone: share of right answers, as the model answers and, where it averages over moved
        copies, without them.
    seconds: of training alone, as the run has measured them.
    joules: None where the machine did not tell.
    test_looks: how often the run has looked at its test set so far.
    """

    seed: int
    run: str
    date: str
    accuracy: Share
    alone: Share | None
    n: Annotated[int, Field(ge=1)]
    seconds: Positive
    images_per_second: Positive
    joules: Annotated[float, Field(ge=0)] | None
    test_looks: Count


class Row(Values):
    """The seeds of one recipe, trained with the same settings on the same kind of machine.

    name: the recipe's, and what was changed in it, such as ``quick, train.epochs=1``.
    recipe: its name alone; `shipped` says whether it comes with Ziffern.
    command: what trains these seeds again.
    data: as in the high score; the packaged sample has a name of its own.
    multiply_adds: of one picture; the answer to it costs `averaging` times as many.
    joules_of: what the counters of energy are about.
    """

    name: str
    recipe: str
    shipped: bool
    command: str
    data: str
    is_sample: bool
    hardware: str
    precision: str
    parameters: Count
    trainable_parameters: Count
    multiply_adds: Count
    averaging: Annotated[int, Field(ge=1)]
    joules_of: tuple[str, ...]
    seeds: Annotated[tuple[Seed, ...], Field(min_length=1)]

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What a board has one row for."""
        return self.name, self.data, self.hardware, self.precision

    @property
    def n(self) -> int:
        """Number of seeds."""
        return len(self.seeds)

    @property
    def accuracy(self) -> Spread:
        """Accuracy over the seeds, 0…1."""
        return spread([seed.accuracy for seed in self.seeds])

    @property
    def alone(self) -> Spread | None:
        """The same without averaging over copies; None where the model does not average."""
        known = [seed.alone for seed in self.seeds if seed.alone is not None]
        return spread(known) if len(known) == self.n else None

    @property
    def seconds(self) -> float:
        """Median of the seconds of training: one run beside a busy neighbour does not move it."""
        return statistics.median(seed.seconds for seed in self.seeds)

    @property
    def images_per_second(self) -> float:
        """Median of the pictures trained on in a second."""
        return statistics.median(seed.images_per_second for seed in self.seeds)

    @property
    def joules(self) -> float | None:
        """Median of the energy of a training, None unless it is known of every seed."""
        known = [seed.joules for seed in self.seeds if seed.joules is not None]
        return statistics.median(known) if len(known) == self.n else None

    @property
    def date(self) -> str:
        """The day on which the last of the trainings began, as 2026-11-22."""
        return max(seed.date for seed in self.seeds)

    @property
    def test_looks(self) -> int:
        """How often a seed has looked at the test set, at most."""
        return max(seed.test_looks for seed in self.seeds)

    def reaches(self, target: float) -> tuple[bool, bool | None] | None:
        """Whether the mean, and the lower end of its interval, are at least `target` (0…1).

        The second is None for a single seed, all of it on the packaged sample: what is reached
        there says nothing about the whole set.
        """
        if self.is_sample:
            return None
        found = self.accuracy
        low = None if found.interval95 is None else found.interval95[0]
        return found.mean >= target, None if low is None else low >= target

    def as_dict(self, target: float | None = None) -> dict[str, Any]:
        """Return what is kept and what follows from it, as JSON can hold it."""
        reached = None if target is None else self.reaches(target)
        return {
            **self.model_dump(mode="json"),
            "n": self.n,
            "accuracy": _dict(self.accuracy),
            "without_averaging": None if self.alone is None else _dict(self.alone),
            "seconds": self.seconds,
            "images_per_second": self.images_per_second,
            "joules": self.joules,
            "target": target,
            "mean_reaches_target": None if reached is None else reached[0],
            "interval_reaches_target": None if reached is None else reached[1],
        }


def seed_of(run: Run, evaluation: Evaluation) -> Seed:
    """Return what a finished run and its evaluation on the test set have to tell."""
    training = run.metrics["training"]
    return Seed(
        seed=run.info["seed"],
        run=run.name,
        date=run.info["started"][:10],
        accuracy=evaluation.accuracy,
        alone=None if evaluation.alone is None else evaluation.alone.accuracy,
        n=evaluation.n,
        seconds=float(training["seconds_training"]),
        images_per_second=float(training["images_per_second"]),
        joules=training.get("joules"),
        test_looks=run.test_looks,
    )


def rows(trial: Trial, done: Iterable[tuple[Run, Evaluation]]) -> list[Row]:
    """Sum up the evaluated seeds of a trial: a row for each kind of machine they ran on."""
    groups: dict[tuple[str, str, str], list[tuple[Run, Evaluation]]] = {}
    for run, evaluation in done:
        key = score_key(run), hardware_of(run), run.info["precision"]
        groups.setdefault(key, []).append((run, evaluation))
    return [
        Row(
            name=trial.name,
            recipe=trial.recipe.name,
            shipped=trial.shipped,
            command=trial.command,
            data=data,
            is_sample=members[0][0].dataset["is_sample"],
            hardware=hardware,
            precision=precision,
            parameters=trial.recipe.parameters,
            trainable_parameters=trial.recipe.trainable_parameters,
            multiply_adds=trial.recipe.multiply_adds,
            averaging=trial.recipe.predict.copies.pictures,
            joules_of=tuple(members[0][0].metrics["training"].get("joules_of", ())),
            seeds=tuple(sorted((seed_of(*each) for each in members), key=lambda one: one.seed)),
        )
        for (data, hardware, precision), members in groups.items()
    ]


def hardware_of(run: Run) -> str:
    """Say what a run was trained on: the GPU, or the processor and its threads."""
    info = run.info
    kind, _, index = info["device"].partition(":")
    machine = info["hardware"]
    gpus = machine.get("gpu", {}).get("devices", [])
    if kind == "cuda" and int(index or 0) < len(gpus):
        return str(gpus[int(index or 0)]["name"])
    cpu = machine.get("cpu") or "unknown processor"
    if kind != "cpu":
        return f"{cpu}, GPU"
    threads = run.metrics.get("training", {}).get("threads")
    if threads is None:
        return str(cpu)
    return f"{cpu}, 1 thread" if threads == 1 else f"{cpu}, {threads} threads"


def _dict(found: Spread) -> dict[str, Any]:
    ends = None if found.interval95 is None else list(found.interval95)
    return {"mean": found.mean, "sd": found.sd, "interval95": ends}
