"""Batch normalisation: what it does to a layer's values, to a deep network, and its three rules."""

from __future__ import annotations

import numpy as np

from ziffern.evaluation.metrics import Floats
from ziffern.explain.explanation import Explanation, Section
from ziffern.explain.material import digits, records, trained
from ziffern.figures.distributions import distributions_figure
from ziffern.figures.lines import Series, lines_figure
from ziffern.figures.runs import runs_figure
from ziffern.history import EpochRow
from ziffern.layers.normalization import BatchNormalization as Record
from ziffern.scratch.base import Array
from ziffern.scratch.loss import cross_entropy
from ziffern.scratch.network import Network
from ziffern.scratch.normalization import BatchNormalization

DEPTH, UNITS, BATCH, SHOWN, SEED = 6, 64, 256, 8, 0
TRAINING, VALIDATION, EPOCHS = 2000, 1000, 8
PLAIN = f"Dense({UNITS}, activation='sigmoid')\n"
NORMAL = (
    f"Dense({UNITS}, use_bias=False)\nBatchNormalization(momentum=0.9)\nActivation('sigmoid')\n"
)
WITHOUT, WITH = "without normalisation", "with normalisation"


def explain() -> Explanation:
    """Compute the topic; see `ziffern.explain.topics`."""
    before = first_values()
    after = normalised(before)
    errors = {WITHOUT: first_errors(PLAIN), WITH: first_errors(NORMAL)}
    histories = {WITHOUT: history(PLAIN), WITH: history(NORMAL)}
    last = {name: rows[-1]["validation_accuracy"] or 0.0 for name, rows in histories.items()}
    rules = checked_rules(before)
    return Explanation(
        "batchnorm",
        "Batch normalisation",
        "Batch normalisation brings every unit of a layer to mean 0 and deviation 1 over the "
        f"batch. A network of {DEPTH} sigmoid layers gets {last[WITH]:.0%} of new digits right "
        f"with it, after {EPOCHS} epochs, and {last[WITHOUT]:.0%} without.",
        [
            _values(before, after),
            _errors(errors),
            _learning(histories),
            _rules(before, after, rules),
        ],
        {
            "means_before": [float(before.mean(axis=0).min()), float(before.mean(axis=0).max())],
            "deviations_before": [float(before.std(axis=0).min()), float(before.std(axis=0).max())],
            "greatest_mean_after": float(np.abs(after.mean(axis=0)).max()),
            "deviations_after": [float(after.std(axis=0).min()), float(after.std(axis=0).max())],
            "errors_by_layer": {name: sizes.tolist() for name, sizes in errors.items()},
            "validation_accuracy": last,
            "rules": rules,
        },
    )


def first_values() -> Floats:
    """Return what the first layer makes of a batch of real digits, (BATCH, UNITS), before sigmoid.

    Its weights are as they start.
    """
    layer = records(f"Flatten()\n{PLAIN}Dense(10, activation='softmax')")
    weights = layer.initial_weights(SEED)
    images = digits(0, BATCH).images.reshape(BATCH, -1) / 255
    values: Floats = images @ weights["dense/kernel"].astype(np.float64)
    return values


def normalised(values: Floats) -> Floats:
    """Return values (N, U) after batch normalisation over the N, without scale and centre."""
    units = values.shape[1]
    moving: dict[str, Array] = {"moving_mean": np.zeros(units), "moving_variance": np.ones(units)}
    layer = BatchNormalization(Record(scale=False, center=False), moving)
    return np.asarray(layer.forward(values, training=True))


def first_errors(hidden: str) -> Floats:
    """Return the size of the error at each sigmoid of a deep network as it starts, (DEPTH,).

    First layer to last; root mean square of ∂E/∂z over a batch of real digits, the last layer's
    taken as 1.
    """
    deep = records(f"Flatten()\n{hidden * DEPTH}Dense(10, activation='softmax')")
    network = Network(deep, deep.initial_weights(SEED), dtype=np.float64)
    part = digits(0, BATCH)
    logits = network.forward(part.images[..., np.newaxis] / 255, training=True)
    _, error = cross_entropy(logits, part.labels)
    sizes = []
    for link in reversed(network.links):
        error = link.layer.backward(error)
        if "sigmoid" in link.name or "activation" in link.name:
            sizes.append(float(np.sqrt(np.mean(np.square(error)))))
    return np.array(sizes[::-1]) / sizes[0]


def history(hidden: str) -> list[EpochRow]:
    """Train the deep network on few digits and return its history."""
    layers = f"Flatten()\n{hidden * DEPTH}Dense(10, activation='softmax')"
    validation = digits(TRAINING, TRAINING + VALIDATION)
    return trained(layers, digits(0, TRAINING), validation, {"train.epochs": EPOCHS}).state.history


def checked_rules(values: Floats) -> dict[str, float]:
    """Check the three rules on real values (N, U), all in float64.

    `bias`: greatest change of the normalised values when every unit gets a bias of its own.
    `scale`: greatest change of what the next layer computes when a scale before relu is taken out
    and multiplied into that layer's weights. `on_…`: share of the batch for which a relu unit is
    on, of the unit that is least and the one that is most on, without and with normalisation.
    """
    rng = np.random.default_rng(SEED)
    units = values.shape[1]
    after = normalised(values)
    bias, shift = 3 * rng.standard_normal((2, units))
    scale = np.exp(rng.standard_normal(units))
    kernel = rng.standard_normal((units, 10))
    scaled = np.maximum(scale * after + shift, 0) @ kernel
    moved = np.maximum(after + shift / scale, 0) @ (scale[:, np.newaxis] * kernel)
    on, on_after = (values > 0).mean(axis=0), (after > 0).mean(axis=0)
    return {
        "bias": float(np.abs(normalised(values + bias) - after).max()),
        "scale": float(np.abs(scaled - moved).max()),
        "on_least": float(on.min()),
        "on_most": float(on.max()),
        "on_least_normalised": float(on_after.min()),
        "on_most_normalised": float(on_after.max()),
    }


def _values(before: Floats, after: Floats) -> Section:
    # spread over all units, so that the picture does not choose
    chosen = np.argsort(before.mean(axis=0))[np.linspace(0, UNITS - 1, SHOWN).astype(int)]
    means, deviations = before.mean(axis=0), before.std(axis=0)
    return Section(
        "values",
        "A layer's values before and after",
        f"{BATCH} digits go through a dense layer as it starts; {SHOWN} of its {UNITS} units are "
        "shown, each with its mean. Before, the means lie between "
        f"−{-means.min():.2f} and {means.max():.2f} and the deviations between "
        f"{deviations.min():.2f} and {deviations.max():.2f}. After, every mean is 0 and every "
        f"deviation nearly 1 ({after.std(axis=0).min():.3f} or more): x̂ = (x − μ)/√(σ² + ε), with "
        "μ and σ² of the unit over the batch and ε = 0.001. The order of the digits within a unit "
        "stays as it was.",
        distributions_figure(
            {"before": before[:, chosen], "after": after[:, chosen]}, x="value before the sigmoid"
        ),
        f"Histograms of {SHOWN} units: before, each at its own place and width; after, all alike.",
    )


def _errors(errors: dict[str, Floats]) -> Section:
    passed = list(range(DEPTH))
    told = ", ".join(f"{name} {sizes[0]:.1g}" for name, sizes in errors.items())
    return Section(
        "errors",
        "What it does to errors",
        f"The same batch through {DEPTH} sigmoid layers and back. The part of the last layer's "
        f"error that arrives at the first: {told}. Normalised values lie where the sigmoid is "
        "steep, and are divided by their small deviation, which makes errors as much larger as it "
        "made the values.",
        lines_figure(
            [Series(name, passed, sizes[::-1]) for name, sizes in errors.items()],
            title="Size of the error (at the last hidden layer: 1)",
            x="layers passed on the way back",
            log=True,
            height=2.8,
        ),
        f"The size of the error by layers passed. At last: {told}.",
    )


def _learning(histories: dict[str, list[EpochRow]]) -> Section:
    rows = [
        [
            name,
            *(f"{history[epoch]['validation_accuracy']:.1%}" for epoch in (0, EPOCHS // 2, -1)),
        ]
        for name, history in histories.items()
    ]
    return Section(
        "learning",
        "What it does to learning",
        f"Both networks learn {TRAINING:,} digits of the sample with Adam at its usual rate; what "
        f"they make of {VALIDATION:,} others is shown. Their weights start alike.",
        runs_figure(histories),
        "Validation accuracy and loss over the epochs with and without normalisation.",
        ["network", "after epoch 1>", f"{EPOCHS // 2 + 1}>", f"{EPOCHS}>"],
        rows,
    )


def _rules(before: Floats, after: Floats, rules: dict[str, float]) -> Section:
    shares = {
        WITHOUT: np.sort((before > 0).mean(axis=0)),
        WITH: np.sort((after > 0).mean(axis=0)),
    }
    return Section(
        "rules",
        "Its three rules",
        "1. No bias before it: the mean is taken off anyway. A bias for every unit changes what "
        f"comes out by {rules['bias']:.0e} at most, which is rounding. Write use_bias=False.\n\n"
        "2. After the convolution or dense layer and before its activation: only there it decides "
        "for how many pictures a relu is on. Without it the units of this layer are on for "
        f"{rules['on_least']:.0%} to {rules['on_most']:.0%} of the digits, and what is always on "
        "or always off bends nothing; with it for "
        f"{rules['on_least_normalised']:.0%} to {rules['on_most_normalised']:.0%}.\n\n"
        "3. No scale before relu: relu(γ·x) = γ·relu(x) for γ > 0, so the next layer's weights do "
        "it as well. Moved there, the results differ by "
        f"{rules['scale']:.0e}. Write scale=False. Before a sigmoid the scale is of use.",
        lines_figure(
            [Series(name, range(1, UNITS + 1), 100 * share) for name, share in shares.items()],
            title="Digits for which a unit is above 0, %",
            x=f"the {UNITS} units in order",
            low=0,
            high=100,
            height=2.8,
        ),
        "The share of digits for which each unit is on, from the least to the most: from "
        f"{rules['on_least']:.0%} to {rules['on_most']:.0%} without normalisation, from "
        f"{rules['on_least_normalised']:.0%} to {rules['on_most_normalised']:.0%} with it.",
    )
