"""`ziffern inspect`: an album of pictures of what a trained network is and does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from ziffern.cli import output
from ziffern.cli.options import DataFolder, Json, RunsFolder, whole

if TYPE_CHECKING:
    from ziffern.album.page import Step
    from ziffern.evaluation.model import Model
    from ziffern.runs import Run


def inspect(
    run: str,
    /,
    *,
    index: Annotated[
        int | None,
        Parameter(
            metavar="N",
            converter=whole,
            help="One picture of the test set by number, from 0, on its way through the network. "
            "It counts as a look at the test set.",
        ),
    ] = None,
    image: Annotated[
        Path | None, Parameter(metavar="FILE", help="The same of a picture file with one digit.")
    ] = None,
    layer: Annotated[
        str | None, Parameter(metavar="NAME", help="One layer alone, such as conv2d_1.")
    ] = None,
    mistakes: Annotated[
        bool,
        Parameter(
            negative=(),
            show_default=False,
            help="The mistakes instead, from the stored evaluation; no look at the test set.",
        ),
    ] = False,
    out: Annotated[
        Path | None,
        Parameter(metavar="DIR", help="Where to write; a folder in the run if not given."),
    ] = None,
    data_dir: DataFolder = None,
    runs: RunsFolder = "runs",
    json: Json = False,
) -> None:
    """Look inside a trained network: layers, weights, maps, where it looks, as one HTML page.

    Parameters
    ----------
    run:
        A run's name, a unique part of it, its path, or latest.
    """
    from ziffern.album.page import write_album
    from ziffern.errors import InputError
    from ziffern.evaluation.evaluate import a_member
    from ziffern.runs import Run

    given = [
        name
        for name, value in (("--index", index), ("--image", image), ("--mistakes", mistakes))
        if value is not None and value is not False
    ]
    if len(given) > 1:
        raise InputError(f"{' and '.join(given)}: give one of them")
    if mistakes and layer is not None:
        raise InputError("--mistakes is about answers; --layer has no part in it")
    opened = Run.open(run, runs)
    if opened.members and not mistakes:
        raise InputError(
            f"{opened.name} is an ensemble of {len(opened.members)} networks; inspect one of them, "
            f"such as {a_member(opened)}"
        )
    numbers: dict[str, Any] = {}
    if mistakes:
        title, folder, steps = _mistakes(opened, data_dir, numbers)
    else:
        from ziffern.evaluation.model import load

        # the network itself: averaging over copies has no layers
        model = load(opened, precision="float32", averaging=False, engine="torch")
        if index is None and image is None:
            title, folder, steps = _network(opened, model, layer, data_dir, numbers)
        else:
            title, folder, steps = _digit(opened, model, index, image, layer, data_dir, numbers)
    with output.steps(quiet=json) as progress:
        page = write_album(
            out or folder, title, steps, facts=[("run", opened.name)], progress=progress
        )
    if json:
        output.emit_json(
            {
                "run": str(opened.path),
                "album": str(page),
                "about": title,
                "test_looks": opened.test_looks,
                **numbers,
            }
        )
    else:
        print(f"album: {page}")


Album = tuple[str, Path, "list[Step]"]
"""Title, the folder where it is written if no other is given, and its steps."""


def _network(
    run: Run, model: Model, layer: str | None, data_dir: str | None, numbers: dict[str, Any]
) -> Album:
    """Return the album of the network, with validation pictures where the run has any."""
    import numpy as np

    from ziffern.album import learning, network
    from ziffern.album.weights import slug
    from ziffern.evaluation.evaluate import dataset_of, recipe_of, validation_part
    from ziffern.inside.structure import find

    if layer is not None:
        find(model.network, layer)  # a layer that does not exist is said before data are read
    images, labels = np.empty((0, 28, 28), np.uint8), np.empty(0, np.int64)
    if run.dataset["validation_size"]:
        recipe = recipe_of(run)
        part = validation_part(run, recipe, dataset_of(run, recipe, data_dir))
        images, labels = part.images, part.labels
    else:
        output.note(
            f"note: {run.name} held out no validation pictures; what needs pictures is left out"
        )
    steps = network.steps(model, images, labels, layer=layer, run=run.path, numbers=numbers)
    folder = run.path / "inside"
    if layer is None:
        steps += learning.steps(run, numbers=numbers)
        return "Inside the network", folder, steps
    return f"Inside layer {layer}", folder / slug(layer), steps


def _digit(
    run: Run,
    model: Model,
    index: int | None,
    image: Path | None,
    layer: str | None,
    data_dir: str | None,
    numbers: dict[str, Any],
) -> Album:
    """Return the album of one digit; a test picture is a look at the test set."""
    from ziffern.album import digit
    from ziffern.cli.predict import of_the_test_set
    from ziffern.inside.structure import find
    from ziffern.pictures import open_picture

    if layer is not None:
        find(model.network, layer)  # before the look is counted
    if index is not None:
        ((name, picture, true),) = of_the_test_set(run, (index,), data_dir)
        label = None if true is None else model.class_names.index(true)
        stem = f"test-{index}"
    else:
        assert image is not None
        name, label, stem = image.name, None, image.stem
        picture = model.contract.normalise(open_picture(image))
    steps = digit.steps(model, picture, label, layer=layer, numbers=numbers)
    return f"Inside the network: {name}", run.path / "inside" / stem, steps


def _mistakes(run: Run, data_dir: str | None, numbers: dict[str, Any]) -> Album:
    """Return the album of the mistakes in the stored evaluation."""
    from ziffern.album import mistakes

    steps = mistakes.steps(run, data_dir=data_dir, numbers=numbers)
    return "Mistakes", run.path / "mistakes", steps
