"""Datasets of 28×28 pictures and their labels: from a catalogue, or anybody's own files.

    digits = datasets.load("mnist")
    digits.train.images  # uint8 (60000, 28, 28), white ink (255) on black (0)

No torch here, no scaling and no augmentation: that is training's business.
"""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path

from ziffern.datasets import catalogue, formats, joined
from ziffern.datasets.catalogue import Entry
from ziffern.datasets.dataset import Dataset
from ziffern.datasets.download import Progress
from ziffern.datasets.parts import Found, Part
from ziffern.datasets.sources import Own, Routes, cache_folder, copy_of, data_folder
from ziffern.datasets.splits import split
from ziffern.errors import DataError

__all__ = ["Dataset", "Part", "cache_folder", "data_folder", "fetch", "load", "split"]

log = logging.getLogger("ziffern.datasets")


def load(
    name_or_path: str | Path,
    *,
    data_dir: str | Path | None = None,
    offline: bool = False,
    progress: Progress | None = None,
) -> Dataset:
    """Return a dataset. Its parts are read on first use.

    A name of the catalogue is looked for in `data_dir` (or the folder that ZIFFERN_DATA names), as
    it is published or in a form of one's own, in the cache, at its public sources, and last in the
    sample that travels with the package. If `data_dir` has no such dataset but is a dataset itself
    (pictures by class, an .npz, IDX files of other sizes), that one is used and named after the
    folder. Notes for people go to the logger "ziffern.datasets" as warnings.

    Args:
        name_or_path: a name, as `ziffern data list` shows them, several joined by a plus (see
            `joined`), or the path of a folder or .npz.
        data_dir: a folder that holds datasets, or is one; or an .npz file.
        offline: leave the network alone (also: ZIFFERN_OFFLINE=1).
        progress: called during downloads with (address, bytes so far, bytes in all or None).

    Raises:
        DataError: unknown name, no such folder, or damaged files in `data_dir`. Files are judged
            when their part is read.
    """
    if isinstance(name_or_path, Path) or _means_path(name_or_path):
        path = Path(name_or_path).expanduser()
        return _own(path, formats.open_path(path))
    if joined.SIGN in name_or_path:
        times = joined.parse(name_or_path)
        return joined.join(
            [load(name, data_dir=data_dir, offline=offline, progress=progress) for name in times],
            list(times.values()),
        )
    entry = catalogue.entry(name_or_path)
    if entry.path:
        found = formats.open_path(entry.path)
        if entry.class_names:
            found = dataclasses.replace(found, given_names=entry.class_names)
        return Dataset(entry, Own(found))
    folder = _checked(data_dir)
    place = folder or data_folder()
    routes = Routes(entry, folder=place, offline=offline, progress=progress)
    if place and not routes.place and (copy := copy_of(entry, place)):
        # how many samples the parts of somebody's copy have is not known before they are read
        return Dataset(entry.model_copy(update={"sizes": {}}), Own(copy))
    if folder and not routes.place:
        if own := formats.find(folder):
            log.warning("using %s (%s) in place of %s", folder, own.form, entry.name)
            return _own(folder, own)
        log.warning("%s holds no %s; looking elsewhere", folder, entry.name)
    return Dataset(entry, routes)


def fetch(
    name: str,
    *,
    data_dir: str | Path | None = None,
    offline: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Bring a catalogue dataset into the cache, both parts verified, and return its folder there.

    Raises:
        DataError: unknown name, or damaged files in `data_dir`.
        WorkError: no source has it (the reasons are named), or the cache cannot be written.
    """
    entry = catalogue.entry(name)
    if entry.path:
        return entry.path
    if not entry.all_files:
        raise DataError(f"{entry.title} are made on this machine: there is nothing to fetch")
    folder = _checked(data_dir) or data_folder()
    return Routes(entry, folder=folder, offline=offline, progress=progress).fetch()


def _means_path(name: str) -> bool:
    """Tell whether a text is a path: it looks like one, or only a path of that name exists."""
    if "/" in name or "\\" in name or name.endswith(".npz") or name in (".", ".."):
        return True
    return name not in [*catalogue.names(), *catalogue.aliases()] and Path(name).exists()


def _checked(data_dir: str | Path | None) -> Path | None:
    if data_dir is None:
        return None
    folder = Path(data_dir).expanduser()
    if not folder.exists():
        raise DataError(f"{folder} does not exist; expected a folder with data (--data-dir)")
    return folder


def _own(path: Path, found: Found) -> Dataset:
    name = path.resolve().stem if path.is_file() else path.resolve().name
    return Dataset(Entry(name=name, title=name, path=path), Own(found))
