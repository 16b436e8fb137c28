"""Several datasets as one: their training parts together, and their test parts.

    datasets.load("mnist+swiss")        # trains on both; what is tested was trained on in neither

Only sets of the same classes can be joined. This module reads nothing itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ziffern.datasets.catalogue import Entry
from ziffern.datasets.dataset import Dataset
from ziffern.datasets.parts import Part, PartName
from ziffern.datasets.sources import Loaded
from ziffern.errors import DataError

SIGN = "+"
"""Stands between the names of datasets that are to be joined."""


class Joined:
    """A source of parts that are those of several datasets, one after the other."""

    def __init__(self, members: Sequence[Dataset]) -> None:
        self._members = members

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, which all members share.

        Raises:
            DataError: they do not.
        """
        first, *others = self._members
        for other in others:
            if other.class_names != first.class_names:
                raise DataError(
                    f"{first.name} and {other.name} cannot be joined: their classes are "
                    f"{_listed(first)} and {_listed(other)}"
                )
        return first.class_names

    def read(self, part: PartName) -> Loaded:
        """Read that part of every member. Writers keep their names; sets that know none have one.

        Raises:
            DataError: the classes differ, or as each member does.
        """
        assert self.class_names  # they are the same, or it raises
        parts = [member.test if part == "test" else member.train for member in self._members]
        writers = None
        if any(one.writers is not None for one in parts):
            writers = np.concatenate(
                [
                    np.full(len(one), member.name) if one.writers is None else one.writers
                    for member, one in zip(self._members, parts, strict=True)
                ]
            )
        return Loaded(
            Part(
                np.concatenate([one.images for one in parts]),
                np.concatenate([one.labels for one in parts]),
                writers,
            ),
            "; ".join(f"{member.name}: {member.origin}" for member in self._members),
            any(member.is_sample for member in self._members),
        )


def join(members: Sequence[Dataset]) -> Dataset:
    """Return several datasets as one; what the catalogue would say of it is put together.

    Raises:
        DataError: one of them is there twice. Classes are compared when they are asked for.
    """
    names = [member.name for member in members]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise DataError(f"{twice!r} is joined with itself; name each dataset once")
    tasks = dict.fromkeys(member.entry.task for member in members if member.entry.task)
    entry = Entry(
        name=SIGN.join(names),
        title=" + ".join(member.title for member in members),
        task="; ".join(tasks),
        licence="; ".join(f"{member.name}: {member.licence}" for member in members),
        citation="; ".join(f"{member.name}: {member.citation}" for member in members),
    )
    return Dataset(entry, Joined(members))


def _listed(dataset: Dataset) -> str:
    names = dataset.class_names
    return ", ".join(names) if len(names) <= 3 else f"{names[0]} … {names[-1]} ({len(names)})"
