"""The album of one digit: what each layer makes of it, where the network looks, how it decides.

write_album(folder, "test picture 42", steps(model, image, label))
"""

from __future__ import annotations

from collections.abc import MutableMapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ziffern.album.page import Plate, Step
from ziffern.album.weights import slug
from ziffern.evaluation.model import Model
from ziffern.figures import style
from ziffern.figures.attribution import attribution_figure
from ziffern.figures.probabilities import softmax_figure, temperature_figure
from ziffern.figures.strip import strip_figure
from ziffern.figures.tiles import tiles_figure
from ziffern.inside.activations import activation_of, changes_values, layer_outputs
from ziffern.inside.attribution import look
from ziffern.inside.probabilities import (
    NO_CLASS,
    TEMPERATURES,
    softmax_steps,
    tempered,
    with_background,
)
from ziffern.inside.structure import Part, find, flat, structure
from ziffern.inside.weights import laid_out
from ziffern.layers import Network

Image = NDArray[np.uint8]
Numbers = MutableMapping[str, Any]


def steps(
    model: Model,
    image: Image,
    label: int | None = None,
    *,
    layer: str | None = None,
    numbers: Numbers | None = None,
) -> list[Step]:
    """Return the steps of an album about one picture.

    Args:
        model: the network.
        image: uint8 (28, 28), white on black.
        label: its class, where that is known.
        layer: one layer that the maps are restricted to, by its full name.
        numbers: is filled, as the steps are done, with the numbers behind the pictures, fit for
            JSON.

    Raises:
        InputError: there is no such layer; the message names those that there are.
    """
    found: Numbers = {} if numbers is None else numbers
    chosen = find(model.network, layer) if layer is not None else None
    todo = [Step("Through the network", partial(_strip, model, image, label, found))]
    if chosen is not None:
        todo.append(Step(f"Maps of {layer}", partial(_maps, model, image, chosen, found)))
    else:
        todo += [
            Step(f"Maps of {part.name}", partial(_maps, model, image, part, found))
            for part in detectors(model.network)
        ]
    todo.append(Step("Where it looks", partial(_look, model, image, label, layer, found)))
    todo.append(Step("From logits to probabilities", partial(_decide, model, image, found)))
    return todo


def detectors(network: Network) -> list[Part]:
    """Return the layers whose maps are worth a plate of their own: what filters find.

    Of a convolution with an activation behind it, that is the activation.
    """
    kinds = ("Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Activation")
    found: list[Part] = []
    for part in flat(structure(network)):
        shape = part.stage.output_shape
        if part.stage.kind not in kinds or len(shape) != 3 or shape[:2] == (1, 1):
            continue
        if part.stage.kind == "Activation" and found and activation_of(found[-1]) == "linear":
            found.pop()
        found.append(part)
    return found


def _strip(model: Model, image: Image, label: int | None, numbers: Numbers) -> list[Plate]:
    shown = [part for part in flat(structure(model.network)) if changes_values(part)]
    # the answer is drawn as bars, so the layer that gives it needs no band
    names = [part.name for part in shown if part.stage is not model.network.stages[-1]]
    outputs = layer_outputs(model, image[None], names) if names else {}
    p = model.predict(image[None])[0]
    order = np.argsort(-p)
    first, second = (model.class_names[i] for i in order[:2])
    numbers["answer"] = first
    numbers["probabilities"] = dict(zip(model.class_names, map(float, p), strict=True))
    numbers["true"] = None if label is None else model.class_names[label]
    verdict = ""
    if label is not None:
        true = model.class_names[label]
        verdict = ", which is right" if first == true else f", but it is a {true}"
    text = (
        f"The network reads {first} with {style.probability(float(p[order[0]]))}{verdict}; next "
        f"comes {second} with {style.probability(float(p[order[1]]))}.\n\n"
        "From top to bottom what each layer gives. Of maps the twelve strongest are shown, a "
        "vector is a band with a stripe for each value. Each layer has its own scale: white is 0, "
        "and where a layer has negative values these are orange and the others blue."
    )
    figure = strip_figure(image, {name: v[0] for name, v in outputs.items()}, p, model.class_names)
    alt = f"The picture, {len(names)} layers, and the answer {first}."
    return [Plate("strip", "Through the network", text, figure, alt, raster=True)]


def _maps(model: Model, image: Image, part: Part, numbers: Numbers) -> list[Plate]:
    values = layer_outputs(model, image[None], [part.name])[part.name][0]
    signed = bool((values < 0).any())
    if values.ndim == 3:
        pictures, captions = values.transpose(2, 0, 1), [str(i) for i in range(values.shape[2])]
        height, width = values.shape[:2]
        title = f"{len(pictures)} maps of {part.name}, {height}×{width}"
        silent = int((values == 0).all(axis=(0, 1)).sum())
        text = f"What each of {len(pictures)} channels finds in this picture, all on one scale."
        text += f" {silent} of them find nothing." if silent else ""
    else:
        pictures = (values if values.ndim == 2 else laid_out(values))[None]
        captions, silent = [], int((values == 0).sum())
        title = f"{values.size:,} values of {part.name}"
        text = (
            f"{part.name} gives {'×'.join(map(str, values.shape))} values and no maps. "
            + ("Rows are time steps, columns units." if values.ndim == 2 else "")
            + ("Here they stand row by row." if values.ndim == 1 else "")
        )
    shown = numbers.setdefault("layers", {})
    shown[part.name] = {
        "shape": list(values.shape),
        "least": float(values.min()),
        "most": float(values.max()),
        "silent": silent,
    }
    figure = tiles_figure(
        pictures, captions, title=title, scale="signed" if signed else "grey",
        columns=None if len(pictures) > 1 else 2, width=8.6,
    )  # fmt: skip
    name = f"maps-{slug(part.name)}"
    return [Plate(name, f"Maps of {part.name}", text, figure, title, raster=True)]


def _look(
    model: Model, image: Image, label: int | None, layer: str | None, numbers: Numbers
) -> list[Plate]:
    order = [int(i) for i in np.argsort(-model.logits(image[None])[0], kind="stable")]
    # the answer, and what it could have been: the truth if that was missed, else the next best
    other = label if label is not None and label != order[0] else order[1]
    seen = None
    if layer is not None and len(find(model.network, layer).stage.output_shape) == 3:
        seen = layer
    looks = [look(model, image, target, layer=seen) for target in (order[0], other)]
    names = [model.class_names[each.target] for each in looks]
    numbers["attribution"] = [
        {
            "class": name,
            "logit": each.score,
            "grad_cam_layer": each.layer,
            "completeness_gap": each.gap,
        }
        for name, each in zip(names, looks, strict=True)
    ]
    text = (
        f"Which pixels speak for {names[0]}, the answer, which for {names[1]}, and which decide "
        f"between them: the last row explains the difference of the two logits. The gradient "
        "(Simonyan et al. 2014) tells where a small change would matter. Integrated gradients "
        "(Sundararajan et al. 2017) share the whole logit among the pixels: blue ones raised it, "
        "orange ones lowered it. Occlusion (Zeiler & Fergus 2014) blackens a small square and "
        "looks what that costs. Grad-CAM (Selvaraju et al. 2017) tells which places of a "
        "convolution's maps mattered, without fine detail.\n\n"
        "Methods that agree are worth more than one that looks convincing."
    )
    contrast = look(model, image, order[0], against=other, layer=seen)
    figure = attribution_figure(image, [*looks, contrast], model.class_names)
    alt = f"Maps of four methods for the classes {' and '.join(names)}, and for their difference."
    return [Plate("looks", "Where it looks", text, figure, alt, raster=True)]


def _decide(model: Model, image: Image, numbers: Numbers) -> list[Plate]:
    logits, names = with_background(
        model.logits(image[None])[0], model.class_names, model.background_class
    )
    done = softmax_steps(logits / np.float32(model.temperature))
    numbers["logits"] = dict(zip(names, map(float, done.logits), strict=True))
    rows = tempered(done.logits, TEMPERATURES)
    best = int(done.logits.argmax())
    shares = [style.probability(float(row[best])) for row in rows]
    text = (
        "The last layer gives a logit for each class, any number at all. Softmax subtracts the "
        "greatest, so that no power overflows, raises e to the rest, and divides by the sum: what "
        "comes out is above 0 and adds up to 1. A logit that is larger by 1 makes a class 2.7 "
        "times as probable."
    )
    if model.background_class:
        text += (
            f" Here {NO_CLASS!r} is one of the classes: its logit is always 0, so that all others "
            "fall below it where the network sees none of them."
        )
    if model.temperature != 1:
        text += f" These logits are divided by the model's temperature, {model.temperature:g}."
    cold = (
        "Logits divided by a temperature give the same order and another certainty: below 1 the "
        f"network sounds surer, above 1 less sure. {names[best]} gets "
        + ", ".join(f"{share} at {t:g}" for share, t in zip(shares, TEMPERATURES, strict=True))
        + ". The temperature that fits is found on validation pictures: the one at which it is as "
        "often right as it says."
    )
    return [
        Plate(
            "softmax", "From logits to probabilities", text,
            softmax_figure(done, names, image=image),
            f"Softmax in four columns; the largest logit is {done.logits[best]:.2f}.",
        ),
        Plate(
            "temperature", "Temperature", cold,
            temperature_figure(done.logits, names, temperatures=TEMPERATURES),
            f"Probability of {names[best]}: {', '.join(shares)}.",
        ),
    ]  # fmt: skip
