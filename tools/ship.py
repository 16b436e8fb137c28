"""Put a trained model into the package, with its card: `tools/ship.py RUN RUN… --name flagship`.

The runs are all seeds of one recipe, each evaluated on the test set. Shipped is the one with the
lowest seed: a rule that was fixed before there were results, for the best of several seeds on the
test set would be picked on the test set. Everything in the card comes from the records of the
runs. The files are those of `ziffern.shipped`; written are all of them or none.

With `--hands FOLDER`, the answers that `benchmarks/hands.py` kept for the same recipe, temperature
and thresholds are fitted to these, and the card tells how the recipe reads hands it does not know.

Nothing is trained here, and the test set is not looked at: its kept answers are used.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import re
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import numpy as np

from ziffern import datasets, modelfile, shipped
from ziffern.averaging import SHIFTS, Copies
from ziffern.datasets import Dataset
from ziffern.datasets.joined import parse
from ziffern.errors import InputError, RunError, ZiffernError
from ziffern.evaluation import calibrate, certainty, runtime
from ziffern.evaluation.calibration import brier_score
from ziffern.evaluation.comparable import FINISHED, Evaluated, seeds
from ziffern.evaluation.evaluate import dataset_of, recipe_of
from ziffern.evaluation.metrics import wilson_interval
from ziffern.evaluation.mistakes import confused_pairs
from ziffern.evaluation.model import Model
from ziffern.evaluation.result import Evaluation
from ziffern.evaluation.seeds import spread
from ziffern.exchange import onnx_writer
from ziffern.files import read_json, write_atomic, write_json
from ziffern.modelfile import SavedModel
from ziffern.runs import Run

TEMPLATE = Path(__file__).with_name("card.md.j2")
DATASET = "mnist"  # the card tells about its hands
TRIED = 500  # training pictures on which both engines have to agree
AGREE = 1e-4  # of logits
CONFUSED = 5
WORST = 3
# a path of somebody's machine; addresses and fractions are none
PATHS = re.compile(r"(?<![\w.:/~])(?:/[\w.-]+){2,}|\b[A-Z]:\\")


def main(arguments: Sequence[str] | None = None) -> int:
    """Ship a model and print where it lies."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("given", metavar="RUN", nargs="+", help="all seeds of one recipe")
    parser.add_argument("--name", required=True, help="what the model is called")
    parser.add_argument("--hands", type=Path, help="folder with answers to hands not learnt from")
    parser.add_argument("--runs", default="runs", help="folder that holds the runs")
    parser.add_argument("--data-dir", help="where the data lie, if not where the runs found them")
    asked = parser.parse_args(arguments)
    try:
        folder = ship(
            asked.given, asked.name, hands=asked.hands, runs=asked.runs, data_dir=asked.data_dir
        )
    except ZiffernError as error:
        print(f"ship.py: {error}", file=sys.stderr)
        return error.exit_code
    for path in sorted(folder.iterdir()):
        print(f"{path}: {path.stat().st_size:,} bytes")
    return 0


def ship(
    given: Sequence[str | Path | Run],
    name: str,
    *,
    hands: Path | None = None,
    runs: str | Path = "runs",
    data_dir: str | Path | None = None,
) -> Path:
    """Write a shipped model and return its folder.

    Raises:
        InputError: no fit name; fewer than two runs, or runs of other recipes, data or classes; not
            evaluated, not finished, or not on MNIST; too large; a path of this machine in the card;
            answers of other data.
        RunError: a run is missing or damaged, or its model answers otherwise in ONNX Runtime.
    """
    if not re.fullmatch("[a-z][a-z0-9-]*", name):
        raise InputError(f"--name {name!r}: expected small letters, digits and -, such as flagship")
    found = seeds(given, runs=runs)
    for run, evaluation in found:
        _check(run, evaluation)
    chosen = found[0].run
    dataset = dataset_of(chosen, recipe_of(chosen), data_dir)
    if (
        dataset.sha256("train") != chosen.dataset["sha256"]
        or dataset.test.labels.tobytes() != found[0].evaluation.labels.tobytes()
    ):
        raise InputError(
            f"{chosen.name} was trained or evaluated on other data than {dataset.origin} holds; "
            "give the same with --data-dir"
        )
    saved = modelfile.read(chosen.path)
    origin = {"run": chosen.name, "dataset_sha256": chosen.dataset["sha256"]}
    saved = dataclasses.replace(saved, name=name, facts={**saved.facts, **origin})
    unknown = None
    if hands is not None:
        saved, unknown = with_hands(saved, dataset, hands)
    _check_engines(saved, dataset)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder)
        modelfile.save(made, saved)
        onnx_writer.write(made / onnx_writer.FILE, saved)
        table = card(found, saved, dataset, made) | {"hands": unknown}
        write_json(made / shipped.CARD, table)
        write_atomic(made / shipped.TEXT, text(table))
        for file in (modelfile.FACTS, shipped.CARD, shipped.TEXT):
            if path := PATHS.search((made / file).read_text(encoding="utf-8")):
                raise InputError(f"{file} would tell a path of this machine: {path[0]}")
        _check_size(made, name)
        for file in (*shipped.MODEL, shipped.TEXT, shipped.CARD):  # the one that vouches comes last
            write_atomic(shipped.FOLDER / name / file, (made / file).read_bytes())
    return shipped.folder(name)


def card(
    found: Sequence[Evaluated], saved: SavedModel, dataset: Dataset, folder: Path
) -> dict[str, Any]:
    """Return the card of the model in `folder`, which is that of the first run."""
    run, evaluation = found[0]
    recipe, network, info = recipe_of(run), saved.network, run.info
    training = run.metrics["training"]
    contents = {file: (folder / file).read_bytes() for file in shipped.MODEL}
    return {
        "format": shipped.FORMAT,
        "name": saved.name,
        "title": recipe.title,
        "summary": recipe.summary,
        "class_names": list(saved.class_names),
        "parameters": network.parameters,
        "multiply_adds": network.multiply_adds,
        "averaging": evaluation.averaging,
        "copies": saved.copies.to_dict(),
        **_figures(evaluation),
        "without_averaging": _figures(evaluation.alone) if evaluation.alone else None,
        "per_class": [score.as_dict() for score in evaluation.per_class],
        "confused": [
            {
                "true": saved.class_names[pair.true],
                "answer": saved.class_names[pair.predicted],
                "times": pair.samples,
            }
            for pair in confused_pairs(evaluation.confusion, CONFUSED)
        ],
        "collections": _collections(found, dataset),
        "seeds": _seeds(found),
        "recipe": recipe.name,
        "refuses": recipe.data.nondigits > 0,
        "toml": run.recipe_text.strip(),
        "run": run.name,
        "seed": info["seed"],
        "training": {
            "epochs": training["epochs"],
            "seconds": training["seconds_training"],
            "images_per_second": training["images_per_second"],
            "device": info["device"],
            "precision": info["precision"],
        },
        "machines": list(dict.fromkeys(_machine(run.info) for run, _ in found)),
        "versions": {"ziffern": info.get("ziffern", "")},
        "data": {
            "name": dataset.name,
            "title": dataset.title,
            "is_sample": dataset.is_sample,
            "train_size": run.dataset["train_size"],
            "validation_size": run.dataset["validation_size"],
            "train_sha256": dataset.sha256("train"),
            "test_sha256": dataset.sha256("test"),
            "licence": dataset.licence,
            "citation": dataset.citation,
        },
        "contract": saved.contract.to_dict(),
        **modelfile.certainty_table(saved.temperature, saved.thresholds),
        "background_class": saved.background_class,
        "judgement": saved.facts.get(calibrate.KEY),
        "bytes": {file: len(content) for file, content in contents.items()},
        "files": {file: hashlib.sha256(content).hexdigest() for file, content in contents.items()},
    }


def text(table: Mapping[str, Any]) -> str:
    """Return a card as Markdown."""
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        percent=lambda share: f"{share:.2%}",
        interval=lambda ends: f"{ends[0]:.2%} to {ends[1]:.2%}",
        count=lambda number: f"{number:,.0f}",
        seconds=lambda number: f"{number:,.1f} s",
    )
    alone = table["without_averaging"]
    # cards of models that were shipped before copies were turned tell only their number
    copies = Copies.from_dict(table.get("copies", {"shifts": table["averaging"] - 1}))
    # where a copy begins within a frame of one pixel
    places = [(1, 1), *((1 - y, 1 - x) for y, x in SHIFTS[copies.shifts])]
    # cards of models that were shipped before there was a temperature tell of none
    missing: dict[str, Any] = {
        "temperature": 1.0,
        "background_class": False,
        "thresholds": None,
        "judgement": None,
        "refuses": False,
        "collections": [],
    }
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        **{**missing, "hands": None, **table, "copies": copies},
        gained=table["correct"] - alone["correct"] if alone else 0,
        places=places,
        worst=sorted(table["per_class"], key=lambda score: score["recall"])[:WORST],
    )


def _check(run: Run, evaluation: Evaluation) -> None:
    if (status := run.info["status"]) not in FINISHED:
        raise InputError(f"{run.name} is {status}; only finished runs are shipped")
    if run.members:
        raise InputError(f"{run.name} is an ensemble; only single networks are shipped")
    if DATASET not in parse(run.dataset["name"]):
        raise InputError(f"{run.name} learnt from {run.dataset['name']}; the card is about MNIST")
    copies = Copies.from_dict(modelfile.read_table(run.path))
    if copies.pictures != evaluation.averaging:
        raise RunError(
            f"{run.name} averages over {copies.pictures} pictures, but was evaluated "
            f"with {evaluation.averaging}; evaluate it again"
        )


def with_hands(
    saved: SavedModel, dataset: Dataset, folder: Path
) -> tuple[SavedModel, dict[str, Any]]:
    """Return the model with the temperature and thresholds that fit the answers kept in `folder`.

    Beside it what they tell: n, accuracy, its interval and the writers of each collection.

    Raises:
        InputError: there are none, or they are to other data.
    """
    kept = [dict(np.load(path)) for path in sorted(folder.glob("fold-*.npz"))]
    names = parse(dataset.name)
    if not kept or any(f"{name}/logits" not in kept[0] for name in names):
        raise InputError(f"{folder} holds no answers to {dataset.name}; see benchmarks/hands.py")
    digits = sum(
        times * len(one[f"{name}/labels"]) for one in kept for name, times in names.items()
    )
    if digits != len(dataset.train):
        raise InputError(f"the folds in {folder} are not all of {dataset.name}; let them finish")
    labels = np.concatenate([one[f"{name}/labels"] for one in kept for name in names])
    judgement = certainty.fit(
        labels,
        np.concatenate([one[f"{name}/logits"] for one in kept for name in names]),
        nondigits=np.concatenate([one["no digit/logits"] for one in kept]),
        background_class=saved.background_class,
        where=f"{len(labels):,} digits, each answered by a network of the recipe that was "
        f"trained without its writer or its part of the file ({len(kept)} folds)",
    )
    facts = {**saved.facts, calibrate.KEY: judgement.evidence.as_dict()}
    certain = dataclasses.replace(
        saved, temperature=judgement.temperature, thresholds=judgement.thresholds, facts=facts
    )
    return certain, read_json(folder / "hands.json")


def _collections(found: Sequence[Evaluated], dataset: Dataset) -> list[dict[str, Any]]:
    """Return the figures of each member of a joined dataset; its test parts follow each other."""
    names, table, start = parse(dataset.name), [], 0
    for name in names if len(names) > 1 else ():
        member = datasets.load(name, data_dir=found[0].run.dataset["data_dir"])
        place = slice(start, start + len(member.test))
        start = place.stop
        right = [
            each.evaluation.probabilities[place].argmax(axis=1) == each.evaluation.labels[place]
            for each in found
        ]
        correct, n = int(right[0].sum()), len(right[0])
        table.append(
            {
                "name": name,
                "title": member.title,
                "n": n,
                "correct": correct,
                "accuracy": correct / n,
                "wilson95": list(wilson_interval(correct, n)),
                "seeds": _spread([float(each.mean()) for each in right]),
            }
        )
    return table


def _check_engines(saved: SavedModel, dataset: Dataset) -> None:
    """Make sure that both engines answer alike; training pictures are enough to see that."""
    pictures = dataset.train.images[:TRIED]
    ours = Model(saved, on="cpu", precision="float32").logits(pictures)
    apart = float(abs(runtime.compiled(saved).logits(pictures) - ours).max())
    if not apart <= AGREE:
        raise RunError(
            f"logits of {saved.name} in ONNX Runtime differ by {apart:.1e} from PyTorch's, at most "
            f"{AGREE} wanted"
        )


def _check_size(made: Path, name: str) -> None:
    others = [path for path in shipped.FOLDER.glob("*/*") if path.parent.name != name]
    size = sum(path.stat().st_size for path in (*made.iterdir(), *others))
    if size > shipped.LARGEST:
        raise InputError(
            f"with {name} the shipped models would have {size:,} bytes, at most "
            f"{shipped.LARGEST:,} are wanted; ship a smaller network"
        )


def _figures(evaluation: Evaluation) -> dict[str, Any]:
    return {
        "accuracy": evaluation.accuracy,
        "correct": evaluation.correct,
        "n": evaluation.n,
        "wilson95": list(evaluation.wilson95),
        "loss": evaluation.loss,
        "ece": evaluation.reliability.ece,
        "brier": brier_score(evaluation.labels, evaluation.probabilities),
    }


def _seeds(found: Sequence[Evaluated]) -> dict[str, Any]:
    alone = [each.evaluation.alone for each in found]
    seconds = [run.metrics["training"]["seconds_training"] for run, _ in found]
    return {
        "n": len(found),
        **_spread([each.evaluation.accuracy for each in found]),
        "without_averaging": _spread([each.accuracy for each in alone if each])
        if alone[0]
        else None,
        "seconds_training": statistics.median(seconds),
        "runs": [
            {
                "run": run.name,
                "seed": run.info["seed"],
                "accuracy": evaluation.accuracy,
                "without_averaging": evaluation.alone.accuracy if evaluation.alone else None,
                "seconds_training": taken,
                "test_looks": run.test_looks,
            }
            for (run, evaluation), taken in zip(found, seconds, strict=True)
        ],
    }


def _spread(values: Sequence[float]) -> dict[str, Any]:
    known = spread(values)
    assert known.sd is not None
    assert known.interval95 is not None
    return {"mean": known.mean, "sd": known.sd, "interval95": list(known.interval95)}


def _machine(info: Mapping[str, Any]) -> str:
    """Say what a run was trained on, without what is one machine's own: names, paths, kernel."""
    known = info["hardware"]
    gpus = known.get("gpu", {}).get("devices", []) if info["device"].startswith("cuda") else []
    special = [name for name in known.get("instructions") or () if "bf16" in name]
    return ", ".join(
        [
            *(f"{gpu['name']} ({gpu['memory_gib']} GiB)" for gpu in gpus),
            f"{known.get('cpu', 'unknown processor')}, {known.get('cores', '?')} cores",
            *special,
            f"Python {known.get('python', '?')}",
            f"PyTorch {known.get('torch', '?')}",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
