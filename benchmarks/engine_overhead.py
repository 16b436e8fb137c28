"""What the engine adds over the bare PyTorch step.

    python benchmarks/engine_overhead.py [RECIPE…] [--rounds 7]

Both train the same network with the same optimiser on the same 20,000 digits, in one process and in
turn. The bare loop takes ready batches through forward, loss, backward and optimiser; the engine
does all that it does in a real training: new order each epoch, gathering and scaling of pictures,
schedule, sums for loss and accuracy, checks for divergence, listeners for history, checkpoint and
progress. The median over rounds of the ratio of images a second is what counts.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time

import torch
from torch.nn import functional

from ziffern import datasets, runs
from ziffern import recipe as recipes
from ziffern.contract import Contract
from ziffern.device import default_precision
from ziffern.training.batches import TrainingBatches
from ziffern.training.checkpoint import Checkpoint
from ziffern.training.engine import Engine
from ziffern.training.listeners import History, Progress


def engine_of(name: str, images: int, epochs: int) -> Engine:
    """Make an engine without augmentation and validation."""
    recipe = recipes.load(name, {"augment": {}, "train.epochs": epochs, "schedule": {}})
    part = datasets.load("mnist").train
    device = torch.device("cpu")
    batches = TrainingBatches(
        part.images[:images],
        part.labels[:images],
        Contract(),
        device,
        recipe,
    )
    return Engine(recipe, batches, None, precision=default_precision(device))


def bare(engine: Engine) -> float:
    """Return images a second of forward, loss, backward and optimiser on ready batches."""
    ready = [(x.clone(), y.clone()) for x, y in engine.training.epoch(1)]
    engine.network.train()
    started = time.perf_counter()
    for images, labels in ready:
        with torch.autocast("cpu", torch.bfloat16, enabled=engine.autocast):
            logits = engine.network(images)
        loss = functional.cross_entropy(logits, labels)
        engine.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        engine.optimizer.step()
    return len(engine.training) / (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description="What the engine adds over the bare step.")
    parser.add_argument("recipes", nargs="*", default=["marvin", "codelab-05-decay", "cnn-101"])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--images", type=int, default=20_000)
    given = parser.parse_args()
    print("| network | batch | bare step, images/s | engine, images/s | engine adds |")
    print("|---|---|---|---|---|")
    for name in given.recipes:
        images = given.images // 5 if name == "cnn-101" else given.images
        engine = engine_of(name, images, 1)
        bare(engine)  # warms up
        rows = []
        with tempfile.TemporaryDirectory() as folder:
            run = runs.create(folder, name, 0)
            listeners = [Progress(quiet=True), History(run), Checkpoint(engine, run.path)]
            for number in range(given.rounds):
                engine.state.epochs = number + 1
                plain = bare(engine)
                engine.fit(listeners)
                rows.append((plain, engine.state.history[-1]["images_per_second"]))
        ratio = statistics.median(plain / own for plain, own in rows) - 1
        low, high = (f(plain / own - 1 for plain, own in rows) for f in (min, max))
        medians = [statistics.median(column) for column in zip(*rows, strict=True)]
        print(
            f"| {name} | {engine.recipe.train.batch_size} | {medians[0]:,.0f} | {medians[1]:,.0f} "
            f"| {ratio:.1%} ({low:.1%} to {high:.1%}) |",
            flush=True,
        )


if __name__ == "__main__":
    main()
