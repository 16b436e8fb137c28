"""L1 and L2 penalties by Keras's names and with its default strengths."""

from __future__ import annotations

from typing import Any

import pytest

from ziffern.layers.call import Call
from ziffern.layers.regularizers import Regularizer, regularizer_from


@pytest.mark.parametrize(
    ("given", "l1", "l2"),
    [
        ("l1", 0.01, 0),
        ("L2", 0, 0.01),
        ("l1_l2", 0, 0),
        (Call("l1", (0.1,)), 0.1, 0),
        (Call("L2", (), {"l2": 3}), 0, 3),
        (Call("l1_l2", (), {"l1": 0.1}), 0.1, 0),
        (Call("L1L2", (0.1, 0.2)), 0.1, 0.2),
        (Regularizer(1, 2), 1, 2),
    ],
)
def test_names_and_calls(given: Any, l1: float, l2: float) -> None:
    assert regularizer_from(given) == Regularizer(l1, l2)


def test_default_strengths_are_those_of_keras(signatures: dict[str, Any]) -> None:
    for name, arguments in signatures["regularizers"].items():
        found = regularizer_from(name)
        assert {"l1": found.l1, "l2": found.l2} == {"l1": 0, "l2": 0} | dict(arguments)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("l3", "unknown regulariser 'l3'; known: l1, l1_l2, l2"),
        ("dropout", "unknown regulariser 'dropout'; known: l1, l1_l2, l2"),
        (Call("l2", (-1,)), "l2=-1: expected a number of at least 0"),
        (Call("l2", (True,)), "expected a number"),
        (Call("l2", ("x",)), "expected a number"),
        (Call("l2", (float("inf"),)), "expected a number"),
        (Call("l2", (float("nan"),)), "expected a number"),
        (Call("l2", (0.1, 0.2)), "l2 takes 1 argument "),
        (Call("l1", (), {"l2": 1}), "l1 has no argument 'l2'"),
        (0.01, "expected a regulariser such as"),
        (None, "expected a regulariser such as"),
    ],
)
def test_mistakes(given: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        regularizer_from(given)


@pytest.mark.parametrize(
    ("regularizer", "text"),
    [
        (Regularizer(l1=0.5), "l1(0.5)"),
        (Regularizer(l2=1), "l2(1.0)"),
        (Regularizer(0.1, 0.2), "l1_l2(0.1, 0.2)"),
        (Regularizer(), "l1(0.0)"),
    ],
)
def test_as_a_recipe_spells_it(regularizer: Regularizer, text: str) -> None:
    assert str(regularizer) == text
