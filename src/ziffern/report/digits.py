"""Digits as the page shows them: pictures inside the page, each with its answer."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ziffern.evaluation.result import Evaluation


def picture_uri(image: NDArray[np.uint8]) -> str:
    """Return a picture (H, W), white on black, as data URI: black ink on a transparent ground.

    The page's paper shines through, and a dark page can invert the ink.
    """
    ink = Image.fromarray(image)
    picture = Image.merge("LA", (Image.new("L", ink.size), ink))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def tile(image: NDArray[np.uint8], shown: Evaluation, index: int) -> dict[str, Any]:
    """Return what the page says of sample `index`: picture, answer, truth and probabilities."""
    predicted, true = int(shown.predictions[index]), int(shown.labels[index])
    p = shown.probabilities[index]
    return {
        "uri": picture_uri(image),
        "predicted": shown.class_names[predicted],
        "true": shown.class_names[true],
        "p_predicted": float(p[predicted]),
        "p_true": float(p[true]),
        "index": int(index),
        "right": predicted == true,
    }
