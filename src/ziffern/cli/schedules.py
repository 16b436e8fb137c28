"""Learning-rate schedules on the command line: as a line of blocks, and drawn into a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ziffern.cli import drawing, output
from ziffern.cli.options import Json

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ziffern.recipe import Recipe

BLOCKS = "▁▂▃▄▅▆▇█"
CURVE = 30  # signs


def command(
    *names: str,
    out: Annotated[
        Path, Parameter(metavar="FILE", help="Where to: a name that ends in .png, .svg or .pdf.")
    ] = Path("schedules.svg"),
    json: Json = False,
) -> None:
    """Draw the learning-rate schedules of several recipes in one picture.

    Parameters
    ----------
    names:
        Names or files of recipes.
    """
    from ziffern import recipe
    from ziffern.errors import InputError
    from ziffern.figures.schedules import Rates, schedules_figure

    if not names:
        raise InputError("give recipes, such as ziffern recipes schedules marvin quick")
    drawing.check(out, "--out")
    recipes = {name: recipe.load(name) for name in names}
    curves = {name: _rates(loaded, 1000) for name, loaded in recipes.items()}
    lengths = {loaded.train.epochs for loaded in recipes.values()}
    if len(lengths) == 1:
        shown, unit = {name: Rates(*curve) for name, curve in curves.items()}, "epoch"
    else:  # trainings of different lengths, one below the other
        unit = "share of the training, %"
        shown = {
            f"{name}, {recipes[name].train.epochs} epochs": Rates(
                100 * places / recipes[name].train.epochs, rates
            )
            for name, (places, rates) in curves.items()
        }
    picture = drawing.save(schedules_figure(shown, unit=unit), out)
    rows = [
        {
            "name": name,
            "epochs": recipes[name].train.epochs,
            "schedule": recipes[name].schedule.get("name", "constant"),
            "first": float(rates[0]),
            "highest": float(rates.max()),
            "last": float(rates[-1]),
        }
        for name, (_, rates) in curves.items()
    ]
    if json:
        output.emit_json({"picture": picture, "schedules": rows})
        return
    output.table(
        ["recipe", "epochs>", "schedule", "first>", "highest>", "last>"],
        [
            [
                row["name"],
                row["epochs"],
                row["schedule"],
                *(f"{row[key]:.3g}" for key in ("first", "highest", "last")),
            ]
            for row in rows
        ],
    )
    print(f"\npicture: {picture}")


def line(loaded: Recipe) -> str:
    """Draw the learning rate over the training with eight heights of blocks."""
    rates = _rates(loaded, CURVE)[1].tolist()
    top = max(rates)
    if loaded.schedule.get("name") == "reduce_lr_on_plateau":
        return f"{top:g} at first"
    if min(rates) == top:
        return f"{top:g}"
    curve = "".join(BLOCKS[round(rate / top * (len(BLOCKS) - 1))] for rate in rates)
    return f"{curve} {rates[0]:.2g} to {rates[-1]:.2g}, at most {top:.2g}"


def draw(loaded: Recipe, path: Path) -> str:
    """Draw the schedule of one recipe into a file and return its path."""
    from ziffern.figures.schedules import schedule_figure

    places, rates = _rates(loaded, 1000)
    return drawing.save(schedule_figure(rates, places=places), path)


def _rates(loaded: Recipe, points: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how many epochs are done and the learning rate, at so many points or fewer."""
    from ziffern import schedules

    # the data decide how many steps an epoch has; MNIST's size is near enough for a picture
    steps_per_epoch = max(1, 54_000 // loaded.train.batch_size)
    steps, rates = schedules.sample(
        loaded.schedule_record,
        loaded.optimizer_record.learning_rate,
        loaded.train.epochs,
        steps_per_epoch,
        points=points,
    )
    return steps / steps_per_epoch, rates
