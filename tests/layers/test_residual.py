"""Residual blocks: two branches that end in one shape."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ziffern.layers import Network, NetworkError, ParseError, Shape, parse_layers

BLOCK = """
Residual([
    Conv2D(8, 3, padding='same', strides=2, use_bias=False),
    BatchNormalization(),
    Activation('relu'),
    Conv2D(8, 3, padding='same'),
], shortcut=[Conv2D(8, 1, strides=2)])
"""


def test_by_hand(network: Callable[..., Network]) -> None:
    found = network(BLOCK, (28, 28, 4))
    assert found.output_shape == (14, 14, 8)
    # body: 3·3·4·8, normalisation 4·8, 3·3·8·8 + 8; shortcut: 4·8 + 8
    assert found.parameters == 288 + 32 + 584 + 40
    assert found.trainable_parameters == found.parameters - 16
    assert found.multiply_adds == 196 * (288 + 576 + 32)
    assert list(found.weights) == [
        "residual/body/conv2d/kernel",
        "residual/body/batch_normalization/gamma",
        "residual/body/batch_normalization/beta",
        "residual/body/batch_normalization/moving_mean",
        "residual/body/batch_normalization/moving_variance",
        "residual/body/conv2d_1/kernel",
        "residual/body/conv2d_1/bias",
        "residual/shortcut/conv2d/kernel",
        "residual/shortcut/conv2d/bias",
    ]
    assert set(found.initial_weights(0)) == set(found.weights)


def test_blocks_in_blocks_are_cheap_to_understand(network: Callable[..., Network]) -> None:
    line = "Dense(1)"
    for _ in range(8):
        line = f"Residual([{line}])"
    found = network(line, (1,))
    assert found.parameters == 2
    assert found.multiply_adds == 1


@pytest.mark.parametrize(
    ("line", "shape", "advice"),
    [
        ("Residual([Conv2D(8, 3, padding='same')])", (9, 9, 1), "shortcut=[Conv2D(8, 1)]"),
        (
            "Residual([Conv2D(8, 3, strides=2, padding='same')])",
            (9, 9, 1),
            "shortcut=[Conv2D(8, 1, strides=2)]",
        ),
        ("Residual([Conv2D(1, 3)])", (9, 9, 1), "padding='same'"),
        ("Residual([Dense(8)])", (9,), "shortcut=[Dense(8)]"),
        ("Residual([Flatten()])", (9, 9, 1), ""),
    ],
)
def test_branches_that_end_apart(
    line: str, shape: Shape, advice: str, network: Callable[..., Network]
) -> None:
    with pytest.raises(NetworkError, match=r"the body ends in .* but the shortcut in") as caught:
        network(line, shape)
    assert advice in str(caught.value)
    if "shortcut=" in advice:
        network(line.replace("])", f"], {advice})"), shape)


def test_a_mistake_inside_names_both_layers(network: Callable[..., Network]) -> None:
    message = r"layer 2 Residual\(.*\): layer 1 Conv2D\(8, 9\): a window of 9×9"
    with pytest.raises(NetworkError, match=message) as caught:
        network("MaxPooling2D(4)\nResidual([Conv2D(8, 9)])")
    assert caught.value.index == 1


@pytest.mark.parametrize("body", ["[]", "3", "[3]", "Dense", "[Dense(3), 'x']", "'Dense(3)'"])
def test_what_is_no_list_of_layers(body: str) -> None:
    with pytest.raises(ParseError, match="expected"):
        parse_layers(f"Residual({body})")
