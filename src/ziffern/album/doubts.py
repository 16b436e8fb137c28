"""What of a dataset may be doubted, as plates: duplicates within and across parts, and labels."""

from __future__ import annotations

import numpy as np

from ziffern.album.page import Plate, Step, Table
from ziffern.album.seen import Numbers, Seen, tolerant
from ziffern.errors import ZiffernError
from ziffern.exploration.duplicates import NEAR, between, duplicates
from ziffern.exploration.labels import FOLDS, answers, doubtful_labels, fold_numbers
from ziffern.figures.dataset import nearest_figure, pairs_figure
from ziffern.figures.style import percent
from ziffern.figures.tiles import tiles_figure

PAIRS, LABELS = 20, 48
"""How many of the most alike pairs and of the most doubtful labels are shown."""
LISTED = 1_000
"""Most pairs that are named in the numbers."""


def steps(look: Seen, numbers: Numbers) -> list[Step]:
    """Return the work that makes the plates; `numbers` gets `duplicates` and `doubtful_labels`."""
    trained = _CrossValidation(look)
    return [
        tolerant("duplicates", "Duplicates", lambda: _duplicates(look, numbers), numbers),
        # a step for each training, since each takes a while
        *(
            Step(f"Doubtful labels, training {fold + 1} of {FOLDS}", trained.next_fold)
            for fold in range(FOLDS)
        ),
        tolerant("labels", "Doubtful labels", lambda: [_labels(trained, numbers)], numbers),
    ]


class _CrossValidation:
    """Answers to the training pictures, fold by fold; or why there are none."""

    def __init__(self, look: Seen) -> None:
        self.look = look
        self.rows = np.empty((len(look.train), len(look.class_names)), np.float32)
        self.done = 0
        self.problem: ZiffernError | None = None

    def next_fold(self) -> list[Plate]:
        """Train on all but one fold and fill that fold's rows; makes no plate."""
        part, seed = self.look.train, self.look.seed
        if self.problem is None:
            try:
                held_out = fold_numbers(part.labels, FOLDS, seed=seed) == self.done
                classes = self.rows.shape[1]
                rows = answers(part.images, part.labels, held_out, classes, seed=seed)
                self.rows[held_out] = rows
            except ZiffernError as error:
                self.problem = error
        self.done += 1
        return []


def _duplicates(look: Seen, numbers: Numbers) -> list[Plate]:
    images = np.concatenate([look.train.images, look.test.images])
    labels = np.concatenate([look.train.labels, look.test.labels])
    train = len(look.train)
    names = [
        *(f"train {number:,}" for number in look.train_numbers.tolist()),
        *(f"test {number:,}" for number in look.test_numbers.tolist()),
    ]
    found = duplicates(images, labels)
    copies, near = between(found.copies, train), between(found.near, train)
    numbers["duplicates"] = {
        "exact": copies,
        "near": near,
        "threshold": NEAR,
        "least_ratio": float(found.ratios[0]) if len(found.ratios) else None,
        "typical_distance": dict(zip(look.class_names, found.typical.tolist(), strict=False)),
        "pairs": [
            [names[one], names[other]] for one, other in (*found.copies, *found.near)[:LISTED]
        ],
    }
    every = {kind: copies[kind] + near[kind] for kind in copies}
    if not any(every.values()):
        result = "No picture is there twice, neither exactly nor nearly."
    elif every["across"]:
        pairs = "1 pair stands" if every["across"] == 1 else f"{every['across']:,} pairs stand"
        result = (
            f"{pairs} across both parts: what is known from training makes a result on the test "
            "part look better than it is."
        )
    else:
        result = "No pair stands across both parts, so none makes the test easier."
    plates = [
        Plate(
            "duplicates",
            "Duplicates",
            f"{result} Two pictures are near duplicates if they are nearer to each other than "
            f"{NEAR:g} of what is typical of their class, the median distance of a picture to its "
            "nearest neighbour: ones are much more alike than twos, so each class has its own "
            "measure. Copies made fainter by a tenth, turned by a degree, or saved as JPEG lie "
            "below that limit; different digits of MNIST do not.",
            nearest_figure(found.nearest) if len(found.pairs) else None,
            alt="Histogram of distances to the nearest other picture",
            table=Table(
                ["pairs", *(f"{kind}>" for kind in copies)],
                [
                    (what, *(f"{count:,}" for count in counts.values()))
                    for what, counts in (("exact copies", copies), ("near duplicates", near))
                ],
            ),
        )
    ]
    shown = np.concatenate([found.copies, found.pairs])[:PAIRS]
    if len(shown):
        ratios = [0.0] * len(found.copies) + found.ratios.tolist()
        captions = [
            "\n".join(f"{names[i]}: {look.class_names[labels[i]]}" for i in pair) + f"\n{ratio:.2f}"
            for pair, ratio in zip(shown.tolist(), ratios, strict=False)
        ]
        plates.append(
            Plate(
                "most-alike",
                "The most alike pictures",
                "The pairs with the least distance, exact copies first: where each picture stands, "
                f"its label, and the distance as a share of what is typical. Below {NEAR:g} a pair "
                "counts as near duplicates; plain strokes may be that alike without being copies.",
                pairs_figure(images, shown, captions),
                alt="; ".join(caption.replace("\n", ", ") for caption in captions),
            )
        )
    return plates


def _labels(trained: _CrossValidation, numbers: Numbers) -> Plate:
    if trained.problem is not None:
        raise trained.problem
    look, rows = trained.look, trained.rows
    labels, names = look.train.labels, look.class_names
    found = doubtful_labels(labels, rows)
    right = float((rows.argmax(axis=1) == labels).mean())
    places = look.train_numbers[found.indices].tolist()
    told = [
        {"number": number, "label": names[label], "suggested": names[suggested], "margin": margin}
        for number, label, suggested, margin in zip(
            places,
            labels[found.indices].tolist(),
            found.suggested.tolist(),
            found.margins.tolist(),
            strict=True,
        )
    ]
    numbers["doubtful_labels"] = {
        "count": len(told),
        "estimated_noise": found.noise,
        "cross_validated_accuracy": right,
        "labels": told,
    }
    shown = told[:LABELS]
    captions = [
        f"labelled {one['label']}\nlooks like {one['suggested']}\nno. {one['number']:,}"
        for one in shown
    ]
    figure = None
    if shown:
        pictures = look.train.images[found.indices[:LABELS]]
        figure = tiles_figure(pictures, captions, columns=8)
    return Plate(
        "labels",
        "Doubtful labels",
        f"Small networks, each trained without the pictures that it answers, are right for "
        f"{percent(right)} of the training labels. For {len(told):,} of {len(labels):,} they are "
        "surer of another class than they usually are of its own pictures (confident learning): "
        "wrong labels are among these, and digits that are hard to read. Shown are the most "
        "doubtful ones, each with its label and what it looks like. Look before you change one.",
        figure,
        alt="; ".join(caption.replace("\n", " ") for caption in captions),
        facts=[
            ("doubtful labels", f"{len(told):,}"),
            ("estimated share of wrong labels", percent(found.noise)),
        ],
    )
