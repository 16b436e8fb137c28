"""Activation functions and their derivatives, and what these do to errors in a deep network.

Functions and derivatives are those of `ziffern.scratch.activations`; softmax is a topic of its own.
"""

from __future__ import annotations

import numpy as np

from ziffern.evaluation.metrics import Floats
from ziffern.explain.explanation import Explanation, Section
from ziffern.explain.material import digits, records
from ziffern.figures.functions import Curve, functions_figure
from ziffern.figures.lines import Series, lines_figure
from ziffern.scratch.activations import FUNCTIONS
from ziffern.scratch.loss import cross_entropy
from ziffern.scratch.network import Network

NAMES = (
    "threshold", "sigmoid", "tanh", "relu", "relu6", "leaky_relu", "elu", "gelu", "silu",
    "softplus", "softsign",
)  # fmt: skip
DEPTH, UNITS, PICTURES, SEED = 10, 64, 256, 0
HE = "relu, start by He"
DEEP = {
    "sigmoid": "activation='sigmoid'",
    "softsign": "activation='softsign'",
    "tanh": "activation='tanh'",
    "relu": "activation='relu'",
    HE: "activation='relu', kernel_initializer='he_normal'",
}
"""Layers whose errors are followed through a deep network, as a recipe writes them. A threshold's
errors are 0 and cannot be drawn."""


def explain() -> Explanation:
    """Compute the topic; see `ziffern.explain.topics`."""
    curves = [curve(name) for name in NAMES]
    greatest = {name: greatest_slope(name) for name in NAMES}
    mean = {name: mean_slope(name) for name in NAMES}
    faded = {name: errors(arguments) for name, arguments in DEEP.items()}
    left = {name: float(sizes[0]) for name, sizes in faded.items()}
    return Explanation(
        "activations",
        "Activation functions",
        "An activation bends what a layer computes, and its derivative decides how much of an "
        f"error gets back through it: the sigmoid's is {greatest['sigmoid']:.2g} at most, so of an "
        f"error at the last of {DEPTH} layers {left['sigmoid']:.0e} arrives at the first; with "
        f"relu and starting weights by He it is {left[HE]:.2g}.",
        [_functions(curves, greatest, mean), _depth(faded)],
        {
            "greatest_derivative": greatest,
            "mean_derivative": mean,
            "depth": DEPTH,
            "error_left": left,
            "errors_by_layer": {name: sizes.tolist() for name, sizes in faded.items()},
        },
    )


def curve(name: str) -> Curve:
    """Return an activation with its derivative at 481 points."""
    low, high = (-4.0, 8.0) if name == "relu6" else (-4.0, 4.0)
    # an even number of points: none falls on the corner at 0
    x = np.linspace(low, high, 480)
    function = FUNCTIONS[name]
    y = function.value(x)
    return Curve(name, x, np.asarray(y), np.asarray(function.slope(x, y)))


def greatest_slope(name: str) -> float:
    """Return the greatest derivative between -12 and 12."""
    x = np.linspace(-12, 12, 24_001)
    function = FUNCTIONS[name]
    return float(function.slope(x, function.value(x)).max())


def mean_slope(name: str) -> float:
    """Return the mean derivative for inputs that are normally distributed (mean 0, deviation 1)."""
    x = np.linspace(-6, 6, 24_000)
    weights = np.exp(-0.5 * x * x)
    function = FUNCTIONS[name]
    return float(np.average(function.slope(x, function.value(x)), weights=weights))


def errors(arguments: str) -> Floats:
    """Return the size of the error before each hidden layer's activation, (DEPTH,), first to last.

    The network is `DEPTH` dense layers of `UNITS` with these arguments, as they start (Glorot &
    Bengio 2010 if nothing else is said); the error is ∂E/∂z of real digits, its size the root mean
    square, and that of the last layer counts as 1.
    """
    hidden = f"Dense({UNITS}, {arguments})\n" * DEPTH
    deep = records(f"Flatten()\n{hidden}Dense(10, activation='softmax')")
    network = Network(deep, deep.initial_weights(SEED), dtype=np.float64)
    part = digits(0, PICTURES)
    logits = network.forward(part.images[..., np.newaxis] / 255)
    _, error = cross_entropy(logits, part.labels)
    sizes = []
    for link in reversed(network.links):
        error = link.layer.backward(error)
        if "/" in link.name:  # an activation inside a layer
            sizes.append(float(np.sqrt(np.mean(np.square(error)))))
    return np.array(sizes[::-1]) / sizes[0]


def _functions(curves: list[Curve], greatest: dict[str, float], mean: dict[str, float]) -> Section:
    return Section(
        "functions",
        f"{len(curves)} functions and their derivatives",
        "Without an activation, many layers would be no more than one: a product of matrices is a "
        "matrix. The function (solid) is used on the way forward, its derivative (dashed) on the "
        "way back: an error that passes is multiplied by it.\n\n"
        "A threshold has the derivative 0 everywhere, so nothing before it can learn. Sigmoid, "
        f"tanh and softsign are flat at both ends; the sigmoid's derivative is "
        f"{greatest['sigmoid']:.2f} at the most, {mean['sigmoid']:.2f} on average. relu passes an "
        "error whole or not at all; leaky_relu, elu, gelu and silu let something through below 0 "
        "as well.",
        functions_figure(curves),
        f"Small panels of {', '.join(each.name for each in curves)}, each with its derivative.",
        ["function", "f(x)", "f′(x)", "greatest>", "mean>"],
        [
            [
                name,
                FUNCTIONS[name].formula,
                FUNCTIONS[name].derivative,
                f"{greatest[name]:.3f}",
                f"{mean[name]:.3f}",
            ]
            for name in NAMES
        ],
    )


def _depth(faded: dict[str, Floats]) -> Section:
    passed = list(range(DEPTH))
    order = sorted(faded, key=lambda name: -faded[name][0])
    told = ", ".join(f"{name} {faded[name][0]:.2g}" for name in order)
    return Section(
        "depth",
        f"Errors on their way back through {DEPTH} layers",
        f"{PICTURES} digits go through {DEPTH} dense layers of {UNITS} units with weights as they "
        "start, and their errors come back, here from the left to the right. What arrives at the "
        f"first layer, as a part of what was there at the last: {told}. Where it is tiny, the "
        "first layers hardly move: gradients vanish. relu halves the errors' variance in each "
        "layer, because half of the units are off; starting weights of twice the variance (He et "
        "al. 2015) make up for it.",
        lines_figure(
            [Series(name, passed, sizes[::-1]) for name, sizes in faded.items()],
            title="Size of the error (at the last hidden layer: 1)",
            x="layers passed on the way back",
            log=True,
        ),
        f"The size of the error by layers passed, on a logarithmic axis. At last: {told}.",
    )
