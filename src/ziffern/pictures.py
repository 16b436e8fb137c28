"""Opening picture files of any kind as grey levels.

Whatever is wrong with a file comes out as one `DataError` of one line, and no file can claim more
memory than `LIMIT` pixels need. Bringing the picture into a network's form is the work of
`ziffern.contract`.

    normalise(open_picture("seven.jpg"))
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ziffern.errors import DataError
from ziffern.ink import Pixels, grey

LIMIT = 50_000_000  # pixels, read from the header before anything is decoded
_AT_MOST = f"expected at most {LIMIT // 1_000_000} megapixels"

# Formats whose decoders are part of Pillow and whose files begin with a mark of their own. EPS and
# the like are left out: they start other programs.
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "AVIF", "JPEG2000")


def open_picture(path: str | Path) -> Pixels:
    """Read a picture file as grey levels, uint8 (H, W), upright as its EXIF orientation says.

    Transparent parts become paper, so that black and white strokes are both visible; of several
    frames or pages the first is read. See `ziffern.ink.grey` for how numbers become grey levels.

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
