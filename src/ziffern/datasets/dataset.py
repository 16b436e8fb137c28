"""A dataset as the rest of Ziffern sees it: facts, and two parts that are read when asked for."""

from __future__ import annotations

import html
from typing import Protocol

import numpy as np

from ziffern.datasets.catalogue import Entry
from ziffern.datasets.parts import PARTS, Part, PartName
from ziffern.datasets.sources import Loaded


class Source(Protocol):
    """What a dataset is read from: `sources.Routes` or `sources.Own`."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes."""

    def read(self, part: PartName) -> Loaded:
        """Read one part."""


class Dataset:
    """A dataset whose parts are read on first use and then kept.

    Using `.train` never opens the test files; that is how the test set stays sealed.

    Attributes:
        entry: what the catalogue says (title, task, sizes, citation, …).
    """

    def __init__(self, entry: Entry, source: Source) -> None:
        self.entry = entry
        self._source = source
        self._loaded: dict[PartName, Loaded] = {}

    @property
    def name(self) -> str:
        """The name in the catalogue, or that of the folder or file."""
        return self.entry.name

    @property
    def title(self) -> str:
        """The name for people."""
        return self.entry.title

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes' names, in order of their labels. May read training labels, never images."""
        return self._source.class_names

    @property
    def licence(self) -> str:
        """Who allows what; empty if not stated."""
        return self.entry.licence

    @property
    def citation(self) -> str:
        """The work to cite; may be empty."""
        return self.entry.citation

    @property
    def train(self) -> Part:
        """The training part (a validation set is taken from it, see `splits`).

        Raises:
            DataError: damaged or unusable.
            WorkError: not to be had.
        """
        return self._part("train").part

    @property
    def test(self) -> Part:
        """The test part. Errors as for `train`."""
        return self._part("test").part

    @property
    def origin(self) -> str:
        """Where the parts read so far came from, in words; reads the training part if none was."""
        used = self._used()
        origins = {loaded.origin for loaded in used.values()}
        if len(origins) == 1:
            return origins.pop()
        return "; ".join(f"{part}: {loaded.origin}" for part, loaded in used.items())

    @property
    def is_sample(self) -> bool:
        """Whether a part read so far is the packaged sample; reads the training part if none was.

        Results on a sample must say so.
        """
        return any(loaded.is_sample for loaded in self._used().values())

    def sha256(self, part: PartName) -> str:
        """Return the hash of a part's content, see `Part.sha256`; the part is read if needed."""
        return self._part(part).part.sha256

    def class_counts(self, part: PartName) -> dict[str, int]:
        """Return how many samples of each class a part has; the part is read if needed."""
        labels = self._part(part).part.labels
        counts = np.bincount(labels, minlength=len(self.class_names))
        return dict(zip(self.class_names, counts.tolist(), strict=True))

    def __repr__(self) -> str:
        sizes = ", ".join(f"{part} {self._size(part)}" for part in PARTS)
        return f"<Dataset {self.name}: {sizes}>"

    def _repr_html_(self) -> str:
        facts = {
            "task": self.entry.task,
            "train": self._size("train"),
            "test": self._size("test"),
            "from": self.origin if self._loaded else "",
            "licence": self.licence,
            "citation": self.citation,
        }
        rows = "".join(
            f"<tr><th>{key}</th><td>{html.escape(value)}</td></tr>"
            for key, value in facts.items()
            if value
        )
        return f"<table><caption>{html.escape(self.title)}</caption>{rows}</table>"

    def _part(self, part: PartName) -> Loaded:
        if part not in self._loaded:
            self._loaded[part] = self._source.read(part)
        return self._loaded[part]

    def _used(self) -> dict[PartName, Loaded]:
        if not self._loaded:
            self._part("train")
        return self._loaded

    def _size(self, part: PartName) -> str:
        """Say how many samples a part has, without reading it."""
        if part in self._loaded:
            return f"{len(self._loaded[part].part):,}"
        sample = any(loaded.is_sample for loaded in self._loaded.values())
        known = part in self.entry.sizes and not sample
        return f"{self.entry.sizes[part]:,}" if known else "not read yet"
