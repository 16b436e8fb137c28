"""`ziffern train`: train a recipe, repeat a run, go on with an interrupted one."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Annotated, Any

from cyclopts import Parameter

from ziffern.cli import output
from ziffern.cli.options import Changes, DataFolder, Json, RunsFolder, whole
from ziffern.errors import InputError, WorkError, ZiffernError


def train(
    recipe: str | None = None,
    /,
    *,
    set_: Changes = None,
    seed: Annotated[
        int | None,
        Parameter(
            metavar="N",
            converter=whole,
            help="The seed of everything random (without it, that of the recipe).",
        ),
    ] = None,
    seeds: Annotated[
        int,
        Parameter(
            metavar="K",
            converter=whole,
            help="Train K runs, with seeds counting up from the first.",
        ),
    ] = 1,
    data_dir: DataFolder = None,
    runs: RunsFolder = "runs",
    from_: Annotated[
        str | None,
        Parameter(
            name="--from",
            metavar="MODEL",
            help="Alone: repeat this run, or with other data in --data-dir fine-tune it (a run or "
            "a shipped model). With a recipe: start from this model's weights.",
        ),
    ] = None,
    resume: Annotated[
        str | None, Parameter(metavar="RUN", help="Go on with this interrupted run.")
    ] = None,
    device: Annotated[
        str, Parameter(metavar="DEVICE", help="auto (a GPU if there is one), cpu, cuda or mps.")
    ] = "auto",
    tensorboard: Annotated[
        bool, Parameter(help="Whether to write TensorBoard files into the run.")
    ] = True,
    quiet: Annotated[
        bool, Parameter(negative=(), show_default=False, help="Print the result only.")
    ] = False,
    json: Json = False,
) -> None:
    """Train a recipe into a new run folder.

    Parameters
    ----------
    recipe:
        A recipe's name, or the path of a TOML file.
    """
    from ziffern import recipe as recipes

    if resume is not None and (recipe or from_ or set_ or seed is not None or seeds != 1):
        raise InputError("--resume goes on with a run as it is; give no recipe and no changes")
    if resume is None and recipe is None and from_ is None:
        known = ", ".join(recipes.names())
        raise InputError(f"give a recipe, such as ziffern train quick; known: {known}")
    if seeds < 1:
        raise InputError(f"--seeds {seeds}: expected a whole number of at least 1")

    from ziffern import bench

    options: dict[str, Any] = {
        "runs": runs,
        "tensorboard": tensorboard,
        "quiet": quiet,
        "on": device,
    }
    if resume is not None:
        run = bench.resume(resume, data_dir=data_dir, **options)
        _tell([bench.facts(run)], several=False, json=json, quiet=quiet)
        return
    changes = recipes.parse_changes(set_ or [])
    start = None if recipe is None else from_
    if recipe is None:
        assert from_ is not None
        chosen, data_dir, start = bench.again(from_, runs=runs, data_dir=data_dir)
    else:
        chosen = recipes.load(recipe)
    chosen = recipes.load(chosen, changes)
    first = chosen.train.seed if seed is None else seed
    results: list[dict[str, Any]] = []
    try:
        for number in range(first, first + seeds):
            run = bench.train(chosen, seed=number, data_dir=data_dir, start=start, **options)
            results.append(bench.facts(run))
            if results[-1]["status"] == "interrupted":
                break
    except ZiffernError:
        if results:  # what was trained before one failed
            _tell(results, several=True, json=json, quiet=True)
        raise
    _tell(results, several=seeds > 1, json=json, quiet=quiet)


def _tell(results: list[dict[str, Any]], *, several: bool, json: bool, quiet: bool) -> None:
    last = results[-1]
    if json:
        output.emit_json({"runs": results, "summary": _summary(results)} if several else last)
    elif several:
        _tell_several(results)
    else:
        _tell_one(last)
    run = last["run"]
    if last["status"] == "interrupted":
        kept = f"epoch {last['epochs']} is kept" if last["epochs"] else "no epoch was finished"
        if last["networks"]:
            kept += f" of network {last['networks']}"
        raise WorkError(f"interrupted, {kept}; go on with: ziffern train --resume {run}")
    if not (several or json or quiet):
        output.note(f"\nnext: ziffern evaluate {run}\n      ziffern report {run}")


def _tell_one(result: dict[str, Any]) -> None:
    pairs = [("recipe", f"{result['recipe']}, seed {result['seed']}")]
    if result["epochs"]:
        pairs += [("validation", _validation(result)), ("training", _training(result))]
    output.facts([*pairs, ("run", result["run"])])


def _tell_several(results: list[dict[str, Any]]) -> None:
    output.table(
        ["run", "seed>", "validation>", "loss>", "epochs>", "time>"],
        [
            [
                result["run"],
                result["seed"],
                output.percent(result["validation_accuracy"]),
                "–" if result["validation_loss"] is None else f"{result['validation_loss']:.4f}",
                result["epochs"],
                f"{result['seconds_training'] or 0:.1f} s",
            ]
            for result in results
        ],
        droppable=["epochs>", "time>"],
    )
    summary = _summary(results)
    mean, sd = summary["validation_accuracy"], summary["validation_accuracy_sd"]
    if mean is None or sd is None:
        return
    low, high = summary["validation_accuracy_interval95"]
    print()
    output.facts(
        [
            (
                "validation accuracy",
                f"{mean:.2%} ± {sd:.2%} (mean ± standard deviation, n = {summary['n']} seeds)",
            ),
            ("95 % interval", f"{low:.2%} to {high:.2%} (of the mean, over seeds)"),
            ("training", f"{summary['seconds_training']:.1f} s (median)"),
        ]
    )


def _validation(result: dict[str, Any]) -> str:
    if result["validation_accuracy"] is None:
        return "none held out"
    sample = " of a sample" if result["is_sample"] else ""
    return (
        f"accuracy {result['validation_accuracy']:.2%}, loss {result['validation_loss']:.4f} "
        f"on {result['validation_n']:,} pictures{sample}"
    )


def _training(result: dict[str, Any]) -> str:
    epochs = "1 epoch" if result["epochs"] == 1 else f"{result['epochs']} epochs"
    if result["networks"]:
        epochs = f"{result['networks']} networks of {epochs}"
    return (
        f"{epochs} in {result['seconds_training']:.1f} s, {result['images_per_second']:,.0f} "
        f"images/s ({result['device']}, {result['precision']})"
    )


def _summary(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Sum up several seeds, over the runs that have a figure; None where none has.

    Accuracy, loss and epochs are means, times and speeds medians, which one run beside a busy
    neighbour does not move.
    """
    from ziffern.evaluation.seeds import spread

    def known(key: str) -> list[float]:
        return [item[key] for item in results if item[key] is not None]

    def of(key: str, sum_up: Callable[[list[float]], float]) -> float | None:
        return sum_up(known(key)) if known(key) else None

    accuracy = spread(known("validation_accuracy")) if known("validation_accuracy") else None
    return {
        "n": len(results),
        "recipe": results[0]["recipe"],
        "seeds": [item["seed"] for item in results],
        "epochs": of("epochs", statistics.fmean),
        "seconds_training": of("seconds_training", statistics.median),
        "images_per_second": of("images_per_second", statistics.median),
        "validation_accuracy": accuracy and accuracy.mean,
        "validation_accuracy_sd": accuracy and accuracy.sd,
        "validation_accuracy_interval95": accuracy and accuracy.interval95,
        "validation_loss": of("validation_loss", statistics.fmean),
    }
