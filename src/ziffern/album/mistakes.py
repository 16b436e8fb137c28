"""The album of a run's answers: right and wrong ones, and what is to blame for the wrong ones.

    write_album(folder, "Mistakes", steps(run))

Only kept answers are used: the test set's where it was opened, else those of validation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ziffern.album import scores
from ziffern.album.page import Plate, Step, Table
from ziffern.album.scores import Numbers
from ziffern.errors import RunError
from ziffern.evaluation.causes import CAUSES, set_aside
from ziffern.evaluation.evaluate import data_recipe, dataset_of
from ziffern.evaluation.metrics import wilson_interval
from ziffern.evaluation.mistakes import confused_pairs, right_indices
from ziffern.evaluation.result import Evaluation
from ziffern.evaluation.review import Review, review
from ziffern.figures import style
from ziffern.figures.answers import answers_figure
from ziffern.figures.causes import causes_figure, likeness_figure
from ziffern.figures.confusion import confusion_figure
from ziffern.figures.mistakes import (
    caption,
    confused_pairs_figure,
    digit_grid_figure,
    most_wrong_figure,
)
from ziffern.runs import Run

RANKED = 100
"""So many wrong answers are listed in the table; the JSON has all."""


def steps(
    run: Run, *, data_dir: str | Path | None = None, numbers: Numbers | None = None
) -> list[Step]:
    """Return the steps of an album about a run's right and wrong answers.

    Args:
        run: an evaluated run.
        data_dir: where the data lie, if not where the run found them.
        numbers: is filled, as the steps are done, with the numbers behind the pictures, fit for
            JSON.

    Raises:
        RunError: the run keeps no answers, or the pictures at hand are not those it answered.
    """
    recipe = data_recipe(run)
    found = review(run, recipe, dataset_of(run, recipe, data_dir))
    if found is None:
        raise RunError(
            f"{run.name} keeps no answers to show: it held out no validation pictures and its "
            f"test set is sealed; open that with: ziffern evaluate {run.name}"
        )
    told: Numbers = {} if numbers is None else numbers
    work = [Step("Right and wrong", partial(_answers, found, told))]
    if len(found.evaluation.wrong):
        work += [
            Step("The most wrong", partial(_most_wrong, found)),
            Step("What it takes for what", partial(_confused, found, told)),
        ]
    work.append(Step("Class by class", partial(scores.classes, found.evaluation, told)))
    if len(found.evaluation.wrong) and found.is_comparable:
        work.append(Step("Network, label or picture", partial(_causes, found, told)))
    work.append(Step("Confidence", partial(scores.confidence, found.evaluation, told)))
    if len(found.evaluation.wrong):
        work.append(Step("All by rank", partial(_ranking, found, told)))
    return work


def _answers(found: Review, numbers: Numbers) -> list[Plate]:
    shown, images = found.evaluation, found.part.images
    labels, answers, names = shown.labels, shown.predictions, shown.class_names
    numbers.update(
        dataset=shown.dataset,
        split=shown.split,
        n=shown.n,
        wrong=shown.n - shown.correct,
        accuracy=shown.accuracy,
        wilson95=list(shown.wilson95),
    )
    plates = [_overview(found, numbers)]
    for name, title, chosen in (
        ("right", "Right answers", answers == labels),
        ("wrong", "Wrong answers", answers != labels),
    ):
        count = int(chosen.sum())
        if not count:
            continue
        first = f"The first {min(50, count)} of {count:,}" if count > 50 else f"All {count}"
        sign = "7=7 is a 7 read as 7" if name == "right" else "5≠6 is a 6 read as 5"
        figure = digit_grid_figure(
            images[chosen], labels[chosen], answers[chosen], names, rows=5, columns=10, equals=True
        )
        text = f"{first}, as they come. The answer stands first, then the truth: {sign}."
        plates.append(Plate(name, title, text, figure, f"{title}: {first.lower()}.", raster=True))
    plates.append(_extremes(shown, images, numbers))
    return plates


def _overview(found: Review, numbers: Numbers) -> Plate:
    shown = found.evaluation
    wrong = shown.n - shown.correct
    what = f"of {shown.n:,} {shown.split} pictures of {shown.dataset}"
    text = f"{wrong:,} {what} are read wrong." if wrong else f"No mistake: all {what} are right."
    text += (
        " These are the answers kept from its evaluation; nothing was looked at again."
        if shown.split == "test"
        else " The test set stays sealed; training was steered by these pictures, so they may "
        "flatter the network a little."
    )
    facts = [
        ("right", style.percent(shown.accuracy)),
        ("95 % interval", scores.interval(shown.wilson95)),
        ("wrong answers", f"{wrong:,}"),
    ]
    if found.disputed:
        correct, n = set_aside(shown.labels, shown.predictions, found.disputed)
        numbers["set_aside"] = {
            "disputed": list(found.disputed),
            "n": n,
            "correct": correct,
            "accuracy": correct / n,
            "wilson95": list(wilson_interval(correct, n)),
        }
        text += (
            f"\n\nThe labels of {len(found.disputed)} of these pictures are disputed by people who "
            f"were asked. Without them {n - correct:,} of {n:,} are wrong."
        )
        facts += [
            ("right without disputed labels", style.percent(correct / n)),
            ("95 % interval of that", scores.interval(wilson_interval(correct, n))),
        ]
    return Plate("overview", "Right and wrong", text, facts=facts)


def _extremes(shown: Evaluation, images: Any, numbers: Numbers) -> Plate:
    right = right_indices(shown.labels, shown.probabilities)
    chosen = {"hardest_right": right[:1], "most_wrong": shown.wrong[:1]}
    indices = [int(i) for each in chosen.values() for i in each]
    titles = {"hardest_right": "The hardest right", "most_wrong": "The most wrong"}
    said = []
    for key, each in chosen.items():
        for index in map(int, each):
            numbers[key] = {"index": index, **_told(shown, index)}
            p = float(shown.probabilities[index].max())
            read = caption(*_names(shown, index), equals=True)
            said.append(f"{titles[key]} is no. {index}, {read}, with {style.percent(p)}.")
    figure = answers_figure(
        images[indices],
        shown.labels[indices],
        shown.probabilities[indices],
        shown.class_names,
        titles=[titles[key] for key, each in chosen.items() if len(each)],
    )
    text = (
        "The right answer given with the least probability, and the wrong one with the greatest "
        "difference between the probability of the answer and that of the truth, each with the "
        f"probabilities of all classes. {' '.join(said)}"
    )
    return Plate("extremes", "The hardest right, the most wrong", text, figure, " ".join(said))


def _most_wrong(found: Review) -> list[Plate]:
    shown = found.evaluation
    figure = most_wrong_figure(
        found.part.images, shown.labels, shown.probabilities, shown.class_names
    )
    text = (
        "Wrong answers by the difference between the probability of the answer and that of the "
        "truth. Near 1 the network was sure of something wrong; near 0 it nearly had it right."
    )
    alt = f"The {min(20, len(shown.wrong))} most wrong digits; the last table has their numbers."
    return [Plate("most-wrong", "The most wrong", text, figure, alt, raster=True)]


def _ranking(found: Review, numbers: Numbers) -> list[Plate]:
    shown = found.evaluation
    ranked = shown.wrong.tolist()
    causes = found.causes or ("",) * len(ranked)
    numbers["ranking"] = [
        {"index": index, **_told(shown, index), "cause": cause or None}
        for index, cause in zip(ranked, causes, strict=True)
    ]
    rows = [
        (
            str(place),
            str(row["index"]),
            caption(row["answer"], row["truth"]),
            f"{row['p_answer']:.4f}",
            f"{row['p_truth']:.4f}",
            f"{row['difference']:.4f}",
            row["cause"] or "–",
        )
        for place, row in enumerate(numbers["ranking"][:RANKED], 1)
    ]
    text = f"Numbers count the {shown.split} pictures from 0."
    if len(ranked) > RANKED:
        text = f"The first {RANKED} of {len(ranked):,}. {text}"
    heads = "rank>", "no.>", "answer≠truth", "p(answer)>", "p(truth)>", "difference>", "cause"
    return [Plate("ranking", "All by rank", text, table=Table(heads, rows))]


def _confused(found: Review, numbers: Numbers) -> list[Plate]:
    shown = found.evaluation
    names = shown.class_names
    pairs = confused_pairs(shown.confusion)
    numbers["confused"] = [
        {"answer": names[predicted], "truth": names[true], "count": count}
        for true, predicted, count in pairs
    ]
    most = ", ".join(f"{names[t]} read as {names[p]} ({n}×)" for t, p, n in pairs[:5])
    matrix = Plate(
        "confusion",
        "What it takes for what",
        "Rows: what it is; columns: what the network read. Mistakes are shaded logarithmically, "
        "so that single ones can be seen.",
        confusion_figure(shown.confusion, names),
        f"Confusion matrix. Most often: {most}.",
    )
    pictures = Plate(
        "confused",
        "The pairs confused most often",
        f"Of {len(pairs)} pairs of classes that were confused, the five most frequent: {most}. "
        "Up to ten pictures of each, as they come.",
        confused_pairs_figure(found.part.images, shown.labels, shown.predictions, names),
        f"Pictures of the pairs confused most often: {most}.",
        raster=True,
    )
    return [matrix, pictures]


def _causes(found: Review, numbers: Numbers) -> list[Plate]:
    shown, evidence, training = found.evaluation, found.likeness, found.training
    assert evidence is not None and training is not None  # noqa: PT018 – steps() asked for it
    wrong = shown.wrong
    images, labels, answers = (
        found.part.images[wrong], shown.labels[wrong], shown.predictions[wrong]
    )  # fmt: skip
    counts = Counter(found.causes)
    numbers["causes"] = {cause: counts[cause] for cause in CAUSES}
    told = ", ".join(f"{cause}: {counts[cause]}" for cause in CAUSES if counts[cause])
    disputed = (
        "The label of a picture is disputed where fewer than three of five people who were asked "
        "chose it (Northcutt, Athalye and Mueller 2021)."
        if found.disputed
        else "Of these pictures no label is known to be disputed."
    )
    text = (
        "What is to blame for each wrong answer, by an automatic rule that is no more than a hint. "
        "A second reader that has learnt nothing compares the digit with the training pictures by "
        "its strokes. Where the likes of its own class are nearest, it could have been read: the "
        "network is wrong. Where those of another class are nearer, it is called hardly readable; "
        f"people read some of these without trouble. {disputed}\n\n{told}. The most wrong come "
        "first; at most 20 of each are shown."
    )
    figure = causes_figure(images, labels, answers, found.causes, shown.class_names)
    title = "Network, label or picture?"
    plates = [Plate("causes", title, text, figure, f"Wrong digits sorted: {told}.", raster=True)]
    for cause in ("network wrong", "hardly readable"):
        chosen = np.flatnonzero([each == cause for each in found.causes])[:10]
        if not len(chosen):
            continue
        name = cause.replace(" ", "-")
        figure = likeness_figure(
            images[chosen], labels[chosen], answers[chosen], evidence.of(chosen),
            training.images, training.labels, shown.class_names,
        )  # fmt: skip
        text = (
            "Below each wrong digit the training picture most like it of its own class, and that "
            "of the nearest other class. The nearer one says by how much, as a mean over three."
        )
        heading = f"What says: {cause}"
        alt = f"Digits called {cause}, with the training pictures they were compared with."
        plates.append(Plate(f"likes-{name}", heading, text, figure, alt, raster=True))
    return plates


def _told(shown: Evaluation, index: int) -> Mapping[str, Any]:
    p = shown.probabilities[index]
    p_answer, p_truth = float(p.max()), float(p[shown.labels[index]])
    answer, truth = _names(shown, index)
    return {
        "answer": answer,
        "truth": truth,
        "p_answer": p_answer,
        "p_truth": p_truth,
        "difference": p_answer - p_truth,
    }


def _names(shown: Evaluation, index: int) -> tuple[str, str]:
    """Return the answer to a picture, and the truth."""
    names = shown.class_names
    return names[shown.predictions[index]], names[shown.labels[index]]
