"""How a network sorts pictures: its layers' outputs as maps, and how well classes keep apart.

    pixels, dense = embeddings(model, images, labels, ["dense"])
    dense.maps["t-SNE"].separation.knn_accuracy

Raw pixels stand beside the layers, so that one sees what the network adds.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ziffern.errors import InputError
from ziffern.evaluation.model import Model
from ziffern.exploration import projections
from ziffern.exploration.projections import Separation
from ziffern.inside.activations import changes_values, layer_outputs
from ziffern.inside.structure import flat, structure

Floats = NDArray[np.float32]
Images = NDArray[np.uint8]
Labels = NDArray[np.integer]

PIXELS = "pixels"
NARROW = 50
"""Principal components of a layer's outputs in which distances are measured."""
PORTION = 30_000_000
"""Numbers of outputs that are held at a time: 120 MB."""

METHODS: Mapping[str, Callable[[Floats], Floats]] = {
    "PCA": lambda samples: projections.pca(samples, 2).points,
    "t-SNE": projections.tsne,
    "UMAP": projections.umap,
}


class Map(NamedTuple):
    """Pictures as points (N, 2), and how well their classes keep apart there."""

    points: Floats
    separation: Separation


@dataclass(frozen=True, eq=False)
class Embedding:
    """What a layer gives for N pictures, seen in two dimensions.

    layer: its name, or `pixels` for the pictures themselves.
    size: numbers that the layer gives of each picture.
    maps: by method; none of a layer whose outputs are all alike.
    """

    layer: str
    size: int
    maps: Mapping[str, Map]


LEAST = {"PCA": 2, "t-SNE": 31, "UMAP": 16}
"""Pictures that a method needs at least: more than the neighbours that it looks at."""


def known_methods(pictures: int) -> tuple[str, ...]:
    """Return the methods for so many pictures: PCA, t-SNE, and UMAP where it is installed."""
    has_umap = importlib.util.find_spec("umap") is not None
    return tuple(
        name for name, least in LEAST.items() if pictures >= least and (name != "UMAP" or has_umap)
    )


def embeddings(
    model: Model,
    images: Images,
    labels: Labels,
    layers: Sequence[str],
    *,
    methods: Sequence[str] = ("PCA", "t-SNE"),
) -> tuple[Embedding, ...]:
    """Return the maps of the raw pixels, then those of each layer.

    Args:
        model: the network.
        images: uint8 (N, 28, 28), white on black; N ≤ 2,000 keeps t-SNE within seconds.
        labels: their classes (N,).
        layers: full names of layers.
        methods: of `known_methods()`.

    Raises:
        InputError: a layer that does not exist, an unknown method, or too few pictures for it.
    """
    if unknown := [name for name in methods if name not in METHODS]:
        raise InputError(f"no method {unknown[0]!r} to draw a map; known: {', '.join(METHODS)}")
    samples = {PIXELS: _rows(images), **_outputs(model, images, layers)}
    return tuple(
        Embedding(name, rows.shape[1], {} if _alike(rows) else _maps(rows, labels, methods))
        for name, rows in samples.items()
    )


def separation_by_layer(model: Model, images: Images, labels: Labels) -> dict[str, Separation]:
    """Return how well classes keep apart in the raw pixels and in the outputs of each layer.

    Distances are those of the layer's own space, in its first 50 principal components; layers that
    only pass values on are left out.
    """
    found = {PIXELS: _apart(_rows(images), labels)}
    for names in _in_portions(model, len(images)):
        for name, rows in _outputs(model, images, names).items():
            found[name] = Separation(0.0, 0.0) if _alike(rows) else _apart(rows, labels)
    return found


def last_hidden(model: Model) -> str | None:
    """Return the layer before the answer whose values the answer is made of; None if there is none.

    That is where a network has sorted the pictures as well as it can.
    """
    parts = [part for part in structure(model.network) if changes_values(part)]
    answering = max(
        (i for i, part in enumerate(parts) if part.stage.kind != "Activation"), default=0
    )
    return parts[answering - 1].name if answering > 0 else None


def _in_portions(model: Model, count: int) -> Iterator[list[str]]:
    """Yield the layers in groups whose outputs fit into memory together."""
    names: list[str] = []
    room = PORTION
    for part in flat(structure(model.network)):
        if changes_values(part):
            room -= count * math.prod(part.stage.output_shape)
            if names and room < 0:
                yield names
                names, room = [], PORTION
            names.append(part.name)
    if names:
        yield names


def _outputs(model: Model, images: Images, layers: Sequence[str]) -> dict[str, Floats]:
    found = layer_outputs(model, images, layers) if layers else {}
    return {name: _rows(values) for name, values in found.items()}


def _rows(values: NDArray[np.generic]) -> Floats:
    rows: Floats = values.reshape(len(values), -1).astype(np.float32)
    return rows / np.float32(255) if values.dtype == np.uint8 else rows


def _alike(rows: Floats) -> bool:
    return not np.ptp(rows, axis=0).any()


def _maps(rows: Floats, labels: Labels, methods: Sequence[str]) -> dict[str, Map]:
    found = {}
    for method in methods:
        points = METHODS[method](rows)
        found[method] = Map(points, projections.separation(points, labels))
    return found


def _apart(rows: Floats, labels: Labels) -> Separation:
    narrow = projections.pca(rows, NARROW).points if rows.shape[1] > NARROW else rows
    return projections.separation(narrow, labels)
