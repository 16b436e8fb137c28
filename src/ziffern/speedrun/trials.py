"""Training the seeds of a recipe, and opening the test set once for each.

    trial = plan(["quick"], seeds=3)[0]
    for run, evaluation in measured(trial):
        print(run.name, evaluation.accuracy)

Nothing is trained or evaluated here in a way of its own: a seed is a run like any other. What the
seeds amount to is told by `ziffern.speedrun.rows`.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ziffern import bench, datasets
from ziffern import recipe as recipes
from ziffern.errors import InputError, RecipeError, RunError
from ziffern.evaluation.comparable import FINISHED, settings_of
from ziffern.evaluation.evaluate import recipe_of, stored
from ziffern.evaluation.result import Evaluation
from ziffern.recipe import Recipe
from ziffern.runs import Run, listing

OWN = "Ziffern"
"""The source of the recipes that are run where none is named."""


@dataclass(frozen=True)
class Trial:
    """A recipe and how many seeds of it, counting up from the recipe's own.

    name: the recipe's, and what was changed in it.
    command: what does this trial alone.
    shipped: whether the recipe comes with Ziffern.
    """

    recipe: Recipe
    seeds: range
    name: str
    command: str
    shipped: bool


def plan(
    given: Sequence[str] = (), *, changes: Sequence[str] = (), seeds: int = 3, on: str = "auto"
) -> list[Trial]:
    """Return the trials of several recipes, all checked before the first begins.

    Args:
        given: recipes by name or file; if none, those of Ziffern's own.
        changes: what to change in each of them, such as ``train.epochs=5``.
        seeds: how many of each.
        on: the device that the command is to name, `auto` for none.

    Raises:
        InputError: no seeds, one recipe twice, or a recipe that cannot be used.
    """
    if seeds < 1:
        raise InputError(f"--seeds {seeds}: expected a whole number of at least 1")
    if len(set(given)) < len(given):
        twice = next(name for name in given if given.count(name) > 1)
        raise InputError(f"{twice} is named twice; name each recipe once")
    return [_trial(name, changes, seeds, on) for name in given or own()]


def own() -> list[str]:
    """Return the shipped recipes that are Ziffern's own, not those of a source."""
    return [name for name in recipes.names() if recipes.load(name).source == OWN]


def measured(
    trial: Trial,
    *,
    runs: str | Path = "runs",
    data_dir: str | None = None,
    on: str = "auto",
    quiet: bool = False,
    reuse: bool = False,
) -> Iterator[tuple[Run, Evaluation]]:
    """Train and evaluate one seed after the other; yield each when its result is there.

    With `reuse` the newest finished run of each seed in `runs` is taken as it is, wherever it was
    trained, if it has the same settings and data; so is its evaluation on the test set.

    Raises:
        KeyboardInterrupt: somebody interrupted; what was yielded before is finished.
        ZiffernError: as `bench.train` and `bench.evaluate`.
    """
    known = _known(trial, Path(runs), data_dir) if reuse else {}
    for seed in trial.seeds:
        run = known.get(seed)
        found = None if run is None else stored(run, "test", run.dataset["name"])
        if run is None:
            options: dict[str, Any] = {"data_dir": data_dir, "on": on, "quiet": quiet}
            run = bench.train(trial.recipe, seed=seed, runs=runs, tensorboard=False, **options)
            if run.info["status"] == "interrupted":
                raise KeyboardInterrupt
        yield run, found or bench.evaluate(run, data_dir=data_dir)


def _trial(given: str, changes: Sequence[str], seeds: int, on: str) -> Trial:
    recipe = recipes.load(given, recipes.parse_changes(list(changes)))
    words = ["ziffern", "speedrun", given, "--seeds", str(seeds)]
    for change in changes:
        words += ["--set", change]
    if on != "auto":
        words += ["--device", on]
    first = recipe.train.seed
    return Trial(
        recipe=recipe,
        seeds=range(first, first + seeds),
        name=", ".join([recipe.name, *sorted(changes)]),
        command=shlex.join(words),
        shipped=given in recipes.names(),
    )


def _known(trial: Trial, folder: Path, data_dir: str | None) -> dict[int, Run]:
    """Return the newest finished run of each seed with the trial's settings and data."""
    wanted = settings_of(trial.recipe)
    data = datasets.load(trial.recipe.data.dataset, data_dir=data_dir).sha256("train")
    found: dict[int, Run] = {}
    for summary in listing(folder):
        run = Run(Path(summary.path))
        if summary.status not in FINISHED or summary.seed is None:
            continue
        try:
            same = settings_of(recipe_of(run), run.info.get("start")) == wanted
            if same and run.dataset["sha256"] == data and "training" in run.metrics:
                found.setdefault(summary.seed, run)
        except (RecipeError, RunError):  # of another version, damaged, or made of runs
            continue
    return found
