"""A little network that trains in a second on the packaged sample of MNIST."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy

from ziffern import bench
from ziffern.recipe import Recipe
from ziffern.runs import Run

RECIPE = """
title = "Little"
layers = '''
Conv2D(8, 5, strides=3, activation='relu')
BatchNormalization(momentum=0.9)
Flatten()
Dropout(0.2)
Dense(10, activation='softmax')
'''
[augment]
rotation = 5
[optimizer]
name = "adam"
learning_rate = 0.01
[train]
epochs = 3
batch_size = 100
"""


def train(recipe: Path | Recipe, **options: Any) -> Run:
    return bench.train(recipe, **{"quiet": True, "tensorboard": False, **options})


def weights(run: Run) -> dict[str, np.ndarray]:
    return safetensors.numpy.load((run.path / "model.safetensors").read_bytes())
