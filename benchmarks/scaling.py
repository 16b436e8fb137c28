"""Cost as work grows: training on 1, 2, 5 and 10 times the data, answers to 1 to 1,000,000 digits.

    python benchmarks/scaling.py                          # about 15 minutes
    python benchmarks/scaling.py --recipe flagship --rounds 3
    python benchmarks/scaling.py --keras                  # beside Keras; makes its environment

Training: seconds and peak memory of one epoch (the second of two) on MNIST's training digits and
augmented copies of them. Prediction: seconds and peak memory for so many digits at once through
ONNX Runtime and PyTorch, and the latency of a single digit. Every point is a fresh process; answers
are kept line by line in --out, and a second call measures only what is missing there.

Prints Markdown tables and draws docs/images/scaling.png (`scaling_picture`).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import numpy as np
import platformdirs

import measuring
import peers_environments
from measuring import Answer, Measurement
from peer import peak_memory_mib
from peer_ziffern import Ziffern
from scaling_picture import scaling_figure

ROOT = Path(__file__).resolve().parent.parent
CACHE = platformdirs.user_cache_path("ziffern") / "peers"
TIMES = (1, 2, 5, 10)
DIGITS = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)
SAMPLE = "sample.npy"
ENGINES = ("onnxruntime", "torch")
CALLS = 2_000  # of one digit, for the latency
SECONDS_FOR_60000 = 8.0  # about, of an epoch, to tell how long it will take


def lay_training(folder: Path, times: int, count: int, data_dir: Path | None) -> Path:
    """Lay `count` training digits and augmented copies of them into a folder, and return it.

    The first copy is the digits themselves, the others are turned, zoomed and moved at random.
    """
    import torch

    from ziffern import datasets
    from ziffern.augmentation import Augmentation
    from ziffern.training.augment import augment

    home = folder / f"{count}-times-{times}"
    if (home / "digits.npz").exists():
        return home
    home.mkdir(parents=True, exist_ok=True)
    part = datasets.load("mnist", data_dir=data_dir).train
    images = np.empty((times * count, 28, 28), np.uint8)
    images[:count] = part.images[:count]
    generator = torch.Generator().manual_seed(0)
    limits = Augmentation(rotation=10, zoom=0.1, shift=0.1)
    for start in range(count, len(images), 10_000):
        target = images[start : start + 10_000]
        source = np.take(part.images[:count], range(start, start + len(target)), 0, mode="wrap")
        copies = augment(torch.from_numpy(source).unsqueeze(1), limits, generator)
        target[:] = copies.squeeze(1).round().clamp(0, 255).byte().numpy()
    labels = np.resize(part.labels[:count], len(images))
    np.save(home / "train-images.npy", images)
    np.save(home / "train-labels.npy", labels)
    np.savez(home / "digits.npz", x_train=images, y_train=labels)  # last: it says that all is laid
    return home


def train(recipe: str, folder: str) -> Answer:
    """Train a recipe for two epochs on what lies in a folder."""
    import ziffern

    with tempfile.TemporaryDirectory() as runs:
        run = ziffern.train(
            recipe,
            changes={
                "data.dataset": str(Path(folder) / "digits.npz"),
                "data.validation": 0,
                "train.epochs": 2,
                "train.focus": None,
            },
            runs=runs,
            tensorboard=False,
            quiet=True,
        )
        row = run.history[-1]
        return {"seconds": row["seconds"], "images_per_second": row["images_per_second"]}


def predict(engine: Any, model: str, count: int, digits: str) -> Answer:
    """Answer `count` digits at once."""
    import ziffern

    answering = ziffern.load(model, engine=engine)
    sample = np.load(digits)
    images = np.resize(sample, (count, 28, 28))
    answering.predict(sample[:256])  # warms up
    before = peak_memory_mib()
    started = time.perf_counter()
    answers = answering.predict(images)
    return {
        "seconds": time.perf_counter() - started,
        "before_mib": before,
        "input_mib": images.nbytes / 2**20,
        "output_mib": answers.nbytes / 2**20,
    }


def latency(engine: Any, model: str, digits: str) -> Answer:
    """Answer one digit after the other."""
    import ziffern

    answering = ziffern.load(model, engine=engine)
    sample = np.load(digits)
    times = []
    for number in range(CALLS + 100):
        one = sample[number % len(sample), None]
        started = time.perf_counter()
        answering.predict(one)
        times.append(1000 * (time.perf_counter() - started))
    shares = quantiles(times[100:], n=100)
    return {"median_ms": shares[49], "p95_ms": shares[94], "p99_ms": shares[98]}


def plan(given: argparse.Namespace, folder: Path) -> list[Measurement]:
    """Return every point of every round."""
    found = []
    trained = [("Ziffern", given.recipe)]
    if given.keras:
        trained += [("Ziffern", "marvin"), ("Keras float32", "marvin")]
        keras = peers_environments.python("keras-tensorflow", given.environments)
    for number in range(1, given.rounds + 1):
        for times in given.times:
            data = lay_training(folder, times, given.digits, given.data_dir)
            expected = 2 * SECONDS_FOR_60000 * times * given.digits / 60_000 + 5
            for title, recipe in dict.fromkeys(trained):
                point = {"task": "train", "title": title, "recipe": recipe}
                command = _command(train=[recipe, data])
                variables = {}
                if title != "Ziffern":
                    count = str(times * given.digits)
                    command = [keras, Path(__file__).with_name("peer_keras.py"), "train", recipe]
                    command += ["float32", data, "--images", count]
                    variables = peers_environments.ENVIRONMENTS["keras-tensorflow"].variables
                point |= {"times": times, "digits": given.digits, "round": number}
                found.append(Measurement(point, command, expected, variables))
        model, sample = lay_model(folder, given.recipe), folder / SAMPLE
        for engine in ENGINES:
            about = {"recipe": given.recipe, "title": engine, "round": number}
            for count in given.counts:
                command = _command(predict=[engine, model, count, sample])
                key = {"task": "predict", "count": count} | about
                found.append(Measurement(key, command, 4 + count / 20_000))
            command = _command(latency=[engine, model, sample])
            found.append(Measurement({"task": "latency"} | about, command, 6))
    return found


def lay_model(folder: Path, recipe: str) -> Path:
    """Keep an untrained model of a recipe, and a few digits to be answered; return the model."""
    network = Ziffern(recipe, "torch", folder, 0)
    if not (folder / SAMPLE).exists():
        np.save(folder / SAMPLE, np.load(next(folder.glob("*/train-images.npy")))[:1000])
    if not (network.kept() / "model.onnx").exists():
        network.save(network.kept())
    return network.kept()


def _command(**point: list[Any]) -> list[str | Path]:
    return [sys.executable, Path(__file__), "--point", json.dumps(point, default=str)]


def measure_point(text: str) -> None:
    """Measure one point in this process and print the answer: what `_command` starts."""
    ((task, values),) = json.loads(text).items()
    works: dict[str, Callable[..., Answer]] = {
        "train": train,
        "predict": predict,
        "latency": latency,
    }
    answer = works[task](*values)
    print(json.dumps(answer | {"peak_memory_mib": peak_memory_mib()}))


def tables(lines: Sequence[Answer]) -> str:
    """Return what was measured as Markdown: medians over the rounds."""
    out = []
    if trained := _medians(lines, "train", ("title", "recipe", "times", "digits")):
        out += [
            "| training | digits | s an epoch | images/s | peak memory, MiB |",
            "|---" * 5 + "|",
        ]
        for (title, recipe, times, digits), row in trained.items():
            cells = f"{times * digits:,} ({times}×) | {row['seconds']:.1f}"
            cells += f" | {row['images_per_second']:,.0f} | {row['peak_memory_mib']:,.0f}"
            out.append(f"| {title}, {recipe} | {cells} |")
    if answered := _medians(lines, "predict", ("title", "count")):
        headings = "s | µs a digit | peak memory, MiB | beyond start, input and output, MiB"
        out += ["", f"| prediction | digits | {headings} |", "|---" * 6 + "|"]
        for (title, count), row in answered.items():
            beyond = row["peak_memory_mib"] - row["before_mib"] - row["output_mib"]
            cells = f"{count:,} | {row['seconds']:.4g} | {1e6 * row['seconds'] / count:,.1f}"
            out.append(f"| {title} | {cells} | {row['peak_memory_mib']:,.0f} | {beyond:,.0f} |")
    if delays := _medians(lines, "latency", ("title",)):
        out += ["", "| one digit | median, ms | 95 % | 99 % |", "|---" * 4 + "|"]
        for (title,), row in delays.items():
            shares = (f"{row[name]:.3f}" for name in ("median_ms", "p95_ms", "p99_ms"))
            out.append(f"| {title} | " + " | ".join(shares) + " |")
    failed = [f"Failed: {line}" for line in lines if line.get("error")]
    return "\n".join([*out, *failed]) + "\n"


def _medians(
    lines: Sequence[Answer], task: str, names: tuple[str, ...]
) -> dict[tuple[Any, ...], Answer]:
    """Return the medians of every number of a task, by the values of `names`."""
    found: dict[tuple[Any, ...], list[Answer]] = {}
    for line in lines:
        if line["task"] == task and not line.get("error"):
            found.setdefault(tuple(line[name] for name in names), []).append(line)
    return {
        key: {
            name: median(row[name] for row in rows)
            for name, value in rows[0].items()
            if isinstance(value, int | float)
        }
        for key, rows in found.items()
    }


def main() -> None:
    assert __doc__
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--recipe", default="quick")
    parser.add_argument("--keras", action="store_true", help="train marvin too, beside Keras")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--times", type=int, nargs="+", default=TIMES, help="the training data")
    parser.add_argument("--counts", type=int, nargs="+", default=DIGITS, help="of prediction")
    parser.add_argument("--digits", type=int, default=60_000, help="fewer only to try the program")
    parser.add_argument("--timeout", type=float, default=3600, help="of one point, in s")
    parser.add_argument("--data-dir", type=Path, help="folder that holds MNIST")
    parser.add_argument("--environments", type=Path, default=CACHE, help="where they are kept")
    parser.add_argument("--out", type=Path, help="every answer; ENVIRONMENTS/scaling.jsonl")
    parser.add_argument("--picture", type=Path, default=ROOT / "docs" / "images" / "scaling.png")
    parser.add_argument("--point", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.point:
        measure_point(given.point)
        return
    measurements = plan(given, given.environments / "scaling")
    out = given.out or given.environments / "scaling.jsonl"
    lines = measuring.run(measurements, out, timeout=given.timeout)
    print(tables(lines))
    medians = {
        "train": _medians(lines, "train", ("title", "recipe", "times", "digits")),
        "predict": _medians(lines, "predict", ("title", "count")),
    }
    if all(medians.values()):
        figure = scaling_figure(medians["train"], medians["predict"])
        given.picture.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(given.picture, dpi=144)
        print(f"drawn: {given.picture}", file=sys.stderr)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("interrupted; the same call goes on with what is missing")
