"""An ensemble as the same two files as a single model: all members' weights and facts in them.

    save(folder, SavedEnsemble("five", (one, other), "mean"))
    ensemble = read(folder)

`model.json` says ``"kind": "ensemble"`` and lists the members as a single model's file would; in
`model.safetensors` a weight of the second member is called ``2/dense/kernel``. The folder needs
nothing else. This module does not compute predictions (`ziffern.evaluation.ensemble`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from ziffern import modelfile
from ziffern.errors import InputError, RunError, did_you_mean
from ziffern.layers import Weights
from ziffern.modelfile import SavedModel
from ziffern.states import Thresholds

KIND = "ensemble"
Vote = Literal["mean", "logits"]


@dataclass(frozen=True)
class SavedEnsemble:
    """Several trained networks that answer together.

    vote: `mean` averages the members' probabilities, `logits` their logits (which is the geometric
    mean of the probabilities).
    temperature, thresholds: as of a single model; those of the ensemble as a whole, beside its
    members' own temperatures.

    Raises:
        InputError: fewer than two members, other classes or pictures in one of them, or an unknown
            vote.
    """

    name: str
    members: tuple[SavedModel, ...]
    vote: Vote = "mean"
    facts: Mapping[str, Any] = field(default_factory=dict)
    temperature: float = 1.0
    thresholds: Thresholds = field(default_factory=Thresholds)

    def __post_init__(self) -> None:
        if self.vote not in get_args(Vote):
            near = did_you_mean(str(self.vote), get_args(Vote))
            raise InputError(f"unknown vote {self.vote!r}{near}")
        if len(self.members) < 2:
            raise InputError(f"an ensemble needs at least 2 networks, not {len(self.members)}")
        first = self.members[0]
        for other in self.members[1:]:
            if other.class_names != first.class_names:
                raise InputError(
                    f"{other.name} knows the classes {_listed(other)}, {first.name} "
                    f"{_listed(first)}; the networks of an ensemble need the same"
                )
            if _picture(other) != _picture(first):
                raise InputError(
                    f"{other.name} wants its pictures as {_picture(other)}, {first.name} as "
                    f"{_picture(first)}; the networks of an ensemble see the same pictures"
                )

    @property
    def class_names(self) -> tuple[str, ...]:
        """The name of each output."""
        return self.members[0].class_names


def _listed(model: SavedModel) -> str:
    names = ", ".join(model.class_names)
    return names if len(names) <= 60 else f"{names[:57]}..."


def _picture(model: SavedModel) -> str:
    """Say how pictures are brought into form; how they are scaled is each member's own."""
    contract = model.contract
    return f"{contract.size}×{contract.size}, box {contract.box}, centred by {contract.centre}"


def save(folder: Path, ensemble: SavedEnsemble) -> None:
    """Write both files, each atomically, `model.json` last.

    Raises:
        WorkError: the folder cannot be written.
    """
    weights: Weights = {
        f"{number}/{name}": array
        for number, member in enumerate(ensemble.members, 1)
        for name, array in member.weights.items()
    }
    table = {
        "kind": KIND,
        "name": ensemble.name,
        "vote": ensemble.vote,
        "members": [modelfile.table_of(member) for member in ensemble.members],
        **modelfile.certainty_table(ensemble.temperature, ensemble.thresholds),
        "facts": dict(ensemble.facts),
    }
    modelfile.write(folder, weights, table)


def read(folder: Path) -> SavedEnsemble:
    """Read an ensemble and check every member as a single model is checked.

    Raises:
        RunError: a file is missing or damaged, or holds no ensemble; the message names it.
    """
    path = folder / modelfile.FACTS
    weights = modelfile.read_weights(folder / modelfile.WEIGHTS)
    table = modelfile.read_table(folder)
    if table.get("kind") != KIND:
        raise RunError(f"{path} holds no ensemble but a single network")
    members, facts = table.get("members"), table.get("facts")
    if not isinstance(members, list) or not all(isinstance(member, dict) for member in members):
        raise RunError(f"{path} is damaged: 'members' is not a list of objects")
    if not isinstance(facts, dict):
        raise RunError(f"{path} is damaged: 'facts' is not an object")
    parts: list[Weights] = [{} for _ in members]
    for name, array in weights.items():
        number, _, own = name.partition("/")
        if not (number.isdecimal() and 1 <= int(number) <= len(parts)):
            raise RunError(
                f"{folder / modelfile.WEIGHTS} is not of the ensemble in {modelfile.FACTS}: "
                f"{name} is of none of its {len(parts)} members"
            )
        parts[int(number) - 1][own] = array
    found = []
    for place, (member, part) in enumerate(zip(members, parts, strict=True), 1):
        try:
            found.append(modelfile.model_of(member, part, folder))
        except RunError as error:
            raise RunError(f"{error} (member {place})") from error
    try:
        temperature, thresholds = modelfile.certainty_of(table)
        return SavedEnsemble(
            str(table.get("name")),
            tuple(found),
            table.get("vote", ""),
            facts,
            temperature,
            thresholds,
        )
    except InputError as error:
        raise RunError(f"{path} is damaged: {error}") from error


def is_ensemble(folder: Path) -> bool:
    """Whether the model in a folder is an ensemble.

    Raises:
        RunError: `model.json` is missing or damaged.
    """
    return modelfile.read_table(folder).get("kind") == KIND
