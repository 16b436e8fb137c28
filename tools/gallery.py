"""Makes docs/gallery.md and its pictures from real runs.

    python tools/gallery.py [--data-dir D] [--runs DIR]        # or: make gallery

Trains marvin, which keeps the weights of every epoch, and werkstatt, unless DIR holds finished runs
of these, and opens the test set of marvin once. Everything else is what the commands that stand in
the gallery do; this script only chooses among their plates.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

import ziffern
from ziffern import datasets
from ziffern.album import dataset as data_album
from ziffern.album import digit, learning, mistakes, network, topic
from ziffern.album.page import Plate, Step, write_album
from ziffern.evaluation.evaluate import dataset_of, recipe_of, validation_part
from ziffern.evaluation.model import Model, load
from ziffern.explain.topics import TOPICS, explain
from ziffern.runs import Run, listing

DOCS = Path(__file__).resolve().parent.parent / "docs"
PICTURES = DOCS / "images" / "gallery"
LARGEST = 250_000
"""Bytes of a drawing; what is larger is kept as pixels."""
LOOKED_AT = 947
"""A test picture that people dispute, for the way of one digit through the network."""


DATA = (
    "balance-train", "means", "handwriting", "explained-variance", "components", "clusters",
    "tsne", "most-alike", "labels",
)  # fmt: skip
NETWORK = (
    "layers", "weights-conv2d-kernel", "histograms", "dead-units", "separation", "maps", "wishes",
    "loss-surface", "loss-path",
)  # fmt: skip
SQUARES = ("weights-dense-kernel", "units")
DIGIT = ("strip", "maps-conv2d", "looks", "softmax", "temperature")
LEARNING = ("curves", "curves-zoomed")
MISTAKES = (
    "wrong", "extremes", "most-wrong", "confused", "recall", "causes", "calibration", "confidence",
    "abstention",
)  # fmt: skip
"""Which plates each room shows, in order; those that explain a topic are shown all."""


@dataclass(frozen=True)
class Room:
    """A part of the gallery: a command and those of its plates that are shown, in order."""

    title: str
    command: str
    steps: Callable[[], Sequence[Step]]
    wanted: Sequence[str]

    @property
    def slug(self) -> str:
        """What the names of its pictures begin with."""
        return self.title.lower().replace(": ", "-").replace(" ", "-")


def main() -> None:
    """Make the gallery."""
    parser = argparse.ArgumentParser(description="Make the gallery from real runs.")
    parser.add_argument("--data-dir")
    parser.add_argument("--runs", default="runs")
    given = parser.parse_args()
    marvin = trained("marvin", given.runs, given.data_dir, {"train.snapshots": True})
    werkstatt = trained("werkstatt", given.runs, given.data_dir, {})
    if marvin.test_looks == 0:
        ziffern.evaluate(marvin)
    if PICTURES.exists():
        shutil.rmtree(PICTURES)
    PICTURES.mkdir(parents=True)
    lines = [
        "# Gallery",
        "",
        "What Ziffern draws, from real runs: marvin and werkstatt as they ship, seed 0, on MNIST. "
        "All of it was made by `make gallery`; above each part stands the command that draws the "
        "same of your own run.",
    ]
    for room in rooms(marvin, werkstatt, given.data_dir):
        print(room.title, flush=True)
        lines += ["", f"## {room.title}", "", f"`{room.command}`"]
        for plate, picture in chosen(room):
            file = picture.relative_to(DOCS).as_posix()
            text = next(iter(plate.text.split("\n\n")))
            alt = (plate.alt or plate.title).replace("[", "(").replace("]", ")")
            lines += ["", f"### {plate.title}", "", text, "", f"![{alt}]({file})"]
    (DOCS / "gallery.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def trained(recipe: str, runs: str, data_dir: str | None, changes: dict[str, object]) -> Run:
    """Return a finished run of a recipe, trained now if there is none."""
    for item in listing(Path(runs)):
        run = Run.open(item.name, runs)
        asked = recipe_of(run).train.snapshots if run.info.get("recipe") == recipe else None
        if asked is not None and asked >= bool(changes) and run.info["status"] == "finished":
            return run
    return ziffern.train(recipe, changes=changes, runs=runs, data_dir=data_dir)


def rooms(marvin: Run, werkstatt: Run, data_dir: str | None) -> Iterator[Room]:
    """Yield the parts of the gallery."""
    mnist = datasets.load("mnist", data_dir=data_dir)
    yield Room(
        "The data",
        "ziffern explore mnist",
        lambda: data_album.steps(mnist),
        DATA,
    )
    yield Room("The network", "ziffern inspect RUN", whole(marvin, data_dir), NETWORK)
    yield Room("A network of squares", "ziffern inspect RUN", whole(werkstatt, data_dir), SQUARES)
    model = inside(marvin)
    image, label = mnist.test.images[LOOKED_AT], int(mnist.test.labels[LOOKED_AT])
    yield Room(
        "One digit",
        f"ziffern inspect RUN --index {LOOKED_AT}",
        lambda: digit.steps(model, image, label),
        DIGIT,
    )
    yield Room("The learning", "ziffern inspect RUN", lambda: learning.steps(marvin), LEARNING)
    yield Room(
        "The mistakes",
        "ziffern inspect RUN --mistakes",
        lambda: mistakes.steps(marvin, data_dir=data_dir),
        MISTAKES,
    )
    for name in TOPICS:
        yield Room(f"Explained: {name}", f"ziffern explain {name}", told(name), ())


def inside(run: Run) -> Model:
    """Return the network of a run as `ziffern inspect` looks at it."""
    return load(run, precision="float32", engine="torch").alone


def whole(run: Run, data_dir: str | None) -> Callable[[], Sequence[Step]]:
    """Return what makes the album of a whole network."""

    def steps() -> Sequence[Step]:
        recipe = recipe_of(run)
        part = validation_part(run, recipe, dataset_of(run, recipe, data_dir))
        return network.steps(inside(run), part.images, part.labels, run=run.path)

    return steps


def told(name: str) -> Callable[[], Sequence[Step]]:
    """Return what explains a topic."""
    return lambda: topic.steps(explain(name))


def chosen(room: Room) -> list[tuple[Plate, Path]]:
    """Make a room's plates; return those that are wanted, each with its picture."""
    plates: dict[str, Plate] = {}

    def kept(step: Step) -> Step:
        def make() -> Sequence[Plate]:
            made = step.make()
            plates.update({plate.name: plate for plate in made})
            return made

        return Step(step.title, make)

    with tempfile.TemporaryDirectory() as folder:
        write_album(folder, room.title, [kept(step) for step in room.steps()])
        wanted = room.wanted or [name for name, plate in plates.items() if plate.figure]
        return [(plates[name], hung(Path(folder), room, name)) for name in wanted]


def hung(folder: Path, room: Room, name: str) -> Path:
    """Copy a plate's picture: the drawing, or the pixels where that has too many parts."""
    drawing = folder / f"{name}.svg"
    if drawing.exists() and drawing.stat().st_size <= LARGEST:
        return Path(shutil.copyfile(drawing, PICTURES / f"{room.slug}-{name}.svg"))
    target = PICTURES / f"{room.slug}-{name}.png"
    with Image.open(folder / f"{name}.png") as pixels:
        pixels.convert("RGB").quantize(256).save(target, optimize=True)
    return target


if __name__ == "__main__":
    np.seterr(all="raise", under="ignore")
    main()
