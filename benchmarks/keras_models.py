"""Save small networks with the real Keras, for the reader of Keras files to be tested on.

    PEER/bin/python benchmarks/keras_models.py [FOLDER]

Run it with a Python that has Keras 3.15 and TensorFlow (benchmarks/README.md says how to make one).
keras_models.zip holds each network as `NAME.keras` and as `NAME.h5`, just as Keras wrote it,
and `outputs.npz`: the pictures, uint8 (3, 28, 28), and under each NAME what Keras answers. The
weights are random but fixed, and large, so that a layer that is read wrongly changes the answers.
"""

import os
import sys
import tempfile
import warnings
import zipfile
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import keras
import numpy as np
from keras import layers

GOLDEN = Path(__file__).resolve().parent.parent / "tests" / "golden"


def conv() -> keras.Model:
    """A Sequential model on raw grey values, with every layer that works on maps."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Rescaling(1 / 255),
            layers.RandomRotation(0.1),
            layers.Conv2D(3, 5, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(scale=False, epsilon=0.01),
            layers.ReLU(),
            layers.SpatialDropout2D(0.2),
            layers.Conv2D(4, 3, dilation_rate=2, activation="leaky_relu"),
            layers.BatchNormalization(),
            layers.ZeroPadding2D(((1, 0), (0, 1))),
            layers.DepthwiseConv2D(2, depth_multiplier=2, activation="tanh"),
            layers.MaxPooling2D(2),
            layers.SeparableConv2D(5, 3, padding="same"),
            layers.AveragePooling2D(3, strides=2, padding="same"),
            layers.Flatten(),
            layers.Dropout(0.4),
            layers.Dense(10, activation="softmax", kernel_regularizer="l2"),
        ]
    )


def rows() -> keras.Model:
    """A functional chain on 784 values 0…1 that ends in logits: the rows as time steps."""
    inputs = keras.Input((784,), name="pixels")
    x = layers.Reshape((28, 28))(inputs)
    x = layers.LSTM(3, return_sequences=True, dropout=0.1)(x)
    x = layers.GRU(3, return_sequences=True)(x)
    x = layers.LayerNormalization()(x)
    x = layers.SimpleRNN(4)(x)
    return keras.Model(inputs, layers.Dense(10, name="digits")(x))


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else GOLDEN
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        save(Path(temporary))
        with zipfile.ZipFile(folder / "keras_models.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(Path(temporary).iterdir()):
                archive.write(path, path.name)
    print(f"keras_models.zip: {(folder / 'keras_models.zip').stat().st_size:,} bytes")


def save(folder: Path) -> None:
    random = np.random.default_rng(0)
    pictures = random.integers(0, 256, (3, 28, 28), dtype=np.uint8)
    kept = {"pictures": pictures}
    fed = {"conv": pictures[..., np.newaxis], "rows": pictures.reshape(3, 784) / 255}
    for name, model in {"conv": conv(), "rows": rows()}.items():
        for weight in model.weights:
            values = random.normal(0, 0.5, weight.shape)
            weight.assign(abs(values) + 0.5 if "variance" in weight.path else values)
        kept[name] = np.asarray(model(fed[name].astype("float32"), training=False))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras would rather not write .h5 any more
            for suffix in (".keras", ".h5"):
                model.save(folder / f"{name}{suffix}")
    np.savez_compressed(folder / "outputs.npz", **kept)


if __name__ == "__main__":
    main()
