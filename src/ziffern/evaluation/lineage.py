"""What a model has learnt from: its own dataset, and those of the models it was made of.

    learnt_from(Path("runs/20261121-190502-universal-own-s0"))      # {"own", "mnist", "swiss", …}

Nothing is judged here, and only names are told: nobody can say which digits two collections share.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ziffern import modelfile
from ziffern.datasets.joined import parse
from ziffern.errors import DataError, RunError
from ziffern.evaluation.model import folder
from ziffern.files import read_json
from ziffern.runs import INFO, Run


def learnt_from(where: Path) -> set[str]:
    """Return the names of the datasets that a model was trained on, as far as it tells.

    A fine-tuned model has learnt what the one before it had, and an ensemble what its members
    have. Those that are gone tell nothing.

    Args:
        where: a run, a folder with a model, or an ONNX file.

    Raises:
        RunError: what describes the model is damaged.
    """
    names: set[str] = set()
    places = [where]
    for place in places:  # more are found on the way
        if (place / INFO).is_file():
            run = Run(place)
            names |= named(run.dataset["name"])
            places += [each for each in _before(run) if each not in places]
        elif (place / modelfile.FACTS).is_file():
            dataset = read_json(place / modelfile.FACTS).get("facts", {}).get("dataset")
            names |= named(str(dataset)) if dataset else set()
    return names


def named(dataset: str) -> set[str]:
    """Return a dataset's name, of a joined one those of its members."""
    try:
        return set(parse(dataset))
    except DataError:  # a folder may be called anything
        return {dataset}


def _before(run: Run) -> Iterator[Path]:
    """Yield where the models lie that a run was made of."""
    for model in (run.info.get("start"), *(member["run"] for member in run.members)):
        with suppress(RunError):  # gone, or a name that fits several runs by now
            if model:
                yield folder(model, run.path.parent)
