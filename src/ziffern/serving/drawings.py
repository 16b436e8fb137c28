"""What is made of runs for the page: figures as SVG, the report, the comparison of two.

For a process of its own (`ziffern.serving.desk`): it loads matplotlib and datasets. How figures
look is decided in `ziffern.figures`, what a report holds in `ziffern.report`. The test set is never
looked at: only answers that runs keep are used.
"""

from __future__ import annotations

import re
import textwrap
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ziffern.datasets import Part
from ziffern.errors import InputError, RunError
from ziffern.evaluation.evaluate import (
    Split,
    data_recipe,
    dataset_of,
    split_of,
    stored,
    validation_part,
)
from ziffern.runs import DATED, HISTORY, METRICS, Run
from ziffern.serving.training.worker import LIVE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Kind = Literal["curves", "confusion", "wrong"]
Language = Literal["en", "de"]

FONT = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue','Liberation Sans',sans-serif"
GERMAN = {
    r"Loss \(nats\)": "Verlust (Nats)",
    r"Accuracy": "Genauigkeit",
    r"Learning rate": "Lernrate",
    r"Validation accuracy": "Genauigkeit der Validierung",
    r"Validation loss \(nats\)": "Verlust der Validierung (Nats)",
    r"Training accuracy": "Genauigkeit im Training",
    r"Training loss \(nats\)": "Verlust im Training (Nats)",
    r"epoch": "Epoche",
    r"training": "Training",
    r"validation": "Validierung",
    r"predicted": "vorhergesagt",
    r"true": "wahr",
    r"○ best epoch(.*)": r"○ beste Epoche\1",
    r"(.*)\(no\. (\d+)\)\n(.*)": r"\1(Nr. \2)\n\3",
    r"◇ Training and validation part after epoch (\d+):.*": (
        r"◇ Nach Epoche \1 trennen sich Training und Validierung: Der Verlust im Training fällt "
        r"weiter, der in der Validierung nicht mehr, über sein Rauschen hinaus."
    ),
    r"Without validation pictures: (.*)\. So all runs .*": (
        r"Ohne Bilder zur Validierung: \1. Daher ist jeder Lauf auf den Bildern gezeigt, aus denen "
        r"er lernt, während er lernt; das sagt nicht, welcher neue Ziffern besser liest."
    ),
}
"""Texts of the figures that are drawn here."""

_parts: OrderedDict[tuple[object, ...], Part] = OrderedDict()


def drawn(folder: str, kind: Kind, beside: str | None, narrow: bool, language: Language) -> str:
    """Return a figure of a run as SVG.

    Args:
        folder: of the run; one that is still training is drawn as far as it is.
        kind: `curves`, `confusion` (matrix) or `wrong` (the most wrong digits), the latter two of
            the validation part.
        beside: the folder of a run whose curves are drawn too.
        narrow: for a phone.
        language: of the texts.

    Raises:
        InputError: there is nothing to draw yet, or no mistake.
        RunError: the run is damaged, or its pictures are no longer at hand.
    """
    run = Run(Path(folder))
    if kind == "curves":
        figure = _curves(run, None if beside is None else Run(Path(beside)), narrow)
    else:
        figure = _answers(run, kind, narrow)
    if language == "de":
        _translate(figure)
    return _svg(figure)


def report(folder: str) -> str:
    """Return the report of a run as one HTML document; it is written where it is not up to date.

    Raises:
        RunError: the run has no model yet.
    """
    from ziffern.report.of_run import NAME, write_report

    run = Run(Path(folder))
    path = run.path / NAME
    newest = max((run.path / name).stat().st_mtime for name in (METRICS, HISTORY))
    if not path.exists() or path.stat().st_mtime < newest:
        write_report(run)
    text = path.read_text(encoding="utf-8")
    for place in _places(run):
        text = text.replace(place, Path(place).name)
    return text


def comparison(one: str, other: str, split: Split) -> dict[str, Any]:
    """Compare two runs by their kept answers, as `ziffern compare --json` does; with names of runs.

    Raises:
        InputError: they do not compare; the message says why.
        RunError: one was not evaluated on the split yet.
    """
    from ziffern.evaluation.comparable import compare

    found = compare([Run(Path(one)), Run(Path(other))], split=split)
    table = found.as_dict()
    for group, runs in zip(table["groups"], found.runs, strict=True):
        for entry, (run, _) in zip(group["runs"], runs, strict=True):
            entry["run"] = run.name
    return table


def _curves(run: Run, beside: Run | None, narrow: bool) -> Figure:
    from ziffern.figures.curves import curves_figure
    from ziffern.figures.runs import runs_figure

    width = 3.8 if narrow else 6.4
    if beside is None:
        return curves_figure(run.history, width=width)
    names = [DATED.sub("", each.name) for each in (run, beside)]
    if names[0] == names[1]:
        names = [run.name, beside.name]
    histories = dict(zip(names, (run.history, beside.history), strict=True))
    return runs_figure(histories, width=width)


def _answers(run: Run, kind: Kind, narrow: bool) -> Figure:
    from ziffern.evaluation.metrics import confusion_matrix
    from ziffern.figures.confusion import confusion_figure
    from ziffern.figures.mistakes import most_wrong_figure

    probabilities, names = _kept(run)
    part = _part(run)
    if len(probabilities) != len(part.labels):
        raise RunError(f"{run.name}: its answers are not to its validation pictures")
    if kind == "confusion":
        counts = confusion_matrix(part.labels, probabilities.argmax(axis=1), len(names))
        return confusion_figure(counts, names, width=3.8 if narrow else 5.2)
    columns = 3 if narrow else 8
    return most_wrong_figure(
        part.images, part.labels, probabilities, names, limit=2 * columns if not narrow else 9,
        columns=columns, width=3.8 if narrow else 11.6,
    )  # fmt: skip


def _kept(run: Run) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """Return a run's answers to its validation pictures, the newest there are."""
    dataset = run.dataset
    try:
        live: NDArray[np.float32] = np.load(run.path / LIVE, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        found = stored(run, "validation", dataset["name"])
        if found is None:
            if not dataset["validation_size"]:
                raise InputError(f"{run.name} has no validation set") from None
            raise InputError(f"{run.name} has not answered its validation pictures yet") from None
        return found.probabilities, found.class_names
    return live, dataset_of(run, data_recipe(run)).class_names


def _part(run: Run) -> Part:
    """Return the pictures that a run held out; those of the last runs are kept."""
    key = (*split_of(run), run.dataset["data_dir"])
    if key not in _parts:
        recipe = data_recipe(run)
        _parts[key] = validation_part(run, recipe, dataset_of(run, recipe))
        while len(_parts) > 2:
            _parts.popitem(last=False)
    return _parts[key]


def _translate(figure: Figure) -> None:
    """Put the texts of a figure into German."""
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        said = text.get_text()
        wrapped = said == figure.get_supxlabel()  # the note below
        flat = " ".join(said.split()) if wrapped else said
        for english, german in GERMAN.items():
            if re.fullmatch(english, flat):
                told = re.sub(english, german, flat)
                width = max(map(len, said.split("\n")))
                text.set_text(textwrap.fill(told, width) if wrapped else told)
                break


def _svg(figure: Figure) -> str:
    """Return a figure as a document of its own."""
    from ziffern.figures.svg import inline_svg

    for patch in (figure.patch, *(axes.patch for axes in figure.axes)):
        patch.set_visible(False)  # the page's own paper shows through
    width, height = figure.get_size_inches()
    inline = inline_svg(figure, name="figure", alt="")
    size = f'width="{96 * width:g}" height="{96 * height:g}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{FONT}"'
    return inline.replace("<svg", head, 1)


def _places(run: Run) -> list[str]:
    """Return the absolute paths that a run knows of, the longest first."""
    dataset = run.dataset
    found = {dataset["data_dir"] or "", str(run.path.parent), str(run.path.parent.resolve())}
    found |= set(re.findall(r"(?:[A-Za-z]:)?[/\\][^\s;:'\"]+", dataset["origin"]))
    return sorted((each for each in found if len(Path(each).parts) > 2), key=len, reverse=True)
