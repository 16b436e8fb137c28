"""Softmax: from scores to probabilities, temperature, safe arithmetic, and cross-entropy."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from ziffern.evaluation.metrics import Floats
from ziffern.explain.explanation import Explanation, Section
from ziffern.explain.material import digits, trained
from ziffern.figures.lines import Series, lines_figure
from ziffern.figures.probabilities import softmax_figure, temperature_figure
from ziffern.inside.probabilities import softmax_steps, tempered
from ziffern.scratch.loss import cross_entropy

TRAINING, LOOKED_AT, EPOCHS = 1500, 500, 20
LAYERS = "Flatten()\nDense(10, activation='softmax')"
NAMES = tuple("0123456789")
LARGE = ((2.0, 1.0, 0.0), (90.0, 89.0, 88.0), (-110.0, -111.0, -112.0), (120.0, 0.0, 0.0))
"""Scores of three classes; the true one is the last."""
SOFTNESS = (0.1, 0.5, 1.0, 2.0)


def explain() -> Explanation:
    """Compute the topic; see `ziffern.explain.topics`."""
    image, label, logits = doubtful_digit()
    steps = softmax_steps(logits)
    first, second = np.argsort(steps.probabilities)[::-1][:2]
    cases = [stability(np.array(scores, np.float32)) for scores in LARGE]
    smallest = float(np.float32(1e-45))  # becomes the least positive number of float32
    share = steps.probabilities
    return Explanation(
        "softmax",
        "Softmax and cross-entropy",
        "Softmax turns any scores into shares that add up to 1, and softly: of a digit whose "
        f"best scores are {logits[first]:.2f} and {logits[second]:.2f} it does not simply say "
        f"{first}, it says {first} with {share[first]:.0%} and {second} with {share[second]:.0%}.",
        [
            _steps(image, logits, label),
            _temperature(logits),
            _softness(),
            _loss(),
            _stability(cases, smallest),
        ],
        {
            "true_class": label,
            "logits": logits.tolist(),
            "powers": steps.powers.tolist(),
            "sum_of_powers": steps.total,
            "probabilities": share.tolist(),
            "loss": float(-np.log(share[label])),
            "stability": cases,
            "greatest_exponent_float32": float(np.log(np.finfo(np.float32).max)),
            "smallest_probability_float32": smallest,
        },
    )


def doubtful_digit() -> tuple[NDArray[np.uint8], int, Floats]:
    """Train a softmax regression; return the digit it doubts most, label and logits.

    Doubts most: the two best probabilities are nearest to ½ each, among digits not learnt from.
    """
    new = digits(TRAINING, TRAINING + LOOKED_AT)
    engine = trained(LAYERS, digits(0, TRAINING), new, {"train.epochs": EPOCHS})
    engine.network.eval()
    with torch.inference_mode():
        images = torch.from_numpy(new.images).unsqueeze(-1).float() / 255
        logits = engine.network(images).double().numpy()
    ordered = np.sort(np.stack([softmax_steps(row).probabilities for row in logits]), axis=1)
    doubt = int(np.abs(ordered[:, -2:] - 0.5).sum(axis=1).argmin())
    return new.images[doubt], int(new.labels[doubt]), logits[doubt]


def stability(scores: NDArray[np.float32]) -> dict[str, object]:
    """Compute softmax and the loss of the last class by the formula as it stands, and safely.

    All in float32, as networks compute. NaN and infinity are returned as they come out.
    """
    with np.errstate(all="ignore"):
        powers = np.exp(scores)
        naive = powers / powers.sum()
        naive_loss = -np.log(naive[-1])
    safe_loss, _ = cross_entropy(scores[np.newaxis], np.array([len(scores) - 1]))
    return {
        "scores": scores.tolist(),
        "naive_powers": powers.tolist(),
        "naive_probabilities": naive.tolist(),
        "naive_loss": float(naive_loss),
        "safe_probabilities": softmax_steps(scores).probabilities.tolist(),
        "safe_loss": safe_loss,
    }


def _steps(image: NDArray[np.uint8], logits: Floats, label: int) -> Section:
    steps = softmax_steps(logits)
    best = int(steps.probabilities.argmax())
    verdict = "right" if best == label else f"wrong: it is a {label}"
    return Section(
        "steps",
        "From scores to probabilities",
        f"A network of one layer, trained on {TRAINING:,} digits, and the digit of "
        f"{LOOKED_AT} new ones that it doubts most. Its ten scores are called logits. The largest "
        "is taken off, e is raised to the rest, and each power is divided by the sum of all, "
        f"{steps.total:.2f}. What comes out is positive and adds up to 1. The answer is {best}, "
        f"which is {verdict}.",
        softmax_figure(steps, NAMES, image=image),
        f"A table of ten classes with logit, power and probability; {best} has "
        f"{steps.probabilities[best]:.1%}.",
    )


def _temperature(logits: Floats) -> Section:
    shares = tempered(logits).max(axis=1)
    return Section(
        "temperature",
        "Temperature",
        "Divided by a temperature T before softmax, scores lie nearer to each other (T > 1) or "
        "farther apart (T < 1). The order of the classes stays, the certainty does not: the best "
        f"class gets from {shares.max():.0%} to {shares.min():.0%} here. One T for all digits, "
        "chosen on validation digits, makes an overconfident network honest.",
        temperature_figure(logits, NAMES),
        "Bars of the ten probabilities at four temperatures, even more even the higher it is.",
    )


def _softness() -> Section:
    gap = np.linspace(-4, 4, 161)
    pairs = np.stack([gap, np.zeros_like(gap)], axis=1)
    series = [
        Series(f"T = {each:g}", gap, [tempered(pair, [each])[0, 0] for pair in pairs])
        for each in SOFTNESS
    ]
    series.append(Series("the larger one wins", gap, (gap > 0).astype(float)))
    return Section(
        "soft",
        "Why it is soft",
        "Two classes, one score ahead of the other by so much. Taking the larger one jumps from 0 "
        "to 1 where they are equal and is flat elsewhere: its slope is 0, and nothing can be "
        "learnt from it. Softmax passes over smoothly, so every score is told which way is better. "
        "The colder it is, the more it is like the jump.",
        lines_figure(
            series,
            title="Share of the first class",
            x="its score less that of the second",
            low=0,
            high=1,
        ),
        "Curves from 0 to 1, smooth for softmax, a step for the larger one.",
    )


def _loss() -> Section:
    p = np.linspace(0.001, 1, 1000)
    return Section(
        "loss",
        "Cross-entropy",
        "The loss is −ln p, with p the probability of the true class: 0 where the network is sure "
        f"and right, {-np.log(0.1):.2f} where it guesses among ten, {-np.log(0.001):.1f} where it "
        "gives the truth one in a thousand, and without end towards 0. Its slope with respect to "
        "the scores is as simple as can be: p − 1 for the true class, p for each other: is less "
        "should. 1 − p would never cost more than 1, however sure the mistake is.",
        lines_figure(
            [Series("−ln p", p, -np.log(p)), Series("1 − p", p, 1 - p)],
            title="Loss (nats)",
            x="probability of the true class, p",
            low=0,
            high=7,
            height=2.8,
        ),
        "−ln p over p: 0 at 1, steep towards 0; 1 − p is a straight line from 1 to 0.",
    )


def _stability(cases: list[dict[str, object]], smallest: float) -> Section:
    logit = np.linspace(-97, -107, 1001)
    scores = np.stack([np.zeros_like(logit), logit], axis=1).astype(np.float32)
    safe = [cross_entropy(row[np.newaxis], np.array([1]))[0] for row in scores]
    with np.errstate(all="ignore"):
        powers = np.exp(scores)
        naive = -np.log(powers[:, 1] / powers.sum(axis=1))
    finite = np.isfinite(naive)
    naive[~finite] = np.nan
    end = logit[finite][-1]
    return Section(
        "stability",
        "Why not log 0",
        f"In float32 the smallest number above 0 is {smallest:.1g}; a smaller probability becomes "
        "0, and ln 0 is −∞. Two classes, the other has the score 0: computed in two steps, softmax "
        f"first and ln then, the loss goes up in stairs before it ends at a score of −{-end:.0f}: "
        "nothing can be learnt from the worst mistakes. Computed in one, as ln Σ e^z − z with the "
        "largest score taken off first, it goes on as a straight line.\n\n"
        "Large scores are as bad: e^89 is too large for float32, and ∞/∞ is no number. Taking the "
        "largest score off changes nothing in the result, for it cancels, and every power is 1 at "
        "most. That is why networks here end in scores, and softmax is a part of the loss.",
        lines_figure(
            [
                Series("in one step", -logit, safe),
                Series("in two steps", -logit, naive),
            ],
            title="Loss (nats)",
            x="how far the true class's score is below the other's",
            height=2.8,
        ),
        f"The loss over the score: computed in two steps it becomes uneven and ends at {-end:.0f}.",
        ["scores", "powers", "softmax as it stands", "loss>", "softmax, safely", "loss>"],
        [
            [
                _listed(case["scores"]),
                _listed(case["naive_powers"]),
                _listed(case["naive_probabilities"]),
                _number(case["naive_loss"]),
                _listed(case["safe_probabilities"]),
                _number(case["safe_loss"]),
            ]
            for case in cases
        ],
    )


def _listed(values: object) -> str:
    assert isinstance(values, list)
    return ", ".join(map(_number, values))


def _number(value: object) -> str:
    assert isinstance(value, float)
    if np.isnan(value):
        return "no number"
    if np.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value:.3g}".replace("-", "−")
