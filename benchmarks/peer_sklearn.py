"""scikit-learn's MLPClassifier as a peer: two hidden layers, Adam, batches of 128, 20 epochs.

    PEER/bin/python benchmarks/peer_sklearn.py train sklearn-mlp float32 FOLDER

It has no convolutions, so 99 % is hardly to be had; these settings are among its better ones on
MNIST. `partial_fit` is one epoch, so that the validation part can be watched in between. Pixels are
float32 in 0…1: scikit-learn computes in the type it is given.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.neural_network import MLPClassifier

import peer


class ScikitLearn(peer.Peer):
    """A multilayer perceptron."""

    packages = ("scikit-learn",)
    batch_size = 128
    epochs = 20

    def __init__(self, network: str, variant: str, folder: Path, seed: int) -> None:
        super().__init__(network, variant, folder, seed)
        self.model = MLPClassifier((512, 256), batch_size=self.batch_size, random_state=seed)

    def train(
        self,
        images: peer.Pixels,
        labels: peer.Labels,
        epochs: int,
        after_epoch: peer.AfterEpoch,
        validation: tuple[peer.Pixels, peer.Labels] | None,
    ) -> None:
        ready, classes = self.prepared(images), np.arange(10)
        for _ in range(epochs):
            started = time.perf_counter()
            self.model.partial_fit(ready, labels, classes=classes)
            after_epoch(time.perf_counter() - started)

    def prepared(self, images: peer.Pixels) -> np.ndarray:
        return images.reshape(len(images), -1).astype(np.float32) / 255

    def answer(self, prepared: Any) -> np.ndarray:
        return np.asarray(self.model.predict_proba(prepared))

    def save(self, folder: Path) -> None:
        if not hasattr(self.model, "coefs_"):  # its weights are made by the first training
            digits = np.zeros((self.batch_size, 784), np.float32)
            self.model.partial_fit(digits, np.arange(len(digits)) % 10, classes=np.arange(10))
        joblib.dump(self.model, folder / "mlp.joblib")

    def load(self, folder: Path) -> None:
        self.model = joblib.load(folder / "mlp.joblib")


if __name__ == "__main__":
    assert __doc__
    peer.run(ScikitLearn, __doc__)
