"""Pictures of any kind, files and arrays, as grey levels.

Whatever is wrong with one comes out as one `DataError` of one line, and no file can claim more
memory than `LIMIT` pixels need. Bringing the picture into a network's form is the work of
`ziffern.contract`.

    normalise(open_picture("seven.jpg"))
"""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from ziffern.errors import DataError

Pixels: TypeAlias = npt.NDArray[np.uint8]

LIMIT = 50_000_000  # pixels, read from the header before anything is decoded
_AT_MOST = f"expected at most {LIMIT // 1_000_000} megapixels"

# Formats whose decoders are part of Pillow and whose files begin with a mark of their own. EPS and
# the like are left out: they start other programs.
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "AVIF", "JPEG2000")


def open_picture(path: str | Path) -> Pixels:
    """Read a picture file as grey levels, uint8 (H, W), upright as its EXIF orientation says.

    Transparent parts become paper, so that black and white strokes are both visible; of several
    frames or pages the first is read. See `grey` for how numbers become grey levels.

    Raises:
        DataError: missing, a folder, empty, no picture, damaged or cut short, too large.
    """
    path = Path(path)
    try:
        if path.is_dir():
            raise DataError("a folder; expected a picture file")
        if path.stat().st_size == 0:
            raise DataError("empty (0 bytes); expected a picture file")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd metadata is no reason to speak up
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=_FORMATS) as image:
                if image.width * image.height > LIMIT:
                    raise DataError(f"{image.width}×{image.height} pixels; {_AT_MOST}")
                return _levels(ImageOps.exif_transpose(image))
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist; expected a picture file") from error
    except PermissionError as error:
        raise DataError(f"{path}: permission to read it is denied") from error
    except UnidentifiedImageError as error:
        raise DataError(
            f"{path}: no picture that can be read; expected PNG, JPEG, TIFF, WebP, GIF or BMP"
        ) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DataError(f"{path}: far too many pixels; {_AT_MOST}") from error
    except Exception as error:  # a decoder may fail in any way on a damaged file
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{path}: damaged or cut short ({reason})") from error


def _levels(image: Image.Image) -> Pixels:
    if image.has_transparency_data:
        return grey(np.asarray(image.convert("RGBA").convert("LA")))
    if image.mode == "LAB":
        return np.asarray(image.getchannel("L"))
    if image.mode.startswith(("I", "F")):  # 16 and 32 bits: `grey` knows their ranges
        return grey(np.asarray(image))
    return np.asarray(image.convert("L"))


def grey(picture: npt.ArrayLike) -> Pixels:
    """Return any picture as grey levels, uint8 (H, W).

    Takes (H, W), also with a last axis of 1 grey, 2 grey + alpha, 3 RGB or 4 RGB + alpha values.
    uint8 is 0…255; other numbers are read as 0…1, 0…255, 0…4095 or 0…65535, the narrowest range
    that holds them, and stretched from their least to their greatest value if none does.
    Transparent parts become paper: see `_on_paper`.

    Raises:
        DataError: no picture: other axes, no pixels, not numbers, NaN or infinity.
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
    channels = array.shape[2]
    if channels >= 3:
        colour = np.ascontiguousarray(array[..., :3])
        levels = np.asarray(Image.fromarray(colour).convert("L"))
    else:
        levels = array[..., 0]
    if channels in (2, 4) and int(array[..., -1].min()) < 255:
        return _on_paper(levels, array[..., -1])
    return levels


def _bytes(array: npt.NDArray[Any]) -> Pixels:
    if array.dtype == np.uint8:
        return array
    if array.dtype.kind not in "buif":
        raise DataError(f"a picture holds real numbers, got {array.dtype}")
    low, high = float(array.min()), float(array.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        raise DataError("a picture holds finite numbers, got NaN or infinity")
    full = next((full for full in (1, 255, 4095, 65535) if low >= 0 and high <= full), None)
    start, end = (0.0, float(full)) if full else (low, high)
    values = (array.astype(np.float32) - start) * (255 / ((end - start) or 1))
    levels: Pixels = np.rint(values).astype(np.uint8)
    return levels


def _on_paper(levels: Pixels, alpha: Pixels) -> Pixels:
    """Lay a picture with transparent parts on paper, so that ink stays visible.

    Where less than half is opaque, that is the ink, and its paper is the opposite: black strokes
    come on white, white ones on black. Otherwise the opaque part holds the paper itself.
    """
    opaque = alpha >= 128
    if 2 * np.count_nonzero(opaque) >= opaque.size:
        paper = round(float(np.median(levels[opaque])))
    else:
        weight = int(alpha.sum(dtype=np.int64))
        mean = float((levels.astype(np.uint16) * alpha).sum(dtype=np.int64)) / max(weight, 1)
        paper = 255 if mean < 128 else 0
    sheet = Image.new("L", (levels.shape[1], levels.shape[0]), paper)
    return np.asarray(Image.composite(Image.fromarray(levels), sheet, Image.fromarray(alpha)))
