"""The page docs/sources.md: what the sources report beside what we measured.

Figures come from `ziffern.measured` and the recipes; only the explanations are written by hand.
"""

from __future__ import annotations

from ziffern import measured
from ziffern import recipe as recipes
from ziffern.evaluation.metrics import wilson_interval
from ziffern.recipe import Recipe

TITLES = {
    "S1": "S1 · Notebook “Marvin”",
    "S2": "S2 · Course project “CNN 101”",
    "S3": "S3 · Slides “how a network learns”",
    "S4": "S4 · Codelab ladder “from 90 % to 99.5 %”",
    "S5": "S5 · Blog “KI-Werkstatt”",
    "": "Others",
}

NOTES = {
    "simple-conv": "The source leaves width, dense layer, epochs and optimiser open, so this is "
    "our reading of it; its loss of 0.1163 at such an accuracy is that of a network trained "
    "longer than our 15 epochs, until it is sure of its mistakes. With 60 epochs (seed 0, on 5,000 "
    "validation digits) ours comes to 98.90% and a loss of 0.084.",
    "drop-conv": "The same open settings. The order holds: dropout helps, and it cuts the loss by "
    "less than at the source because ours was not as overfitted before.",
    "drop-full-conv": "The same open settings.",
    "codelab-02-sigmoid": "So it does here: after ten epochs the loss is still above 1.",
    "codelab-03-relu-adam": "The source gives whole per cents read from a curve.",
    "cnn-101": "One run of the early-stopped schedule; the source's ran 41 epochs.",
    "werkstatt-relu": "Here the two changes do beat it, with every seed.",
}

INTRODUCTION = """# The sources' networks, trained as their sources did

Every network and training setting of the five sources is a recipe (`ziffern recipes list`). This
page holds what the sources report beside what the recipes give here: accuracy and loss on MNIST's
10,000 test digits, mean ± standard deviation over n seeds. Each run selected on validation data
alone and opened the test set once, at the end.

The page is written by `python benchmarks/sources.py write` from
`src/ziffern/recipes/measured.json`, which holds one row for each run; repeat them with
`python benchmarks/sources.py train`. Accuracy of one run of 10,000 digits has a 95 % interval of
its own: ±0.14 points at 99.5 %, ±0.36 at 96.5 %.

The sources trained in float32, these runs in bfloat16 where `ziffern train` chooses it; evaluation
is in float32. Where a source watched the test set while it trained, ours held out training digits
instead and had that many fewer to learn from.

Seconds an epoch are those of training alone, measured on the machine named below with nothing else
running; "–" where that was not measured yet. Ziffern's own recipes have a [board](speedrun.md).
"""


def page() -> str:
    """Return the whole page."""
    sections = [INTRODUCTION]
    hardware = {found["hardware"] for name in recipes.names() if (found := measured.of(name))}
    sections.append(f"Hardware: {', '.join(sorted(map(str, hardware)))}, 2 cores.\n")
    for source, title in TITLES.items():
        chosen = [
            recipe
            for recipe in map(recipes.load, recipes.names())
            if recipe.source != "Ziffern"  # ours are on the board of `ziffern speedrun`
            and (recipe.source if recipe.source in TITLES else "") == source
        ]
        sections.append(_section(title, chosen))
    return "\n".join(sections)


def _section(title: str, chosen: list[Recipe]) -> str:
    lines = [
        f"## {title}",
        "",
        "| recipe | reported accuracy | ours | reported loss | ours | n | epochs | s an epoch |",
        "|---|---|---|---|---|---|---|---|",
        *map(_row, chosen),
        "",
    ]
    for recipe in chosen:
        if remark := _remark(recipe):
            lines.append(f"- **{recipe.name}**: {remark}")
    return "\n".join([*lines, ""])


def _row(recipe: Recipe) -> str:
    found, reported = measured.of(recipe.name), recipe.reported
    accuracy = f"{reported.accuracy:.2%}" if reported and reported.accuracy else "–"
    loss = f"{reported.loss:.4f}" if reported and reported.loss else "–"
    if found is None:
        return f"| {recipe.name} | {accuracy} | not measured yet | {loss} | – | 0 | – | – |"
    spread = "" if found["accuracy_sd"] is None else f" ± {found['accuracy_sd'] * 100:.2f}"
    spread_loss = "" if found["loss_sd"] is None else f" ± {found['loss_sd']:.4f}"
    epochs = sorted(set(found["epochs"]))
    per_epoch = found["seconds_per_epoch"]
    cells = [
        recipe.name,
        accuracy,
        f"{found['accuracy'] * 100:.2f}{spread} %",
        loss,
        f"{found['loss']:.4f}{spread_loss}",
        str(found["n"]),
        str(epochs[0]) if len(epochs) == 1 else f"{epochs[0]}–{epochs[-1]}",
        "–" if per_epoch is None else f"{per_epoch:.1f}",
    ]
    return f"| {' | '.join(cells)} |"


def _remark(recipe: Recipe) -> str:
    """Say whether the reported figure lies within the noise, and what else there is to say."""
    found, reported = measured.of(recipe.name), recipe.reported
    remarks = []
    if reported and reported.note:
        remarks.append(f"the source says: {reported.note}.")
    if found and reported and reported.accuracy:
        low, high = wilson_interval(round(found["accuracy"] * 10_000), 10_000)
        difference = (found["accuracy"] - reported.accuracy) * 100
        if low <= reported.accuracy <= high:
            remarks.append(f"ours {difference:+.2f} points, within the noise of one test set.")
        else:
            remarks.append(f"ours {difference:+.2f} points, beyond the noise of one test set.")
    if note := NOTES.get(recipe.name):
        remarks.append(note)
    return " ".join(remarks)
