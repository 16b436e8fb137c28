"""Recognising datasets as people have them: IDX files, an .npz, pictures sorted by class.

`find` judges by names alone and reads no picture; what it returns reads one part at a time.
Pictures are the work of `folders`, the forms in which datasets are published that of `published`;
where files come from and whether they are the right ones is `sources`' business.
"""

from __future__ import annotations

import zipfile
import zlib
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, get_args

import numpy as np

from ziffern.datasets import folders, idx
from ziffern.datasets.idx import Kind
from ziffern.datasets.parts import Found, Images, Labels, Raw, Slot
from ziffern.errors import DataError

_NPZ_KEYS: dict[Slot, tuple[str, str]] = {
    "train": ("x_train", "y_train"),
    "test": ("x_test", "y_test"),
    "all": ("images", "labels"),
}


def find(path: Path) -> Found | None:
    """Recognise a dataset at `path`: a folder of IDX files or of pictures by class, an .npz, a zip.

    A folder that holds a single .npz, or a single zip of pictures, stands for it.

    Returns:
        How to read it, or None if `path` has none of the forms.

    Raises:
        DataError: it has a form but cannot be used (two files for one part, images without
            labels), is damaged, or may not be read.
    """
    try:
        if path.suffix == ".npz" and path.is_file():
            return from_npz(path)
        found = (_from_idx(path) if path.is_dir() else None) or folders.find(path)
        if found is None and path.is_dir():
            packed = [*path.glob("*.npz"), *path.glob("*.zip")]
            return find(packed[0]) if len(packed) == 1 else None
        return found
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error


def open_path(path: Path) -> Found:
    """Like `find`, but with an error that says what is looked for where nothing is recognised."""
    if not path.exists():
        raise DataError(f"{path} does not exist; expected a dataset's folder or .npz file")
    found = find(path)
    if found is None:
        empty = folders.empty(path) if path.is_dir() else []
        hint = f" (there are none in {empty[0]!r})" if empty else ""
        raise DataError(
            f"{path} is no dataset; expected IDX files (train-images-idx3-ubyte.gz …), one .npz "
            f"(x_train, y_train … or images, labels), or one folder of pictures per class{hint}, "
            "maybe in folders by writer or in a .zip"
        )
    return found


# --- IDX ---------------------------------------------------------------------------------------


def idx_images(array: Images, where: str) -> Images:
    """Return `array` if it can be images, (N, H, W).

    Raises:
        DataError: it has another number of axes.
    """
    if array.ndim != 3:
        raise DataError(f"{where} holds {array.ndim} axes; expected 3, images (magic 00 00 08 03)")
    return array


def idx_labels(array: Images, where: str) -> Labels:
    """Return `array` as int64 labels, (N,).

    Raises:
        DataError: it has more than one axis.
    """
    if array.ndim != 1:
        raise DataError(f"{where} holds {array.ndim} axes; expected 1, labels (magic 00 00 08 01)")
    return array.astype(np.int64)


def _from_idx(folder: Path) -> Found | None:
    files = idx.find(folder)
    if not files:
        return None
    for slot, paths in files.items():
        for kind in get_args(Kind):
            if kind not in paths:
                there = next(iter(paths.values())).name
                raise DataError(f"{folder} has {there} but no {kind} for {slot} beside it")
    raw = {
        slot: Raw(
            images=partial(_read_idx_images, paths["images"]),
            labels=partial(_read_idx_labels, paths["labels"]),
        )
        for slot, paths in files.items()
    }
    return Found(str(folder), "IDX files", raw)


def _read_idx_images(path: Path) -> Images:
    return idx_images(idx.read(path), str(path))


def _read_idx_labels(path: Path) -> Labels:
    return idx_labels(idx.read(path), str(path))


# --- npz ---------------------------------------------------------------------------------------


def from_npz(source: Path | bytes, where: str = "", class_names: tuple[str, ...] = ()) -> Found:
    """Recognise the arrays of an .npz: x_train, y_train, x_test, y_test (Keras), or images, labels.

    The classes may be named by `class_names`, or in the file by an array of strings of that name.
    Images are integers 0…255.

    Raises:
        DataError: not an .npz, or other arrays in it.
    """
    where = where or str(source)
    names = _npz(source, where, None)
    raw = {
        slot: Raw(
            images=partial(_npz_images, source, where, x),
            labels=partial(_npz_labels, source, where, y),
        )
        for slot, (x, y) in _NPZ_KEYS.items()
        if x in names and y in names
    }
    if not raw:
        raise DataError(
            f"{where} holds the arrays {', '.join(names) or '(none)'}; "
            f"expected x_train, y_train, x_test, y_test, or images, labels"
        )
    given = class_names
    if not given and "class_names" in names:
        array = _npz(source, where, "class_names")
        if array.ndim != 1 or array.dtype.kind != "U":
            raise DataError(f"{where}: class_names is no list of strings")
        given = tuple(str(name) for name in array)
    return Found(where, "npz", raw, given)


def _npz(source: Path | bytes, where: str, name: str | None) -> Any:
    """Read one array of an .npz, or (for None) the names of all."""
    try:
        if not zipfile.is_zipfile(_opened(source)):  # np.load would take other files as well
            raise ValueError("not a zip archive")
        with np.load(_opened(source), allow_pickle=False) as arrays:
            return arrays.files if name is None else arrays[name]
    except (OSError, ValueError, EOFError, KeyError, zlib.error, zipfile.BadZipFile) as error:
        reason = str(error) or type(error).__name__
        array = f", array {name}" if name else ""
        raise DataError(f"{where}{array} cannot be read as .npz: {reason}") from error


def _opened(source: Path | bytes) -> Path | BytesIO:
    return BytesIO(source) if isinstance(source, bytes) else source


def _npz_images(source: Path | bytes, where: str, name: str) -> Images:
    array = _npz(source, where, name)
    if array.dtype == np.uint8:
        return array  # type: ignore[no-any-return]
    if array.dtype.kind not in "iu" or (array.size and (array.min() < 0 or array.max() > 255)):
        raise DataError(
            f"{where}: {name} is {array.dtype}; expected uint8, 0 (paper) to 255 (ink): "
            f"for numbers 0 to 1 store ({name} * 255).round().astype('uint8')"
        )
    return array.astype(np.uint8)  # type: ignore[no-any-return]


def _npz_labels(source: Path | bytes, where: str, name: str) -> Labels:
    array = _npz(source, where, name)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise DataError(
            f"{where}: {name} is {array.dtype} {array.shape}; expected one whole number per image"
        )
    return array.astype(np.int64)  # type: ignore[no-any-return]
