"""What topics are shown with: real digits, and small networks trained on them.

The digits are always those of the sample that travels with the package, so that a topic tells the
same story everywhere. Only its training part is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from ziffern import recipe as recipes
from ziffern.contract import Contract
from ziffern.datasets import Part
from ziffern.datasets.catalogue import entry
from ziffern.datasets.sources import read_sample
from ziffern.layers import Network
from ziffern.training.batches import Pictures, TrainingBatches
from ziffern.training.engine import Engine

RECIPE = """
title = "an example"
[train]
epochs = 10
batch_size = 50
"""


def digits(start: int, end: int) -> Part:
    """Return digits number `start` to `end` - 1 of the sample's 5,000 training digits."""
    sample = read_sample(entry("mnist"), "train")
    return Part(sample.images[start:end], sample.labels[start:end])


def records(layers: str) -> Network:
    """Return the network that `layers`, written as in a recipe, describe."""
    return recipes.parse(RECIPE, changes={"layers": layers}).network


def trained(
    layers: str, training: Part, validation: Part, changes: Mapping[str, Any] | None = None
) -> Engine:
    """Train a small network by the engine that trains recipes, in float32 on the processor.

    Args:
        layers: as in a recipe.
        training: what is learnt from.
        validation: what is looked at after each epoch.
        changes: of a recipe's values, such as ``{"train.epochs": 20, "optimizer.name": "sgd"}``.

    Returns:
        The engine: `state.history` has a row an epoch, `network` answers.
    """
    recipe = recipes.parse(RECIPE, changes={"layers": layers, **(changes or {})})
    device, contract = torch.device("cpu"), Contract()
    batches = TrainingBatches(
        training.images,
        training.labels,
        contract,
        device,
        recipe,
    )
    engine = Engine(
        recipe, batches, Pictures(validation.images, validation.labels, contract, device)
    )
    engine.fit()
    return engine
