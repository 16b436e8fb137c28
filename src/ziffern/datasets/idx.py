"""Reading IDX, the file format of MNIST: a short big-endian header and the raw numbers after it.

Byte 3 of the header is the type of the numbers, byte 4 how many axes there are; their lengths
follow as 4-byte integers. Unsigned bytes (type 0x08) and 32-bit integers (0x0C) are read here,
packed with gzip or not. What the numbers mean (pictures, labels) is `formats`' business. Described
by Y. LeCun and C. Cortes on the MNIST page.
"""

from __future__ import annotations

import gzip
import math
import re
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ziffern.datasets.parts import Slot
from ziffern.errors import DataError

Kind = Literal["images", "labels"]

_TYPES = {
    0x08: "unsigned bytes",
    0x09: "signed bytes",
    0x0B: "16-bit integers",
    0x0C: "32-bit integers",
    0x0D: "32-bit floats",
    0x0E: "64-bit floats",
}
_UNSIGNED_BYTES, _INTEGERS = 0x08, 0x0C
_GZIP = b"\x1f\x8b"

# train-images-idx3-ubyte.gz, t10k-labels.idx1-ubyte, emnist-letters-test-images-idx3-ubyte,
# and images-idx3-ubyte for a set without parts
_NAME = re.compile(
    r"(?:^|[-_.])(?:(?P<part>train|test|t10k)[-_.])?(?P<kind>images|labels)[-_.]idx\d[-_.]ubyte(?:\.gz)?$",
    re.IGNORECASE,
)


def unpack(content: bytes, where: str) -> bytes:
    """Return `content` without its gzip wrapping; content that is not gzip is returned as it is.

    Raises:
        DataError: the gzip data is cut off or damaged. `where` names the file in the message.
    """
    if not content.startswith(_GZIP):
        return content
    try:
        return gzip.decompress(content)
    except EOFError as error:
        raise DataError(f"{where} is cut off: the gzip data ends too early") from error
    except (OSError, zlib.error) as error:
        raise DataError(f"{where} is damaged: not valid gzip data ({error})") from error


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file as they are.

    Raises:
        DataError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error


def parse(content: bytes, where: str) -> npt.NDArray[np.uint8]:
    """Return the array that decoded IDX bytes hold, as a writable uint8 array.

    Raises:
        DataError: empty, not IDX, another type of number, or more or less data than the header
            announces. `where` names the file in the message.
    """
    return _numbers(content, where, _UNSIGNED_BYTES, np.dtype(np.uint8))


def parse_integers(content: bytes, where: str) -> npt.NDArray[np.int64]:
    """Return the 32-bit integers that decoded IDX bytes hold, as int64. Errors as for `parse`."""
    return _numbers(content, where, _INTEGERS, np.dtype(">i4")).astype(np.int64)


def _numbers(content: bytes, where: str, kind: int, number: np.dtype[Any]) -> npt.NDArray[Any]:
    shape, start = _header(content, where, kind)
    expected = math.prod(shape) * number.itemsize
    found = len(content) - start
    if found != expected:
        wrong = "is cut off" if found < expected else "is too long"
        axes = "×".join(map(str, shape)) + (f"×{number.itemsize}" if number.itemsize > 1 else "")
        raise DataError(
            f"{where} {wrong}: its header announces {axes} = {expected:,} bytes, "
            f"{found:,} follow; get the file again"
        )
    # a copy, because torch does not like read-only arrays
    return np.frombuffer(content, dtype=number, offset=start).reshape(shape).copy()


def read(path: Path) -> npt.NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes, gzip or not.

    Raises:
        DataError: see `parse` and `unpack`.
    """
    return parse(unpack(read_bytes(path), str(path)), str(path))


def shape_of(path: Path) -> tuple[int, ...]:
    """Return the shape that the header of an IDX file announces; the rest is not read.

    Raises:
        DataError: the header is missing or wrong.
    """
    try:
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP
        with gzip.open(path) if packed else path.open("rb") as file:
            head = file.read(4 + 4 * 255)
    except EOFError as error:
        raise DataError(f"{path} is cut off: the gzip data ends too early") from error
    except (OSError, zlib.error) as error:
        raise DataError(f"cannot read {path}: {error}") from error
    return _header(head, str(path))[0]


def find(folder: Path) -> Mapping[Slot, Mapping[Kind, Path]]:
    """Return the IDX files of a folder by part and kind, judged by their names alone.

    Files named train-… are part "train", t10k-… and test-… part "test", those without such a word
    part "all". Of a file that lies there both plain and as .gz, the plain one is taken.

    Raises:
        DataError: two different files claim the same place.
    """
    found: dict[Slot, dict[Kind, Path]] = {}
    for path in sorted(folder.iterdir()):
        match = _NAME.search(path.name)
        if match is None or not path.is_file():
            continue
        word = (match["part"] or "all").lower()
        slot: Slot = "train" if word == "train" else "all" if word == "all" else "test"
        kind: Kind = "images" if match["kind"].lower() == "images" else "labels"
        kinds = found.setdefault(slot, {})
        if kind not in kinds:
            kinds[kind] = path
        elif path.name.removesuffix(".gz") != kinds[kind].name.removesuffix(".gz"):
            raise DataError(
                f"{folder} holds two files of {slot} {kind}, {kinds[kind].name} and {path.name}; "
                f"keep one of them there"
            )
    return found


def _header(
    content: bytes, where: str, wanted: int = _UNSIGNED_BYTES
) -> tuple[tuple[int, ...], int]:
    """Return the announced shape and where the numbers begin."""
    if not content:
        raise DataError(f"{where} is empty; expected an IDX file")
    if len(content) < 4 or content[:2] != b"\0\0":
        start = content[:4].hex(" ")
        raise DataError(
            f"{where} is not an IDX file: it begins with {start}, "
            f"expected 00 00 08 03 (images) or 00 00 08 01 (labels)"
        )
    kind, axes = content[2], content[3]
    if kind != wanted:
        what = _TYPES.get(kind, f"numbers of the unknown type 0x{kind:02x}")
        raise DataError(f"{where} holds {what}; expected {_TYPES[wanted]} (type 0x{wanted:02x})")
    end = 4 + 4 * axes
    if axes == 0 or len(content) < end:
        raise DataError(f"{where} is cut off within its header; get the file again")
    return struct.unpack(f">{axes}I", content[4:end]), end
