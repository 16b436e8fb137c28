"""What each class of a network wants to see, with the certainty that it reaches."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from ziffern.errors import InputError
from ziffern.figures import style
from ziffern.figures.tiles import tiles_figure
from ziffern.inside.wishes import Wishes


def wishes_figure(wished: Wishes, class_names: Sequence[str], *, width: float = 6.5) -> Figure:
    """Draw one picture for each class, with its name and probability.

    Raises:
        InputError: not one name per picture.
    """
    if len(class_names) != len(wished.pictures):
        raise InputError(f"{len(wished.pictures)} pictures do not fit {len(class_names)} names")
    captions = [
        f"{name}\n{_certainty(float(share))}"
        for name, share in zip(class_names, wished.probabilities, strict=True)
    ]
    return tiles_figure(wished.pictures, captions, columns=min(5, len(captions)), width=width)


def _certainty(share: float) -> str:
    """Write a probability; what is not quite certain does not become 100 %."""
    return "> " + style.percent(0.9999) if share > 0.9999 else style.percent(share)
