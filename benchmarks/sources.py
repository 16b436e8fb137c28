"""Train the sources' networks as their sources did and write what comes out.

    python benchmarks/sources.py train [RECIPE…] [--seeds 3] [--data-dir D] [--runs DIR]
    python benchmarks/sources.py take RECIPE… --runs DIR   # what `ziffern speedrun` trained there
    python benchmarks/sources.py time [RECIPE…]     # seconds of an epoch, on a quiet machine
    python benchmarks/sources.py write              # docs/sources.md from the results

`train` opens the test set once for each finished run and adds the result to
src/ziffern/recipes/measured.json; runs that are there already are left out, so it can be
interrupted and started again. `take` replaces a recipe's results by those of finished runs that
have opened the test set already. Accuracy does not depend on what else the machine does, times do:
they are measured by `time`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import torch

from ziffern import bench, device
from ziffern import recipe as recipes
from ziffern.evaluation.comparable import settings_of
from ziffern.evaluation.evaluate import recipe_of, stored
from ziffern.evaluation.result import Evaluation
from ziffern.files import write_json
from ziffern.measured import PATH
from ziffern.runs import Run, listing, locked

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("task", choices=["train", "take", "time", "write"])
    parser.add_argument("recipes", nargs="*", metavar="RECIPE")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--data-dir")
    parser.add_argument("--runs", default="runs")
    parser.add_argument("--threads", type=int, help="threads of one training")
    given = parser.parse_args()
    chosen = given.recipes or recipes.names()
    if given.threads:
        torch.set_num_threads(given.threads)
    if given.task == "train":
        for name in chosen:
            for offset in range(given.seeds):
                train(name, offset, given.data_dir, given.runs)
    elif given.task == "take":
        for name in given.recipes:
            take(name, given.runs)
    elif given.task == "time":
        for name in chosen:
            time_epoch(name, given.data_dir, given.runs)
    else:
        from sources_page import page

        (ROOT / "docs" / "sources.md").write_text(page())


def table() -> dict[str, Any]:
    """Return the results so far."""
    return dict(json.loads(PATH.read_text())) if PATH.exists() else {}


def keep(name: str, **facts: Any) -> None:
    """Add facts to a recipe's results; several processes may do so at once."""
    with locked(ROOT / "build"):
        results = table()
        results.setdefault(name, {"runs": []}).update(facts)
        write_json(PATH, {key: results[key] for key in sorted(results)})


def train(name: str, offset: int, data_dir: str | None, runs: str) -> None:
    """Train one recipe with one seed, open the test set once, keep the result."""
    recipe = recipes.load(name)
    seed = recipe.train.seed + offset
    if any(row["seed"] == seed for row in table().get(name, {}).get("runs", [])):
        return
    run = bench.train(recipe, seed=seed, data_dir=data_dir, runs=runs, tensorboard=False)
    if run.info["status"] == "interrupted":
        raise KeyboardInterrupt
    row = row_of(run, bench.evaluate(run))
    with locked(ROOT / "build"):
        results = table()
        others = [
            item
            for item in results.setdefault(name, {"runs": []})["runs"]
            if item["seed"] != seed  # another process may have trained the same
        ]
        results[name]["runs"] = sorted([*others, row], key=lambda item: int(item["seed"]))
        results[name]["hardware"] = device.describe().get("cpu")
        write_json(PATH, {key: results[key] for key in sorted(results)})
    print(name, seed, f"{row['accuracy']:.4f} {row['loss']:.4f}", row["epochs"], flush=True)


def take(name: str, runs: str) -> None:
    """Replace a recipe's results by those of the evaluated runs in a folder."""
    wanted, rows = settings_of(recipes.load(name)), []
    for summary in listing(Path(runs)):
        run = Run(Path(summary.path))
        if run.members or settings_of(recipe_of(run)) != wanted:
            continue
        if (found := stored(run, "test", run.dataset["name"])) is not None:
            rows.append(row_of(run, found))
    rows.sort(key=lambda row: int(row["seed"]))
    with locked(ROOT / "build"):
        results = table() | {name: {"runs": rows, "hardware": device.describe().get("cpu")}}
        write_json(PATH, {key: results[key] for key in sorted(results)})
    print(name, f"{len(rows)} runs")


def row_of(run: Run, result: Evaluation) -> dict[str, Any]:
    """Return what is kept of one run."""
    facts = bench.facts(run)
    assert not facts["is_sample"], "results on the sample are no results"
    return {
        "seed": facts["seed"],
        "epochs": facts["epochs"],
        "accuracy": result.accuracy,
        "loss": result.loss,
        "validation_accuracy": facts["validation_accuracy"],
        "test_looks": result.test_looks,
        "precision": facts["precision"],
    }


def time_epoch(name: str, data_dir: str | None, runs: str) -> None:
    """Measure training seconds of an epoch, from the second of two over 10,000 digits."""
    changes: dict[str, Any] = {"train.epochs": 2, "data.validation": 50_000}
    run = bench.train(name, changes=changes, data_dir=data_dir, runs=runs, tensorboard=False)
    rows = run.history
    per_image = rows[1]["seconds"] / run.info["dataset"]["train_size"]
    recipe = recipes.load(name)
    share = recipe.data.validation
    held_out = share if isinstance(share, int) else round(60_000 * share)
    seconds = per_image * (60_000 - held_out)
    keep(name, seconds_per_epoch=seconds, images_per_second=rows[1]["images_per_second"])
    print(name, f"{seconds:.1f} s an epoch", flush=True)


if __name__ == "__main__":
    (ROOT / "build").mkdir(exist_ok=True)
    main()
