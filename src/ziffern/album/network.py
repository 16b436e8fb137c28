"""The album of a network: its layers, its weights, its units, how it sorts pictures.

    write_album(folder, model.name, steps(model, images, labels))

Numbers come from `ziffern.inside`, drawings from `ziffern.figures`; the sentences are written here.
"""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ziffern.album import landscape, weights
from ziffern.album.page import Plate, Step, Table
from ziffern.evaluation.model import Model
from ziffern.exploration.projections import NEIGHBOURS
from ziffern.figures import style
from ziffern.figures.diagram import diagram_figure
from ziffern.figures.embeddings import embeddings_figure
from ziffern.figures.separation import separation_figure
from ziffern.figures.units import units_figure
from ziffern.figures.wishes import wishes_figure
from ziffern.inside.activations import unit_use
from ziffern.inside.embeddings import (
    PIXELS,
    embeddings,
    known_methods,
    last_hidden,
    separation_by_layer,
)
from ziffern.inside.structure import Part, find, flat, structure
from ziffern.inside.weights import has_tiles
from ziffern.inside.wishes import wishes

Images = NDArray[np.uint8]
Labels = NDArray[np.integer]
Numbers = MutableMapping[str, Any]

SAMPLE = 1_500
"""Validation pictures that are drawn as maps: t-SNE of more takes longer and shows no more."""


def steps(
    model: Model,
    images: Images,
    labels: Labels,
    *,
    layer: str | None = None,
    run: Path | None = None,
    numbers: Numbers | None = None,
) -> list[Step]:
    """Return the steps of an album about a network.

    Args:
        model: the network.
        images: validation pictures, uint8 (N, 28, 28); what needs pictures is left out if N = 0.
        labels: their classes (N,).
        layer: one layer that all is restricted to, by its full name.
        run: the run's folder, for what it kept of the epochs: histograms of the weights, and the
            weights themselves.
        numbers: is filled, as the steps are done, with the numbers behind the pictures, fit for
            JSON.

    Raises:
        InputError: there is no such layer; the message names those that there are.
    """
    found: Numbers = {} if numbers is None else numbers
    chosen = list(flat(structure(model.network)))
    if layer is not None:
        chosen = [find(model.network, layer)]
    todo = [Step("Layers", partial(_layers, model, chosen, layer, found))]
    todo += [
        Step(f"Weights of {part.name}", partial(weights.tiles, model, part, found))
        for part in chosen
        if has_tiles(part)
    ]
    if any(part.stage.kind == "Dense" for part in chosen):
        todo.append(Step("Units as squares", partial(weights.levels, model, layer, found)))
    if run is not None and any(part.stage.parameters for part in chosen):
        todo.append(Step("Weights over the epochs", partial(weights.histograms, run / "tb", layer)))
    if len(images):
        todo.append(Step("Dead units", partial(_units, model, images, layer, found)))
        few, classes = images[:SAMPLE], labels[:SAMPLE]
        if layer is None:
            todo.append(Step("Layer by layer", partial(_separation, model, few, classes, found)))
        shown = last_hidden(model) if layer is None else layer
        if shown is not None:
            maps = partial(_embeddings, model, few, classes, shown, found)
            todo.append(Step(f"Maps of {shown}", maps))
    if layer is None:
        todo.append(Step("What each class wants to see", partial(_wishes, model, found)))
        if run is not None and len(images):
            todo += landscape.steps(model, images, labels, run, found)
    return todo


def _layers(
    model: Model, chosen: Sequence[Part], layer: str | None, numbers: Numbers
) -> list[Plate]:
    network = model.network
    numbers["parameters"], numbers["multiply_adds"] = network.parameters, network.multiply_adds
    numbers["layers"] = [_told(part) for part in chosen]
    if layer is not None:
        (told,) = numbers["layers"]
        facts = [
            ("layer", str(chosen[0].stage.layer)),
            ("gives", "×".join(map(str, told["output_shape"]))),
            ("parameters", f"{told['parameters']:,}"),
            ("multiply-adds", f"{told['multiply_adds']:,}"),
            ("one value sees", "×".join(map(str, told["receptive_field"])) + " pixels"),
        ]
        return [Plate("layer", layer, facts=facts)]
    parts = structure(network)
    text = (
        f"{network.parameters:,} parameters and {network.multiply_adds:,} multiply-adds a picture. "
        "Plates are maps, one cell a place, the thicker the more channels; bars are vectors. The "
        "frame at the right is the picture, and the dark part is what one value of the layer "
        "depends on, its receptive field."
    )
    seen = parts[-1].receptive_field.size
    if seen[0] < network.input_shape[0] or seen[1] < network.input_shape[1]:
        text += (
            f"\n\nEven the answer depends on {seen[0]}×{seen[1]} pixels only: windows without "
            "padding do not come out even and leave the last rows and columns out."
        )
    alt = "; ".join(
        f"{part.name} gives {'×'.join(map(str, part.stage.output_shape))}" for part in parts
    )
    return [
        Plate("layers", "The layers", text, diagram_figure(parts), f"From top to bottom: {alt}.")
    ]


def _told(part: Part) -> dict[str, Any]:
    field = part.receptive_field
    return {
        "name": part.name,
        "kind": part.stage.kind,
        "output_shape": list(part.stage.output_shape),
        "parameters": part.stage.parameters,
        "multiply_adds": part.stage.multiply_adds,
        "receptive_field": list(field.size),
        "jump": None if field.jump is None else list(field.jump),
    }


def _units(model: Model, images: Images, layer: str | None, numbers: Numbers) -> list[Plate]:
    used = [use for use in unit_use(model, images) if layer in (None, use.layer)]
    numbers["dead_units"] = {
        use.layer: {"units": use.units, "dead": list(use.dead), "zeros": use.zeros} for use in used
    }
    if not used:
        if layer is not None:
            return []
        text = "No layer but the last has an activation at which units could die."
        return [Plate("dead-units", "Dead units", text)]
    dead, units = sum(len(use.dead) for use in used), sum(use.units for use in used)
    text = (
        f"Over {len(images):,} validation pictures {dead:,} of {units:,} units never answer: they "
        "give 0 for every picture or, where the activation is bounded, move by less than 1 % of "
        "its span. They cost arithmetic and say nothing; a smaller layer, a lower learning rate or "
        "batch normalisation would serve as well."
    )
    if not dead:
        text = f"Each of {units:,} units answers to some of {len(images):,} validation pictures."
    rows = [
        (
            use.layer, use.activation, f"{use.units:,}", f"{len(use.dead):,}",
            style.percent(use.share, 1), style.percent(use.zeros, 1),
        )
        for use in used
    ]  # fmt: skip
    table = Table(("layer", "activation", "units>", "dead>", "share>", "zeros among values>"), rows)
    alt = "; ".join(f"{row[0]}: {row[3]} of {row[2]} dead" for row in rows)
    return [Plate("dead-units", "Dead units", text, units_figure(used), alt, table=table)]


def _separation(model: Model, images: Images, labels: Labels, numbers: Numbers) -> list[Plate]:
    if len(images) < 3 or len(np.unique(labels)) < 2:
        return []
    layers = separation_by_layer(model, images, labels)
    numbers["separation"] = {name: found._asdict() for name, found in layers.items()}
    first, last = layers[PIXELS], list(layers.values())[-1]
    text = (
        f"How {len(images):,} validation pictures lie in the space of each layer. If the "
        f"{NEIGHBOURS} nearest neighbours of a picture vote for its class, they are right for "
        f"{style.percent(first.knn_accuracy, 1)} of the raw pictures already. The silhouette asks "
        "for more: that a picture is nearer to all of its own class than to any other. It goes "
        f"from {first.silhouette:.2f} to {last.silhouette:.2f}: what a network learns is to pull "
        "classes together and apart from each other, layer by layer."
    )
    rows = [
        (name, style.percent(found.knn_accuracy, 1), f"{found.silhouette:.2f}")
        for name, found in layers.items()
    ]
    alt = "; ".join(f"{name}: silhouette {silhouette}" for name, _, silhouette in rows)
    return [
        Plate(
            "separation", "Classes come apart layer by layer", text, separation_figure(layers), alt,
            table=Table(("layer", "neighbours right>", "silhouette>"), rows),
        )
    ]  # fmt: skip


def _embeddings(
    model: Model, images: Images, labels: Labels, layer: str, numbers: Numbers
) -> list[Plate]:
    if len(images) < 3 or len(np.unique(labels)) < 2:
        return []
    methods = known_methods(len(images))
    found = embeddings(model, images, labels, [layer], methods=methods)
    numbers["embeddings"] = {
        one.layer: {method: map_.separation._asdict() for method, map_ in one.maps.items()}
        for one in found
    }
    text = (
        f"{len(images):,} validation pictures on maps of two dimensions: at the left as they are, "
        f"at the right as {layer} gives them ({found[-1].size:,} numbers a picture). PCA keeps the "
        "directions in which they differ most; t-SNE keeps neighbours together, while distances "
        "between groups and their sizes mean little. Digits that lie among others are those that "
        "are easily mistaken."
    )
    title = f"What {layer} makes of pictures"
    if not any(one.maps for one in found):
        return []
    if not found[-1].maps:
        text = f"{layer} gives the same for all {len(images):,} pictures."
    figure = embeddings_figure(found, labels, model.class_names, images=images)
    alt = "; ".join(
        f"{one.layer}, {method}: {style.percent(map_.separation.knn_accuracy, 1)} of the "
        "neighbours vote right"
        for one in found
        for method, map_ in one.maps.items()
    )
    return [Plate("maps", title, text, figure, alt, raster=True)]


def _wishes(model: Model, numbers: Numbers) -> list[Plate]:
    wished = wishes(model)
    shares = dict(zip(model.class_names, map(float, wished.probabilities), strict=True))
    numbers["wishes"] = shares
    text = (
        "For each class a picture that the network itself made, from dark noise uphill along the "
        "class's logit. The percentage is how sure the network is of its own picture. What is no "
        "digit to us and yet certain to the network shows what it really goes by."
    )
    alt = "; ".join(f"{name}: {style.percent(share)}" for name, share in shares.items())
    figure = wishes_figure(wished, model.class_names)
    return [Plate("wishes", "What each class wants to see", text, figure, alt, raster=True)]
