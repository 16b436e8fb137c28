"""Grading a finished network, whoever trained it: does it load, keep the contract, read well?

    grades = grade("marvin.h5")
    for criterion in grades.criteria:
        print(criterion.name, criterion.passed, criterion.reason)

Graded are runs, shipped models, folders with `model.json`, and Keras or ONNX files. For accuracy
and calibration the test set is opened, once and last; a run counts that as a look. A criterion that
cannot be judged, because an earlier one failed, fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ziffern import datasets, ensemblefile, modelfile, shipped
from ziffern.classes import DIGITS
from ziffern.datasets import Dataset, Part, fonts
from ziffern.errors import DataError, InputError, RunError, ZiffernError
from ziffern.evaluation import ensemble, foreign, metrics
from ziffern.evaluation.ensemble import Ensemble
from ziffern.evaluation.evaluate import judge
from ziffern.evaluation.model import Predictor, load
from ziffern.evaluation.runtime import RuntimeModel
from ziffern.exchange.onnx import OnnxModel
from ziffern.modelfile import SavedModel
from ziffern.runs import INFO, Run

Source = SavedModel | OnnxModel | RuntimeModel | Ensemble
NAMES = ("loads", "contract", "accuracy", "printed digits", "calibration")
DATASET = "mnist"
PROBED = 64  # training pictures on which the contract is tried
ALONE = 8  # of them, asked one by one
ROUNDING = 1e-3  # of probabilities: float32 sums depend on their order, and so on the batch


@dataclass(frozen=True)
class Criterion:
    """One thing that was judged: passed or not, and why, in one line."""

    name: str
    passed: bool
    reason: str
    value: float | None = None
    """The figure that decided, where one did."""


@dataclass(frozen=True)
class Grades:
    """How a model fares; it passes if it passes in everything."""

    model: str
    criteria: tuple[Criterion, ...]

    @property
    def passed(self) -> bool:
        """Whether every criterion is met."""
        return all(criterion.passed for criterion in self.criteria)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as JSON can hold it."""
        criteria = [asdict(criterion) for criterion in self.criteria]
        return {"model": self.model, "passed": self.passed, "criteria": criteria}


@dataclass(frozen=True)
class Limits:
    """What is wanted, each a share from 0 to 1."""

    min_accuracy: float
    min_printed: float
    max_ece: float

    def __post_init__(self) -> None:
        for name, limit in asdict(self).items():
            if not 0 <= limit <= 1:
                raise InputError(f"{name} is {limit}, expected a share from 0 to 1, such as 0.97")


def grade(
    model: str | Path | Run,
    *,
    data_dir: str | Path | None = None,
    runs: str | Path = "runs",
    min_accuracy: float = 0.97,
    min_printed: float = 0.6,
    max_ece: float = 0.03,
) -> Grades:
    """Grade a model.

    Args:
        model: a run (its name, a part of it, its path, ``latest``), the name of a shipped model, a
            folder with `model.json`, or a `.onnx`, `.keras` or `.h5` file.
        data_dir: where MNIST lies, if not where the run found it, or another set of digits.
        runs: the folder of runs.
        min_accuracy: least share of right answers on the test set.
        min_printed: least share of right answers on printed digits of several fonts.
        max_ece: largest expected calibration error on the test set.

    Raises:
        InputError: a limit outside 0…1, no such run or file, or no digits in `data_dir`. That a
            model is there but damaged is a grade, not an error.
        WorkError: a package that reads the file is not installed, or the data are not to be had.
    """
    limits = Limits(min_accuracy, min_printed, max_ece)
    run, path = _found(model, runs)
    if data_dir is None and run is not None:
        data_dir = run.info.get("dataset", {}).get("data_dir")
    dataset = datasets.load(DATASET, data_dir=data_dir)
    if dataset.class_names != DIGITS:
        raise DataError(
            f"{dataset.name} has the classes {', '.join(dataset.class_names)}; "
            "models are graded on the digits 0 to 9"
        )
    training = dataset.train  # so that data that are not to be had are not held against the model
    criteria = list(_judged(path, run, dataset, training, limits))
    reason = f"not judged: failed before, in {criteria[-1].name!r}"
    criteria += [Criterion(name, False, reason) for name in NAMES[len(criteria) :]]
    return Grades(path.resolve().name if run is None else run.name, tuple(criteria))


def _found(model: str | Path | Run, runs: str | Path) -> tuple[Run | None, Path]:
    """Return the run, if it is one, and the file or folder with the network."""
    if isinstance(model, Run):
        return model, model.path
    if isinstance(model, str) and model in shipped.names():
        return None, shipped.FOLDER / model
    path = Path(model)
    if path.suffix.lower() in foreign.SUFFIXES and not path.is_dir():
        if not path.exists():
            raise RunError(f"{path} does not exist; expected a model file or a run")
        return None, path
    if path.is_file():
        raise RunError(
            f"{path} is no model: expected a run, a folder with {modelfile.FACTS}, or a file that "
            f"ends in {', '.join(foreign.SUFFIXES)}"
        )
    if (path / modelfile.FACTS).is_file() and not (path / INFO).is_file():
        return None, path
    run = Run.open(model, runs)
    return run, run.path


def _judged(
    path: Path, run: Run | None, dataset: Dataset, training: Part, limits: Limits
) -> Iterator[Criterion]:
    """Judge one thing after another; stop where the next cannot be judged any more."""
    source: Source
    try:
        source = _opened(path)
    except RunError as error:
        yield Criterion("loads", False, str(error))
        return
    yield Criterion("loads", True, _size(source))

    try:
        model, found = _ready(source, training, path)
        _keep_contract(model, training)
    except ZiffernError as error:
        yield Criterion("contract", False, str(error))
        return
    yield Criterion("contract", True, f"pictures in, probabilities of 10 digits out; {found}")

    part = dataset.test
    look = "" if run is None else f"; look {_count_look(run, dataset)} of this run at them"
    test = judge(model, part, dataset, "test", 0)
    sample = " (only the sample that travels with Ziffern)" if dataset.is_sample else ""
    low, high = test.wilson95
    yield Criterion(
        "accuracy",
        test.accuracy >= limits.min_accuracy,
        f"{test.accuracy:.2%} of {test.n:,} test digits of {dataset.title}{sample}, 95 % interval "
        f"{low:.2%} to {high:.2%}; at least {limits.min_accuracy:.2%} wanted{look}",
        test.accuracy,
    )
    yield _printed(model, limits.min_printed)
    ece = test.reliability.ece
    yield Criterion(
        "calibration",
        ece <= limits.max_ece,
        f"expected calibration error {ece:.4f} on the same digits{sample}; "
        f"at most {limits.max_ece:.4f} wanted",
        ece,
    )


def _opened(path: Path) -> Source:
    if path.parent == shipped.FOLDER:
        shipped.folder(path.name)  # its files are those that were shipped
    if not path.is_dir():
        return foreign.read(path)
    if not ensemblefile.is_ensemble(path):
        return modelfile.read(path)
    return ensemble.read(path, precision="float32", engine="torch")


def _size(source: Source) -> str:
    if isinstance(source, Ensemble):
        return f"{len(source.members)} networks, {source.parameters:,} parameters"
    if isinstance(source, OnnxModel):
        return "ONNX Runtime runs it"
    network = source.network
    return f"{len(network.stages)} layers, {network.parameters:,} parameters"


def _ready(source: Source, training: Part, path: Path) -> tuple[Predictor, str]:
    """Return the model and what is said of the scale of its pixels."""
    stored = f"pixels in {source.contract.scale} scale (stored with it)"
    if isinstance(source, Ensemble):
        return source, "pixels in the scale of each member (stored with them)"
    if isinstance(source, RuntimeModel):
        return source, stored
    if isinstance(source, SavedModel) and path.is_dir():
        return load(path, precision="float32"), stored
    choice = foreign.choose(source, training)
    return choice.model, choice.found


def _keep_contract(model: Predictor, training: Part) -> None:
    """Ask the model in several ways; the test set has no part in it.

    Raises:
        ZiffernError: the model does not keep the contract; the message says in which way.
    """
    digits = training.images[:PROBED]
    pictures = np.concatenate([digits, np.zeros_like(digits[:1]), np.full_like(digits[:1], 255)])
    with np.errstate(all="ignore"):  # NaN and infinity are looked for below
        answers, again = model.predict(pictures), model.predict(pictures)
        alone = np.concatenate([model.predict(pictures[i : i + 1]) for i in range(ALONE)])
    if answers.shape != (len(pictures), len(DIGITS)):
        raise RunError(
            f"it answers {len(pictures)} pictures with numbers of shape {answers.shape}, "
            f"expected {(len(pictures), len(DIGITS))}: one probability for each digit"
        )
    if model.class_names != DIGITS:
        raise RunError(f"its classes are {', '.join(model.class_names)}, not the digits 0 to 9")
    metrics.checked(np.zeros(len(answers), np.int64), answers)  # labels have no part in this
    if (change := float(abs(again - answers).max())) > ROUNDING:
        raise RunError(
            f"the same pictures asked twice give probabilities that differ by up to {change:.3f}; "
            "is a dropout still active in it?"
        )
    if (change := float(abs(alone - answers[:ALONE]).max())) > ROUNDING:
        raise RunError(
            f"a picture asked alone gives probabilities that differ by up to {change:.3f} from "
            "those in a batch; does it normalise by the batch, as in training?"
        )


def _count_look(run: Run, dataset: Dataset) -> int:
    own = run.info.get("dataset", {}).get("name", DATASET)
    return run.count_test_look(None if dataset.name == own else dataset.name)


def _printed(model: Predictor, least: float) -> Criterion:
    """Judge the model on digits of all fonts that are found."""
    images, labels, names = fonts.synthetic()
    if not len(images):
        return Criterion("printed digits", False, "not judged: no fonts with digits were found")
    right = model.predict(images).argmax(axis=1) == labels
    share = float(right.mean())
    of_font = np.array(names)
    shares = {str(name): float(right[of_font == name].mean()) for name in dict.fromkeys(names)}
    worst = min(shares, key=lambda name: shares[name])
    return Criterion(
        "printed digits",
        share >= least,
        f"{share:.2%} of {len(right):,} printed digits in {len(shares)} fonts, worst {worst} with "
        f"{shares[worst]:.0%}; at least {least:.2%} wanted",
        share,
    )
