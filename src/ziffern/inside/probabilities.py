"""From logits to probabilities, step by step, and what temperature does to them.

    steps = softmax_steps(model.logits(images)[0])
    steps.logits, steps.shifted, steps.powers, steps.total, steps.probabilities
    tempered(steps.logits, TEMPERATURES)          # float64 (4, 10)

`figures.probabilities` draws both: `softmax_figure(steps, model.class_names, image=image)` and
`temperature_figure(steps.logits, model.class_names)`. Finding the temperature that makes a network
calibrated does not live here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ziffern.errors import InputError

Floats = NDArray[np.float64]

NO_CLASS = "no digit"
"""What stands for no class at all where a network has a background class."""

TEMPERATURES = (0.5, 1.0, 2.0, 5.0)


@dataclass(frozen=True, eq=False)
class SoftmaxSteps:
    """What softmax makes of the C logits of one picture; arrays are float64 (C,).

    logits: any real numbers. shifted: less the greatest of them, so that no power overflows; 0 at
    most. powers: e to that, above 0 and 1 at most. total: the sum of the powers, at least 1.
    probabilities: the powers' shares of it.
    """

    logits: Floats
    shifted: Floats
    powers: Floats
    total: float
    probabilities: Floats


def with_background(
    logits: ArrayLike, class_names: Sequence[str], background_class: bool
) -> tuple[NDArray[np.floating], list[str]]:
    """Return logits (C,) and names as softmax sees them: with a background class one more, of 0."""
    given = np.asarray(logits)
    if not background_class:
        return given, list(class_names)
    return np.append(given, given.dtype.type(0)), [*class_names, NO_CLASS]


def softmax_steps(logits: ArrayLike, temperature: float = 1.0) -> SoftmaxSteps:
    """Compute softmax of logits (C,) divided by `temperature`, and keep every step.

    Raises:
        InputError: no finite logits of one picture, or a temperature that is not above 0.
    """
    given = np.asarray(logits, np.float64)
    if given.ndim != 1 or given.size == 0 or not np.isfinite(given).all():
        raise InputError(f"expected the finite logits of one picture, (C,), not {given.shape}")
    if not 0 < temperature < np.inf:
        raise InputError(f"a temperature of {temperature:g} cannot be: give one above 0")
    shifted = (given - given.max()) / temperature
    powers = np.exp(shifted)
    total = float(powers.sum())
    return SoftmaxSteps(given, shifted, powers, total, powers / total)


def tempered(logits: ArrayLike, temperatures: Sequence[float] = TEMPERATURES) -> Floats:
    """Return the probabilities of one picture at each temperature, float64 (T, C).

    Below 1 the network sounds surer than it is, above 1 less sure; the order of the classes stays
    (Hinton et al. 2015, "Distilling the knowledge in a neural network"; Guo et al. 2017 use it to
    calibrate). Errors as for `softmax_steps`.
    """
    return np.stack([softmax_steps(logits, each).probabilities for each in temperatures])
