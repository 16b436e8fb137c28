"""Layers put together: names and summaries as Keras's, starts from name and seed alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ziffern.layers import Network, NetworkError

SUMMARIES: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "golden" / "keras_summaries.json").read_text()
)["networks"]


@pytest.mark.parametrize("name", SUMMARIES)
def test_summary_is_that_of_keras(name: str, network: Callable[..., Network]) -> None:
    keras = SUMMARIES[name]
    found = network("\n".join(keras["layers"]))
    rows = [
        {
            "name": stage.name,
            "type": stage.kind,
            "output_shape": list(stage.output_shape),
            "parameters": stage.parameters,
        }
        for stage in found.stages
    ]
    assert rows == keras["rows"]
    assert found.parameters == keras["total"]
    assert found.trainable_parameters == keras["trainable"]


def test_stages_hand_their_shapes_on(network: Callable[..., Network]) -> None:
    found = network("Conv2D(4, 3)\nFlatten()\nDense(10)")
    assert [stage.input_shape for stage in found.stages] == [(28, 28, 1), (26, 26, 4), (2704,)]
    assert found.output_shape == (10,)
    assert found.multiply_adds == sum(stage.multiply_adds for stage in found.stages)
    assert network("").output_shape == (28, 28, 1)


def test_names_are_counted_as_keras_counts(network: Callable[..., Network]) -> None:
    # a given name does not use up an automatic one
    text = "Conv2D(2, 3, name='a')\nConv2D(2, 3)\nConv2D(2, 3)\nMaxPooling2D()\nMaxPooling2D()"
    names = [stage.name for stage in network(text).stages]
    assert names == ["a", "conv2d", "conv2d_1", "max_pooling2d", "max_pooling2d_1"]


def test_a_name_is_taken_once(network: Callable[..., Network]) -> None:
    with pytest.raises(NetworkError, match=r"layer 2 Dense.*the name 'dense' is taken") as caught:
        network("Dense(3)\nDense(3, name='dense')")
    assert caught.value.index == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Dense(999999999999)", r"layer 1 Dense\(999999999999\): needs 1,999,999,999,998 weights"),
        ("Flatten()\nDense(1300000)", "layer 2 .* needs 1,020,500,000 weights, more than 1,000"),
        ("ZeroPadding2D(5000)", "layer 1 .* makes 100,560,784 numbers of each picture, more than"),
        ("Conv2D(1000000, 1)", "numbers of each picture"),
        ("Residual([ZeroPadding2D(5000), MaxPooling2D(500)])", "numbers of each picture"),
        ("Dense(3, bias_initializer='identity')", "identity is for weights of at least two"),
    ],
)
def test_networks_that_no_machine_here_could_hold(
    text: str, message: str, network: Callable[..., Network]
) -> None:
    with pytest.raises(NetworkError, match=message):
        network(text)


BASE = "Flatten()\nDense(10)\nDense(4, kernel_initializer='he_normal')\n"


def test_same_seed_same_start(network: Callable[..., Network]) -> None:
    one, two = network(BASE).initial_weights(3), network(BASE).initial_weights(3)
    other = network(BASE).initial_weights(4)
    for name, array in one.items():
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, two[name])
        assert name.endswith("bias") or not np.array_equal(array, other[name])


def test_a_layer_at_the_end_leaves_the_others_alone(network: Callable[..., Network]) -> None:
    before = network(BASE).initial_weights(0)
    after = network(BASE + "Dense(7)\nDense(10)").initial_weights(0)
    assert set(after) - set(before) == {
        f"dense_{n}/{w}" for n in (2, 3) for w in ("kernel", "bias")
    }
    for name, array in before.items():
        np.testing.assert_array_equal(array, after[name])


def test_equal_layers_start_apart(network: Callable[..., Network]) -> None:
    start = network("Dense(1)\nDense(1)\nDense(1)").initial_weights(0)
    assert (
        len({float(start[f"{name}/kernel"].sum()) for name in ("dense", "dense_1", "dense_2")}) == 3
    )


# Made once; every machine must draw the same, or runs could not be repeated elsewhere.
STARTS = {
    (0, "dense"): [0.0411811918, -0.082097806, 0.0289243832],
    (0, "dense_1"): [0.608619869, 0.495040655, -0.869047105],
    (0, "dense_2"): [-0.0869410634, 0.232482165, 0.477952778],
    (0, "dense_3"): [0.122795619, -0.00134983088, -0.0354340337],
    (2, "dense"): [-0.0314373262, 0.0497007631, 0.0788922608],
    (2, "dense_1"): [0.509132445, -0.335806936, -0.722238302],
    (2, "dense_2"): [-0.054063879, 0.673959494, -0.546194196],
    (2, "dense_3"): [-0.0137112457, -0.0987482294, -0.129285499],
}


@pytest.mark.parametrize("seed", [0, 2])
def test_every_machine_starts_from_these(seed: int, network: Callable[..., Network]) -> None:
    start = network(
        BASE + "Dense(3, kernel_initializer='orthogonal')\n"
        "Dense(2, kernel_initializer=RandomNormal(stddev=0.1))"
    ).initial_weights(seed)
    for name in ("dense", "dense_1", "dense_2", "dense_3"):
        # decompositions differ in the last digits from one linear algebra library to another
        np.testing.assert_allclose(
            start[f"{name}/kernel"].ravel()[:3], STARTS[seed, name], rtol=1e-5
        )
