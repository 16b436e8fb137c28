"""Making one run of several: an ensemble that is loaded, evaluated and reported like any other.

    run = ensemble(["quick-s0", "quick-s1", "quick-s2"])
    evaluate(run)

The new run folder holds all that is needed (weights, contracts, recipes); the members' folders may
go. How an ensemble answers is the business of `ziffern.evaluation.ensemble`.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import ziffern
from ziffern import device, ensemblefile, modelfile
from ziffern.ensemblefile import SavedEnsemble, Vote
from ziffern.errors import InputError, ZiffernError
from ziffern.evaluation.evaluate import MEMBERS, evaluate, split_of
from ziffern.evaluation.model import folder
from ziffern.files import write_atomic
from ziffern.runs import Run, create
from ziffern.states import Thresholds

NAME = "ensemble"
log = logging.getLogger(__name__)


def ensemble(
    members: Sequence[str | Path | Run],
    *,
    vote: Vote = "mean",
    runs: str | Path = "runs",
) -> Run:
    """Make an ensemble of trained runs, in a run folder of its own.

    It is validated on the pictures that its members held out, where they all held out the same
    (give their recipes one `data.split_seed`); otherwise no picture is new to all of them.

    Args:
        members: at least two runs, their names or paths; they must know the same classes.
        vote: `mean` of the members' probabilities, or of their `logits`.
        runs: where the members are looked for and the ensemble is made.

    Raises:
        InputError: fewer than two runs, one given twice, other classes, or an unknown vote.
        RunError: no such run, an ensemble among them, or a damaged model.
        WorkError: the run folder cannot be written.
    """
    opened = [run if isinstance(run, Run) else Run.open(run, runs) for run in members]
    check_distinct(opened)
    for run in opened:
        if run.members:
            names = ", ".join(member["run"] for member in run.members)
            raise InputError(f"{run.name} is an ensemble itself; give its members: {names}")
    saved = _saved(opened, vote)
    seed = min(run.info["seed"] for run in opened)
    # without a member's name in its own, which is often given by a part that fits one run only
    made = create(runs, NAME, seed)
    try:
        where = {"hardware": device.describe(), "device": "cpu", "precision": "float32"}
        _write(made, opened, saved, **where)
    except BaseException:
        shutil.rmtree(made.path, ignore_errors=True)
        raise
    _validate(made)
    return made


def join(made: Run, members: Sequence[Run], vote: Vote) -> None:
    """Make a run that was begun the ensemble of its networks, and validate it.

    Raises:
        InputError: as for `ensemble`.
        RunError: as for `ensemble`.
        WorkError: the run folder cannot be written.
    """
    _write(made, members, _saved(members, vote))
    _validate(made)


def _saved(members: Sequence[Run], vote: Vote) -> SavedEnsemble:
    """Return the ensemble; until it is calibrated itself, it is as sure as its members are."""
    networks = tuple(modelfile.read(folder(run)) for run in members)
    saved = SavedEnsemble(NAME, networks, vote)
    # probabilities that vote are divided by the members' temperatures already
    temperature = fmean(each.temperature for each in networks) if vote == "logits" else 1.0
    sure = fmean(each.thresholds.sure for each in networks)
    digit = fmean(each.thresholds.digit for each in networks)
    return replace(saved, temperature=temperature, thresholds=Thresholds(sure, digit))


def _write(made: Run, members: Sequence[Run], saved: SavedEnsemble, **known: object) -> None:
    """Write the members' recipes and networks, and what they are; `known` is for `run.json`."""
    facts = [
        {
            "run": run.name,
            "recipe": run.info["recipe"],
            "seed": run.info["seed"],
            "test_looks": run.test_looks,
        }
        for run in members
    ]
    for run in members:
        write_atomic(made.path / MEMBERS / f"{run.name}.toml", run.recipe_text)
    told = {"members": facts, "ziffern": ziffern.__version__}
    ensemblefile.save(made.path, replace(saved, name=made.name, facts=told))
    made.update_info(
        **known,
        ziffern=ziffern.__version__,
        dataset=_dataset(members),
        members=facts,
        vote=saved.vote,
        status="finished",
    )


def _validate(made: Run) -> None:
    if made.dataset["validation_size"]:
        try:
            evaluate(made, split="validation")
        except ZiffernError as error:  # the data are no longer where they were
            log.warning("%s was not validated: %s", made.name, error)


def check_distinct(runs: Sequence[Run]) -> None:
    """Make sure that no run is given twice.

    Raises:
        InputError: one is.
    """
    seen: set[Path] = set()
    for run in runs:
        if (path := run.path.resolve()) in seen:
            raise InputError(f"{run.name} is given twice; give each run once")
        seen.add(path)


def _dataset(runs: Sequence[Run]) -> dict[str, object]:
    """Return what the ensemble's `run.json` says about its data: that of its first member.

    Of a whole set and its sample it is the whole one, which a result on the sample would flatter.
    """
    datasets = [run.dataset for run in runs]
    first = datasets[0]
    whole = (each for each in datasets if each["name"] == first["name"] and not each["is_sample"])
    chosen = next(whole, first)
    if len({(each["name"], each["sha256"]) for each in datasets}) > 1:
        told = ", ".join(
            f"{run.name} on {each['name']}{' (sample)' if each['is_sample'] else ''}"
            for run, each in zip(runs, datasets, strict=True)
        )
        log.warning(
            "the members were trained on different data (%s); the ensemble is evaluated on %s",
            told,
            chosen["name"],
        )
    if len({split_of(run) for run in runs}) > 1:
        chosen["validation_size"] = 0
    return chosen
