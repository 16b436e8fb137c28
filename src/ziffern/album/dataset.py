"""A dataset as plates: what it is, samples, balance, means, handwriting, then maps and doubts.

Data are looked at here, not a model's answers: showing test pictures is no look at the test set in
the sense of `ziffern evaluate`. What is learnt from the data (maps, clusters, statistics) comes
from the training part; of the test part samples, balance and duplicates are shown.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal

import numpy as np

from ziffern.album import doubts, projections
from ziffern.album.page import Plate, Step, Table
from ziffern.album.seen import Numbers, Seen, seen, tolerant
from ziffern.datasets import Dataset
from ziffern.datasets.splits import shuffled
from ziffern.exploration import statistics
from ziffern.exploration.strokes import strokes
from ziffern.figures.dataset import balance_figure, strokes_figure
from ziffern.figures.style import percent
from ziffern.figures.tiles import tiles_figure

GRID = 50
"""Samples of each part that are shown, ten in a row."""


def steps(
    dataset: Dataset,
    *,
    limit: int | None = None,
    perplexity: float | None = None,
    seed: int = 0,
    numbers: Numbers | None = None,
) -> list[Step]:
    """Return the work that makes the plates of a dataset; `numbers` gets what they say.

    What the set is too small for, or has too few classes for, becomes a plate that says so.

    Args:
        dataset: both parts are read at once, so that what is wrong with them is said first.
        limit: at most so many pictures of each part, drawn by the seed, for a quick look.
        perplexity: of t-SNE; `projections.PERPLEXITY` if not given.
        seed: of draws, clusters, maps and folds.
        numbers: is filled as the steps are done.

    Raises:
        InputError: a part or the limit cannot be used, or the set is too small for a perplexity
            that was asked for.
    """
    told: Numbers = {} if numbers is None else numbers
    look = seen(dataset, limit=limit, seed=seed)
    return [
        Step("Types, shapes, range", lambda: [_facts(dataset, told)]),
        Step("Samples", lambda: [_samples(look, "train"), _samples(look, "test")]),
        Step("Class balance", lambda: [_balance(look, p, told) for p in ("train", "test")]),
        Step("Mean and median", lambda: [_means(look, told)]),
        tolerant("handwriting", "Handwriting", lambda: [_strokes(look, told)], told),
        *projections.steps(look, told, perplexity=perplexity),
        *doubts.steps(look, told),
    ]


def _facts(dataset: Dataset, numbers: Numbers) -> Plate:
    train, test = statistics.facts(dataset.train), statistics.facts(dataset.test)
    numbers["train"], numbers["test"] = asdict(train), asdict(test)
    names = ("pictures", "labels", "grey values", "mean, deviation", "blank pictures")
    rows = list(zip(names, _column(train), _column(test), strict=True))
    return Plate(
        "facts",
        "Types, shapes, range",
        "What the arrays hold. White ink is 255, black paper 0; mean and deviation are of grey "
        "values between 0 and 1. The hash is that of pictures and labels, whatever file they "
        "came in.",
        table=Table(["", "train", "test"], rows),
        facts=[("SHA-256 of train", train.sha256), ("SHA-256 of test", test.sha256)],
    )


def _column(part: statistics.Facts) -> tuple[str, ...]:
    return (
        f"{part.image_type} {part.image_shape}",
        f"{part.label_type} {part.label_shape}",
        f"{part.low} to {part.high}",
        f"{part.mean:.4f}, {part.deviation:.4f}",
        f"{part.blank:,}",
    )


def _samples(look: Seen, name: Literal["train", "test"]) -> Plate:
    part = look.train if name == "train" else look.test
    chosen = shuffled(len(part), look.seed)[:GRID]
    captions = [look.class_names[label] for label in part.labels[chosen]]
    return Plate(
        f"samples-{name}",
        f"Samples of {name}",
        f"{len(chosen)} of {len(part):,} pictures, drawn by lot, with their labels.",
        tiles_figure(part.images[chosen], captions, columns=10),
        alt=f"{len(chosen)} pictures labelled {', '.join(captions)}",
    )


def _balance(look: Seen, name: Literal["train", "test"], numbers: Numbers) -> Plate:
    part = look.train if name == "train" else look.test
    found = statistics.balance(part.labels, len(look.class_names))
    counts = dict(zip(look.class_names, found.counts.tolist(), strict=True))
    distances = dict(zip(look.class_names, found.distances.tolist(), strict=True))
    numbers.setdefault("balance", {})[name] = {
        "counts": counts,
        "mean": found.mean,
        "distances": distances,
        "greatest_distance": found.worst,
    }
    most, least = (look.class_names[int(i)] for i in (found.counts.argmax(), found.counts.argmin()))
    return Plate(
        f"balance-{name}",
        f"Class balance of {name}",
        f"How many pictures each class has and how far that is from the mean. {most} is the most "
        f"frequent class, {least} the rarest; the greatest distance is "
        f"{percent(found.worst, 1)} of the mean. Who always says {most} is right "
        f"{percent(found.counts.max() / len(part), 1)} of the time.",
        balance_figure(found, look.class_names),
        alt="; ".join(f"{name}: {count:,}" for name, count in counts.items()),
    )


def _means(look: Seen, numbers: Numbers) -> Plate:
    part, classes = look.train, len(look.class_names)
    together = np.zeros(len(part), np.int64)
    pictures = [
        make(part.images, labels, count)
        for make in (statistics.mean_images, statistics.median_images, statistics.variance_images)
        for labels, count in ((part.labels, classes), (together, 1))
    ]
    variance = pictures[-1][0]
    never = int((variance == 0).sum())
    numbers["pixels"] = {"greatest_variance": float(variance.max()), "never_vary": never}
    return Plate(
        "means",
        "Mean, median and variance",
        "Each pixel's mean, median and variance within a class and over all training pictures. "
        "The mean is blurred by all ways to write a digit; the median is ink where more than half "
        "of the pictures have it, and looks like one hand's digit. The variance is great along the "
        "edges, where people differ. Each picture has its own scale, from 0 (white) to its "
        "greatest value (dark).",
        tiles_figure(
            np.concatenate(pictures),
            [*look.class_names, "all"] * 3,
            scale="grey",
            shared=False,
            columns=classes + 1,
            rows=("mean", "median", "variance"),
        ),
        alt="Mean, median and variance pictures of each class and of all classes together",
        facts=[
            ("pixels that never vary", f"{never} of {variance.size}"),
            (
                "greatest variance of a pixel",
                f"{variance.max():.3f} of at most 0.25",
            ),
        ],
    )


def _strokes(look: Seen, numbers: Numbers) -> Plate:
    found = strokes(look.train.images)
    medians = {
        name: {
            key: float(np.nanmedian(values[own])) if np.isfinite(values[own]).any() else None
            for key, values in (("ink", found.ink), ("slant", found.slant), ("width", found.width))
        }
        for label, name in enumerate(look.class_names)
        for own in [look.train.labels == label]
    }
    numbers["handwriting"] = medians
    return Plate(
        "handwriting",
        "Ink, slant and stroke width",
        "How the training pictures are written: the area of the ink, how far it leans to the right "
        "(the shear that leaves the ink's rows and columns uncorrelated, from its moments), and "
        "how wide the strokes are (twice the area by the length of the outline). A line marks "
        "each class's median; the axes show the middle 99 % of all pictures.",
        strokes_figure(found, look.train.labels, look.class_names),
        alt="Medians of ink, slant and stroke width: "
        + "; ".join(
            f"{name} {own['ink']:.0f} pixels, {own['slant']:.0f}°, {own['width']:.1f} pixels"
            for name, own in medians.items()
            if None not in own.values()
        ),
    )
