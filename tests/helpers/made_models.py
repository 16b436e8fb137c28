"""Models with weights drawn by seed: no training, for tests of what looks inside."""

from __future__ import annotations

from typing import Any

import numpy as np

from ziffern.contract import Contract
from ziffern.evaluation.model import Model
from ziffern.layers import Network, parse_layers
from ziffern.modelfile import SavedModel

CONVOLUTIONS = """
Conv2D(6, 3, activation='relu')
MaxPooling2D(2)
Conv2D(8, 3, strides=2, activation='relu')
Flatten()
Dropout(0.5)
Dense(10, activation='softmax')
"""
NORMALISED = """
Conv2D(4, 5, strides=2, padding='same', use_bias=False)
BatchNormalization(scale=False)
Activation('relu')
Residual([Conv2D(4, 3, padding='same', activation='relu'), Conv2D(4, 3, padding='same')])
Activation('relu')
MaxPooling2D(2)
Flatten()
Dense(10)
Activation('softmax')
"""
DENSE = "Flatten()\nDense(12, activation='sigmoid')\nDense(10, activation='softmax')"
RECURRENT = "Reshape((28, 28))\nLSTM(6)\nDense(10, activation='softmax')"

ALL = {
    "convolutions": CONVOLUTIONS,
    "normalised": NORMALISED,
    "dense": DENSE,
    "recurrent": RECURRENT,
}


def made_model(
    layers: str = CONVOLUTIONS,
    *,
    seed: int = 0,
    scale: Any = "unit",
    background_class: bool = False,
) -> Model:
    """Make a model whose biases and statistics are not those of a fresh start either."""
    records = [layer for _, layer in parse_layers(layers)]
    rng = np.random.default_rng(seed)
    weights = {
        name: array + np.abs(rng.normal(0, 0.1, array.shape)).astype(np.float32)
        for name, array in Network(records).initial_weights(seed).items()
    }
    contract = Contract(scale=scale, mean=0.13, deviation=0.31) if scale == "standard" else None
    return Model(
        SavedModel(
            name="made",
            layers=tuple(str(layer) for layer in records),
            weights=weights,
            contract=contract or Contract(scale=scale),
            class_names=tuple("0123456789"),
            background_class=background_class,
        ),
        on="cpu",
        precision="float32",
    )
