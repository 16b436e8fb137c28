"""Listeners that write down how it went: the run's history and the high score."""

from __future__ import annotations

from ziffern import highscore
from ziffern.highscore import Entry
from ziffern.runs import Run
from ziffern.training.events import Listener, TrainingState


class History(Listener):
    """Keeps `history.jsonl` of the run equal to the state's history."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def on_train_begin(self, state: TrainingState) -> None:
        """Drop the epochs that a resumed training goes through again."""
        self._run.write_history(state.history)

    def on_epoch_end(self, state: TrainingState) -> None:
        """Add this epoch."""
        self._run.append_history(state.history[-1])


class HighScore(Listener):
    """Enters the run in the high score of `dataset`, by the epoch whose weights are kept.

    Where the run has an evaluation of these weights, that counts, as it is how the model answers;
    during training, pictures are answered without their copies.

    A diverged training does not enter, and neither does one without a validation set.
    """

    def __init__(self, run: Run, dataset: str) -> None:
        self._run = run
        self._dataset = dataset

    def on_train_end(self, state: TrainingState) -> None:
        """Offer the result."""
        row = state.kept or (state.history[-1] if state.history else None)
        if row is None or state.outcome == "diverged":
            return
        figures = self._run.metrics.get("validation") or {
            "accuracy": row["validation_accuracy"],
            "loss": row["validation_loss"],
        }
        entry = Entry(
            recipe=state.recipe.name,
            settings=state.recipe.model_dump(mode="json"),
            seed=state.recipe.train.seed,
            run=self._run.name,
            validation={
                "accuracy": figures["accuracy"],
                "loss": figures["loss"],
                "epoch": row["epoch"],
            },
            test=None,
        )
        highscore.offer(self._run.path.parent, self._dataset, entry)
