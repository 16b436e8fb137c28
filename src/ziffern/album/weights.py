"""The weights of a network as plates: filters, incoming weights, units as squares, histograms.

Numbers come from `ziffern.inside`, drawings from `ziffern.figures`; the sentences are written here.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import numpy as np

from ziffern.album.page import Plate
from ziffern.errors import RunError
from ziffern.evaluation.model import Model
from ziffern.figures.histograms import histograms_figure
from ziffern.figures.levels import levels_figure
from ziffern.figures.tiles import tiles_figure
from ziffern.inside.histograms import weight_histograms
from ziffern.inside.structure import Part
from ziffern.inside.weights import WeightTiles, unit_levels, weight_tiles

Numbers = MutableMapping[str, Any]

CLEAR = 0.995
"""Share of the weights that the colours of a picture tell apart; stronger ones are as these."""
MANY = 50
"""From so many tiles on they stand in a square, so that each has room."""


def tiles(model: Model, part: Part, numbers: Numbers) -> list[Plate]:
    """Return a plate for each kernel of a layer, and note how many pictures it has."""
    return [
        _tiles(model, part, kernel, numbers)
        for kernel in weight_tiles(model.network, model.saved.weights, part.name)
    ]


def levels(model: Model, layer: str | None, numbers: Numbers) -> list[Plate]:
    """Return the plate of the units of all Dense layers, or of one, and note those that stand out.

    `layer` is a Dense layer, if it is given.
    """
    layers = [
        each
        for each in unit_levels(model.network, model.saved.weights)
        if layer in (None, each[0].layer)
    ]
    found = {f"{one.layer}: {one.what}": list(one.outliers) for each in layers for one in each}
    numbers["outliers"] = found
    count = sum(map(len, found.values()))
    text = (
        "Each cell is a unit, counted row by row from the upper left: its bias and the length of "
        f"the weights that enter it, in levels. {count or 'None'} of these numbers "
        f"{'stands' if count == 1 else 'stand'} out from their layer (ringed), more than 3.5 "
        "deviations from the median. A unit with hardly any weights does little, one with heavy "
        "ones decides much."
    )
    alt = "; ".join(
        f"{name}: {', '.join(map(str, units)) or 'none'}" for name, units in found.items()
    )
    figure = levels_figure(layers)
    return [Plate("units", "Units as squares", text, figure, f"Units that stand out. {alt}.")]


def histograms(folder: Path, layer: str | None) -> list[Plate]:
    """Return the plate of all kernels over the epochs, or of all weights of one layer.

    Where the run has no TensorBoard files the plate says so instead.
    """
    title = "Weights over the epochs"
    try:
        found = weight_histograms(folder)
    except RunError as error:
        return [Plate("histograms", title, f"Nothing to show: {error}.")]
    shown = {
        name: history
        for name, history in found.items()
        if (name.rpartition("/")[0] == layer if layer else "kernel" in name)
    }
    if not shown:
        return []
    text = (
        "How the weights are spread after each epoch, the first at the back. A layer that learns "
        "moves and widens; one that stays as it was drawn at the start learns little."
    )
    alt = "; ".join(
        f"{name} from {history.edges[0]:.2g} to {history.edges[-1]:.2g}"
        for name, history in shown.items()
    )
    return [Plate("histograms", title, text, histograms_figure(shown), alt)]


def slug(name: str) -> str:
    """Turn a layer's name into a part of a plate's name."""
    return name.replace("/", "-").replace("_", "-")


def _tiles(model: Model, part: Part, kernel: WeightTiles, numbers: Numbers) -> Plate:
    name = f"{kernel.layer}/{kernel.weight}"
    count = len(kernel.pictures)
    numbers.setdefault("pictures_of_weights", {})[name] = count
    captions = kernel.names
    if part.stage is model.network.stages[-1] and count == len(model.class_names):
        captions = model.class_names
    most = float(np.nanquantile(np.abs(kernel.pictures), CLEAR))
    columns = round(count**0.5) if count >= MANY else None
    figure = tiles_figure(
        np.clip(kernel.pictures, -most, most),
        captions,
        title=kernel.title,
        scale="signed" if kernel.signed else "grey",
        columns=2 if kernel.names else columns,
        width=8.6,
    )
    text = _meaning(model, part, kernel)
    return Plate(
        f"weights-{slug(name)}", f"Weights: {name}", text, figure, kernel.title, raster=True
    )


def _meaning(model: Model, part: Part, kernel: WeightTiles) -> str:
    if not kernel.signed:
        words = f"{kernel.title}. Dark places are those that a unit listens to."
        if part.stage is not model.network.stages[-1]:
            words += " A tile that is pale all over is a unit that training has hardly touched, "
            words += "often a dead one."
        return words
    words = (
        f"{kernel.title}. Blue weights raise the answer, orange ones lower it, white ones do "
        f"nothing; the strongest {100 * (1 - CLEAR):g} % of them share the last shade."
    )
    if part.stage.kind in ("Conv2D", "DepthwiseConv2D", "SeparableConv2D"):
        words += (
            " A filter answers most where the maps before it look like it: where blue and orange "
            "meet along a line, it finds an edge in that direction."
        )
    elif kernel.pictures.shape[1:] == model.network.input_shape[:2]:
        words += " Each tile is laid out as the picture: what the unit looks for, and where."
    return words
