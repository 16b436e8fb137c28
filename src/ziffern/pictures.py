"""Pictures of any kind, files and arrays, as grey levels or colours.

Whatever is wrong with one comes out as one `DataError` of one line, and no file can claim more
memory than `LIMIT` pixels need. Bringing the picture into a network's form is the work of
`ziffern.contract`; pages, of which a file may have many, that of `ziffern.reading.files`.

    normalise(open_picture("seven.jpg"))
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from ziffern.errors import DataError

Pixels: TypeAlias = npt.NDArray[np.uint8]

LIMIT = 100_000_000  # pixels, read from the header before anything is decoded

# Formats whose decoders are part of Pillow and whose files begin with a mark of their own. EPS and
# the like are left out: they start other programs.
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "AVIF", "JPEG2000")
KINDS = "PNG, JPEG, TIFF, WebP, GIF or BMP"  # for people, who rarely have the others

_OVERSHOOT = 1.05  # of fractions over their range: filters ring, and sums are rounded


def open_picture(path: str | Path) -> Pixels:
    """Read a picture file as grey levels, uint8 (H, W), upright as its EXIF orientation says.

    Transparent parts become paper, so that black and white strokes are both visible; of several
    frames or pages the first is read. See `grey` for how numbers become grey levels.

    Raises:
        DataError: missing, a folder, empty, no picture, damaged or cut short, too large.
    """
    path = Path(path)
    with clear_errors(path), Image.open(path, formats=FORMATS) as image:
        return grey(upright(image))


def opened(path: str | Path) -> npt.NDArray[Any]:
    """Read a picture file as it is, upright: values for `grey` and `colour`. Errors as above."""
    path = Path(path)
    with clear_errors(path), Image.open(path, formats=FORMATS) as image:
        return upright(image)


@contextmanager
def clear_errors(path: Path, kinds: str = KINDS) -> Iterator[None]:
    """Re-raise whatever goes wrong with a picture file inside the block as one `DataError`.

    Args:
        path: the file; the message begins with it.
        kinds: what can be read, for one that is no picture.

    Raises:
        DataError: missing, a folder, empty, no picture, damaged or cut short, too large.
    """
    with named_errors(str(path), kinds):
        if path.is_dir():
            raise DataError("a folder; expected a picture file")
        if path.stat().st_size == 0:
            raise DataError("empty (0 bytes); expected a picture file")
        yield


@contextmanager
def named_errors(name: str, kinds: str = KINDS) -> Iterator[None]:
    """Do what `clear_errors` does for a picture that is no file of its own: it only has a name."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd metadata is no reason to speak up
            yield
    except ModuleNotFoundError:  # what is not installed is not the file's fault
        raise
    except DataError as error:
        raise DataError(f"{name}: {error}") from error
    except FileNotFoundError as error:
        raise DataError(f"{name} does not exist; expected a picture file") from error
    except PermissionError as error:
        raise DataError(f"{name}: permission to read it is denied") from error
    except UnidentifiedImageError as error:
        raise DataError(f"{name}: no picture that can be read; expected {kinds}") from error
    except Image.DecompressionBombError as error:
        raise DataError(f"{name}: far too many pixels; {_at_most()}") from error
    except MemoryError as error:
        raise DataError(f"{name}: damaged, or there is not enough memory to open it") from error
    except Exception as error:  # a decoder may fail in any way on a damaged file
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{name}: damaged or cut short ({reason})") from error


def _at_most() -> str:
    return f"expected at most {LIMIT // 1_000_000} megapixels"


def upright(image: Image.Image) -> npt.NDArray[Any]:
    """Return an opened picture as numbers that `grey` and `colour` take, upright as its EXIF says.

    Raises:
        DataError: more than `LIMIT` pixels; nothing is decoded then.
    """
    if image.width * image.height > LIMIT:
        raise DataError(f"{image.width}×{image.height} pixels; {_at_most()}")
    image = ImageOps.exif_transpose(image)
    if image.has_transparency_data:
        return np.asarray(image.convert("RGBA"))
    if image.mode == "LAB":  # its colours need a profile
        return np.asarray(image.getchannel("L"))
    if image.mode.startswith(("I", "F")):  # 16 and 32 bits
        return np.asarray(image)
    return np.asarray(image.convert("L" if image.mode in ("1", "L") else "RGB"))


def grey(picture: npt.ArrayLike) -> Pixels:
    """Return any picture as grey levels, uint8 (H, W).

    Takes (H, W), also with a last axis of 1 grey, 2 grey + alpha, 3 RGB or 4 RGB + alpha values.
    uint8 is 0…255, or a mask if nothing is above 1; other numbers are read as 0…1, 0…255, 0…4095 or
    0…65535, the narrowest range that holds them, and stretched from their least to their greatest
    value if none does. Fractions may exceed a range by 5 %, as resizing makes them: white then.
    Transparent parts become paper: see `_on_paper`.

    Raises:
        DataError: no picture: other axes, no pixels, not numbers, NaN or infinity.
    """
    values, alpha = _values(picture)
    if values.shape[2] == 3:
        levels = np.asarray(Image.fromarray(np.ascontiguousarray(values)).convert("L"))
    else:
        levels = values[..., 0]
    return levels if alpha is None else _on_paper(levels, alpha)


def colour(picture: npt.ArrayLike) -> Pixels:
    """Return any picture as RGB, uint8 (H, W, 3). Numbers, transparency, errors as for `grey`."""
    values, alpha = _values(picture)
    colours = np.ascontiguousarray(np.broadcast_to(values, (*values.shape[:2], 3)))
    return colours if alpha is None else _on_paper(colours, alpha)


def _values(picture: npt.ArrayLike) -> tuple[Pixels, Pixels | None]:
    """Return a picture's grey (H, W, 1) or RGB (H, W, 3) and its alpha, None where all is opaque.

    Raises:
        DataError: no picture.
    """
    array = np.asarray(picture)
    if array.ndim == 2:
        array = array[..., np.newaxis]
    if array.ndim != 3 or array.shape[2] not in (1, 2, 3, 4) or array.size == 0:
        raise DataError(
            "a picture has the shape (height, width) or (height, width, 1 to 4 channels) and at "
            f"least one pixel, got {np.shape(picture)}"
        )
    array = _bytes(array)
    if array.shape[2] in (1, 3):
        return array, None
    values, alpha = array[..., :-1], array[..., -1]
    return values, alpha if int(alpha.min()) < 255 else None


def _bytes(array: npt.NDArray[Any]) -> Pixels:
    if array.dtype == np.uint8:
        return array if array.max() > 1 else array * np.uint8(255)
    if array.dtype.kind not in "buif":
        raise DataError(f"a picture holds real numbers, got {array.dtype}")
    low, high = float(array.min()), float(array.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        raise DataError("a picture holds finite numbers, got NaN or infinity")
    most = high / _OVERSHOOT if array.dtype.kind == "f" else high
    full = next((full for full in (1, 255, 4095, 65535) if low >= 0 and most <= full), None)
    start, end = (0.0, float(full)) if full else (low, high)
    values = (array.astype(np.float32) - start) * (255 / ((end - start) or 1))
    levels: Pixels = np.rint(np.minimum(values, 255)).astype(np.uint8)
    return levels


def _on_paper(picture: Pixels, alpha: Pixels) -> Pixels:
    """Lay grey levels or colours with transparent parts on paper, so that ink stays visible.

    Where less than half is opaque, that is the ink, and its paper is the opposite: dark strokes
    come on white, light ones on black. Otherwise the opaque part holds the paper itself.
    """
    opaque = alpha >= 128
    paper = np.empty_like(picture)
    if 2 * np.count_nonzero(opaque) >= opaque.size:
        paper[:] = np.rint(np.median(picture[opaque], axis=0))
    else:
        weights = alpha if picture.ndim == 2 else alpha[..., np.newaxis]
        weight = int(alpha.sum(dtype=np.int64)) * (picture.size // alpha.size)
        total = int((picture.astype(np.uint16) * weights).sum(dtype=np.int64))
        paper[:] = 255 if total < 128 * max(weight, 1) else 0
    layers = Image.fromarray(picture), Image.fromarray(paper), Image.fromarray(alpha)
    return np.asarray(Image.composite(*layers))
