"""How well a model reads many hands: collection by collection, and by groups of writers.

    hands = judge("flagship", on=["swiss", "usps"])
    swiss, usps = hands.collections
    swiss.evaluation.accuracy
    swiss.groups["writer"][0]          # the writer whose digits were read worst

Any model can be judged, a run or not. Where a run is judged on test parts, each collection counts
as one look and the answers are kept in the run, as `evaluate` does; models without a run count
nothing. This module answers and reckons; it draws nothing.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from ziffern import datasets
from ziffern.datasets import Dataset, Part
from ziffern.errors import InputError
from ziffern.evaluation import evaluate as of_run
from ziffern.evaluation import model as single
from ziffern.evaluation.ensemble import load
from ziffern.evaluation.evaluate import counted_look, judge_both, keep
from ziffern.evaluation.lineage import learnt_from, named
from ziffern.evaluation.metrics import wilson_interval
from ziffern.evaluation.result import Evaluation
from ziffern.runs import INFO, Run

Split = Literal["test", "all"]


class Group(NamedTuple):
    """Some digits of a collection that have something in common, and how many were read right."""

    kind: str
    name: str
    correct: int
    n: int

    @property
    def accuracy(self) -> float:
        """Share of right answers, 0…1."""
        return self.correct / self.n

    @property
    def wilson95(self) -> tuple[float, float]:
        """95 % Wilson interval of the accuracy."""
        return wilson_interval(self.correct, self.n)

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as JSON can hold them."""
        return {
            "name": self.name,
            "accuracy": self.accuracy,
            "n": self.n,
            "correct": self.correct,
            "wilson95": list(self.wilson95),
        }


@dataclass(frozen=True, eq=False)
class Collection:
    """A model's answers to one collection, with its pictures and what is known of the writers."""

    evaluation: Evaluation
    part: Part
    title: str

    @cached_property
    def groups(self) -> dict[str, tuple[Group, ...]]:
        """Groups by kind: country, age, sex, hands as the set tells them, "writer" and "class".

        Writers and classes come with the worst first, others by name. Kinds of which there is
        only one group are left out.
        """
        told = self.part.groups
        values = {kind: told[kind] for kind in sorted(told, key="writer".__eq__)}  # writers last
        values["class"] = np.array(self.evaluation.class_names)[self.evaluation.labels]
        found = {}
        for kind, names in values.items():
            groups = [self._group(kind, str(name), names == name) for name in np.unique(names)]
            groups = [group for group in groups if group.name]
            if kind in ("writer", "class"):
                groups.sort(key=lambda group: group.accuracy)
            if len(groups) > 1:
                found[kind] = tuple(groups)
        return found

    def _group(self, kind: str, name: str, members: NDArray[np.bool_]) -> Group:
        right = self.evaluation.predictions[members] == self.evaluation.labels[members]
        return Group(kind, name, int(right.sum()), len(right))

    def as_dict(self) -> dict[str, Any]:
        """Return what `Evaluation.as_dict` does, and the groups by kind."""
        groups = {
            kind: [group.as_dict() for group in groups]
            for kind, groups in self.groups.items()
            if kind != "class"  # stands under per_class already
        }
        return {**self.evaluation.as_dict(), "groups": groups}


@dataclass(frozen=True, eq=False)
class Hands:
    """One model's answers to several collections; shows itself as a table in a notebook.

    model: the name of what answered.
    folder: the run, where the model is one.
    """

    model: str
    collections: tuple[Collection, ...]
    folder: Path | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return everything that fits in pages of JSON."""
        return {
            "model": self.model,
            "run": None if self.folder is None else str(self.folder),
            "collections": [collection.as_dict() for collection in self.collections],
        }

    def _repr_html_(self) -> str:
        cells = ["".join(f"<th>{head}</th>" for head in ("", "accuracy", "95 % interval", "right"))]
        for collection in self.collections:
            shown = collection.evaluation
            low, high = shown.wilson95
            row = (
                html.escape(shown.dataset),
                f"{shown.accuracy:.2%}",
                f"{low:.2%} to {high:.2%}",
                f"{shown.correct:,} of {shown.n:,}",
            )
            cells.append("".join(f"<td>{cell}</td>" for cell in row))
        rows = "".join(f"<tr>{row}</tr>" for row in cells)
        return f"<table><caption>{html.escape(self.model)}</caption>{rows}</table>"


def judge(
    model: str | Path | Run,
    *,
    on: Sequence[str],
    split: Split = "test",
    data_dir: str | Path | None = None,
    runs: str | Path = "runs",
    averaging: bool = True,
) -> Hands:
    """Let a model answer several collections.

    Args:
        model: as for `ziffern.load`.
        on: the collections' names or paths.
        split: `test`, or `all` pictures of a collection, which the model must not have learnt from.
        data_dir: where the data lie.
        runs: the folder in which a run's name is looked for.
        averaging: whether a model that averages over copies of each picture does so.

    Raises:
        InputError: no collection, or one with other classes than the model; `all` of one that it
            learnt from.
        RunError: no such model, or its run cannot be read.
        DataError, WorkError: a collection is damaged, or not to be had.
    """
    if not on:
        raise InputError("name at least one collection to evaluate on")
    where = single.folder(model, runs)
    run = Run(where) if (where / INFO).is_file() else None
    found = load(where, precision="float32", engine="auto" if run is None else "torch")
    sets = [datasets.load(name, data_dir=data_dir) for name in dict.fromkeys(on)]
    learnt = learnt_from(where) if split == "all" else set()
    parts = []
    for dataset in sets:  # all of them before the first look
        if len(dataset.class_names) != len(found.class_names):
            raise InputError(
                f"{dataset.name} has {len(dataset.class_names)} classes, {found.name} has "
                f"{len(found.class_names)}; evaluate it on data with the same classes"
            )
        if known := named(dataset.name) & learnt:
            raise InputError(
                f"{found.name} learnt from {' and '.join(sorted(known))}; evaluate it on its test "
                "part (--split test)"
            )
        parts.append(dataset.test if split == "test" else _whole(dataset))
    collections = []
    for dataset, part in zip(sets, parts, strict=True):
        looks = 0 if run is None else counted_look(run, dataset)
        result = judge_both(found, part, dataset, split, looks)
        if run is not None:
            keep(run, result)
        shown = result if averaging or result.alone is None else result.alone
        collections.append(Collection(shown, part, dataset.title))
    return Hands(found.name, tuple(collections), None if run is None else run.path)


@overload
def evaluate(
    run: str | Path | Run,
    *,
    on: str | None = None,
    split: of_run.Split = "test",
    data_dir: str | Path | None = None,
    runs: str | Path = "runs",
    averaging: bool = True,
) -> Evaluation: ...


@overload
def evaluate(
    run: str | Path | Run,
    *,
    on: list[str] | tuple[str, ...],
    split: Split = "test",
    data_dir: str | Path | None = None,
    runs: str | Path = "runs",
    averaging: bool = True,
) -> Hands: ...


def evaluate(
    run: str | Path | Run,
    *,
    on: str | list[str] | tuple[str, ...] | None = None,
    split: Any = "test",
    data_dir: str | Path | None = None,
    runs: str | Path = "runs",
    averaging: bool = True,
) -> Evaluation | Hands:
    """Evaluate a run on its own dataset or another, or any model on a list of collections.

    Arguments, results and errors are those of `ziffern.evaluation.evaluate.evaluate`, with a list
    for `on` those of `judge`, which takes models that ship with Ziffern as well and tells groups of
    writers apart.
    """
    common: dict[str, Any] = {"data_dir": data_dir, "runs": runs, "averaging": averaging}
    if isinstance(on, list | tuple):
        return judge(run, on=on, split=split, **common)
    return of_run.evaluate(run, on=on, split=split, **common)


def _whole(dataset: Dataset) -> Part:
    """Return both parts of a dataset as one."""
    train, test = dataset.train, dataset.test
    writers = None
    if train.writers is not None and test.writers is not None:
        writers = np.concatenate([train.writers, test.writers])
    return Part(
        np.concatenate([train.images, test.images]),
        np.concatenate([train.labels, test.labels]),
        writers,
    )
