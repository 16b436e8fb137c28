"""Several datasets as one: their training parts together, and their test parts.

    datasets.load("mnist+3xswiss")      # trains on both, and on each Swiss digit three times

Only sets of the same classes can be joined. For testing each comes once, so that figures of the
whole do not depend on the weights of training. This module reads nothing itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ziffern.datasets.catalogue import Entry
from ziffern.datasets.dataset import Dataset
from ziffern.datasets.parts import Part, PartName
from ziffern.datasets.sources import Loaded
from ziffern.errors import DataError

SIGN = "+"
"""Stands between the names of datasets that are to be joined."""

# signs that are fit for file names, for runs keep their results by the name of the data
_MEMBER = re.compile(r"(?:([1-9]\d*)x)?([a-z].*)")


def parse(text: str) -> dict[str, int]:
    """Return the names of the datasets that `text` joins, in order, with how often each comes.

    Raises:
        DataError: a name is missing or there twice, or something else stands there.
    """
    found: dict[str, int] = {}
    for member in text.split(SIGN):
        match = _MEMBER.fullmatch(member)
        if match is None:
            raise DataError(
                f"{member!r} in {text!r} names no dataset; expected names joined by {SIGN}, such "
                "as mnist+3xswiss"
            )
        number, name = match.groups()
        if name in found:
            raise DataError(f"{name!r} is joined with itself; name each dataset once")
        found[name] = int(number or 1)
    return found


class Joined:
    """A source of parts that are those of several datasets, one after the other."""

    def __init__(self, members: Sequence[Dataset], times: Sequence[int]) -> None:
        self._members, self._times = members, times

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
        if part == "test":
            members, parts = list(self._members), [member.test for member in self._members]
        else:
            counted = zip(self._members, self._times, strict=True)
            members = [member for member, times in counted for _ in range(times)]
            parts = [member.train for member in members]
        names = [member.name for member in members]
        nondigits = [
            (name, one.nondigits)
            for name, one in zip(names, parts, strict=True)
            if one.nondigits is not None
        ]
        whole = _together(list(zip(names, parts, strict=True)))
        return Loaded(
            replace(whole, nondigits=_together(nondigits)) if nondigits else whole,
            "; ".join(f"{member.name}: {member.origin}" for member in self._members),
            any(member.is_sample for member in self._members),
        )


def join(members: Sequence[Dataset], times: Sequence[int]) -> Dataset:
    """Return several datasets as one; what the catalogue would say of it is put together.

    Args:
        members: the datasets; whether their classes are the same is seen when these are asked for.
        times: how often each comes in training.
    """
    tasks = dict.fromkeys(member.entry.task for member in members if member.entry.task)
    entry = Entry(
        name=SIGN.join(
            member.name if number == 1 else f"{number}x{member.name}"
            for member, number in zip(members, times, strict=True)
        ),
        title=" + ".join(member.title for member in members),
        task="; ".join(tasks),
        licence="; ".join(f"{member.name}: {member.licence}" for member in members),
        citation="; ".join(f"{member.name}: {member.citation}" for member in members),
    )
    return Dataset(entry, Joined(members, times))


def _together(parts: Sequence[tuple[str, Part]]) -> Part:
    """Return parts, given with the names of their datasets, as one."""
    writers = None
    if any(one.writers is not None for _, one in parts):
        writers = np.concatenate(
            [np.full(len(one), name) if one.writers is None else one.writers for name, one in parts]
        )
    return Part(
        np.concatenate([one.images for _, one in parts]),
        np.concatenate([one.labels for _, one in parts]),
        writers,
    )


def _listed(dataset: Dataset) -> str:
    names = dataset.class_names
    return ", ".join(names) if len(names) <= 3 else f"{names[0]} … {names[-1]} ({len(names)})"
