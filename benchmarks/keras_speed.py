"""How fast Keras with TensorFlow trains and predicts one source network.

    PEER/bin/python benchmarks/keras_speed.py marvin float32 20000 FOLDER [--metrics source]

Run it with a Python that has Keras and TensorFlow; `side_by_side.py` makes one and calls this. The
network is trained as its source trains it: `model.fit` on float32 pixels in 0…1 in memory, its own
batch size, Adam 0.001, categorical cross-entropy. Precision is float32 or bfloat16 (Keras's policy
mixed_bfloat16, softmax in float32). FOLDER holds MNIST as IDX files, packed or not. Nothing is
augmented. What comes before (imports, tracing of the graph, first batches) is not timed.

Watched are loss and accuracy, as Ziffern watches them; `--metrics source` adds the precision and
the recall that the source of marvin also has, which makes Keras slower.

Prints one JSON object in one line: train_images_per_second, predict_images_per_second,
peak_memory_mib (of this process, in all), and the settings and versions it ran with.
"""

import argparse
import gzip
import json
import os
import platform
import resource
import sys
import time
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

import keras_facts
import keras_layers

BATCH_SIZES = {"marvin": 128, "cnn-101": 64}
SOURCE_METRICS = {"marvin": ["accuracy", "precision", "recall"], "cnn-101": ["accuracy"]}
WARM_UP = 20  # batches


def read(folder: Path, name: str) -> np.ndarray:
    """The bytes of an IDX file as an array, whether it is packed or not."""
    packed = folder / f"{name}.gz"
    raw = gzip.decompress(packed.read_bytes()) if packed.exists() else (folder / name).read_bytes()
    sizes = np.frombuffer(raw, ">u4", count=raw[3], offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(sizes)


def build(network: str, precision: str, metrics: list[str]) -> keras.Sequential:
    lines = [line for line in keras_facts.NETWORKS[network].split("\n") if line]
    policy = {"float32": "float32", "bfloat16": "mixed_bfloat16"}[precision]
    keras.config.set_dtype_policy(policy)
    layers = [keras_layers.make(line) for line in lines[:-1]]
    keras.config.set_dtype_policy("float32")  # Keras's own advice for the last layer
    layers.append(keras_layers.make(lines[-1]))
    model = keras.Sequential([keras.Input((28, 28, 1)), *layers])
    watched = {"precision": keras.metrics.Precision, "recall": keras.metrics.Recall}
    model.compile(
        optimizer=keras.optimizers.Adam(0.001),
        loss=keras.losses.CategoricalCrossentropy(),
        metrics=[watched[name]() if name in watched else name for name in metrics],
    )
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("network", choices=BATCH_SIZES)
    parser.add_argument("precision", choices=["float32", "bfloat16"])
    parser.add_argument("images", type=int, help="train on that many, predict that many")
    parser.add_argument("folder", type=Path, help="MNIST's training images and labels, IDX")
    parser.add_argument("--metrics", choices=["accuracy", "source"], default="accuracy")
    given = parser.parse_args()
    batch_size = BATCH_SIZES[given.network]
    count = given.images - given.images % batch_size  # a smaller last batch would be traced anew
    images = read(given.folder, "train-images-idx3-ubyte")[:count]
    images = images[..., None].astype(np.float32) / 255
    labels = read(given.folder, "train-labels-idx1-ubyte")[:count]
    labels = keras.utils.to_categorical(labels, 10)
    if len(images) < count:
        sys.exit(f"{given.folder} has {len(images)} training images, asked for {count}")

    keras.utils.set_random_seed(0)
    metrics = SOURCE_METRICS[given.network] if given.metrics == "source" else ["accuracy"]
    model = build(given.network, given.precision, metrics)
    first = slice(0, WARM_UP * batch_size)
    model.fit(images[first], labels[first], batch_size=batch_size, verbose=0)
    start = time.perf_counter()
    model.fit(images, labels, batch_size=batch_size, verbose=0)
    training = time.perf_counter() - start
    model.predict(images[first], batch_size=batch_size, verbose=0)
    start = time.perf_counter()
    model.predict(images, batch_size=batch_size, verbose=0)
    prediction = time.perf_counter() - start

    unit = 1 if platform.system() == "Darwin" else 1024  # of ru_maxrss, in bytes
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    result = {
        "network": given.network,
        "precision": given.precision,
        "images": count,
        "batch_size": batch_size,
        "metrics": metrics,
        "train_images_per_second": count / training,
        "predict_images_per_second": count / prediction,
        "peak_memory_mib": peak / 2**20,
        "versions": {
            "python": platform.python_version(),
            "keras": keras.__version__,
            "tensorflow": tf.__version__,
        },
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
