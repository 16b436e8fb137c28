"""The layer vocabulary: typed records written as Keras writes them, and the network they form.

Nothing in here computes on data; see `ziffern.training.network` for the PyTorch interpreter.

>>> layers = [layer for _, layer in parse_layers("Flatten()\\nDense(10, activation='softmax')")]
>>> Network(layers).parameters
7850
"""

from ziffern.layers.base import ACTIVATIONS, Layer, Shape, ShapeError, Weight
from ziffern.layers.network import Network, NetworkError, Stage, Weights
from ziffern.layers.parse import ParseError, parse_layers
from ziffern.layers.vocabulary import VOCABULARY

__all__ = [
    "ACTIVATIONS",
    "VOCABULARY",
    "Layer",
    "Network",
    "NetworkError",
    "ParseError",
    "Shape",
    "ShapeError",
    "Stage",
    "Weight",
    "Weights",
    "parse_layers",
]
