"""One learning step under the magnifying glass: every number between a picture and better weights.

    step = learning_step(recipe, picture, label, contract, pictures=54_000)
    step.loss, step.loss_after
    step.weights[0].gradient             # ∂E/∂w of the first weight array

The network starts from the recipe's random weights and learns one picture, as a batch of one.
`narration` tells the result in words, `ziffern.figures.error_surface` draws it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ziffern.contract import Contract
from ziffern.errors import InputError
from ziffern.layers import Stage, normalization
from ziffern.recipe import Recipe
from ziffern.scratch import optimizers
from ziffern.scratch.activations import Activation, softmax
from ziffern.scratch.base import Array
from ziffern.scratch.dense import Dense
from ziffern.scratch.loss import cross_entropy
from ziffern.scratch.network import Network
from ziffern.scratch.surface import ErrorSurface, Place, View, again
from ziffern.scratch.training import batches, check

WIDE = 4.0
"""How many nats the far view of the error surface would fall or rise if its slope stayed."""


@dataclass(frozen=True, eq=False)
class LinkStep:
    """What one link of the chain gave, and the error that came back to it; both without batch."""

    name: str
    stage: Stage
    output: Array
    error: Array  # ∂E/∂output


@dataclass(frozen=True, eq=False)
class WeightStep:
    """One weight array: before, ∂E/∂w, after."""

    name: str
    before: Array
    gradient: Array
    after: Array

    @property
    def steepest(self) -> tuple[int, ...]:
        """The index of the weight with the largest gradient."""
        return _largest(self.gradient)


@dataclass(frozen=True, eq=False)
class Example:
    """One weight of a dense layer with an activation, from unit j to unit k, number by number."""

    name: str
    activation: str
    j: int
    k: int
    input: float  # O_j
    output: float  # O_k
    slope: float  # f′ at k
    error: float  # E_k = −∂E/∂O_k
    gradient: float  # ∂E/∂w_jk = −E_k·f′·O_j


@dataclass(frozen=True, eq=False)
class SurfaceStep:
    """The step on the error surface over two weights: from far, and from as near as the step."""

    places: tuple[Place, Place]
    start: tuple[float, float]
    end: tuple[float, float]
    losses: tuple[float, float]  # at start and end, all other weights as they were
    gradient: tuple[float, float]
    far: View
    near: View


@dataclass(frozen=True, eq=False)
class LearningStep:
    """A learning step in numbers. Losses in nats; penalties are part of them."""

    recipe: Recipe
    label: int
    rate: float
    formula: str  # of the optimiser
    links: tuple[LinkStep, ...]
    weights: tuple[WeightStep, ...]
    probabilities: Array  # (C,)
    probabilities_after: Array
    loss: float
    loss_after: float
    example: Example | None
    surface: SurfaceStep


def learning_step(
    recipe: Recipe, picture: NDArray[np.uint8], label: int, contract: Contract, *, pictures: int
) -> LearningStep:
    """Take the first step of a training on one picture, uint8 (28, 28), and keep all its numbers.

    `pictures` is the size of the whole training set, which a schedule may ask for.

    Raises:
        InputError: the recipe asks for something that is not written out here, or normalises single
            values over the batch, which has only one picture.
    """
    check(recipe)
    _check_norms(recipe)
    settings = recipe.train
    weights = recipe.network.initial_weights(settings.seed)
    network = Network(recipe.network, weights, dtype=np.float64)
    network.draw_dropout_from(np.random.default_rng([settings.seed, 1]))
    x = contract.scaled(picture[np.newaxis]).astype(np.float64)
    labels = np.array([label])

    outputs: list[Array] = []
    y: Array = x
    for link in network.links:
        y = link.layer.forward(y, training=True)
        outputs.append(y)
    loss, error = cross_entropy(y, labels, label_smoothing=settings.label_smoothing)
    loss += network.penalty
    errors = [error]
    for link in reversed(network.links):
        errors.append(link.layer.backward(errors[-1]))
    errors.reverse()  # errors[i] reaches link i from below, errors[i + 1] is that of its output
    gradients = network.gradients
    example = _example(network, errors, gradients)

    before = {name: array.copy() for name, array in network.weights.items()}
    places = _places(network, gradients, label)
    surface = ErrorSurface(network, x, labels, *places, label_smoothing=settings.label_smoothing)
    rate = _first_rate(recipe, pictures)
    optimizer = optimizers.build(recipe.optimizer_record)
    optimizer.step(network.weights, gradients, rate)
    after = {name: array.copy() for name, array in network.weights.items()}
    logits = again(network.links, x)
    loss_after, _ = cross_entropy(logits, labels, label_smoothing=settings.label_smoothing)
    loss_after += network.penalty
    for name, array in network.weights.items():
        array[...] = before[name]

    return LearningStep(
        recipe=recipe,
        label=label,
        rate=rate,
        formula=optimizer.formula,
        links=tuple(
            LinkStep(link.name, link.stage, output[0], error[0])
            for link, output, error in zip(network.links, outputs, errors[1:], strict=True)
        ),
        weights=tuple(
            WeightStep(name, before[name], gradient, after[name])
            for name, gradient in gradients.items()
        ),
        probabilities=softmax(outputs[-1])[0],
        probabilities_after=softmax(logits)[0],
        loss=loss,
        loss_after=loss_after,
        example=example,
        surface=_on_surface(surface, places, before, after, gradients),
    )


def _check_norms(recipe: Recipe) -> None:
    for stage in recipe.network.stages:
        if isinstance(stage.layer, normalization.BatchNormalization) and len(stage.input_shape) < 2:
            raise InputError(
                f"{stage.name} of {recipe.name} compares single values across a batch, and a step "
                "on one picture has no others to compare with; choose a recipe without it"
            )


def _first_rate(recipe: Recipe, pictures: int) -> float:
    steps = len(batches(np.arange(pictures), recipe.train.batch_size))
    return recipe.schedule_record.learning_rate(
        recipe.optimizer_record.learning_rate,
        step=1,
        epoch=1,
        total_steps=recipe.train.epochs * steps,
        steps_per_epoch=steps,
    )


def _example(network: Network, errors: list[Array], gradients: dict[str, Array]) -> Example | None:
    """Pick the steepest weight of the last dense layer that has an activation behind it."""
    for number in range(len(network.links) - 2, -1, -1):
        link, behind = network.links[number], network.links[number + 1]
        dense, activation = link.layer, behind.layer
        if not isinstance(dense, Dense) or not isinstance(activation, Activation):
            continue
        if dense.x.ndim != 2:
            continue
        gradient = gradients[f"{link.stage.name}/kernel"]
        j, k = _largest(gradient)
        slope = activation.function.slope(activation.x, activation.y)
        return Example(
            name=f"{link.stage.name}/kernel",
            activation=activation.name,
            j=j,
            k=k,
            input=float(dense.x[0, j]),
            output=float(activation.y[0, k]),
            slope=float(slope[0, k]),
            error=-float(errors[number + 2][0, k]),
            gradient=float(gradient[j, k]),
        )
    return None


def _places(network: Network, gradients: dict[str, Array], label: int) -> tuple[Place, Place]:
    """Pick two weights of the last layer: the steepest into the true class, and into another."""
    name = next(name for name in reversed(gradients) if name.endswith("/kernel"))
    size = np.abs(gradients[name])
    into_label = np.zeros(size.shape, bool)
    into_label[..., label % size.shape[-1]] = True
    first = _largest(np.where(into_label, size, 0))
    second = _largest(np.where(into_label, 0, size))
    return (name, first), (name, second)


def _on_surface(
    surface: ErrorSurface,
    places: tuple[Place, Place],
    before: dict[str, Array],
    after: dict[str, Array],
    gradients: dict[str, Array],
) -> SurfaceStep:
    def pair(arrays: dict[str, Array]) -> tuple[float, float]:
        first, second = (float(arrays[name][index]) for name, index in places)
        return first, second

    start, end, slopes = pair(before), pair(after), pair(gradients)
    length = float(np.hypot(end[0] - start[0], end[1] - start[1]))
    steepness = float(np.hypot(*slopes))
    return SurfaceStep(
        places=places,
        start=start,
        end=end,
        losses=(surface.loss(*start), surface.loss(*end)),
        gradient=slopes,
        far=surface.view(start, WIDE / max(steepness, 1e-6)),
        near=surface.view(start, 1.6 * max(length, 1e-9), points=21),
    )


def _largest(values: Array) -> tuple[int, ...]:
    place = np.unravel_index(int(np.abs(values).argmax()), values.shape)
    return tuple(int(index) for index in place)
