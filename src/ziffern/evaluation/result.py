"""The result of evaluating one network on one split of one dataset: its raw answers, kept.

From labels and probabilities everything else follows (accuracy, intervals, confusion, mistakes), so
only those are stored. Running the network is not done here.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ziffern.errors import InputError, RunError, WorkError
from ziffern.evaluation import metrics
from ziffern.evaluation.calibration import ReliabilityTable, reliability_table
from ziffern.evaluation.mistakes import wrong_indices
from ziffern.files import write_atomic


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A network's answers to one split of a dataset.

    labels: int64 (N,), N ≥ 1, in 0…C−1.
    probabilities: float32 (N, C), rows sum to 1 or, with a background class, to less.
    test_looks: how often this run has looked at its test set so far, this time included.
    averaging: how many pictures were answered for each one (1, or more with its copies).
    alone: the answers of the same network without averaging, where it averages.

    Raises:
        InputError: nothing to evaluate, or shapes, labels and class names that do not fit.
        WorkError: probabilities that are none (NaN, negative, rows that do not sum to 1).
    """

    dataset: str
    split: str
    class_names: tuple[str, ...]
    labels: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    test_looks: int = 0
    averaging: int = 1
    alone: Evaluation | None = None

    def __post_init__(self) -> None:
        metrics.checked(self.labels, self.probabilities)
        if len(self.class_names) != self.probabilities.shape[1]:
            raise InputError(
                f"{self.dataset} has {len(self.class_names)} classes, "
                f"but the network answers with {self.probabilities.shape[1]} probabilities"
            )

    @property
    def n(self) -> int:
        """Number of samples."""
        return len(self.labels)

    @cached_property
    def predictions(self) -> NDArray[np.int64]:
        """Most probable class of every sample, int64 (N,)."""
        winners: NDArray[np.int64] = self.probabilities.argmax(axis=1).astype(np.int64)
        return winners

    @property
    def correct(self) -> int:
        """Number of right answers."""
        return int((self.predictions == self.labels).sum())

    @property
    def accuracy(self) -> float:
        """Share of right answers, 0…1."""
        return self.correct / self.n

    @property
    def wilson95(self) -> tuple[float, float]:
        """95 % Wilson interval of the accuracy."""
        return metrics.wilson_interval(self.correct, self.n)

    @property
    def loss(self) -> float:
        """Mean cross-entropy in nats."""
        return metrics.cross_entropy(self.labels, self.probabilities)

    @cached_property
    def confusion(self) -> NDArray[np.int64]:
        """Counts (C, C), row = true class, column = predicted class."""
        return metrics.confusion_matrix(self.labels, self.predictions, len(self.class_names))

    @property
    def per_class(self) -> tuple[metrics.ClassScore, ...]:
        """Precision, recall, F1 and support of every class."""
        return metrics.per_class(self.confusion, self.class_names)

    @property
    def reliability(self) -> ReliabilityTable:
        """Confidence against accuracy in 15 bins."""
        return reliability_table(self.labels, self.probabilities)

    @property
    def wrong(self) -> NDArray[np.int64]:
        """Indices of the wrong answers, the most wrong first."""
        return wrong_indices(self.labels, self.probabilities)

    def as_dict(self) -> dict[str, Any]:
        """Return everything that fits in a page of JSON; no arrays of N."""
        alone = {} if self.alone is None else {"without_averaging": self.alone._figures()}
        return {
            "dataset": self.dataset,
            "split": self.split,
            **self._figures(),
            "averaging": self.averaging,
            **alone,
            "per_class": [score.as_dict() for score in self.per_class],
            "confusion": self.confusion.tolist(),
            "ece": self.reliability.ece,
            "test_looks": self.test_looks,
        }

    def _figures(self) -> dict[str, Any]:
        return {
            "accuracy": self.accuracy,
            "loss": self.loss,
            "n": self.n,
            "correct": self.correct,
            "wilson95": list(self.wilson95),
        }

    def save(self, path: Path) -> Path:
        """Write everything to one `.npz` file, atomically and without pickle.

        Raises:
            WorkError: the file system refused.
        """
        about = {
            "dataset": self.dataset,
            "split": self.split,
            "class_names": self.class_names,
            "test_looks": self.test_looks,
            "averaging": self.averaging,
        }
        alone = {} if self.alone is None else {"alone": self.alone.probabilities}
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            allow_pickle=False,
            about=np.array(json.dumps(about)),
            labels=self.labels,
            probabilities=self.probabilities,
            **alone,
        )
        return write_atomic(path, buffer.getvalue())

    @classmethod
    def load(cls, path: Path) -> Evaluation:
        """Read what `save` wrote.

        Raises:
            RunError: the file is missing, damaged or no evaluation.
        """
        try:
            # from memory: np.load would leave a damaged file open
            content = io.BytesIO(path.read_bytes())
            with np.load(content, allow_pickle=False) as stored:
                about = json.loads(str(stored["about"]))
                found = cls(
                    dataset=about["dataset"],
                    split=about["split"],
                    class_names=tuple(about["class_names"]),
                    labels=stored["labels"],
                    probabilities=stored["probabilities"],
                    test_looks=about["test_looks"],
                    averaging=about.get("averaging", 1),
                )
                if "alone" not in stored:
                    return found
                alone = replace(found, probabilities=stored["alone"], averaging=1)
                return replace(found, alone=alone)
        except FileNotFoundError as error:
            raise RunError(f"{path} is missing: evaluate the run again") from error
        except (
            OSError, ValueError, KeyError, TypeError, EOFError, AttributeError, zipfile.BadZipFile,
            InputError, WorkError,
        ) as error:  # fmt: skip
            raise RunError(f"{path} is damaged ({error}): evaluate the run again") from error
