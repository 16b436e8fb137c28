"""Overfitting: a small and a large network learn few digits, and what helps the large one.

All networks learn the same digits of the sample, are looked at with the same others, and start
from the same seed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ziffern.evaluation.learning import best_epoch, parting_epoch
from ziffern.explain.explanation import Explanation, Section
from ziffern.explain.material import digits, records, trained
from ziffern.figures.runs import pairs_figure, runs_figure
from ziffern.history import EpochRow

FEW, MANY, NEW, EPOCHS = 500, 4000, 1000, 30
LARGE_LAYERS = (
    "Flatten()\nDense(256, activation='relu')\nDense(256, activation='relu')\n"
    "Dense(10, activation='softmax')"
)
DROPOUT_LAYERS = LARGE_LAYERS.replace("relu')\n", "relu')\nDropout(0.5)\n")


@dataclass(frozen=True)
class Case:
    """What is trained: layers, how many digits, and for how many epochs."""

    layers: str
    digits: int = FEW
    epochs: int = EPOCHS
    augment: dict[str, Any] = field(default_factory=dict)


CASES = {
    "small": Case("Flatten()\nDense(12, activation='relu')\nDense(10, activation='softmax')"),
    "large": Case(LARGE_LAYERS),
    "large + dropout": Case(DROPOUT_LAYERS),
    "large + augmentation": Case(
        LARGE_LAYERS, augment={"rotation": 10, "shift": 0.07, "zoom": 0.1}
    ),
    # fewer epochs, for each of them has eight times the steps
    "large + more digits": Case(LARGE_LAYERS, digits=MANY, epochs=8),
}


def explain() -> Explanation:
    """Compute the topic; see `ziffern.explain.topics`."""
    histories = {name: history(case) for name, case in CASES.items()}
    facts = {name: _facts(CASES[name], rows) for name, rows in histories.items()}
    large = facts["large"]
    helps = max(facts, key=lambda name: facts[name]["validation_accuracy"])
    return Explanation(
        "overfitting",
        "Overfitting",
        f"A large network learns {FEW} digits by heart: {large['accuracy']:.1%} of them right, but "
        f"only {large['validation_accuracy']:.1%} of new ones. What helped most here is "
        f"{helps.removeprefix('large + ')}: {facts[helps]['validation_accuracy']:.1%}.",
        [_pairs(histories, facts), _together(histories, facts)],
        {"training_digits": FEW, "new_digits": NEW, "networks": facts},
    )


def history(case: Case) -> list[EpochRow]:
    """Train one network and return its history."""
    changes = {"train.epochs": case.epochs, "augment": case.augment}
    new = digits(MANY, MANY + NEW)
    return trained(case.layers, digits(0, case.digits), new, changes).state.history


def _facts(case: Case, rows: list[EpochRow]) -> dict[str, Any]:
    last = rows[-1]
    lowest = min(row["validation_loss"] or 0.0 for row in rows)
    return {
        "weights": records(case.layers).parameters,
        "digits": case.digits,
        "epochs": len(rows),
        "loss": last["loss"],
        "accuracy": last["accuracy"],
        "validation_loss": last["validation_loss"],
        "validation_accuracy": last["validation_accuracy"],
        "lowest_validation_loss": lowest,
        "best_epoch": best_epoch(rows),
        "parting_epoch": parting_epoch(rows),
    }


def _pairs(histories: dict[str, list[EpochRow]], facts: dict[str, dict[str, Any]]) -> Section:
    large, small = facts["large"], facts["small"]
    parting = large["parting_epoch"]
    where = f"they part after epoch {parting} (◇)" if parting else "they part from the beginning"
    return Section(
        "losses",
        "Loss on the digits that are learnt and on others",
        f"Each panel is a network. Training loss and validation loss begin together; in the large "
        f"one {where}: the first falls to {large['loss']:.4f}, the second stays at "
        f"{large['validation_loss']:.2f}. The gap is what was learnt by heart. The small network, "
        f"with {small['weights']:,} weights instead of {large['weights']:,}, has a smaller gap and "
        f"is not better for it: {small['validation_accuracy']:.1%} of new digits against "
        f"{large['validation_accuracy']:.1%}. Overfitting has three causes: "
        "too many weights for the digits at hand, too few digits, or a network that does not suit "
        "pictures. Dropout makes the first weaker, augmentation and more digits the second; a "
        "convolution is the answer to the third.",
        pairs_figure(histories),
        "Training and validation loss of five networks over the epochs, panel beside panel.",
        ["network", "weights>", "digits>", "right>", "right of new>", "loss>", "loss on new>"],
        [
            [
                name,
                f"{found['weights']:,}",
                f"{found['digits']:,}",
                f"{found['accuracy']:.1%}",
                f"{found['validation_accuracy']:.1%}",
                f"{found['loss']:.4f}",
                f"{found['validation_loss']:.3f}",
            ]
            for name, found in facts.items()
        ],
    )


def _together(histories: dict[str, list[EpochRow]], facts: dict[str, dict[str, Any]]) -> Section:
    order = sorted(facts, key=lambda name: -facts[name]["validation_accuracy"])
    told = ", ".join(f"{name} {facts[name]['validation_accuracy']:.1%}" for name in order)
    return Section(
        "together",
        "Who does best on new digits",
        f"Right of {NEW:,} digits that none of them has learnt: {told}. One seed and {NEW:,} "
        "digits: differences of a percentage point or two prove nothing. Training pictures that "
        "are dropped out or distorted are harder, so their training loss can lie above the "
        "validation loss; that is no fault.",
        runs_figure(histories),
        f"Validation accuracy and loss of all five over the epochs. At the end: {told}.",
    )
