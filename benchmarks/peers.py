"""Ziffern beside its peers: the same digits, the same machine, taking turns.

    python benchmarks/peers.py                          # everything; hours
    python benchmarks/peers.py --tasks import first     # only the start
    python benchmarks/peers.py --tasks train predict --networks marvin --rounds 9
    python benchmarks/peers.py --plan                   # only says what it would do, and how long

Keras with TensorFlow (float32 and bfloat16) and with JAX, PyTorch's own MNIST example,
scikit-learn's MLPClassifier, the NumPy package neural-network-digits, and Ziffern, each in an
environment of its own, made at the first call (some 3 GB, needs a package index). The tasks:

    import   start of Python and import of the library
    first    start of Python until a kept model has answered one digit
    train    images a second of training the same network, nothing augmented, and memory
    predict  images a second in batches of 1 and 256, and memory
    fit      whole trainings as their sources have them, on 55,000 digits: seconds of training until
             99.0, 99.5 and 99.7 % of 5,000 others are right, and the accuracy on the test set

Every measurement is a fresh process; answers are kept line by line in --out, and a second call
measures only what is missing there. Trainings of more than a quarter of an hour are done once, and
last. Prints Markdown tables (`peers_tables`). Graphics processors are hidden from all.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
import platformdirs

import measuring
import peers_environments
from measuring import Measurement
from peers_environments import ENVIRONMENTS
from peers_plan import TASKS, Contestant, Wish, contestants, measurement, plan
from peers_tables import tables
from ziffern import datasets
from ziffern.datasets import split

VALIDATION = 5_000
CACHE = platformdirs.user_cache_path("ziffern") / "peers"


def lay(folder: Path, count: int, data_dir: Path | None) -> None:
    """Lay digits into a folder as the programs read them (`peer.read`)."""
    if (folder / "one.npy").exists():
        return
    digits = datasets.load("mnist", data_dir=data_dir)
    if digits.is_sample:
        sys.exit("there is no MNIST here, only its sample: give --data-dir")
    images, labels = digits.train.images[:count], digits.train.labels[:count]
    validation = VALIDATION * len(labels) // 60_000
    training, held_out = split(labels, validation=validation, seed=0)
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "digits.npz", x_train=images, y_train=labels)
    for name, chosen in (("train", training), ("validation", held_out)):
        np.save(folder / f"{name}-images.npy", images[chosen])
        np.save(folder / f"{name}-labels.npy", labels[chosen])
    np.save(folder / "test-images.npy", digits.test.images)
    np.save(folder / "test-labels.npy", digits.test.labels)
    np.save(folder / "one.npy", images[:1])


def keep_models(wish: Wish, chosen: Sequence[Contestant], home: Path, folder: Path) -> None:
    """Keep an untrained model of each network, for `first` and `predict`."""
    for contestant in chosen:
        if not contestant.trains:  # these answer with what another one keeps
            continue
        for network in contestant.networks:
            mark = folder / "models" / f"{contestant.title}-{network}.kept"
            if network not in wish.networks or mark.exists():
                continue
            print(f"keeping a model: {contestant.title} {network}", file=sys.stderr)

            def python(name: str) -> Path:
                return peers_environments.python(name, home)

            wanted = measurement("first", contestant, network, 0, wish, python, folder)
            command = ["save" if part == "first" else part for part in wanted.command]
            measuring.measure(Measurement({}, command, 0, wanted.environment), 600)
            mark.touch()


def main() -> None:
    assert __doc__
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--recipes", nargs="+", default=["quick"], help="that only Ziffern has")
    parser.add_argument("--networks", nargs="+", help="only these, in place of all")
    parser.add_argument("--peers", nargs="+", help="only titles with one of these words, and ours")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--fit-rounds", type=int, default=3, help="whole trainings of each")
    parser.add_argument("--epochs", type=int, help="of whole trainings, in place of all")
    parser.add_argument("--images", type=int, help="of train, each network")
    parser.add_argument("--seconds", type=float, default=3.0, help="of predict, each batch size")
    parser.add_argument("--digits", type=int, default=60_000, help="fewer only to try the programs")
    parser.add_argument(
        "--longest", type=float, default=7200, help="leave out what takes longer, in s"
    )
    parser.add_argument("--timeout", type=float, default=4 * 3600, help="of one measurement, in s")
    parser.add_argument("--data-dir", type=Path, help="folder that holds MNIST")
    parser.add_argument("--environments", type=Path, default=CACHE, help="where they are kept")
    parser.add_argument("--out", type=Path, help="every answer; ENVIRONMENTS/peers.jsonl")
    parser.add_argument("--plan", action="store_true", help="measure nothing, say what is to do")
    parser.add_argument("--table", action="store_true", help="measure nothing, only print tables")
    given = parser.parse_args()

    everybody = contestants(given.recipes)
    chosen = [
        each
        for each in everybody
        if each.ours or not given.peers or any(word in each.title for word in given.peers)
    ]
    known = [name for each in chosen for name in each.networks]
    if wrong := sorted(set(given.networks or []) - set(known)):
        parser.error(
            f"nobody brings {', '.join(wrong)}; there are {', '.join(dict.fromkeys(known))}"
        )
    networks = given.networks or list(dict.fromkeys(n for e in chosen[3:] for n in e.networks))
    wish = Wish(
        tasks=given.tasks,
        networks=networks if given.networks else [*given.recipes, *networks],
        own=given.recipes,
        rounds=given.rounds,
        fit_rounds=given.fit_rounds,
        epochs=given.epochs,
        images=given.images,
        seconds=given.seconds,
        digits=given.digits,
        longest=given.longest,
    )
    home, out = given.environments, given.out or given.environments / "peers.jsonl"
    folder = home / f"work-{given.digits}"
    used = {each.environment for each in chosen}
    if given.plan or given.table:
        pythons = dict.fromkeys(used, Path(sys.executable))
    else:
        pythons = {
            name: peers_environments.python(name, home) for name in ENVIRONMENTS if name in used
        }
    measurements = plan(wish, chosen, pythons.__getitem__, folder)
    if given.plan:
        for each in measurements:
            print(f"{timedelta(seconds=each.expected)!s:>8}  {each.name}")
        print(f"{timedelta(seconds=sum(each.expected for each in measurements))!s:>8}  in all")
        return
    if not given.table:
        lay(folder, given.digits, given.data_dir)
        if {"first", "predict"} & set(given.tasks):
            keep_models(wish, chosen, home, folder)
        measuring.run(measurements, out, timeout=given.timeout)
    sizes = {name: peers_environments.size_mib(name, home) for name in ENVIRONMENTS if name in used}
    print(tables(measuring.answers(out, measurements), sizes))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("interrupted; the same call goes on with what is missing")
