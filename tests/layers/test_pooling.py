"""Shapes after pooling, worked out by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ziffern.layers import Network, NetworkError, Shape


@pytest.mark.parametrize("kind", ["Max", "Average"])
@pytest.mark.parametrize(
    ("arguments", "shape", "after"),
    [
        ("", (28, 28, 3), (14, 14, 3)),
        ("2", (5, 5, 3), (2, 2, 3)),
        ("2, padding='same'", (5, 5, 3), (3, 3, 3)),
        ("3, strides=2", (5, 5, 3), (2, 2, 3)),
        ("(2, 1)", (6, 6, 3), (3, 6, 3)),
        ("3, 1, 'same'", (5, 5, 3), (5, 5, 3)),
    ],
)
def test_by_hand(
    kind: str, arguments: str, shape: Shape, after: Shape, network: Callable[..., Network]
) -> None:
    found = network(f"{kind}Pooling2D({arguments})", shape)
    assert found.output_shape == after
    assert found.parameters == found.multiply_adds == 0


@pytest.mark.parametrize("kind", ["Max", "Average"])
def test_global(kind: str, network: Callable[..., Network]) -> None:
    assert network(f"Global{kind}Pooling2D()", (5, 4, 3)).output_shape == (3,)
    assert network(f"Global{kind}Pooling2D(keepdims=True)", (5, 4, 3)).output_shape == (1, 1, 3)
    with pytest.raises(NetworkError, match=r"needs an input \(height, width, channels\)"):
        network(f"Global{kind}Pooling2D()", (9,))


def test_windows_that_do_not_fit(network: Callable[..., Network]) -> None:
    message = "layer 3 MaxPooling2D.*a window of 8×8 does not fit into an input of 7×7"
    with pytest.raises(NetworkError, match=message) as caught:
        network("MaxPooling2D()\nMaxPooling2D()\nMaxPooling2D(8)")
    assert caught.value.index == 2
    with pytest.raises(NetworkError, match="larger than any picture"):
        network("MaxPooling2D(10_000, strides=1, padding='same')")
