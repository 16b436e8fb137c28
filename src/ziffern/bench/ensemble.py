"""Several networks trained by one recipe (its table `[ensemble]`), which answer together.

Each network is a run of its own, in the folder `networks` of the ensemble's run; an ensemble that
was interrupted goes on with the first one that is not finished. How networks become one model is
the work of `ziffern.evaluation.combine`.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ziffern.bench import network
from ziffern.bench.options import Options
from ziffern.evaluation.combine import join
from ziffern.evaluation.comparable import FINISHED
from ziffern.evaluation.evaluate import NETWORKS
from ziffern.evaluation.model import folder
from ziffern.recipe import Recipe
from ziffern.runs import Run, create, listing
from ziffern.training.engine import DivergedError

log = logging.getLogger(__name__)


def train(recipe: Recipe, options: Options) -> Run:
    """Train all networks and return the ensemble's run. Arguments: `ziffern.bench.train`."""
    if options.start is not None:  # from inside the run, a name would be looked for there
        options = replace(options, start=folder(options.start, options.runs).resolve())
    run = create(options.runs, recipe.name, recipe.train.seed)
    try:
        run.write_recipe(recipe.to_toml())
        run.update_info(start=None if options.start is None else str(options.start))
        if options.begun is not None:
            options.begun(run)
        return _networks(run, recipe, options)
    except BaseException:
        if not (run.path / NETWORKS).exists():  # a mistake leaves no folder
            shutil.rmtree(run.path, ignore_errors=True)
        raise


def resume(run: Run, recipe: Recipe, options: Options) -> Run:
    """Go on with an ensemble. Errors: `ziffern.bench.resume`."""
    run.update_info(status="running")
    return _networks(run, recipe, replace(options, start=run.info.get("start")))


def _networks(run: Run, recipe: Recipe, options: Options) -> Run:
    assert recipe.ensemble is not None
    here = replace(options, runs=run.path / NETWORKS, begun=None)
    trained = list[Run]()
    try:
        for number in range(recipe.networks):
            if not options.quiet:
                log.warning("network %d of %d", number + 1, recipe.networks)
            trained.append(_network(recipe.member(number), here))
            _tell(run, trained)
            if trained[-1].info["status"] == "interrupted":
                run.update_info(status="interrupted")
                return run
        join(run, trained, recipe.ensemble.vote)
    except DivergedError as error:
        run.update_info(status="diverged", problem=str(error))
        raise
    except KeyboardInterrupt:  # between two trainings
        run.update_info(status="interrupted")
        raise
    except BaseException as error:
        run.update_info(status="failed", problem=str(error) or type(error).__name__)
        raise
    return run


def _network(recipe: Recipe, options: Options) -> Run:
    """Train one network, or go on with it, or take it as it is if it is finished."""
    for summary in listing(options.runs):
        run = Run(Path(summary.path))
        if summary.seed != recipe.train.seed:
            continue
        if summary.status in FINISHED:
            return run
        if "dataset" in run.info:
            return network.resume(run, recipe, options)
        shutil.rmtree(run.path)  # ended before its training began
    return network.train(recipe, options)


def _tell(run: Run, trained: Sequence[Run]) -> None:
    """Write what is known of the networks so far: where, on what, and what it took together."""
    first = trained[0].info
    keys = ("ziffern", "hardware", "device", "precision", "dataset")
    run.update_info(**{key: first[key] for key in keys})
    figures = [each.metrics["training"] for each in trained if "training" in each.metrics]
    if not figures:
        return
    training = sum(each["seconds_training"] for each in figures)
    pictures = sum(each["images_per_second"] * each["seconds_training"] for each in figures)
    joules = [each["joules"] for each in figures]
    together = {
        **figures[-1],
        "seconds_training": training,
        "seconds_total": sum(each["seconds_total"] for each in figures),
        "images_per_second": pictures / training,
        "joules": None if None in joules else sum(joules),
        "networks": len(figures),
    }
    run.update_metrics("training", together)
