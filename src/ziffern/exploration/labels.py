"""Labels to be doubted: confident learning over the answers of networks that never saw them.

    folds = fold_numbers(labels, FOLDS)
    probabilities = np.concatenate(…)  # or cross_validated(images, labels, 10)
    doubtful_labels(labels, probabilities).indices[:20]

It finds labels that disagree with their pictures, and pictures that are hard to read; a person has
to tell them apart. Nothing is changed in the set.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ziffern import recipe as recipes
from ziffern.contract import Contract
from ziffern.datasets.splits import shuffled
from ziffern.errors import InputError

Images = NDArray[np.uint8]
Labels = NDArray[np.integer]
Probabilities = NDArray[np.float32]

RECIPE = "quick"
"""The recipe whose network answers, without augmentation."""
FOLDS = 4
EPOCHS, STEPS = 3, 400
"""A network is trained for so many epochs, on small sets for so many steps if they are more."""
BATCH = 256


@dataclass(frozen=True, eq=False)
class Doubts:
    """What confident learning says of N labels of C classes.

    indices: int64 (K,), the samples whose labels are doubtful, the most doubtful first.
    suggested: int64 (K,), the classes that their pictures are more likely to show.
    margins: float32 (K,), p(label) - p(suggested), -1 to 1, ascending.
    joint: float64 (C, C), estimated counts of samples by given label (row) and true class (column);
        rows sum to the counts of the labels.
    thresholds: float64 (C,), how sure the network is on average of a class that a label names; NaN
        of a class without samples.
    """

    indices: NDArray[np.int64]
    suggested: NDArray[np.int64]
    margins: NDArray[np.float32]
    joint: NDArray[np.float64]
    thresholds: NDArray[np.float64]

    @property
    def noise(self) -> float:
        """The estimated share of wrong labels, 0 to 1."""
        return float(1 - np.trace(self.joint) / self.joint.sum())


def doubtful_labels(labels: Labels, probabilities: Probabilities) -> Doubts:
    """Find labels that are probably wrong, by confident learning.

    A sample counts for class j if p(j) is at least what the network gives on average to samples
    labelled j; of several such classes the most probable one counts. Samples that count for
    another class than their label are the doubtful ones; how many of each kind there are estimates
    the joint distribution of given and true labels (Northcutt, Jiang, Chuang: Confident learning,
    Journal of Artificial Intelligence Research 70, 2021, section 3: the confident joint, its
    calibration, and its off-diagonal counts).

    Args:
        labels: (N,), numbered from 0.
        probabilities: (N, C), of a network that was not trained on these samples.

    Raises:
        InputError: not one row a label, or labels of fewer than two classes.
    """
    classes = probabilities.shape[1]
    if len(labels) != len(probabilities):
        raise InputError(f"{len(labels)} labels do not fit {len(probabilities)} rows of answers")
    _check_classes(labels)
    counts = np.bincount(labels, minlength=classes)
    own = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    with np.errstate(invalid="ignore"):
        thresholds = np.bincount(labels, own, minlength=classes) / counts
    # no sample counts for a class without samples: a comparison with NaN is false
    confident = np.where(probabilities >= thresholds, probabilities, -1)
    counted, taken = confident.max(axis=1) >= 0, confident.argmax(axis=1)
    joint = np.zeros((classes, classes))
    np.add.at(joint, (labels[counted], taken[counted]), 1)
    # a class none of whose samples counts is taken to be what its labels say
    silent = joint.sum(axis=1) == 0
    joint[silent, silent] = 1
    joint *= (counts / joint.sum(axis=1))[:, None]
    doubtful = np.flatnonzero(counted & (taken != labels))
    margins = (own[doubtful] - probabilities[doubtful, taken[doubtful]]).astype(np.float32)
    order = np.argsort(margins, kind="stable")
    return Doubts(
        indices=doubtful[order],
        suggested=taken[doubtful][order],
        margins=margins[order],
        joint=joint,
        thresholds=thresholds,
    )


def fold_numbers(labels: Labels, folds: int = FOLDS, *, seed: int = 0) -> NDArray[np.int64]:
    """Divide samples into folds with the same share of each class; return each one's fold, (N,).

    Raises:
        InputError: fewer samples than folds, or labels of fewer than two classes.
    """
    _check_classes(labels)
    if len(labels) < 2 * folds:
        raise InputError(f"{folds} folds need at least {2 * folds} samples, not {len(labels)}")
    order = shuffled(len(labels), seed)
    order = order[np.argsort(labels[order], kind="stable")]
    numbers = np.empty(len(labels), np.int64)
    numbers[order] = np.arange(len(labels)) % folds
    return numbers


def answers(
    images: Images, labels: Labels, held_out: NDArray[np.bool_], classes: int, *, seed: int = 0
) -> Probabilities:
    """Train a small network on what is not held out; return its answers to what is, (M, classes).

    Args:
        images: uint8 (N, 28, 28).
        labels: (N,), below `classes`.
        held_out: (N,), true for M samples.
        classes: number of outputs.
        seed: of weights and order.

    Raises:
        DivergedError: the loss became NaN or infinite.
        KeyboardInterrupt: the training was interrupted.
    """
    from ziffern import device
    from ziffern.evaluation.model import Model
    from ziffern.modelfile import SavedModel
    from ziffern.training.batches import TrainingBatches
    from ziffern.training.engine import Engine

    known = int((~held_out).sum())
    batch = min(BATCH, known, max(16, known // 64))
    shipped = recipes.load(RECIPE)
    recipe = shipped.changed(
        {
            "layers": shipped.layers.replace("Dense(10,", f"Dense({classes},"),
            "augment": {},
            # both are for right labels: hard pictures are here those whose label is in doubt
            "train.focus": None,
            "train.label_smoothing": 0.0,
            "train.epochs": max(EPOCHS, math.ceil(STEPS * batch / known)),
            "train.batch_size": batch,
            "train.seed": seed,
        }
    )
    where, contract = device.choose(), Contract(scale=recipe.data.scale)
    engine = Engine(
        recipe,
        TrainingBatches(
            images[~held_out],
            labels[~held_out].astype(np.int64),
            contract,
            where,
            recipe,
        ),
        None,
        precision=device.default_precision(where),
    )
    if engine.fit() == "interrupted":
        raise KeyboardInterrupt
    model = SavedModel(
        name=RECIPE,
        layers=tuple(str(layer) for layer in recipe.layer_list),
        weights=engine.result(),
        contract=contract,
        class_names=tuple(map(str, range(classes))),
    )
    return Model(model).predict(images[held_out])


def cross_validated(
    images: Images,
    labels: Labels,
    classes: int,
    *,
    folds: int = FOLDS,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Probabilities:
    """Return for each sample the answer of a network that was trained without it, (N, classes).

    About half a minute for 60,000 digits on two cores. `progress` is told the fold that begins,
    from 0, and how many there are. Errors as for `fold_numbers` and `answers`.
    """
    numbers = fold_numbers(labels, folds, seed=seed)
    found = np.empty((len(labels), classes), np.float32)
    for fold in range(folds):
        if progress is not None:
            progress(fold, folds)
        held_out = numbers == fold
        found[held_out] = answers(images, labels, held_out, classes, seed=seed)
    return found


def _check_classes(labels: Labels) -> None:
    different = len(np.unique(labels))
    if different < 2:
        raise InputError(f"labels can be doubted where there are two classes; here is {different}")
