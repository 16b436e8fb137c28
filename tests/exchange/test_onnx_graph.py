"""A graph as plain data: names are unique, unwanted outputs are nameless."""

from __future__ import annotations

import numpy as np
import pytest

from ziffern.exchange.onnx_graph import FLOAT, Graph, Node, Place, Value, activated
from ziffern.layers import Network, Stage, parse_layers


@pytest.fixture
def graph() -> Graph:
    return Graph(Value("x", FLOAT, (4,)), Value("y", FLOAT, (4,)))


def place(graph: Graph, text: str = "Dense(4)", shape: tuple[int, ...] = (4,)) -> Place:
    stage: Stage = Network([layer for _, layer in parse_layers(text)], shape).stages[0]
    return Place(graph, "block/dense", stage, {})


def test_names_begin_with_the_layers_and_are_unique(graph: Graph) -> None:
    here = place(graph)
    assert [here.node("Add", "x", "x") for _ in range(3)] == [
        "block/dense/Add",
        "block/dense/Add_2",
        "block/dense/Add_3",
    ]
    assert here.number("Add", 1) == "block/dense/Add_4"
    assert graph.nodes[0] == Node("Add", ("x", "x"), ("block/dense/Add",), {})


def test_names_given_with_numbers_are_not_taken_twice(graph: Graph) -> None:
    assert graph.name("a_2") == "a_2"
    assert graph.name("a") == "a"
    assert graph.name("a") == "a_2_2"
    assert graph.name("a_2") == "a_2_3"


def test_a_later_output(graph: Graph) -> None:
    assert place(graph).node("LSTM", "x", output=1, hidden_size=3) == "block/dense/LSTM"
    assert graph.nodes[0].outputs == ("", "block/dense/LSTM")
    assert graph.nodes[0].attributes == {"hidden_size": 3}


def test_constants_keep_their_form(graph: Graph) -> None:
    here = place(graph)
    assert graph.constants[here.number("scale", 0.5)].shape == ()
    assert graph.constants[here.number("scale", 0.5)].dtype == np.float32
    assert graph.constants[here.ints("axes", 0, 1)].tolist() == [0, 1]
    here.reshape("x", 2, 2)
    assert graph.constants["block/dense/shape"].tolist() == [0, 2, 2]  # 0: the batch as it comes


@pytest.mark.parametrize(("shape", "axis"), [((4,), -1), ((3, 4), -1), ((3, 3, 4), 1)])
def test_softmax_goes_over_the_channels(graph: Graph, shape: tuple[int, ...], axis: int) -> None:
    activated(place(graph, shape=shape), "x", "softmax")
    assert graph.nodes[0].attributes == {"axis": axis}


@pytest.mark.parametrize("name", [None, "linear"])
def test_no_activation_is_no_node(graph: Graph, name: str | None) -> None:
    assert activated(place(graph), "x", name) == "x"
    assert not graph.nodes
