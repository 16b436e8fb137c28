"""`ziffern train`: train a recipe, repeat a run, go on with an interrupted one."""

from __future__ import annotations

import statistics
from typing import Annotated, Any

from cyclopts import Parameter

from ziffern.cli import output
from ziffern.cli.output import DataFolder, Json, RunsFolder


def train(
    recipe: str | None = None,
    /,
    *,
    set_: Annotated[
        list[str] | None, Parameter(name="--set", negative=(), help="Change a value: a.b=c.")
    ] = None,
    seed: int | None = None,
    seeds: int = 1,
    data_dir: DataFolder = None,
    runs: RunsFolder = "runs",
    from_: Annotated[
        str | None,
        Parameter(
            name="--from",
            help="Alone: repeat this run. With a recipe: start from this run's weights.",
        ),
    ] = None,
    resume: Annotated[str | None, Parameter(help="Go on with this interrupted run.")] = None,
    device: str = "auto",
    tensorboard: Annotated[bool, Parameter(help="Write TensorBoard files.")] = True,
    quiet: Annotated[bool, Parameter(negative=(), help="Print the result only.")] = False,
    json: Json = False,
) -> int:
    """Train a recipe into a new run folder.

    Parameters
    ----------
    recipe:
        A recipe's name, or the path of a TOML file.
    seed:
        The seed of everything random, in place of the recipe's.
    seeds:
        Train this many runs, with seeds counting up from the first.
    device:
        auto, cpu or cuda.
    """
    from ziffern import recipe as recipes
    from ziffern.errors import InputError

    if resume is not None and (recipe or from_ or set_ or seed is not None or seeds != 1):
        raise InputError("--resume goes on with a run as it is; give nothing else with it")
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
    finished = []
    if resume is not None:
        finished.append(bench.resume(resume, **options))
    else:
        changes = recipes.parse_changes(set_ or [])
        start = None if recipe is None else from_
        if recipe is None:
            assert from_ is not None
            chosen, data_dir = bench.repeated(from_, runs=runs, data_dir=data_dir)
        else:
            chosen = recipes.load(recipe)
        chosen = recipes.load(chosen, changes)
        first = chosen.train.seed if seed is None else seed
        for number in range(first, first + seeds):
            run = bench.train(
                chosen,
                seed=number,
                data_dir=data_dir,
                start=start,
                **options,
            )
            finished.append(run)
            if run.info["status"] == "interrupted":
                break
    return _tell([bench.facts(run) for run in finished], json=json)


def _tell(results: list[dict[str, Any]], *, json: bool) -> int:
    interrupted = results[-1]["status"] == "interrupted"
    if json and len(results) == 1:
        output.emit_json(results[0])
    elif json:
        output.emit_json({"recipe": results[0]["recipe"], **_summary(results), "runs": results})
    else:
        for result in results:
            _tell_one(result)
        if len(results) > 1:
            summary = _summary(results)
            print(
                f"{summary['n']} seeds: validation accuracy "
                f"{summary['validation_accuracy_mean']:.2%} ± "
                f"{summary['validation_accuracy_sd']:.2%} (standard deviation), "
                f"{summary['seconds_training_median']:.1f} s of training (median)"
            )
    if interrupted:
        kept, run = results[-1]["epochs"], results[-1]["run"]
        what = f"kept epoch {kept}" if kept else "no epoch was finished"
        output.note(f"interrupted: {what}; go on with: ziffern train --resume {run}")
    return 1 if interrupted else 0


def _tell_one(result: dict[str, Any]) -> None:
    accuracy = result["validation_accuracy"]
    validated = (
        "no validation set"
        if accuracy is None
        else f"validation accuracy {accuracy:.2%} on {result['validation_n']:,} pictures"
    )
    if result["epochs"]:
        sample = " (sample of the data)" if result["is_sample"] else ""
        print(
            f"{result['recipe']}, seed {result['seed']}: {validated}{sample}, "
            f"{result['epochs']} epochs in {result['seconds_training']:.1f} s, "
            f"{result['images_per_second']:,.0f} images/s"
        )
    print(f"run: {result['run']}")


def _summary(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Sum up several seeds; sd is the sample standard deviation."""
    accuracies = [item["validation_accuracy"] for item in results]
    known = [value for value in accuracies if value is not None]
    seconds = [item["seconds_training"] for item in results if item["seconds_training"]]
    return {
        "n": len(results),
        "seeds": [item["seed"] for item in results],
        "validation_accuracy_mean": statistics.fmean(known) if known else float("nan"),
        "validation_accuracy_sd": statistics.stdev(known) if len(known) > 1 else float("nan"),
        "seconds_training_median": statistics.median(seconds) if seconds else float("nan"),
    }
