"""Receptive fields are what a gradient finds: the pixels on which a value really depends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from made_models import CONVOLUTIONS, NORMALISED, RECURRENT

from ziffern import recipe
from ziffern.errors import InputError
from ziffern.inside.structure import find, flat, structure
from ziffern.layers import Network, parse_layers
from ziffern.training.network import TorchNetwork

TRICKY = {
    "strides and same padding": """
Conv2D(2, 4, strides=2, padding='same')
AveragePooling2D(3, strides=2, padding='same')
Conv2D(2, (2, 1), padding='same', dilation_rate=2)
""",
    "rows left out": """
ZeroPadding2D(((0, 1), (2, 0)))
DepthwiseConv2D(3)
AveragePooling2D(2)
SeparableConv2D(2, 3, strides=2)
AveragePooling2D(2)
""",
    "two branches": """
Conv2D(2, 3, padding='same')
Residual([Conv2D(2, 3, padding='same'), Conv2D(2, 3, strides=2, padding='same')],
         shortcut=[Conv2D(2, 1, strides=2)])
Conv2D(2, 3)
""",
    "rows as steps": "Reshape((28, 28))\nLSTM(3, return_sequences=True)\nFlatten()\nDense(2)",
    "there and back": "Reshape(784)\nReshape((28, 28, 1))\nConv2D(2, 5)\nGlobalAveragePooling2D()",
}


def network_of(text: str) -> Network:
    return Network([layer for _, layer in parse_layers(text)])


def seen(records: Network, place: tuple[int, ...] | None) -> np.ndarray:
    """Which pixels the network's values at a place depend on (all its values for None)."""
    network = TorchNetwork(records, as_written=True)
    torch.manual_seed(0)
    for tensor in network.tensors().values():
        torch.nn.init.uniform_(tensor, 0.1, 1.0)  # nothing may cancel
    x = torch.rand((1, 28, 28, 1), requires_grad=True)
    modules: Any = network.stages
    out = modules(x.permute(0, 3, 1, 2))
    value = out.sum() if place is None else out[(0, slice(None), *place)].sum()
    (gradient,) = torch.autograd.grad(value, x)
    return gradient[0, :, :, 0].numpy() != 0


def extent(mask: np.ndarray) -> tuple[int, int]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


@pytest.mark.parametrize("text", TRICKY.values())
def test_fields_are_those_that_a_gradient_finds(text: str) -> None:
    lines = text.strip().replace("\n         ", " ").splitlines()
    for end in range(1, len(lines) + 1):
        records = network_of("\n".join(lines[:end]))
        part = structure(records)[-1]
        if len(records.output_shape) == 3 and part.receptive_field.jump:
            height, width, _ = records.output_shape
            middle = seen(records, (height // 2, width // 2))
            assert extent(middle) == part.receptive_field.size, lines[end - 1]
            below = seen(records, (height // 2 - 1, width // 2))
            jump = np.flatnonzero(middle.any(axis=1))[0] - np.flatnonzero(below.any(axis=1))[0]
            assert jump == part.receptive_field.jump[0]
        elif part.stage.kind in ("Dense", "LSTM", "GlobalAveragePooling2D"):
            assert extent(seen(records, None)) == part.receptive_field.size


@pytest.mark.parametrize("text", TRICKY.values())
def test_what_mixes_everything_sees_what_all_places_see(text: str) -> None:
    everything = network_of(text + "\nFlatten()\nDense(3)" if "Dense" not in text else text)
    assert extent(seen(everything, None)) == structure(everything)[-1].receptive_field.size


def test_known_fields_of_a_recipe() -> None:
    fields = {part.name: part.receptive_field for part in structure(recipe.load("marvin").network)}
    assert fields["conv2d"].size == (3, 3)
    assert (fields["max_pooling2d_1"].size, fields["max_pooling2d_1"].jump) == ((10, 10), (4, 4))
    # the second pooling leaves a row of 11 out, and with it two rows of pixels
    assert (fields["dense"].size, fields["dense"].jump) == ((26, 26), None)


def test_layers_in_blocks_have_full_names_and_come_before_their_sum() -> None:
    network = network_of(NORMALISED)
    names = [part.name for part in flat(structure(network))]
    assert names[3:6] == ["residual/body/conv2d", "residual/body/conv2d_1", "residual"]
    inner = find(network, "residual/body/conv2d_1")
    assert inner.stage.output_shape == (14, 14, 4)
    weights = {name.rpartition("/")[0] for name in network.weights}
    assert weights <= set(names)


def test_costs_add_up_to_the_networks() -> None:
    for text in (CONVOLUTIONS, NORMALISED, RECURRENT):
        network = network_of(text)
        leaves = [part.stage for part in flat(structure(network)) if not part.branches]
        assert sum(stage.parameters for stage in leaves) == network.parameters
        assert sum(stage.multiply_adds for stage in leaves) == network.multiply_adds


def test_a_layer_that_does_not_exist_names_those_that_do() -> None:
    network = network_of("Conv2D(2, 3)\nFlatten()\nDense(10)")
    with pytest.raises(InputError, match=r"no layer 'conv2': did you mean 'conv2d'\? its layers: "):
        find(network, "conv2")
    with pytest.raises(InputError, match=r"no layer 'x'; its layers: conv2d, flatten, dense$"):
        find(network, "x")
