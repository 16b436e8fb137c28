"""Which runs may be compared, and as seeds of which recipe: from names to groups.

    found = compare(["quick", "marvin-s0"])
    for pair in found.pairs:
        print(pair.sentence)

Only evaluations that are kept in the runs are used; nothing is looked at anew. The statistics are
those of `ziffern.evaluation.compare`.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ziffern import modelfile
from ziffern.errors import InputError, RunError
from ziffern.evaluation.combine import check_distinct
from ziffern.evaluation.compare import Pair, pairs
from ziffern.evaluation.evaluate import Split, made_of_runs, recipe_of, split_of, stored
from ziffern.evaluation.result import Evaluation
from ziffern.evaluation.seeds import Group
from ziffern.recipe import Recipe
from ziffern.runs import DATED, Run, listing

FINISHED = ("finished", "stopped early")
OF_NO_MATTER = ("name", "title", "source", "summary", "reported")


class Evaluated(NamedTuple):
    """A run and its kept evaluation."""

    run: Run
    evaluation: Evaluation


@dataclass(frozen=True, eq=False)
class Compared:
    """Groups of runs and what their comparison shows.

    groups: in the order given. `runs` are the evaluated runs of each.
    pairs: every two groups, the best first; none where there is one group only.
    same_pictures: whether all runs answered the same pictures, so that digits can be compared.
    """

    dataset: str
    split: str
    groups: tuple[Group, ...]
    runs: tuple[tuple[Evaluated, ...], ...]
    pairs: tuple[Pair, ...]
    same_pictures: bool

    def as_dict(self) -> dict[str, Any]:
        """Return everything but the answers as JSON can hold it."""
        return {
            "dataset": self.dataset,
            "split": self.split,
            "groups": [
                _group_dict(group, runs) for group, runs in zip(self.groups, self.runs, strict=True)
            ],
            "pairs": [pair.as_dict() for pair in self.pairs],
        }


def compare(
    given: Sequence[str | Path | Run], *, split: Split = "test", runs: str | Path = "runs"
) -> Compared:
    """Compare runs by their kept evaluations; the seeds of one recipe make a group.

    Args:
        given: runs, their names or paths; a recipe's name stands for all its finished runs.
        split: `test`, or `validation`, which can be asked as often as one likes.
        runs: where runs are looked for.

    Raises:
        InputError: fewer than two runs, one given twice, two of the same recipe and seed, or runs
            on different data, splits or contracts.
        RunError: no such run, or one that was not evaluated yet; the message says how.
    """
    opened = [run for name in given for run in _named(name, Path(runs))]
    if len(opened) < 2:
        raise InputError(f"comparing needs at least two runs, not {len(opened)}")
    check_distinct(opened)
    _check_data(opened)
    found = _evaluated(opened, split)
    same_pictures = split == "test" or len({split_of(run) for run in opened}) == 1
    if same_pictures:
        _check_pictures(found)
    named = _grouped(found)
    if len(named) == 1 and len(found) == 2:  # two seeds of one recipe, as two networks
        named = {_short(each.run, found): [each] for each in found}
    groups = tuple(
        Group(name, tuple(each.evaluation for each in members)) for name, members in named.items()
    )
    single = [members[0].run.name for members in named.values() if len(members) == 1]
    if not same_pictures and len(single) > 1:
        raise InputError(
            f"{single[0]} and {single[1]} held out different pictures for validation, so they "
            "cannot be compared digit by digit; train them with one --set data.split_seed, or "
            "compare several seeds of each"
        )
    return Compared(
        dataset=found[0].evaluation.dataset,
        split=split,
        groups=groups,
        runs=tuple(tuple(members) for members in named.values()),
        pairs=tuple(pairs(groups, same_pictures=same_pictures)),
        same_pictures=same_pictures,
    )


def seeds(
    given: Sequence[str | Path | Run], *, split: Split = "test", runs: str | Path = "runs"
) -> list[Evaluated]:
    """Return runs that are the seeds of one recipe, with their kept evaluations, by seed.

    Arguments and errors are those of `compare`; runs of more than one recipe are refused as well.
    """
    opened = [run for name in given for run in _named(name, Path(runs))]
    if len(opened) < 2:
        raise InputError(f"a spread over seeds needs at least two runs, not {len(opened)}")
    check_distinct(opened)
    _check_data(opened)
    found = _evaluated(opened, split)
    if split == "test":
        _check_pictures(found)
    if len(recipes := _grouped(found)) > 1:
        raise InputError(
            f"expected the seeds of one recipe, but these are {len(recipes)}: {'; '.join(recipes)}"
        )
    return sorted(found, key=lambda each: each.run.info["seed"])


def _short(run: Run, found: Sequence[Evaluated]) -> str:
    """Return a run's name without date and time, where that tells it from the others."""
    short = [DATED.sub("", each.run.name) for each in found]
    own = DATED.sub("", run.name)
    return own if short.count(own) == 1 else run.name


def _named(given: str | Path | Run, folder: Path) -> list[Run]:
    """Return the runs that a name stands for."""
    if isinstance(given, Run):
        return [given]
    fitting = [
        Run(Path(each.path))
        for each in reversed(listing(folder))
        if each.recipe == str(given) and each.status in FINISHED
    ]
    return fitting or [Run.open(given, folder)]


def _check_data(runs: Sequence[Run]) -> None:
    """Make sure that all runs are about the same data in the same form."""
    first, *others = runs
    for run in others:
        for what, one, other in (
            ("were trained on different data", _data(first), _data(run)),
            ("want their pictures in different forms", _picture(first), _picture(run)),
        ):
            if one != other:
                raise InputError(
                    f"{first.name} and {run.name} {what} ({one[0]}, {other[0]}), so their results "
                    "do not compare"
                )


def _data(run: Run) -> tuple[str, str]:
    data = run.dataset
    sample = " (sample)" if data["is_sample"] else ""
    return f"{data['name']}{sample}, SHA-256 {data['sha256'][:8]}", data["sha256"]


def _picture(run: Run) -> tuple[str, ...]:
    """Return how pictures are brought into form; how they are scaled is the network's own."""
    table = modelfile.read_table(run.path)
    members = table.get("members")
    contract = (members[0] if isinstance(members, list) and members else table).get("contract")
    if not isinstance(contract, dict):
        raise RunError(f"{run.path / modelfile.FACTS} is damaged: 'contract' is not an object")
    return (", ".join(f"{key} {contract.get(key)}" for key in ("size", "box", "centre")),)


def _evaluated(runs: Sequence[Run], split: Split) -> list[Evaluated]:
    found = [(run, stored(run, split, run.dataset["name"])) for run in runs]
    missing = [run for run, evaluation in found if evaluation is None]
    if missing and split == "validation" and not missing[0].dataset["validation_size"]:
        raise RunError(f"{missing[0].name} has no validation set; compare with --split test")
    if missing:
        names = ", ".join(run.name for run in missing)
        has = "has" if len(missing) == 1 else "have"
        if split == "validation":
            hint = f"ziffern evaluate {missing[0].path} --split validation"
        else:
            hint = (
                f"ziffern evaluate {missing[0].path} opens the test set, which counts as a look; "
                "or compare with --split validation"
            )
        raise RunError(f"{names} {has} not been evaluated on the {split} set: {hint}")
    return [Evaluated(run, evaluation) for run, evaluation in found if evaluation is not None]


def _check_pictures(found: Sequence[Evaluated]) -> None:
    first, *others = found
    for run, evaluation in others:
        if not (
            evaluation.class_names == first.evaluation.class_names
            and evaluation.labels.tobytes() == first.evaluation.labels.tobytes()
        ):
            raise InputError(
                f"{first.run.name} and {run.name} were evaluated on different pictures "
                f"({first.evaluation.n:,} and {evaluation.n:,}); evaluate both again"
            )


def _grouped(found: Sequence[Evaluated]) -> dict[str, list[Evaluated]]:
    """Put seeds of one recipe together, under its name and what was changed in it."""
    groups: dict[tuple[str, str], list[Evaluated]] = {}
    settings: dict[tuple[str, str], dict[str, Any]] = {}
    for each in found:
        recipe, table = _settings(each.run)
        key = recipe, repr(sorted(table.items()))
        settings[key] = table
        groups.setdefault(key, []).append(each)
    labelled: dict[str, list[Evaluated]] = {}
    plain: dict[str, dict[str, Any]] = {}
    for key, members in groups.items():
        _check_seeds(members)
        recipe = key[0]
        changed = _changes(plain.setdefault(recipe, settings[key]), settings[key])
        labelled[", ".join([recipe, *changed])] = members
    return labelled


def _check_seeds(members: Sequence[Evaluated]) -> None:
    known: dict[int, Run] = {}
    for run, _ in members:
        if (seed := run.info["seed"]) in known and not made_of_runs(run):
            raise InputError(
                f"{known[seed].name} and {run.name} are the same training, seed {seed}; give one "
                "of them, or train with other seeds"
            )
        known[seed] = run


def _settings(run: Run) -> tuple[str, dict[str, Any]]:
    """Return the recipe's name and all that is the same for its seeds, by dotted key."""
    if made_of_runs(run):
        of = sorted({member["recipe"] for member in run.members})
        name = f"ensemble of {len(run.members)} ({', '.join(of)})"
        return name, {"vote": run.info.get("vote")}
    recipe = recipe_of(run)
    return recipe.name, settings_of(recipe, run.info.get("start"))


def settings_of(recipe: Recipe, start: str | None = None) -> dict[str, Any]:
    """Return all that is the same for the seeds of a recipe, by dotted key.

    `start` is the run or model whose weights a training begins with, None for random ones.
    """
    table = recipe.model_dump()
    for key in OF_NO_MATTER:
        del table[key]
    del table["train"]["seed"]
    table["layers"] = [str(layer) for layer in recipe.layer_list]
    return {**_flat(table), "start": start}


def _flat(table: Mapping[str, Any], within: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        flat |= (
            _flat(value, f"{within}{key}.") if isinstance(value, dict) else {within + key: value}
        )
    return flat


def _changes(known: Mapping[str, Any], settings: Mapping[str, Any]) -> list[str]:
    """Say in what settings differ from those known under the same name."""
    said = []
    for key in {**known, **settings}:
        value, table = settings.get(key), key.rpartition(".")[0]
        if known.get(key) == value:
            continue
        if key == "layers":
            said.append("other layers")
        elif table in settings:  # not given here, and a table of its own there
            said.append(f"no {table}")
        else:
            said.append(f"{key}={value}")
    return list(dict.fromkeys(said))


def _group_dict(group: Group, runs: Sequence[Evaluated]) -> dict[str, Any]:
    spread = group.spread
    return {
        "name": group.name,
        "n": spread.n,
        "mean": spread.mean,
        "sd": spread.sd,
        "interval95": None if spread.interval95 is None else list(spread.interval95),
        "seconds_training": _seconds(runs),
        "runs": [
            {
                "run": str(run.path),
                "seed": run.info["seed"],
                "accuracy": evaluation.accuracy,
                "wilson95": list(evaluation.wilson95),
                "correct": evaluation.correct,
                "n": evaluation.n,
                "averaging": evaluation.averaging,
                "test_looks": run.test_looks,
            }
            for run, evaluation in runs
        ],
    }


def _seconds(runs: Sequence[Evaluated]) -> float | None:
    """Return the median of the seconds that runs were trained, None where none was."""
    training = [run.metrics.get("training") for run, _ in runs]
    known = [figures["seconds_training"] for figures in training if figures]
    return statistics.median(known) if known else None
