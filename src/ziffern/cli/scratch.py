"""`ziffern scratch`: a recipe trained with the layers in plain NumPy, or one step of it told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from ziffern.cli import output
from ziffern.cli.options import Changes, DataFolder, Json, whole
from ziffern.cli.scratch_train import train
from ziffern.errors import InputError

if TYPE_CHECKING:
    from ziffern.scratch.step import LearningStep

app = App(name="scratch", help="Train and learn in plain NumPy, step by step.", sort_key=13)
app.command(train)


@app.command
def step(
    recipe: str,
    /,
    *,
    index: Annotated[
        int,
        Parameter(
            metavar="N", converter=whole, help="A picture of the training set by number, from 0."
        ),
    ],
    set_: Changes = None,
    out: Annotated[
        Path | None,
        Parameter(metavar="DIR", help="Write the text and a picture of the error surface here."),
    ] = None,
    data_dir: DataFolder = None,
    json: Json = False,
) -> None:
    """Tell one learning step on one picture: forward, loss, error terms, gradients, update.

    Parameters
    ----------
    recipe:
        A recipe's name, or the path of a TOML file.
    """
    from ziffern import datasets
    from ziffern import recipe as recipes
    from ziffern.scratch.narration import as_dict, narrate
    from ziffern.scratch.step import learning_step
    from ziffern.training.data import prepare

    chosen = recipes.load(recipe, recipes.parse_changes(set_ or []))
    dataset = datasets.load(chosen.data.dataset, data_dir=data_dir)
    data, pictures = prepare(chosen, dataset), dataset.train
    if not 0 <= index < len(pictures):
        raise InputError(
            f"--index {index}: the training set of {dataset.name} has {len(pictures):,} pictures, "
            f"numbered 0 to {len(pictures) - 1:,}"
        )
    label = int(pictures.labels[index])
    taken = learning_step(
        chosen, pictures.images[index], label, data.contract, pictures=len(data.training)
    )
    title = f"training picture {index} of {dataset.name}, class {dataset.class_names[label]}"
    text = narrate(taken, dataset.class_names, title=title)
    files = [] if out is None else _written(taken, text, out)
    if json:
        output.emit_json({"index": index, **as_dict(taken), "files": files})
        return
    print(text, end="")
    if files:
        print(f"\nwritten: {', '.join(files)}")


def _written(taken: LearningStep, text: str, folder: Path) -> list[str]:
    from ziffern.cli import drawing
    from ziffern.figures.error_surface import error_surface_figure
    from ziffern.files import write_atomic

    surface = taken.surface
    first, second = (f"{name}[{', '.join(map(str, index))}]" for name, index in surface.places)
    figure = error_surface_figure(
        surface.far,
        surface.near,
        start=surface.start,
        end=surface.end,
        losses=surface.losses,
        gradient=surface.gradient,
        names=(first, second),
    )
    path = write_atomic(folder / "step.txt", text)
    pictures = [drawing.save(figure, folder / f"error-surface.{form}") for form in ("svg", "png")]
    return [str(path), *pictures]
