"""A kept evaluation of a run with its pictures, and what is known of each mistake.

    found = review(run, recipe_of(run), dataset_of(run, recipe))
    found.evaluation.wrong[:5], found.causes[:5]

Only answers that the run holds are used: reviewing is no look at the test set.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ziffern.datasets import Dataset, Part, catalogue
from ziffern.errors import RunError
from ziffern.evaluation.causes import Cause, causes
from ziffern.evaluation.evaluate import stored, validation_part
from ziffern.evaluation.neighbours import Likeness, likeness
from ziffern.evaluation.result import Evaluation
from ziffern.recipe import Recipe
from ziffern.runs import Run
from ziffern.training.data import prepare


@dataclass(frozen=True, eq=False)
class Review:
    """An evaluation and what its mistakes can be judged by.

    evaluation: of the test set where that was opened, else of the validation set.
    part: its pictures and labels.
    disputed: indices of the pictures whose labels people dispute, as far as known.
    training: what the network learnt from; None where that is not at hand any more.
    """

    evaluation: Evaluation
    part: Part
    disputed: tuple[int, ...] = ()
    training: Part | None = None

    @property
    def is_comparable(self) -> bool:
        """Whether there is a training set to compare with, and the pictures are digits."""
        digits = all(name.isdigit() for name in self.evaluation.class_names)
        return digits and self.training is not None

    @cached_property
    def likeness(self) -> Likeness | None:
        """How like the training pictures the wrong ones are, in the order of `evaluation.wrong`.

        None where nothing `is_comparable`.
        """
        if self.training is None or not self.is_comparable:
            return None
        wrong = self.evaluation.wrong
        return likeness(
            self.part.images[wrong],
            self.part.labels[wrong],
            self.training.images,
            self.training.labels,
        )

    @cached_property
    def causes(self) -> tuple[Cause, ...]:
        """Why each answer of `evaluation.wrong` is wrong; empty without `likeness`."""
        if self.likeness is None:
            return ()
        return causes(self.evaluation.wrong, self.disputed, self.likeness)


def review(run: Run, recipe: Recipe, dataset: Dataset) -> Review | None:
    """Return the kept evaluation of the test set, else that of validation; None if there is none.

    Raises:
        RunError: the pictures at hand are not those that were evaluated.
    """
    same = dataset.sha256("train") == run.dataset["sha256"]
    training = prepare(recipe, dataset).training if same else None
    if (test := stored(run, "test", dataset.name)) is not None:
        if not np.array_equal(test.labels, dataset.test.labels):
            raise RunError(
                f"{run.name} was evaluated on other test data than {dataset.origin} holds now; "
                "bring those back, or evaluate it again"
            )
        return Review(test, dataset.test, catalogue.disputed(dataset.sha256("test")), training)
    if (validation := stored(run, "validation", dataset.name)) is not None:
        return Review(validation, validation_part(run, recipe, dataset), (), training)
    return None
