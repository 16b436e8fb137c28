"""Write the golden values of tests/golden/ with the real Keras.

    PEER/bin/python benchmarks/keras_golden.py [FOLDER]

Run it with a Python that has Keras 3.15 and TensorFlow (benchmarks/README.md says how to make one),
never with Ziffern's own: nothing here imports Ziffern, and Ziffern never imports Keras. The same
versions write the same values. The formats are in the docstrings of the three parts:

    keras_layers.py      keras_layers.npz: layers, regularisers, initialisers
    keras_optimizers.py  keras_optimizers.npz: optimisers, schedules, losses
    keras_facts.py       keras_signatures.json and keras_summaries.json: arguments and summaries
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"  # one order of summation, whatever the processor
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"  # golden values come from the CPU

import keras
import numpy as np
import tensorflow as tf

import keras_facts
import keras_layers
import keras_optimizers

GOLDEN = Path(__file__).resolve().parent.parent / "tests" / "golden"
LIMIT = 400 * 1024  # bytes that the two archives may have together


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else GOLDEN
    folder.mkdir(parents=True, exist_ok=True)
    versions = {"keras": keras.__version__, "tensorflow": tf.__version__}
    archives = {
        "keras_layers.npz": keras_layers.arrays(),
        "keras_optimizers.npz": keras_optimizers.arrays(),
    }
    size = 0
    for name, arrays in archives.items():
        np.savez_compressed(folder / name, **arrays)
        size += (folder / name).stat().st_size
        print(f"{name}: {len(arrays)} arrays, {(folder / name).stat().st_size:,} bytes")
    if size > LIMIT:
        sys.exit(
            f"the archives have {size:,} bytes together: at most {LIMIT:,} belong in the repository"
        )
    (folder / "keras_signatures.json").write_text(keras_facts.signatures(versions))
    (folder / "keras_summaries.json").write_text(keras_facts.summaries(versions))


if __name__ == "__main__":
    main()
