"""The page of a comparison: how accurate, what is shown, and the digits that tell networks apart.

    write_comparison(compare(["quick", "marvin"]), Path("quick-marvin"))

The pictures are those that the compared evaluations answered; nothing is answered anew.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ziffern.album.page import Plate, Progress, Step, Table, write_album
from ziffern.datasets import Part
from ziffern.errors import RunError
from ziffern.evaluation.comparable import Compared
from ziffern.evaluation.compare import differing
from ziffern.evaluation.evaluate import data_recipe, dataset_of, validation_part
from ziffern.evaluation.metrics import wilson_interval
from ziffern.evaluation.seeds import Group
from ziffern.figures import style
from ziffern.figures.compare import accuracies_figure
from ziffern.figures.tiles import tiles_figure

SHOWN = 24
COLUMNS = 8


def write_comparison(
    found: Compared,
    folder: str | Path,
    *,
    data_dir: str | Path | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write the page into `folder` and return its path.

    With more than two groups, the digits shown are those that tell the best from each other one.

    Raises:
        RunError: the data at hand are not those that were evaluated.
        WorkError: the folder cannot be written.
    """
    groups = {group.name: group for group in found.groups}
    work = [Step("How accurate", lambda: [_accuracies(found)])]
    if found.same_pictures and found.pairs:
        part = _pictures(found, data_dir)
        for number, pair in enumerate(found.pairs[: len(groups) - 1], 1):
            better, worse = groups[pair.better], groups[pair.worse]
            make = partial(_digits, f"pair-{number}", part, better, worse)
            work.append(Step(f"{better.name} and {worse.name}", make))
    return write_album(
        folder,
        " and ".join(groups) if len(groups) < 4 else f"{len(groups)} networks compared",
        work,
        summary=f"Compared on the {found.split} set of {found.dataset}.",
        progress=progress,
    )


def _pictures(found: Compared, data_dir: str | Path | None) -> Part:
    """Return the pictures that were answered."""
    run, evaluation = found.runs[0][0]
    recipe = data_recipe(run)
    dataset = dataset_of(run, recipe, data_dir)
    part = dataset.test if found.split == "test" else validation_part(run, recipe, dataset)
    if not np.array_equal(part.labels, evaluation.labels):
        raise RunError(
            f"{dataset.origin} holds other pictures than {run.name} was evaluated on; "
            "give the data with --data-dir"
        )
    return part


def _accuracies(found: Compared) -> Plate:
    several = any(group.size > 1 for group in found.groups)
    sentences = [pair.sentence for pair in found.pairs]
    lines = (
        "The thin line is the 95 % interval over digits (Wilson): how far the accuracy may move on "
        "other digits of this kind. The networks answered the same digits, so thin lines that "
        "overlap do not make them equal: what counts are the digits on which they differ."
    )
    if several:
        lines += (
            " The blue bar is the 95 % interval of the mean over seeds (Student's t): how far the "
            "mean may move with other seeds on the same digits."
        )
    return Plate(
        "accuracies",
        "How accurate",
        "\n\n".join([*sentences, lines]),
        accuracies_figure(found.groups),
        alt=" ".join(sentences) or "Accuracy of each seed and their mean.",
        table=Table(
            ["", "seeds>", "accuracy>", "over seeds (95 %)", "over digits (95 %)"],
            [_row(group) for group in found.groups],
        ),
    )


def _row(group: Group) -> list[str]:
    spread, n = group.spread, group.evaluations[0].n
    mean = style.percent(spread.mean)
    if spread.sd is not None:
        mean += f" ± {style.percent(spread.sd)}"
    over_seeds = "–" if spread.interval95 is None else _interval(spread.interval95)
    over_digits = _interval(wilson_interval(round(spread.mean * n), n))
    return [group.name, str(group.size), mean, over_seeds, over_digits]


def _interval(ends: tuple[float, float]) -> str:
    return f"{style.percent(ends[0])} to {style.percent(ends[1])}"


def _digits(name: str, part: Part, better: Group, worse: Group) -> list[Plate]:
    """Return the plates of the digits that one reads better than the other, both ways."""
    return [
        _better_read(f"{name}-better", part, better, worse),
        _better_read(f"{name}-worse", part, worse, better),
    ]


def _better_read(name: str, part: Part, one: Group, other: Group) -> Plate:
    """Return the plate of the digits that `one` reads better than `other`."""
    found = differing(one, other)
    single = one.size == other.size == 1
    if single:
        title = f"{one.name} right, {other.name} wrong"
    else:
        title = f"Better read by {one.name} than by {other.name}"
    if not len(found):
        return Plate(name, title, "There is no such digit.")
    shown = found[:SHOWN]
    text = f"{len(found):,} digits" if len(found) > 1 else "One digit"
    if single:
        text += f" that {one.name} reads right and {other.name} does not."
    else:
        text += f" that {one.name} reads right more often than {other.name}, over their seeds."
    if len(found) > len(shown):
        text += f" Shown are the {len(shown)} on which they differ most."
    text += f" Below each: what it is and what {other.name} takes it for"
    text += "." if single else f"; how many seeds are right, of {one.name} and of {other.name}."
    captions = [_caption(int(index), one, other, single) for index in shown]
    figure = tiles_figure(part.images[shown], captions, columns=min(COLUMNS, len(shown)))
    listed = ", ".join(str(index) for index in shown)
    return Plate(name, title, text, figure, alt=f"{text} Numbers {listed}.", raster=True)


def _caption(index: int, one: Group, other: Group, single: bool) -> str:
    names = one.evaluations[0].class_names
    true = int(one.evaluations[0].labels[index])
    wrong = _taken_for(index, true, other)
    told = f"{names[true]}, not {names[wrong]}\nno. {index}"
    if single:
        return told
    right, others = (round(group.size * group.share_right[index]) for group in (one, other))
    return f"{told}\n{right}/{one.size} : {others}/{other.size}"


def _taken_for(index: int, true: int, group: Group) -> int:
    """Return the most frequent wrong answer."""
    answers: NDArray[np.int64] = np.array([each.predictions[index] for each in group.evaluations])
    return int(np.bincount(answers[answers != true]).argmax())
