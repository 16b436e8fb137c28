"""Models with random weights that leave nothing at its neutral value: biases, moving statistics."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ziffern.contract import Contract
from ziffern.layers import Network, Weights, parse_layers
from ziffern.modelfile import SavedModel
from ziffern.training.network import TorchNetwork

CONTRACTS = {
    "unit": Contract(),
    "raw": Contract("raw"),
    "standard": Contract("standard", mean=0.1307, deviation=0.3081),
}


def random_weights(network: Network, seed: int = 0) -> Weights:
    rng = np.random.default_rng(seed)
    weights = network.initial_weights(seed)
    for name, array in weights.items():
        if name.endswith("moving_variance"):
            weights[name] = rng.uniform(0.5, 2, array.shape).astype(np.float32)
        elif array.ndim == 1 or name.endswith("bias"):
            weights[name] = (array + rng.normal(0, 0.3, array.shape)).astype(np.float32)
    return weights


def random_model(layers: str, scale: str = "unit", **more: Any) -> SavedModel:
    records = [layer for _, layer in parse_layers(layers)]
    network = Network(records)
    return SavedModel(
        name="random",
        layers=tuple(str(layer) for layer in records),
        weights=random_weights(network),
        contract=CONTRACTS[scale],
        class_names=tuple(str(number) for number in range(network.output_shape[0])),
        **more,
    )


def torch_logits(model: SavedModel, pictures: np.ndarray) -> np.ndarray:
    network = TorchNetwork(model.network)
    network.load_weights(model.weights)
    network.eval()
    with torch.inference_mode():
        found: np.ndarray = network(torch.from_numpy(model.contract.scaled(pictures))).numpy()
    return found
