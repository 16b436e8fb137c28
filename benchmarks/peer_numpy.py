"""The package neural-network-digits as a peer: a network in NumPy with a window to watch it.

    PEER/bin/python benchmarks/peer_numpy.py train nn-digits float32 FOLDER

It is what its name says, a multilayer perceptron in NumPy (784-64-32-10, relu, momentum), and its
`Trainer` takes arrays. Its defaults are taken: 60 epochs, learning rate 0.05 with cosine decay,
batches of 32, every epoch's digits turned and shifted at random. In a whole training its own
figures at the end of an epoch (accuracy on all training digits) are part of its time, because its
epoch is one function.
"""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import numpy as np
from nn_digits.neural_net.data import normalize, one_hot
from nn_digits.neural_net.network import NeuralNetwork
from nn_digits.neural_net.training import Trainer

import peer

LEARNING_RATE = 0.05


class NumpyDigits(peer.Peer):
    """The package's own network with its defaults."""

    packages = ("neural-network-digits", "numpy")
    batch_size = 32
    epochs = 60

    def __init__(self, network: str, variant: str, folder: Path, seed: int) -> None:
        super().__init__(network, variant, folder, seed)
        self.net = NeuralNetwork(seed=seed)

    def train(
        self,
        images: peer.Pixels,
        labels: peer.Labels,
        epochs: int,
        after_epoch: peer.AfterEpoch,
        validation: tuple[peer.Pixels, peer.Labels] | None,
    ) -> None:
        if validation is None:
            self._plain(images, labels, epochs, after_epoch)
            return
        trainer = Trainer(seed=self.seed, photos_and_digits=(images, labels))
        # it would put a tenth aside by itself; the validation part is aside already
        trainer.train_photos, trainer.train_digits = images, labels
        trainer.X_train, trainer.Y_train = normalize(images), one_hot(labels)
        trainer.X_val, trainer.Y_val = normalize(validation[0]), one_hot(validation[1])
        trainer.val_digits = validation[1]
        self.net = trainer.net
        for epoch in range(epochs):
            started = time.perf_counter()
            trainer.run_epoch(LEARNING_RATE * 0.5 * (1 + math.cos(math.pi * epoch / epochs)))
            after_epoch(time.perf_counter() - started)

    def _plain(
        self, images: peer.Pixels, labels: peer.Labels, epochs: int, after_epoch: peer.AfterEpoch
    ) -> None:
        inputs, wanted = normalize(images), one_hot(labels)
        random = np.random.default_rng(self.seed)
        for _ in range(epochs):
            started = time.perf_counter()
            order = random.permutation(len(inputs))
            for start in range(0, len(order), self.batch_size):
                group = order[start : start + self.batch_size]
                self.net.train_step(inputs[group], wanted[group], LEARNING_RATE)
            after_epoch(time.perf_counter() - started)

    def prepared(self, images: peer.Pixels) -> np.ndarray:
        return np.asarray(normalize(images))

    def answer(self, prepared: Any) -> np.ndarray:
        return np.asarray(self.net.predict(prepared))

    def save(self, folder: Path) -> None:
        self.net.save(folder / "model.npz")

    def load(self, folder: Path) -> None:
        self.net = NeuralNetwork.load(folder / "model.npz")


if __name__ == "__main__":
    assert __doc__
    peer.run(NumpyDigits, __doc__)
