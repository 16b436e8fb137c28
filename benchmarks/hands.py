"""How a recipe reads hands it has never seen: trained without them, fold by fold.

    python benchmarks/hands.py [RECIPE] [--folds 5] [--fold K] [--set KEY=VALUE …] [--out hands]

The training part of every dataset that the recipe joins is dealt into folds: whole writers where
they are known, else stretches of the file, which in MNIST hold writers of their own. For each fold
a network is trained on all others and answers this one, so that every digit is answered once by a
network that knows neither it nor its writer. Test parts stay sealed. Answers are kept in
OUT/fold-K.npz, so that an interrupted series goes on and `tools/ship.py` can fit temperature and
thresholds to them; the table is printed and written to OUT/hands.json.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ziffern import datasets, modelfile
from ziffern import recipe as recipes
from ziffern.bench.network import engine_for
from ziffern.datasets import Dataset, Part
from ziffern.datasets.catalogue import Entry
from ziffern.datasets.joined import parse
from ziffern.datasets.nondigits import nondigits
from ziffern.datasets.parts import PartName
from ziffern.datasets.sources import Loaded
from ziffern.evaluation.metrics import wilson_interval
from ziffern.evaluation.model import Model
from ziffern.recipe import Recipe
from ziffern.training.listeners import Progress

Answers = dict[str, NDArray[Any]]
OTHERS = "no digit"


class Given:
    """A dataset made of a training part that is given."""

    def __init__(self, part: Part, class_names: tuple[str, ...]) -> None:
        self._part, self.class_names = part, class_names

    def read(self, part: PartName) -> Loaded:
        """Return the part; there is no other one."""
        assert part == "train"
        return Loaded(self._part, "a fold")


def fold_of(part: Part, folds: int) -> NDArray[np.intp]:
    """Return the fold of each digit, (N,): writers in turn by their names, else stretches."""
    if part.writers is not None and len(set(part.writers.tolist())) >= folds:
        return np.unique(part.writers, return_inverse=True)[1] % folds
    return np.arange(len(part)) * folds // len(part)


def answer(recipe: Recipe, fold: int, folds: int) -> Answers:
    """Train without a fold and answer it; logits, labels and writers of each dataset."""
    times = parse(recipe.data.dataset)
    members = [datasets.load(name) for name in times]
    parts = {member.name: member.train for member in members}
    rest = [
        part.subset(fold_of(part, folds) != fold)
        for name, part in parts.items()
        for _ in range(times[name])
    ]
    training = Part(
        np.concatenate([part.images for part in rest]),
        np.concatenate([part.labels for part in rest]),
    )
    names = members[0].class_names
    dataset = Dataset(Entry(name="fold", title="Fold"), Given(training, names))
    engine, data = engine_for(recipe, dataset, "cpu")
    engine.fit([Progress(quiet=not sys.stderr.isatty())])
    model = Model(
        modelfile.SavedModel(
            name=recipe.name,
            layers=tuple(str(layer) for layer in recipe.layer_list),
            weights=engine.result(),
            contract=data.contract,
            class_names=names,
            copies=recipe.predict.copies,
        ),
        precision="float32",
    )
    found: Answers = {"seconds": np.array(engine.state.seconds)}
    unseen = []
    for name, part in parts.items():
        held = part.subset(fold_of(part, folds) == fold)
        unseen.append(held.images)
        found[f"{name}/logits"], found[f"{name}/labels"] = model.logits(held.images), held.labels
        if held.writers is not None:
            found[f"{name}/writers"] = held.writers
    made_of = np.concatenate(unseen)
    strange = nondigits(4000, seed=1000 + fold, digits=made_of)
    found[f"{OTHERS}/logits"] = model.logits(strange)
    return found


def summary(found: Sequence[Answers]) -> dict[str, Any]:
    """Return accuracy with its interval of each dataset and writer."""
    table: dict[str, Any] = {}
    for key in found[0]:
        name, _, kind = key.rpartition("/")
        if kind != "logits" or name == OTHERS:
            continue
        labels = np.concatenate([one[f"{name}/labels"] for one in found])
        right = np.concatenate([one[key] for one in found]).argmax(axis=1) == labels
        row: dict[str, Any] = {"n": len(right), "accuracy": float(right.mean())}
        row["interval"] = wilson_interval(int(right.sum()), len(right))
        if f"{name}/writers" in found[0]:
            writers = np.concatenate([one[f"{name}/writers"] for one in found])
            row["writers"] = {
                str(writer): float(right[writers == writer].mean()) for writer in np.unique(writers)
            }
        table[name] = row
    return table


def main() -> None:
    """Read the arguments, train what is missing, print and write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("recipe", nargs="?", default="universal")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--fold", type=int, action="append", help="only this one; may be repeated")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--out", type=Path, default=Path("hands"))
    given = parser.parse_args()
    changes = dict(item.split("=", 1) for item in given.set)
    recipe = recipes.load(given.recipe, {key: json.loads(text) for key, text in changes.items()})
    if recipe.ensemble is not None:
        # a fold trains one network; its answer would pass for the ensemble's
        parser.error(f"{recipe.name} is an ensemble; give the recipe of a single network")
    given.out.mkdir(parents=True, exist_ok=True)
    for fold in given.fold or range(given.folds):
        path = given.out / f"fold-{fold}.npz"
        if not path.exists():
            started = time.perf_counter()
            found = answer(recipe.changed({"train.seed": fold}), fold, given.folds)
            np.savez(path, **found)  # type: ignore[arg-type]
            print(f"fold {fold}: {time.perf_counter() - started:.0f} s", file=sys.stderr)
    ready = sorted(given.out.glob("fold-*.npz"))
    table = summary([dict(np.load(path)) for path in ready])
    (given.out / "hands.json").write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    print("| collection | digits | right | 95 % interval | worst writer |\n|---|---|---|---|---|")
    for name, row in table.items():
        low, high = row["interval"]
        worst = ""
        if len(row.get("writers", {})) > 1:
            writer = min(row["writers"], key=row["writers"].__getitem__)
            worst = f"{writer}: {row['writers'][writer]:.2%}"
        accuracy = f"{row['accuracy']:.2%}"
        print(f"| {name} | {row['n']:,} | {accuracy} | {low:.2%} to {high:.2%} | {worst} |")


if __name__ == "__main__":
    main()
