"""A small training that shows everything: dropout, batch normalisation, augmentation."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ziffern import recipe as recipes
from ziffern.contract import Contract
from ziffern.recipe import Recipe
from ziffern.training.batches import Pictures, TrainingBatches
from ziffern.training.engine import Engine

SMALL = """
title = "Small"
layers = '''
Conv2D(4, 3, strides=2, activation='relu')
BatchNormalization()
MaxPooling2D(2)
Flatten()
Dropout(0.2)
Dense(10, activation='softmax')
'''
[augment]
rotation = 10
shift = 0.05
[optimizer]
name = "adam"
learning_rate = 0.01
[train]
epochs = 4
batch_size = 32
seed = 3
"""


def small_recipe(**changes: Any) -> Recipe:
    given = {key.replace("__", "."): value for key, value in changes.items()}
    return recipes.parse(SMALL, name="small", changes=given)


def digits(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Make pictures that can be learnt: a bar whose place tells the class."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, count).astype(np.int64)
    images = rng.integers(0, 60, (count, 28, 28)).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[4:24, 4 + 2 * label : 6 + 2 * label] = 255
    return images, labels


def make_engine(
    recipe: Recipe | None = None, *, validation: bool = True, precision: str = "float32"
) -> Engine:
    chosen = recipe or small_recipe()
    device, contract = torch.device("cpu"), Contract()
    training = TrainingBatches(*digits(320), contract, device, chosen)
    held_out = Pictures(*digits(100, 1), contract, device) if validation else None
    return Engine(chosen, training, held_out, precision=precision)
