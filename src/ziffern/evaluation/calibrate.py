"""Calibrating a run: temperature and thresholds from digits it has not learnt from, kept in it.

    done = calibrate("latest", promise=0.001)
    done.judgement.evidence.wrong       # so many of so many digits called sure, at most …
    done.others                         # what it makes of pictures that show no digit

Weights stay as they are, and so do logits; only `model.json` is written anew. How the numbers are
found is the work of `ziffern.evaluation.certainty`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ziffern import datasets, modelfile
from ziffern.datasets import Dataset, Part
from ziffern.datasets.nondigits import nondigits
from ziffern.errors import InputError, RunError
from ziffern.evaluation import certainty
from ziffern.evaluation.certainty import CONFIDENCE, PROMISE, Judgement
from ziffern.evaluation.ensemble import Answerer, load
from ziffern.evaluation.evaluate import data_recipe, dataset_of, validation_part
from ziffern.evaluation.lineage import learnt_from, named
from ziffern.evaluation.model import folder
from ziffern.evaluation.rejection import Called, false_accepts, false_rejects
from ziffern.files import write_json
from ziffern.modelfile import FACTS, FORMAT
from ziffern.runs import INFO, Run

KEY = "judgement"
"""Where the evidence stands among the model's facts."""
NONDIGITS = 3_000  # pictures of no digit that choose from where on a picture is a digit
SEED = 2**32  # more than a training's seed may be, so that none has seen the same pictures


@dataclass(frozen=True)
class Calibration:
    """What was found for a run: numbers with their evidence, and what is made of no digits."""

    run: Run
    judgement: Judgement
    others: Sequence[Called]

    def as_dict(self) -> dict[str, Any]:
        """Return everything as JSON can hold it."""
        return {
            "run": str(self.run.path),
            "temperature": self.judgement.temperature,
            "thresholds": self.judgement.thresholds.to_dict(),
            "evidence": self.judgement.evidence.as_dict(),
            "others": [each.as_dict() for each in self.others],
        }


def calibrate(
    run: str | Path | Run,
    *,
    promise: float = PROMISE,
    confidence: float = CONFIDENCE,
    on: str | None = None,
    data_dir: str | Path | None = None,
    runs: str | Path = "runs",
) -> Calibration:
    """Fit temperature and thresholds of a run's model and keep them in it, with their evidence.

    Args:
        run: a run, its name or path, or ``latest``.
        promise: the share of wrong ones among the digits called sure that is not to be exceeded.
        confidence: with which the promise is to hold.
        on: the dataset whose training part is used; if not given, the digits that the run held out.
        data_dir: where the data lie, if not where the run found them.
        runs: the folder of runs.

    Raises:
        RunError: the run or its model cannot be read, or it held out no digits.
        InputError: it has learnt from the dataset given, the classes are others, or the promise
            cannot be shown with these digits.
    """
    opened = run if isinstance(run, Run) else Run.open(run, runs)
    model = load(opened, precision="float32")
    part, where = _unseen(opened, model, on, data_dir)
    others = nondigits(min(NONDIGITS, len(part)), seed=SEED, digits=part.images)
    judgement = certainty.fit(
        part.labels,
        model.logits(part.images),
        promise=promise,
        confidence=confidence,
        nondigits=model.logits(others),
        background_class=model.background_class,
        where=where,
    )
    keep(opened.path, judgement)
    model = load(opened, precision="float32")
    return Calibration(opened, judgement, false_accepts(model, part.images, part.labels))


def judge(
    model: str | Path | Run,
    *,
    on: str | None = None,
    data_dir: str | Path | None = None,
    runs: str | Path = "runs",
) -> tuple[Answerer, list[Called]]:
    """Return a model, and what it makes of digits and of no digits by the thresholds it has.

    Args:
        model: a run, or what else `ziffern.load` takes.
        on: the dataset whose test part gives the digits; a run's own counts that as a look. If not
            given, no digits are asked.
        data_dir: where the data lie.
        runs: the folder of runs.

    Raises:
        RunError: no such model, or it is damaged.
        DataError: no such data.
    """
    found = load(model, runs=runs, precision="float32")
    if on is None:
        return found, false_accepts(found)
    dataset = _fitting(on, data_dir, found)
    place = folder(model, runs)
    if (place / INFO).is_file():
        run = Run.open(place)
        run.count_test_look(None if dataset.name == run.dataset["name"] else dataset.name)
    part = dataset.test
    digits = false_rejects(found, part.images, part.labels)
    return found, [digits, *false_accepts(found, part.images, part.labels)]


def keep(place: Path, judgement: Judgement) -> None:
    """Write temperature, thresholds and evidence into the model of a folder, whole or not at all.

    Raises:
        RunError: there is no model, or it is damaged.
        WorkError: the folder cannot be written.
    """
    table = modelfile.read_table(place)
    table |= modelfile.certainty_table(judgement.temperature, judgement.thresholds)
    table["facts"] = {**table.get("facts", {}), KEY: judgement.evidence.as_dict()}
    write_json(place / FACTS, {"format": FORMAT, **table})


def _unseen(
    run: Run, model: Answerer, on: str | None, data_dir: str | Path | None
) -> tuple[Part, str]:
    """Return digits that a run has not learnt from, and where they are from."""
    if on is None:
        if not run.dataset["validation_size"]:
            raise RunError(
                f"{run.name} held out none of its digits, so there are none to calibrate it on: "
                "name a dataset that it has not learnt from, such as --on usps, or train it again "
                "with --set data.validation=10000"
            )
        recipe = data_recipe(run)
        dataset = dataset_of(run, recipe, data_dir)
        where = f"the digits of {run.dataset['name']} that it held out"
        return validation_part(run, recipe, dataset), where
    dataset = _fitting(on, data_dir, model)
    if known := named(dataset.name) & learnt_from(run.path):
        raise InputError(
            f"{run.name} has learnt from {' and '.join(sorted(known))}: answers to its own "
            "training digits are surer than others; name another dataset"
        )
    return dataset.train, f"the training part of {dataset.name}"


def _fitting(on: str, data_dir: str | Path | None, model: Answerer) -> Dataset:
    dataset = datasets.load(on, data_dir=data_dir)
    if len(dataset.class_names) != len(model.class_names):
        raise InputError(
            f"{dataset.name} has {len(dataset.class_names)} classes, {model.name} has "
            f"{len(model.class_names)}; name data with the same classes"
        )
    return dataset
