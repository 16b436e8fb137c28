"""Commands about trained models: `info`, `evaluate`, `predict`, `report`, `check`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from ziffern.cli import output
from ziffern.cli.output import DataFolder, Json, RunsFolder


def info(*, json: Json = False) -> None:
    """Show versions, devices (GPU found or not, and why), and where data and settings lie."""
    from ziffern import __version__, device
    from ziffern.datasets import cache_folder, catalogue, data_folder

    found: dict[str, Any] = {
        "ziffern": __version__,
        **device.describe(),
        "cache_folder": str(cache_folder()),
        "data_folder": None if data_folder() is None else str(data_folder()),
        "config_folder": str(catalogue.user_folder().parent),
    }
    if json:
        output.emit_json(found)
    else:
        output.facts([(key.replace("_", " "), "–" if v is None else v) for key, v in found.items()])


def evaluate(
    run: str,
    /,
    *,
    on: Annotated[str | None, Parameter(help="Another dataset than the run's own.")] = None,
    split: Annotated[
        Literal["validation", "test"], Parameter(help="test counts as a look at the test set.")
    ] = "test",
    data_dir: DataFolder = None,
    runs: RunsFolder = "runs",
    json: Json = False,
) -> None:
    """Evaluate a run: accuracy with its interval, per class, confusion, calibration.

    Parameters
    ----------
    run:
        A run's name, a unique part of it, its path, or latest.
    """
    from ziffern import bench

    result = bench.evaluate(run, on=on, split=split, data_dir=data_dir, runs=runs)
    if json:
        output.emit_json(result.as_dict())
        return
    looks = f"looks at the test set: {result.test_looks}"
    print(f"{result.dataset}, {result.split}: {output.interval(result)}")
    print(f"loss {result.loss:.4f}, calibration error {result.reliability.ece:.4f}, {looks}\n")
    output.table(
        "",
        ["class", "precision>", "recall>", "F1>", "pictures>"],
        [
            [
                row["class"],
                *(output.percent(row[key]) for key in ("precision", "recall", "f1")),
                f"{row['support']:,}",
            ]
            for row in result.as_dict()["per_class"]
        ],
    )
    print()
    output.table(
        "confusion (rows: true class)",
        ["", *(f"{name}>" for name in result.class_names)],
        [[name, *row] for name, row in zip(result.class_names, result.confusion, strict=True)],
    )


def predict(
    run: str,
    /,
    *images: Path,
    index: Annotated[
        tuple[int, ...],
        Parameter(name="--index", negative=(), help="A picture of the test set, by number."),
    ] = (),
    data_dir: DataFolder = None,
    runs: RunsFolder = "runs",
    json: Json = False,
) -> None:
    """Read a single digit from each picture file, or from pictures of the test set.

    Parameters
    ----------
    run:
        A run's name, a unique part of it, its path, or latest.
    images:
        Picture files with one digit each, ink on paper or white on black.
    """
    import numpy as np

    from ziffern import bench
    from ziffern.errors import InputError
    from ziffern.evaluation.evaluate import dataset_of, recipe_of
    from ziffern.pictures import open_picture
    from ziffern.runs import Run

    if not images and not index:
        raise InputError("give picture files, or --index N for a picture of the test set")
    model = bench.load(run, runs=runs)
    found: list[tuple[str, Any, str | None]] = [
        (str(path), model.contract.normalise(open_picture(path)), None) for path in images
    ]
    if index:
        from ziffern import datasets

        opened = Run.open(run, runs)
        recipe = recipe_of(opened)
        dataset = (
            dataset_of(opened, recipe)
            if data_dir is None
            else datasets.load(recipe.data.dataset, data_dir=data_dir)
        )
        test = dataset.test
        for number in index:
            if not 0 <= number < len(test):
                raise InputError(
                    f"--index {number}: the test set of {dataset.name} has {len(test):,} "
                    f"pictures, numbered 0 to {len(test) - 1:,}"
                )
            name = dataset.class_names[int(test.labels[number])]
            found.append((f"test picture {number}", test.images[number], name))
    probabilities = model.predict(np.stack([picture for _, picture, _ in found]))
    results = [
        {
            "image": name,
            "digit": model.class_names[int(row.argmax())],
            "probability": float(row.max()),
            "probabilities": dict(zip(model.class_names, map(float, row), strict=True)),
            "true": true,
        }
        for (name, _, true), row in zip(found, probabilities, strict=True)
    ]
    if json:
        output.emit_json({"model": model.name, "predictions": results})
        return
    for (_, picture, told), result in zip(found, results, strict=True):
        _show(picture, result, told)


def _show(picture: Any, result: dict[str, Any], true: str | None) -> None:
    told = "" if true is None else f" (true: {true})"
    print(f"{result['image']}: {result['digit']} with {result['probability']:.2%}{told}")
    bars = [
        f"{name:>12} {share:7.2%} {'█' * round(share * 30)}"
        for name, share in result["probabilities"].items()
    ]
    drawn = picture_lines(picture)
    for number in range(max(len(drawn), len(bars))):
        left = drawn[number] if number < len(drawn) else " " * 28
        # the bars stand beside the middle of the picture
        place = number - max(0, (len(drawn) - len(bars)) // 2)
        right = bars[place] if 0 <= place < len(bars) else ""
        print(f"  {left}  {right}".rstrip())
    print()


def picture_lines(picture: Any) -> list[str]:
    """Draw a picture (H, W) with half blocks: two rows of pixels in one line of text."""
    ink = picture > 96
    signs = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
    return [
        "".join(signs[bool(top), bool(bottom)] for top, bottom in zip(*rows, strict=True))
        for rows in zip(ink[::2], ink[1::2], strict=False)
    ]


def report(run: str, /, *, runs: RunsFolder = "runs", json: Json = False) -> None:
    """Write the report of a run: one HTML file. It does not look at the test set again.

    Parameters
    ----------
    run:
        A run's name, a unique part of it, its path, or latest.
    """
    from ziffern import bench

    path = bench.write_report(run, runs=runs)
    if json:
        output.emit_json({"report": str(path)})
    else:
        print(f"report: {path}")


def check(
    model: str,
    /,
    *,
    data_dir: DataFolder = None,
    runs: RunsFolder = "runs",
    min_accuracy: Annotated[float, Parameter(help="Least accuracy on the test set.")] = 0.97,
    min_printed: Annotated[float, Parameter(help="Least accuracy on printed digits.")] = 0.6,
    max_ece: Annotated[float, Parameter(help="Largest calibration error.")] = 0.03,
    json: Json = False,
) -> int:
    """Grade a saved model: loads, right contract, accuracy, printed digits, calibration.

    The test set is opened for it. Exit code 1 if the model does not pass.

    Parameters
    ----------
    model:
        A run, a folder with model.json, or an .onnx, .keras or .h5 file.
    """
    from ziffern.evaluation.check import grade

    grades = grade(
        model,
        data_dir=data_dir,
        runs=runs,
        min_accuracy=min_accuracy,
        min_printed=min_printed,
        max_ece=max_ece,
    )
    if json:
        output.emit_json(grades.as_dict())
    else:
        for criterion in grades.criteria:
            print(f"{'pass' if criterion.passed else 'FAIL'}  {criterion.name}: {criterion.reason}")
        print(f"{grades.model}: {'passed' if grades.passed else 'failed'}")
    return 0 if grades.passed else 1
