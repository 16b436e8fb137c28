"""`ziffern predict`: read single digits from picture files or from the test set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from ziffern.cli import output
from ziffern.cli.options import DataFolder, Json, RunsFolder, whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ziffern.contract import Contract
    from ziffern.runs import Run

    Picture = NDArray[np.uint8]  # (28, 28), white ink on black
    Asked = tuple[str, Picture, str | None]  # name, picture, true class where it is known

BAR = 24  # signs


def predict(
    model: str,
    /,
    *images: Path,
    index: Annotated[
        tuple[int, ...],
        Parameter(
            name="--index",
            metavar="N",
            negative=(),
            converter=whole,
            show_default=False,
            help="A picture of the test set by number, from 0; may be repeated. It counts as a "
            "look at the test set.",
        ),
    ] = (),
    data_dir: DataFolder = None,
    runs: RunsFolder = "runs",
    json: Json = False,
) -> None:
    """Read a single digit from each picture file, or from pictures of the test set.

    Parameters
    ----------
    model:
        A run's name, a unique part of it, its path, or latest; a shipped model's name; a folder
        with model.json; or an .onnx file that ziffern export wrote.
    images:
        Picture files with one digit each, dark on light or light on dark.
    """
    import numpy as np

    from ziffern.errors import InputError, WorkError
    from ziffern.evaluation.ensemble import load

    if not images and not index:
        raise InputError("give picture files, or --index N for a picture of the test set")
    reader = load(model, runs=runs, precision="float32")  # the same answers as in its evaluation
    run = _run(model, runs)
    of_test: list[Asked] = []
    if index:
        if run is None:
            raise InputError(
                f"--index needs a run, which counts the looks at its test set; {model} is none"
            )
        of_test = of_the_test_set(run, index, data_dir)
    found, failed = _opened(images, reader.contract, alone=len(images) == 1 and not index)
    found += of_test
    probabilities = reader.predict(np.stack([each for _, each, _ in found])) if found else ()
    results = [
        {
            "image": name,
            "digit": reader.class_names[int(row.argmax())],
            "probability": float(row.max()),
            "probabilities": dict(zip(reader.class_names, map(float, row), strict=True)),
            "true": true,
        }
        for (name, _, true), row in zip(found, probabilities, strict=True)
    ]
    if json:
        about = {"model": model} if run is None else {"run": str(run.path)}
        looks = {} if run is None else {"test_looks": run.test_looks}
        output.emit_json({**about, "predictions": results, "failed": failed, **looks})
    else:
        for number, ((_, picture, _), result) in enumerate(zip(found, results, strict=True)):
            if number:
                print()
            _show(picture, result)
    if failed:
        raise WorkError(f"{len(failed):,} of {len(images):,} pictures could not be read")


def _opened(
    paths: Sequence[Path], contract: Contract, *, alone: bool
) -> tuple[list[Asked], list[dict[str, str]]]:
    """Return the pictures that could be opened, and what was wrong with the others.

    That is told at once; a picture that is `alone` raises its error.
    """
    from ziffern.errors import ZiffernError
    from ziffern.pictures import open_picture

    found: list[Asked] = []
    failed: list[dict[str, str]] = []
    for path in paths:
        try:
            found.append((str(path), contract.normalise(open_picture(path)), None))
        except ZiffernError as error:
            if alone:
                raise
            failed.append({"image": str(path), "error": str(error)})
            output.note(f"ziffern: {error}")
    return found, failed


def _run(model: str, runs: str) -> Run | None:
    """Return the run that a model belongs to; None for a file or another folder."""
    from ziffern.evaluation.model import folder
    from ziffern.runs import INFO, RECIPE, Run

    where = folder(model, runs)
    # a run that has lost one of them is told so by `open`
    return Run.open(where) if any((where / name).is_file() for name in (INFO, RECIPE)) else None


def of_the_test_set(run: Run, numbers: tuple[int, ...], data_dir: str | None) -> list[Asked]:
    """Return name, picture and true class of test pictures; this is a look at the test set."""
    from ziffern.errors import InputError
    from ziffern.evaluation.evaluate import data_recipe, dataset_of

    if min(numbers) < 0:
        raise InputError(f"--index {min(numbers)}: pictures are numbered from 0")
    dataset = dataset_of(run, data_recipe(run), data_dir)
    own = run.info.get("dataset", {}).get("name", dataset.name)
    test = dataset.test
    if max(numbers) >= len(test):
        raise InputError(
            f"--index {max(numbers)}: the test set of {dataset.name} has {len(test):,} pictures, "
            f"numbered 0 to {len(test) - 1:,}"
        )
    run.count_test_look(None if dataset.name == own else dataset.name)
    names = dataset.class_names
    return [(f"test picture {n}", test.images[n], names[int(test.labels[n])]) for n in numbers]


def _show(picture: Picture, result: dict[str, Any]) -> None:
    told = "" if result["true"] is None else f" (true: {result['true']})"
    print(f"{result['image']}: {result['digit']} with {result['probability']:.2%}{told}\n")
    width = max(len(name) for name in result["probabilities"])
    bars = [
        f"{name:>{width}}  {share:7.2%} {'█' * round(share * BAR)}"
        for name, share in result["probabilities"].items()
    ]
    drawn = picture_lines(picture)
    height = max(len(drawn), len(bars))
    # both stand in the middle
    left, right = _centred(drawn, height), _centred(bars, height)
    for shown, bar in zip(left, right, strict=True):
        print(f"  {shown:<{picture.shape[1]}}  {bar}".rstrip())


def _centred(lines: list[str], height: int) -> list[str]:
    above = (height - len(lines)) // 2
    return [""] * above + lines + [""] * (height - above - len(lines))


def picture_lines(picture: Picture) -> list[str]:
    """Draw a picture, uint8 (H, W), with half blocks: two rows of pixels in one line of text.

    Lines without ink above and below are left out.
    """
    ink = picture > 96
    signs = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
    lines = [
        "".join(signs[bool(top), bool(bottom)] for top, bottom in zip(*rows, strict=True))
        for rows in zip(ink[::2], ink[1::2], strict=False)
    ]
    inked = [number for number, line in enumerate(lines) if line.strip()]
    return lines[inked[0] : inked[-1] + 1] if inked else []
