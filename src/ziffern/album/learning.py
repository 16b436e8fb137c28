"""How a run learnt, as plates: its curves with both marks, what is near 0 and 1, its schedule.

Everything comes from the run's history and recipe; neither data nor weights are read.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ziffern import schedules
from ziffern.album.page import Plate, Step
from ziffern.errors import RunError
from ziffern.evaluation.evaluate import recipe_of
from ziffern.evaluation.learning import History, best_epoch, parting_epoch
from ziffern.figures import style
from ziffern.figures.axes import GUESSING
from ziffern.figures.curves import curves_figure, in_words
from ziffern.figures.schedules import schedule_figure
from ziffern.runs import Run


def steps(run: Run, *, numbers: dict[str, Any] | None = None) -> list[Step]:
    """Return the work that makes the plates of a run's learning.

    A run without a finished epoch gets one plate that says so. `numbers` gets `learning`, what the
    plates mark.
    """
    return [Step("How it learnt", lambda: plates(run, numbers=numbers))]


def plates(run: Run, *, numbers: dict[str, Any] | None = None) -> list[Plate]:
    """Return the plates: `curves`, `curves-zoomed` and `schedule`, or `curves` without a picture.

    Raises:
        RunError: the history or the recipe is damaged.
    """
    try:
        history = run.history
    except RunError:
        if (run.path / "history.jsonl").exists():
            raise
        history = []
    if numbers is not None:
        numbers["learning"] = {
            "epochs": len(history),
            "best_epoch": best_epoch(history),
            "parting_epoch": parting_epoch(history),
        }
    if not history:
        return [
            Plate("curves", "How it learnt", "This run has no finished epoch, so it has no curves.")
        ]
    return [_curves(history), _zoomed(history), _schedule(run, history)]


def _curves(history: History) -> Plate:
    best, parting = best_epoch(history), parting_epoch(history)
    sentences = ["Loss and accuracy after each epoch, and the learning rate of its last step."]
    if best is None:
        sentences.append("No part of the pictures was held out, so there is no best epoch.")
    else:
        sentences.append(
            f"Epoch {best} (○) was the best on the validation pictures, which the network does "
            "not learn from."
        )
    if parting is not None:
        sentences.append(
            f"Training and validation part after epoch {parting} (◇): from there on the training "
            "loss goes on falling and the validation loss no longer does, beyond its own noise. "
            "What is learnt later is learnt by heart."
        )
    elif best is not None:
        sentences.append(
            "Training and validation do not part: as long as it lasted, the training was of use "
            "for other pictures too, as far as the noise lets one see."
        )
    return Plate(
        "curves",
        "How it learnt",
        " ".join(sentences),
        curves_figure(history),
        alt=in_words(history),
        facts=[
            ("epochs", str(len(history))),
            ("best epoch", "–" if best is None else str(best)),
            ("parting after epoch", "–" if parting is None else str(parting)),
        ],
    )


def _zoomed(history: History) -> Plate:
    zoom = zoom_for(history)
    return Plate(
        "curves-zoomed",
        "Near 0 and 1",
        f"The same curves on linear axes, {zoom:g} times enlarged: the loss up to "
        f"{GUESSING / zoom:.2g} nats, the accuracy from {style.PERCENT(1 - 1 / zoom)}. What lies "
        "outside is cut off. On this scale a change is as large as it looks.",
        curves_figure(history, zoom=zoom),
        alt=f"Loss and accuracy on linear axes, enlarged {zoom:g} times towards 0 and 1.",
    )


def _schedule(run: Run, history: History) -> Plate:
    recipe = recipe_of(run)
    pictures = run.dataset["train_size"] * (5 if recipe.augment.get("enlarge") else 1)
    per_epoch = math.ceil(pictures / recipe.train.batch_size)
    numbers, rates = schedules.sample(
        recipe.schedule_record,
        recipe.optimizer_record.learning_rate,
        recipe.train.epochs,
        per_epoch,
        history=history,
    )
    taken = numbers <= len(history) * per_epoch
    places, rates = numbers[taken] / per_epoch, rates[taken]
    name = recipe.schedule.get("name", "constant").replace("_", " ")
    return Plate(
        "schedule",
        "Learning rate",
        f"The rate of every step as the schedule ({name}) set it, over the epochs done. "
        "High rates learn fast and noisily; low ones at the end let the weights settle.",
        schedule_figure(rates, places=places, unit="epochs done", width=8.0),
        alt=f"The learning rate goes from {rates[0]:.3g} to {rates[-1]:.3g}, "
        f"at most {rates.max():.3g}.",
        facts=[
            ("schedule", name),
            ("first", f"{rates[0]:.3g}"),
            ("highest", f"{rates.max():.3g}"),
            ("last", f"{rates[-1]:.3g}"),
        ],
    )


def zoom_for(history: History) -> float:
    """Return a zoom that shows the second half of the training: 1, 2, 5, 10, 20, 50 or 100."""
    later = history[len(history) // 2 :]
    losses = [row[key] for row in later for key in ("loss", "validation_loss")]
    accuracies = [row[key] for row in later for key in ("accuracy", "validation_accuracy")]
    loss = max((value for value in losses if value is not None and np.isfinite(value)), default=1)
    error = max((1 - value for value in accuracies if value is not None), default=1)
    most = 1 / max(loss / GUESSING, error, 1e-9)
    return max(zoom for zoom in (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0) if zoom <= max(most, 1))
