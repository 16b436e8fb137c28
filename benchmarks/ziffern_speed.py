"""How fast Ziffern trains and predicts one source network.

    python benchmarks/ziffern_speed.py marvin auto 20000 FOLDER

The counterpart of `keras_speed.py`, with the same work, the same arguments and the same answer: the
recipe's own batch size and optimiser, no augmentation, no validation set; FOLDER holds MNIST as IDX
files. Precision is auto (bfloat16 where the processor is made for it), float32 or bfloat16.

Prints one JSON object in one line: train_images_per_second, predict_images_per_second,
peak_memory_mib (of this process, in all), and the settings and versions it ran with.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from ziffern import datasets
from ziffern import recipe as recipes
from ziffern.contract import Contract
from ziffern.device import default_precision
from ziffern.evaluation.model import Model
from ziffern.modelfile import SavedModel
from ziffern.training.batches import TrainingBatches
from ziffern.training.engine import Engine

NETWORKS = ("marvin", "cnn-101")


def measure_ours(network: str, precision: str, images: int, folder: Path) -> dict[str, Any]:
    """Train `network` on the first `images` pictures of `folder`, then predict the same pictures.

    Returns train_images_per_second, predict_images_per_second, precision (the one used) and
    batch_size. The first epoch warms up, the second one is measured; so is the second prediction.
    """
    part = datasets.load(folder).train
    pictures, labels = part.images[:images], part.labels[:images]
    recipe = recipes.load(network, {"augment": {}, "schedule": {}, "train.epochs": 2})
    device, contract = torch.device("cpu"), Contract(scale="unit")
    batches = TrainingBatches(
        pictures,
        labels,
        contract,
        device,
        recipe,
    )
    chosen = default_precision(device) if precision == "auto" else precision
    engine = Engine(recipe, batches, None, precision=chosen)
    engine.fit()
    model = Model(
        SavedModel(
            name=network,
            layers=tuple(str(layer) for layer in recipe.layer_list),
            weights=engine.result(),
            contract=contract,
            class_names=tuple("0123456789"),
        )
    )
    model.predict(pictures[:1000])
    started = time.perf_counter()
    model.predict(pictures)
    return {
        "train_images_per_second": engine.state.history[1]["images_per_second"],
        "predict_images_per_second": len(pictures) / (time.perf_counter() - started),
        "precision": chosen,
        "batch_size": recipe.train.batch_size,
    }


def main() -> None:
    assert __doc__
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("network", choices=NETWORKS)
    parser.add_argument("precision", choices=["auto", "float32", "bfloat16"])
    parser.add_argument("images", type=int, help="train on that many, predict that many")
    parser.add_argument("folder", type=Path, help="MNIST's training images and labels, IDX")
    given = parser.parse_args()
    measured = measure_ours(given.network, given.precision, given.images, given.folder)
    unit = 1 if platform.system() == "Darwin" else 1024  # of ru_maxrss, in bytes
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    versions = {name: version(name) for name in ("ziffern", "torch")}
    result = {
        "network": given.network,
        "images": given.images,
        **measured,
        "peak_memory_mib": peak / 2**20,
        "versions": {"python": platform.python_version(), **versions},
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
