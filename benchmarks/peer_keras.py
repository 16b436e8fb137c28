"""Keras as a peer: its own networks, trained by `model.fit` on float32 pixels in memory.

    KERAS_BACKEND=tensorflow PEER/bin/python benchmarks/peer_keras.py train marvin float32 FOLDER

The variant is the precision: float32 or bfloat16 (the policy mixed_bfloat16; softmax and
augmentation stay in float32, as Keras advises). The backend is the environment's. What the sources
of the networks do is done: Adam 0.001, categorical cross-entropy, loss and accuracy watched; in a
whole training cnn-101 has random rotation, zoom and shift as Keras's own layers, and
ReduceLROnPlateau. Its EarlyStopping is left out: it trains for the 41 epochs that its source took.

Predictions are `predict_on_batch`, the fastest of Keras's ways for one batch. The first epoch's
seconds include the tracing of the graph, as its user waits for it.
"""

import os
import time
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

import keras_facts
import keras_layers
import peer

BATCH_SIZES = {"marvin": 128, "cnn-101": 64}
EPOCHS = {"marvin": 10, "cnn-101": 41}


class Clock(keras.callbacks.Callback):
    """Tells each epoch's seconds up to its validation."""

    def __init__(self, after_epoch: peer.AfterEpoch) -> None:
        super().__init__()
        self.after_epoch = after_epoch

    def on_epoch_begin(self, epoch, logs=None) -> None:
        self.started, self.seconds = time.perf_counter(), None

    def on_test_begin(self, logs=None) -> None:
        self.seconds = time.perf_counter() - self.started

    def on_epoch_end(self, epoch, logs=None) -> None:
        seconds = self.seconds or time.perf_counter() - self.started
        self.after_epoch(seconds)


class Keras(peer.Peer):
    """One of the source networks in Keras."""

    def __init__(self, network: str, variant: str, folder: Path, seed: int) -> None:
        super().__init__(network, variant, folder, seed)
        backend = os.environ["KERAS_BACKEND"]
        self.packages = ("keras", "tensorflow_cpu" if backend == "tensorflow" else backend)
        self.model = None

    batch_size = property(lambda self: BATCH_SIZES[self.network])
    epochs = property(lambda self: EPOCHS[self.network])

    def build(self, augmented: bool) -> keras.Sequential:
        """Return the network, compiled; augmenting layers only work while it trains."""
        keras.utils.set_random_seed(self.seed)
        lines = [line for line in keras_facts.NETWORKS[self.network].split("\n") if line]
        before = []
        if augmented:
            black = {"fill_mode": "constant", "fill_value": 0.0, "dtype": "float32"}
            before = [
                keras.layers.RandomRotation(10 / 360, **black),
                keras.layers.RandomZoom((-0.1, 0.1), (-0.1, 0.1), **black),
                keras.layers.RandomTranslation(0.1, 0.1, **black),
            ]
        policy = {"float32": "float32", "bfloat16": "mixed_bfloat16"}[self.variant]
        keras.config.set_dtype_policy(policy)
        layers = [keras_layers.make(line) for line in lines[:-1]]
        keras.config.set_dtype_policy("float32")
        layers.append(keras_layers.make(lines[-1]))
        model = keras.Sequential([keras.Input((28, 28, 1)), *before, *layers])
        model.compile(
            optimizer=keras.optimizers.Adam(0.001),
            loss=keras.losses.CategoricalCrossentropy(),
            metrics=["accuracy"],
        )
        return model

    def train(self, images, labels, epochs, after_epoch, validation) -> None:
        callbacks, checked = [Clock(after_epoch)], None
        if validation is not None and self.network == "cnn-101":
            callbacks.append(keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=3))
            checked = (self.prepared(validation[0]), keras.utils.to_categorical(validation[1], 10))
        self.model = self.build(augmented=checked is not None)
        self.model.fit(
            self.prepared(images),
            keras.utils.to_categorical(labels, 10),
            batch_size=self.batch_size,
            epochs=epochs,
            validation_data=checked,
            callbacks=callbacks,
            verbose=0,
        )

    def prepared(self, images):
        return images[..., None].astype(np.float32) / 255

    def answer(self, prepared):
        return np.asarray(self.model.predict_on_batch(prepared))

    def save(self, folder: Path) -> None:
        model = self.model or self.build(augmented=False)
        model.save(folder / f"{self.variant}.keras")

    def load(self, folder: Path) -> None:
        self.model = keras.models.load_model(folder / f"{self.variant}.keras")


if __name__ == "__main__":
    peer.run(Keras, __doc__)
