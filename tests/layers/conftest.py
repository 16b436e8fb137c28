"""What the layer tests share: a network from text, and Keras's own values."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ziffern.layers import Layer, Network, Shape, parse_layers

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture
def network() -> Callable[..., Network]:
    def make(text: str, shape: Shape = (28, 28, 1)) -> Network:
        return Network([layer for _, layer in parse_layers(text)], shape)

    return make


@pytest.fixture
def layer() -> Callable[[str], Layer]:
    def read(text: str) -> Layer:
        [(_, found)] = parse_layers(text)
        return found

    return read


@pytest.fixture(scope="session")
def signatures() -> dict[str, Any]:
    """Keras's constructors: section → class → [[argument, default], …]."""
    found: dict[str, Any] = json.loads((GOLDEN / "keras_signatures.json").read_text())
    return found
