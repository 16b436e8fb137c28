"""Ziffern beside Keras with TensorFlow: the same networks, the same machine, taking turns.

    python benchmarks/side_by_side.py --out benchmarks/results/side_by_side.json

Every measurement is a fresh process (`keras_speed.py`, `ziffern_speed.py`). In each round every
contestant runs once, in an order that moves on from round to round, so that a slow minute of the
machine hits all alike; what counts is the median over the rounds of the ratio within a round. Keras
lives in an environment of its own, made at the first call in the user's cache folder (about 1.5 GB,
needs a package index), or given with `--peer-python`. Graphics processors are hidden from both.

Prints a Markdown table for each network; `--out` keeps every single measurement as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import platformdirs

from ziffern import datasets
from ziffern.files import write_json

HERE = Path(__file__).resolve().parent
PEER = (
    "keras==3.15.1",
    "tensorflow-cpu==2.21.0" if sys.platform == "linux" else "tensorflow==2.21.0",
)
IMAGES = {"marvin": 20_000, "cnn-101": 4_000}  # a few seconds of training each
MEASURES = {
    "train_images_per_second": "training, images/s",
    "predict_images_per_second": "prediction, images/s",
    "peak_memory_mib": "peak memory, MiB",
}


@dataclass(frozen=True)
class Contestant:
    """One column of the comparison: a program, the Python that runs it, and its precision."""

    title: str
    python: Path
    program: str
    precision: str

    def measure(self, network: str, images: int, folder: Path) -> dict[str, Any]:
        """Run the program once in a fresh process and return what it prints."""
        command = [self.python, HERE / self.program, network, self.precision, images, folder]
        hidden = {"CUDA_VISIBLE_DEVICES": "-1"}
        done = subprocess.run(
            [str(part) for part in command],
            env=os.environ | hidden,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(f"{self.title} failed on {network}:\n{done.stderr}")
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer


def peer_python(folder: Path) -> Path:
    """The Python of Keras's environment, which is made in `folder` where it is not there yet."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ready = folder / "ready.txt"  # written last: a broken installation is made anew
    wanted = "\n".join(PEER)
    if not ready.exists() or ready.read_text(encoding="utf-8") != wanted:
        print(f"making Keras's environment in {folder}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PEER], check=True)
        ready.write_text(wanted, encoding="utf-8")
    return python


def write_idx(folder: Path, count: int, data_dir: Path | None) -> None:
    """Write `count` training digits as IDX; fewer digits than that are repeated."""
    digits = datasets.load("mnist", data_dir=data_dir).train
    images = np.resize(digits.images, (count, 28, 28))
    labels = np.resize(digits.labels, count).astype(np.uint8)
    for name, array in (("images-idx3", images), ("labels-idx1", labels)):
        header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
        (folder / f"train-{name}-ubyte").write_bytes(header + array.tobytes())


def ratios(runs: list[dict[str, Any]], title: str, network: str, measure: str) -> list[float]:
    """Ziffern's measure over the contestant's, one ratio a round."""
    mine, peers = (
        {run["round"]: run[measure] for run in runs if (run["title"], run["network"]) == wanted}
        for wanted in (("Ziffern", network), (title, network))
    )
    return [mine[number] / peers[number] for number in sorted(mine)]


def table(runs: list[dict[str, Any]], network: str) -> str:
    """The medians of one network as a Markdown table, with Ziffern's ratio to each peer."""
    here = [run for run in runs if run["network"] == network]
    titles = list(dict.fromkeys(run["title"] for run in sorted(here, key=lambda run: run["order"])))
    lines = [
        f"{network}, batch {here[0]['batch_size']}, {max(run['round'] for run in here)} rounds: "
        "medians, and in brackets Ziffern ÷ Keras (median, lowest–highest of the rounds)",
        "",
        "| | " + " | ".join(MEASURES.values()) + " |",
        "|---" * (len(MEASURES) + 1) + "|",
    ]
    for title in titles:
        cells = []
        for measure in MEASURES:
            cell = f"{median(run[measure] for run in here if run['title'] == title):,.0f}"
            if title != "Ziffern":
                found = ratios(here, title, network, measure)
                cell += f" (× {median(found):.2f}; {min(found):.2f}–{max(found):.2f})"
            cells.append(cell)
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def machine() -> dict[str, Any]:
    """What the numbers were taken on."""
    name = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next((line.split(":")[1].strip() for line in lines if "model name" in line), name)
    return {"processor": name, "cores": os.cpu_count(), "system": platform.platform()}


def main() -> None:
    assert __doc__
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--networks", nargs="+", choices=IMAGES, default=list(IMAGES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--images", type=int, help="for training and prediction, each network")
    parser.add_argument("--peer-python", type=Path, help="a Python that has Keras and TensorFlow")
    parser.add_argument(
        "--precision", default="auto", help="Ziffern's own: auto, float32, bfloat16"
    )
    parser.add_argument("--data-dir", type=Path, help="folder that holds MNIST")
    parser.add_argument("--out", type=Path, help="JSON file for every measurement")
    given = parser.parse_args()

    cache = platformdirs.user_cache_path("ziffern") / "keras-environment"
    peer = given.peer_python or peer_python(cache)
    contestants = [
        Contestant("Ziffern", Path(sys.executable), "ziffern_speed.py", given.precision),
        Contestant("Keras float32", peer, "keras_speed.py", "float32"),
        Contestant("Keras bfloat16", peer, "keras_speed.py", "bfloat16"),
    ]
    runs: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        counts = {network: given.images or IMAGES[network] for network in given.networks}
        write_idx(folder, max(counts.values()), given.data_dir)
        for network, images in counts.items():
            for number in range(given.rounds):
                for place in range(len(contestants)):
                    order = (number + place) % len(contestants)
                    contestant = contestants[order]
                    answer = contestant.measure(network, images, folder)
                    marks = {"title": contestant.title, "round": number + 1, "order": order}
                    runs.append(marks | answer)
                    speed = f"{answer['train_images_per_second']:,.0f} images/s"
                    print(f"{network} {number + 1} {contestant.title}: {speed}", file=sys.stderr)
    for network in given.networks:
        print(table(runs, network))
    if given.out:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        write_json(given.out, {"machine": machine(), "runs": runs})


if __name__ == "__main__":
    main()
