"""One learning step told: as a page of plain text, and in figures for other programs.

    print(narrate(step, class_names, title="training picture 7"))

The numbers come from `ziffern.scratch.step`; nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from ziffern.scratch.activations import FUNCTIONS
from ziffern.scratch.base import Array
from ziffern.scratch.step import Example, LearningStep, SurfaceStep

SHOWN = 4  # values of an array


def narrate(step: LearningStep, class_names: Sequence[str], *, title: str) -> str:
    """Return the step as text, lines of about 100 signs; `title` says which picture it is."""
    true = class_names[step.label]
    start, after = step.probabilities[step.label], step.probabilities_after[step.label]
    parts = [
        f"One learning step of {step.recipe.name} (seed {step.recipe.train.seed}) on {title}",
        "",
        "1 Forward: from layer to layer, with random weights",
        *_table(
            ["layer", "shape", "least", "mean", "largest", "some values"],
            [
                [link.name, _shape(link.output), *_spread(link.output), _some(link.output)]
                for link in step.links
            ],
        ),
        "",
        "2 Loss: how far is from should",
        *_probabilities(step, class_names),
        f"  E = {_loss_formula(step, true)} = {step.loss:.4f} nats",
        "",
        "3 Backward: the error terms ∂E/∂output, from the last layer to the first",
        *_table(
            ["layer", "norm", "some values"],
            [
                [link.name, _number(float(np.linalg.norm(link.error))), _some(link.error)]
                for link in reversed(step.links)
            ],
        ),
        "  The last layer's: is less should. Back through weights: ∂E/∂O_j = Σ_k w_jk·∂E/∂z_k;",
        "  back through an activation O = f(z): ∂E/∂z = f′(z)·∂E/∂O.",
        "",
        "4 Gradients: ∂E/∂w of every weight",
        *_table(
            ["weights", "shape", "norm", "largest", "at"],
            [
                [
                    item.name,
                    _shape(item.gradient),
                    _number(float(np.linalg.norm(item.gradient))),
                    _number(float(item.gradient[item.steepest])),
                    _index(item.steepest),
                ]
                for item in step.weights
            ],
        ),
        *([] if step.example is None else _told(step.example, step.rate)),
        "",
        f"5 Update by {step.recipe.optimizer_record.name}, α = {step.rate:g}",
        f"  {step.formula}",
        *_table(
            ["weights", "at", "w", "∂E/∂w", "Δw", "w + Δw", "norm of all Δw"],
            [
                [
                    item.name,
                    _index(at := item.steepest),
                    _number(float(item.before[at])),
                    _number(float(item.gradient[at])),
                    _number(float(item.after[at] - item.before[at])),
                    _number(float(item.after[at])),
                    _number(float(np.linalg.norm(item.after - item.before))),
                ]
                for item in step.weights
            ],
        ),
        "",
        "6 After the step: the same picture again",
        f"  E: {step.loss:.4f} → {step.loss_after:.4f} nats",
        f"  probability of {true}: {start:.2%} → {after:.2%}",
        "",
        *_on_the_surface(step.surface),
    ]
    return "\n".join(line.rstrip() for line in parts) + "\n"


def as_dict(step: LearningStep) -> dict[str, Any]:
    """Return what fits on a page of JSON: no whole arrays, but their sizes and extremes."""
    surface = step.surface
    return {
        "recipe": step.recipe.name,
        "seed": step.recipe.train.seed,
        "label": step.label,
        "optimizer": step.recipe.optimizer_record.name,
        "formula": step.formula,
        "learning_rate": step.rate,
        "loss": step.loss,
        "loss_after": step.loss_after,
        "probabilities": step.probabilities.tolist(),
        "probabilities_after": step.probabilities_after.tolist(),
        "layers": [
            {
                "name": link.name,
                "output_shape": list(link.output.shape),
                "least": float(link.output.min()),
                "mean": float(link.output.mean()),
                "largest": float(link.output.max()),
                "error_norm": float(np.linalg.norm(link.error)),
            }
            for link in step.links
        ],
        "weights": [
            {
                "name": item.name,
                "shape": list(item.before.shape),
                "gradient_norm": float(np.linalg.norm(item.gradient)),
                "change_norm": float(np.linalg.norm(item.after - item.before)),
                "steepest": {
                    "index": list(at := item.steepest),
                    "before": float(item.before[at]),
                    "gradient": float(item.gradient[at]),
                    "after": float(item.after[at]),
                },
            }
            for item in step.weights
        ],
        "example": None if step.example is None else asdict(step.example),
        "surface": {
            "weights": [[name, list(index)] for name, index in surface.places],
            "start": list(surface.start),
            "end": list(surface.end),
            "gradient": list(surface.gradient),
            "losses": list(surface.losses),
        },
    }


def _loss_formula(step: LearningStep, true: str) -> str:
    if step.recipe.train.label_smoothing or any(
        weight.regularizer for weight in step.recipe.network.weights.values()
    ):
        return "cross-entropy, with the recipe's label smoothing and penalties"
    return f"−ln p({true}) = −ln {step.probabilities[step.label]:.4f}"


def _probabilities(step: LearningStep, class_names: Sequence[str]) -> list[str]:
    rows = [
        ["is", *(f"{share:.4f}" for share in step.probabilities)],
        ["should", *("1" if label == step.label else "0" for label in range(len(class_names)))],
    ]
    return _table(["class", *class_names], rows)


def _told(example: Example, rate: float) -> list[str]:
    name, j, k = example.name.rpartition("/")[0], example.j, example.k
    slope = "O_k·(1 − O_k)" if example.activation == "sigmoid" else "f′(z_k)"
    return [
        "",
        f"  One of them by hand: the weight of {name} from unit j = {j} to unit k = {k}",
        f"    E_k = {_number(example.error)}    error of output k, sent back to it (−∂E/∂O_k)",
        f"    O_k = {_number(example.output)}    its output f(z_k) by {example.activation}",
        f"    {slope} = {_number(example.slope)}    the slope there; of y = f(x) it is "
        f"{FUNCTIONS[example.activation].derivative}",
        f"    O_j = {_number(example.input)}    its input from unit j",
        f"    −∂E/∂w_jk = E_k · {slope} · O_j = {_number(-example.gradient)}",
        f"    Δw_jk = α · E_k · {slope} · O_j = {_number(-rate * example.gradient)}, "
        "by plain gradient descent",
    ]


def _on_the_surface(surface: SurfaceStep) -> list[str]:
    rows = [
        [name, _index(index), _number(first), _number(slope), _number(second)]
        for (name, index), first, slope, second in zip(
            surface.places, surface.start, surface.gradient, surface.end, strict=True
        )
    ]
    before, after = surface.losses
    return [
        "7 Error surface: E over two weights, all others as they were",
        *_table(["weights", "at", "before", "slope ∂E/∂w", "after"], rows),
        f"  These two alone bring E from {before:.4f} to {after:.4f} nats.",
    ]


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lay out a table: first column to the left, others to the right, the last as it comes."""
    widths = [max(map(len, cells)) for cells in zip(columns, *rows, strict=True)]
    lines = []
    for row in (columns, *rows):
        first, *others = (f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True))
        lines.append("  " + "  ".join([f"{row[0]:<{len(first)}}", *others]))
    return lines


def _spread(values: Array) -> list[str]:
    return [_number(float(found)) for found in (values.min(), values.mean(), values.max())]


def _some(values: Array) -> str:
    """Show some values, evenly spread over the array."""
    places = np.linspace(0, values.size - 1, min(SHOWN, values.size)).round().astype(int)
    dots = " …" if values.size > SHOWN else ""
    return " ".join(f"{_number(float(values.flat[place])):>8}" for place in places) + dots


def _shape(values: Array) -> str:
    return "×".join(map(str, values.shape))


def _index(index: Sequence[int]) -> str:
    return ",".join(map(str, index))


def _number(value: float) -> str:
    return f"{value + 0.0:.3g}".replace("-", "−")  # + 0.0 makes −0 to 0
