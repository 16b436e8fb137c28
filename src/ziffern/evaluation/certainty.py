"""How far answers can be believed: a temperature that fits, thresholds that keep a promise.

    judgement = fit(labels, logits, promise=0.001)
    judgement.thresholds.sure       # of the digits called sure at most 0.1 % are wrong;
    judgement.evidence.wrong        # what was counted to show it

The answers must be to digits that the network has not learnt from. A third of them chooses the
temperature and where to begin; on the others the promise is tested, so that what is counted there
had no part in the choice. Where such answers come from is not this module's work
(`ziffern.evaluation.calibrate`).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ziffern.errors import InputError
from ziffern.evaluation import metrics
from ziffern.evaluation.calibration import expected_calibration_error
from ziffern.evaluation.metrics import Floats, clopper_pearson_upper
from ziffern.exchange.onnx import softmax
from ziffern.states import Thresholds, digit_shares

PROMISE, CONFIDENCE = 0.001, 0.95
LOST = 0.005
"""Share of the digits that may be called none. Of those, networks read a third and more wrong."""
CHOOSING = 3  # a third of the answers chooses, the others prove
_STEPS = (10.0, 8.0, 6.3, 5.0, 4.0, 3.2, 2.5, 2.0, 1.6, 1.25)  # a decade in ten even ratios
_SURE = tuple(round(1 - step * 10.0**-power, 9) for power in range(2, 7) for step in _STEPS)
"""Thresholds that are tried for `sure`, rising; fixed, so that no answer had a part in them. What
is wrong once in ten times is never called sure, however seldom it comes."""
_DIGIT = tuple(round(0.01 * step, 2) for step in range(1, 100))

Logits = NDArray[np.float32]


@dataclass(frozen=True)
class Count:
    """So many of `n` were seen; their true share is `at_most` that, with the given confidence."""

    count: int
    n: int
    at_most: float


@dataclass(frozen=True)
class Evidence:
    """What was counted on answers that had no part in the choice.

    promise: the share of wrong ones among the digits called sure that is not to be exceeded.
    confidence: with which each `at_most` holds.
    where: the data that the answers are to.
    chosen_on: how many other digits chose temperature and thresholds.
    wrong: of the digits called sure, those read wrong.
    rejected: of all digits, those called none.
    accepted, accepted_as_sure: of pictures that show no digit, those called one; None where there
        were none.
    loss, ece: cross-entropy in nats and calibration error, before and after the temperature.
    """

    promise: float
    confidence: float
    where: str
    chosen_on: int
    wrong: Count
    rejected: Count
    accepted: Count | None
    accepted_as_sure: Count | None
    loss: tuple[float, float]
    ece: tuple[float, float]

    @property
    def sure(self) -> float:
        """Share of the digits that are called sure, 0…1."""
        return self.wrong.n / self.rejected.n

    def as_dict(self) -> dict[str, Any]:
        """Return everything as JSON can hold it."""
        return asdict(self) | {"loss": list(self.loss), "ece": list(self.ece), "sure": self.sure}


@dataclass(frozen=True)
class Judgement:
    """What is to be kept with a model, and why."""

    temperature: float
    thresholds: Thresholds
    evidence: Evidence


def fit(
    labels: NDArray[np.integer],
    logits: Logits,
    *,
    promise: float = PROMISE,
    confidence: float = CONFIDENCE,
    nondigits: Logits | None = None,
    background_class: bool = False,
    where: str = "held-out digits",
) -> Judgement:
    """Fit the temperature, and choose the thresholds that keep the promise.

    The temperature is that of the least cross-entropy (Guo et al. 2017, "On Calibration of Modern
    Neural Networks"). `sure` is the lowest threshold that risk control finds: thresholds are tested
    in a fixed sequence, from where the choosing digits promise most downwards, each with the exact
    binomial test, up to the first that fails (Angelopoulos et al. 2021, "Learn then Test"; Geifman,
    El-Yaniv 2017, "Selective Classification for Deep Neural Networks"). It holds for digits like
    those given, with `confidence` over the draw of them. `digit` is tested alike to call at most
    `LOST` of the digits none; of the thresholds that do, it is the one with the fewest mistakes
    among `nondigits` and digits, and the highest where no `nondigits` are given.

    Args:
        labels: int (N,), the true classes.
        logits: float32 (N, C), the network's own, undivided, for digits it has not learnt from.
        promise: share of wrong ones among the digits called sure, 0…1.
        confidence: with which the promise is to hold, 0…1.
        nondigits: logits (M, C) for pictures that show no digit; likewise not learnt from.
        background_class: whether a further logit, of 0, stands for no class at all.
        where: names the digits in the evidence.

    Raises:
        InputError: shapes that do not fit, a promise or confidence that is none, or too few or too
            many wrong answers to show it; the message says what can be shown.
        WorkError: logits that are not finite.
    """
    for name, value in (("promise", promise), ("confidence", confidence)):
        if not 0 < value < 1:
            raise InputError(f"{name} is {value}, expected a share between 0 and 1, such as 0.001")
    shares = partial(softmax, background_class=background_class)
    metrics.checked(labels, shares(logits))
    choose, prove = _parted(len(labels))
    background = np.zeros((len(choose), int(background_class)), np.float32)
    temperature = _temperature(labels[choose], np.hstack([logits[choose], background]))
    right = logits.argmax(axis=1) == labels
    answers = shares(logits, temperature)
    confidences = answers.max(axis=1).astype(np.float64)
    sure = _sure(confidences, right, choose, prove, promise, confidence)

    # in float64, as `states` compares them: thresholds would be rounded to meet float32
    shown = partial(digit_shares, background_class=background_class)
    others = shares(logits[:0] if nondigits is None else nondigits, temperature)
    like, unlike = shown(answers).astype(np.float64), shown(others).astype(np.float64)
    choose_others, prove_others = _parted(len(others))
    digit = _digit(like[prove], (like[choose], unlike[choose_others]), sure, confidence)

    def count(hits: NDArray[np.bool_]) -> Count:
        seen, n = int(hits.sum()), len(hits)
        return Count(seen, n, clopper_pearson_upper(seen, n, confidence))

    proved, unseen = confidences[prove], others[prove_others].max(axis=1, initial=0)
    before, after = shares(logits[prove]), shares(logits[prove], temperature)
    of = labels[prove]
    evidence = Evidence(
        promise,
        confidence,
        where,
        len(choose),
        count(~right[prove][proved >= sure]),
        count(like[prove] < digit),
        count(unlike[prove_others] >= digit) if len(unseen) else None,
        count(unseen.astype(np.float64) >= sure) if len(unseen) else None,
        (metrics.cross_entropy(of, before), metrics.cross_entropy(of, after)),
        (expected_calibration_error(of, before), expected_calibration_error(of, after)),
    )
    return Judgement(temperature, Thresholds(sure, digit), evidence)


def _parted(n: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return which of n answers choose and which prove: drawn, for data often come in an order."""
    order = np.random.Generator(np.random.PCG64(0)).permutation(n)
    return np.sort(order[: n // CHOOSING]), np.sort(order[n // CHOOSING :])


def _temperature(labels: NDArray[np.integer], logits: Logits) -> float:
    """Return the temperature of the least cross-entropy, 0.1…10, to three digits.

    With β = 1 / temperature the loss is convex, and its slope is the mean logit as the
    probabilities expect it less the true class's: it changes its sign once.
    """
    values = logits.astype(np.float64)
    true = values[np.arange(len(labels)), labels]
    low, high = math.log(0.1), math.log(10.0)
    for _ in range(30):
        middle = (low + high) / 2
        powers = np.exp((values - values.max(axis=1, keepdims=True)) * math.exp(middle))
        expected = (powers * values).sum(axis=1) / powers.sum(axis=1)
        if (expected - true).sum() < 0:
            low = middle
        else:
            high = middle
    return float(f"{math.exp(-middle):.3g}")


def _sure(
    confidences: Floats,
    right: NDArray[np.bool_],
    choose: NDArray[np.intp],
    prove: NDArray[np.intp],
    promise: float,
    confidence: float,
) -> float:
    """Return the lowest threshold that keeps the promise, by fixed-sequence testing."""

    def seen(part: NDArray[np.intp], threshold: float) -> tuple[int, int]:
        chosen = confidences[part] >= threshold
        return int((chosen & ~right[part]).sum()), int(chosen.sum())

    def hope(threshold: float) -> float:
        """Say how high the bound will be, should the proving digits be like the choosing ones."""
        wrong, n = seen(choose, threshold)
        share = len(prove) / max(len(choose), 1)
        return _bound(math.ceil((wrong + 0.5) * share), math.floor(n * share), confidence)

    start = min(reversed(_SURE), key=hope)
    found = None
    for threshold in reversed(_SURE[: _SURE.index(start) + 1]):
        if _bound(*seen(prove, threshold), confidence) > promise:
            break
        found = threshold
    if found is None:
        wrong, n = seen(prove, start)
        least = math.log(1 - confidence) / math.log1p(-promise)
        raise InputError(
            f"at most {promise:g} wrong of the digits called sure cannot be shown: from a "
            f"confidence of {start:g} on {wrong} of {n:,} are wrong, which shows at most "
            f"{_bound(wrong, n, confidence):.2g}; give more digits (it takes "
            f"{math.ceil(least):,} without a mistake) or promise less"
        )
    return found


def _digit(
    proving: Floats, choosing: tuple[Floats, Floats], sure: float, confidence: float
) -> float:
    """Return from which confidence on a picture shows a digit; `choosing` are digits and others."""
    allowed = [0.0]
    for threshold in _DIGIT:
        lost = int((proving < threshold).sum())
        if threshold > sure or _bound(lost, len(proving), confidence) > LOST:
            break
        allowed.append(threshold)
    digits, others = choosing
    if not len(others):
        return allowed[-1]

    def mistakes(threshold: float) -> float:
        rejected = float((digits < threshold).mean()) if len(digits) else 0.0
        return rejected + float((others >= threshold).mean())

    return min(allowed, key=mistakes)


def _bound(count: int, n: int, confidence: float) -> float:
    return clopper_pearson_upper(min(count, n), n, confidence) if n else 1.0
